/**
 * A chart over time: bars or a line, with a forecast and its intervals where there is one.
 * Read by keyboard (arrow keys move from day to day), by screen reader (each point is spoken) and as a table.
 */
import { Button, Group, VisuallyHidden } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { IconChartLine, IconTable } from "@tabler/icons-react";
import { useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import { date } from "../lib/format";
import { DataTable } from "./DataTable";
import { labelled, linear, ticks } from "./scale";

export interface ChartPoint {
  date: string;
  value: number;
  /** More about the point, such as "128 orders". */
  detail?: string;
  /** Drawn quieter, because another part is the subject. */
  quiet?: boolean;
  interval?: { low_80: number; high_80: number; low_95: number; high_95: number } | null;
  forecast?: boolean;
}

interface Props {
  label: string;
  points: ChartPoint[];
  kind: "bars" | "line";
  /** A value in words with its unit, for the tip and the table. */
  format: (value: number) => string;
  /** A value in few characters, for the axis. */
  formatAxis: (value: number) => string;
  valueName: string;
  dateName?: string;
  formatDate?: (day: string) => string;
  height?: number;
  legend?: ReactNode;
  controls?: ReactNode;
}

export function Chart(props: Props) {
  const [asTable, setAsTable] = useState(false);
  return (
    <figure style={{ margin: 0 }} aria-label={props.label}>
      <Group justify="space-between" gap="xs" mb="sm">
        <ul className="legend">{props.legend}</ul>
        <Group gap="xs">
          {props.controls}
          <Button
            variant="default"
            size="xs"
            leftSection={asTable ? <IconChartLine size={15} aria-hidden /> : <IconTable size={15} aria-hidden />}
            onClick={() => setAsTable(!asTable)}
          >
            {asTable ? "Show as chart" : "Show as table"}
          </Button>
        </Group>
      </Group>
      {asTable ? <PointTable {...props} /> : <Plot {...props} />}
    </figure>
  );
}

function PointTable({ label, points, format, valueName, dateName = "Day", formatDate = date }: Props) {
  const withIntervals = points.some((one) => one.interval);
  return (
    <div style={{ maxHeight: 360, overflow: "auto" }} tabIndex={0} role="region" aria-label={`${label}, scrollable`}>
      <DataTable
        label={label}
        alwaysTable
        rows={[...points].reverse()}
        rowKey={(one) => one.date}
        columns={[
          {
            key: "date",
            header: dateName,
            cell: (one) => `${formatDate(one.date)}${one.forecast ? " (forecast)" : ""}`,
            name: true,
          },
          { key: "value", header: valueName, cell: (one) => format(one.value), end: true },
          ...(withIntervals
            ? [
                {
                  key: "80",
                  header: "80 % interval",
                  cell: (one: ChartPoint) =>
                    one.interval ? `${format(one.interval.low_80)} to ${format(one.interval.high_80)}` : "",
                  end: true,
                },
                {
                  key: "95",
                  header: "95 % interval",
                  cell: (one: ChartPoint) =>
                    one.interval ? `${format(one.interval.low_95)} to ${format(one.interval.high_95)}` : "",
                  end: true,
                },
              ]
            : [{ key: "detail", header: "More", cell: (one: ChartPoint) => one.detail ?? "", end: true }]),
        ]}
      />
    </div>
  );
}

const MARGIN = { top: 10, right: 8, bottom: 24, left: 46 };

function Plot({ label, points, kind, format, formatAxis, formatDate = date, height = 220 }: Props) {
  const { ref, width } = useElementSize();
  const [at, setAt] = useState<number | null>(null);
  const n = points.length;
  const inner = Math.max(0, width - MARGIN.left - MARGIN.right);
  const slot = n > 0 ? inner / n : 0;
  const x = (i: number) => MARGIN.left + slot * (i + 0.5);
  const tops = points.map((one) => Math.max(one.value, one.interval?.high_95 ?? 0));
  const marks = ticks(Math.min(...points.map((one) => one.value), 0), Math.max(...tops, 0));
  const y = linear([marks[0] ?? 0, marks[marks.length - 1] ?? 1], [height - MARGIN.bottom, MARGIN.top]);
  const chosen = at === null ? undefined : points[at];
  const speak = (one: ChartPoint) =>
    `${formatDate(one.date)}: ${format(one.value)}${one.forecast ? " forecast" : ""}${one.interval ? `, 80 % interval ${format(one.interval.low_80)} to ${format(one.interval.high_80)}` : ""}${one.detail ? `, ${one.detail}` : ""}`;

  const follow = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const i = Math.floor((event.clientX - box.left - MARGIN.left) / slot);
    setAt(i >= 0 && i < n ? i : null);
  };
  const walk = (event: KeyboardEvent) => {
    const now = at ?? n - 1;
    const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: n - 1 }[event.key];
    if (event.key === "Escape") setAt(null);
    if (to === undefined) return;
    event.preventDefault();
    setAt(Math.min(n - 1, Math.max(0, to)));
  };
  const value = points[at ?? n - 1];
  return (
    <div
      ref={ref}
      className="chart"
      role="slider"
      tabIndex={0}
      aria-label={`${label}. Arrow keys move along the dates.`}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, n - 1)}
      aria-valuenow={at ?? Math.max(0, n - 1)}
      aria-valuetext={value ? speak(value) : "no data"}
      aria-readonly
      onPointerMove={follow}
      onPointerDown={follow}
      onPointerLeave={() => setAt(null)}
      onBlur={() => setAt(null)}
      onKeyDown={walk}
      style={{ minHeight: height }}
    >
      {width > 0 && (
        <svg height={height} aria-hidden="true">
          {marks.map((mark) => (
            <g key={mark}>
              <line x1={MARGIN.left} x2={width - MARGIN.right} y1={y(mark)} y2={y(mark)} stroke="var(--chart-grid)" />
              <text x={MARGIN.left - 8} y={y(mark) + 4} textAnchor="end">
                {formatAxis(mark)}
              </text>
            </g>
          ))}
          {labelled(n, Math.floor(inner / 76)).map((i) => (
            <text key={i} x={Math.min(x(i), width - 22)} y={height - 5} textAnchor="middle">
              {date(points[i]?.date ?? "", "short")}
            </text>
          ))}
          {kind === "bars" ? (
            <Bars points={points} x={x} y={y} slot={slot} at={at} />
          ) : (
            <Lines points={points} x={x} y={y} />
          )}
          {at !== null && kind === "line" && (
            <Cursor x={x(at)} y={y(points[at]?.value ?? 0)} bottom={height - MARGIN.bottom} />
          )}
        </svg>
      )}
      {chosen && at !== null && (
        <Tip left={x(at)} width={width} point={chosen} format={format} title={formatDate(chosen.date)} />
      )}
      <VisuallyHidden>{n} points.</VisuallyHidden>
    </div>
  );
}

interface Drawn {
  points: ChartPoint[];
  x: (i: number) => number;
  y: (value: number) => number;
}

function Bars({ points, x, y, slot, at }: Drawn & { slot: number; at: number | null }) {
  const wide = Math.max(2, Math.min(34, slot * 0.72));
  return points.map((one, i) => (
    <rect
      key={one.date}
      x={x(i) - wide / 2}
      width={wide}
      y={Math.min(y(one.value), y(0))}
      height={Math.abs(y(0) - y(one.value))}
      rx={Math.min(3, wide / 4)}
      fill={one.quiet ? "var(--chart-quiet)" : "var(--chart)"}
      opacity={at === null || at === i ? 1 : 0.6}
    />
  ));
}

function Lines({ points, x, y }: Drawn) {
  const split = points.findIndex((one) => one.forecast);
  const past = split < 0 ? points.length : split;
  const path = (from: number, to: number) =>
    points
      .slice(from, to)
      .map((one, i) => `${i === 0 ? "M" : "L"}${x(from + i).toFixed(1)} ${y(one.value).toFixed(1)}`)
      .join("");
  const band = (low: "low_80" | "low_95", high: "high_80" | "high_95") => {
    const withBand = points.map((one, i) => ({ one, i })).filter(({ one }) => one.interval);
    if (withBand.length === 0) return "";
    const up = withBand.map(({ one, i }) => `${x(i).toFixed(1)} ${y(one.interval?.[high] ?? 0).toFixed(1)}`);
    const down = withBand.reverse().map(({ one, i }) => `${x(i).toFixed(1)} ${y(one.interval?.[low] ?? 0).toFixed(1)}`);
    return `M${up.join("L")}L${down.join("L")}Z`;
  };
  return (
    <>
      <path d={band("low_95", "high_95")} fill="var(--band-95)" />
      <path d={band("low_80", "high_80")} fill="var(--band-80)" />
      <path d={path(0, past)} fill="none" stroke="var(--chart)" strokeWidth={1.75} strokeLinejoin="round" />
      {split >= 0 && (
        <path
          d={path(Math.max(0, past - 1), points.length)}
          fill="none"
          stroke="var(--chart)"
          strokeWidth={1.75}
          strokeDasharray="5 4"
        />
      )}
    </>
  );
}

function Cursor({ x, y, bottom }: { x: number; y: number; bottom: number }) {
  return (
    <>
      <line x1={x} x2={x} y1={MARGIN.top} y2={bottom} stroke="var(--chart-quiet)" />
      <circle cx={x} cy={y} r={4} fill="var(--chart)" stroke="var(--surface)" strokeWidth={2} />
    </>
  );
}

interface TipProps {
  left: number;
  width: number;
  point: ChartPoint;
  format: (value: number) => string;
  title: string;
}

function Tip({ left, width, point, format, title }: TipProps) {
  const side = left > width / 2 ? { right: width - left + 10 } : { left: left + 10 };
  return (
    <div className="chart-tip" style={side} aria-hidden="true">
      <strong>{format(point.value)}</strong>
      {point.forecast ? " forecast" : ""}
      <br />
      {title}
      {point.detail && (
        <>
          <br />
          {point.detail}
        </>
      )}
      {point.interval && (
        <>
          <br />
          80 %: {format(point.interval.low_80)} to {format(point.interval.high_80)}
          <br />
          95 %: {format(point.interval.low_95)} to {format(point.interval.high_95)}
        </>
      )}
    </div>
  );
}

/** A sample of how something is drawn, with its name. */
export function LegendItem({
  draw,
  children,
}: {
  draw: "bar" | "quiet" | "line" | "dashed" | "band80" | "band95";
  children: ReactNode;
}) {
  const fill = {
    bar: "var(--chart)",
    quiet: "var(--chart-quiet)",
    band80: "var(--band-80)",
    band95: "var(--band-95)",
    line: "",
    dashed: "",
  }[draw];
  return (
    <li>
      <svg width={18} height={12} aria-hidden="true">
        {fill !== "" ? (
          <rect x={2} width={14} height={12} rx={3} fill={fill} />
        ) : (
          <line
            x1={0}
            x2={18}
            y1={6}
            y2={6}
            stroke="var(--chart)"
            strokeWidth={2}
            strokeDasharray={draw === "dashed" ? "5 4" : undefined}
          />
        )}
      </svg>
      {children}
    </li>
  );
}
