/** Tries a promotion on past orders: how often it would have applied, what it would have cost. Changes nothing. */
import { Group, SegmentedControl, Select, Stack, Text, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, take } from "../api/client";
import type { Simulation } from "../api/types";
import { compact, count, date, dateRange, money, moneyCompact, percent, whole } from "../lib/format";
import { links } from "../lib/links";
import { toAsk, type Draft } from "../lib/promotion";
import { ActionButton } from "./Buttons";
import { Chart, LegendItem } from "./Chart";
import { DataTable } from "./DataTable";
import { PercentField } from "./Fields";
import { Link } from "./Link";
import { ErrorState } from "./States";
import { Money, None } from "./Values";

const SPANS = [
  { value: "30", label: "the last 30 days" },
  { value: "90", label: "the last 90 days" },
  { value: "365", label: "the last year" },
  { value: "731", label: "the last two years" },
];

interface Props {
  /** A promotion that is kept, or a draft that is not yet. */
  of: { promotion: string } | { draft: Draft };
  disabledReason?: string | null;
}

export function SimulationPanel({ of, disabledReason = null }: Props) {
  const [days, setDays] = useState("90");
  const [margin, setMargin] = useState<number | null>(null);
  const run = useMutation({
    mutationFn: () =>
      take(
        api.POST("/v1/promotions/simulations", {
          body: {
            ...("draft" in of ? { draft: toAsk(of.draft) } : of),
            days: Number(days),
            assumed_margin_basis_points: margin,
          },
        }),
      ),
  });
  return (
    <section className="card" aria-labelledby="simulation">
      <Title order={2} id="simulation">
        Try it on past orders
      </Title>
      <Stack>
        <Text size="sm" c="dimmed">
          Each order is priced again with this promotion beside those that run. Nothing is changed.
        </Text>
        <div className="pair">
          <Select
            label="Orders of"
            data={SPANS}
            value={days}
            onChange={(next) => next !== null && setDays(next)}
            allowDeselect={false}
          />
          <PercentField
            label="Margin where the cost is not known"
            description="Empty: only products with a cost count"
            value={margin}
            onChange={setMargin}
          />
        </div>
        <Group>
          <ActionButton
            variant="default"
            loading={run.isPending}
            disabledReason={disabledReason}
            onClick={() => run.mutate()}
          >
            Try it
          </ActionButton>
        </Group>
        {run.isError && <ErrorState error={run.error} />}
        {run.data && <Result simulation={run.data} />}
      </Stack>
    </section>
  );
}

function Result({ simulation }: { simulation: Simulation }) {
  return (
    <Stack>
      <Text fw={600} role="status">
        {simulation.sentence}
      </Text>
      {simulation.first_day !== null && simulation.last_day !== null && (
        <Text size="sm">
          Orders of {dateRange(simulation.first_day, simulation.last_day)}:{" "}
          <Link href={links.orders({ from: simulation.first_day, to: simulation.last_day })}>
            {count(simulation.n_orders, "order")}
          </Link>
        </Text>
      )}
      <Figures simulation={simulation} />
      {simulation.days.length > 0 && <Days simulation={simulation} />}
      <Overlap simulation={simulation} />
      {simulation.limit_reached !== null && (
        <Text size="sm">
          Its {simulation.limit_reached.field === "uses_max" ? "uses" : "budget"} would have been used up on{" "}
          {date(simulation.limit_reached.date)}.
        </Text>
      )}
      {simulation.n_refused > 0 && (
        <Text size="sm">
          {count(simulation.n_refused, "order")} could not be priced again: {simulation.refused.join(" ")}
        </Text>
      )}
      {simulation.assumptions.length > 0 && (
        <details>
          <summary>What was assumed</summary>
          <ul>
            {simulation.assumptions.map((one) => (
              <li key={one}>
                <Text size="sm">{one}</Text>
              </li>
            ))}
          </ul>
        </details>
      )}
    </Stack>
  );
}

function Figures({ simulation }: { simulation: Simulation }) {
  return simulation.money.map((one) => {
    const { currency } = one;
    const before = one.margin_before_minor;
    const after = one.margin_after_minor;
    return (
      <div className="stats" key={currency}>
        <div>
          <div className="stat-label">Redemptions</div>
          <div className="stat-value">{whole(one.n_redemptions)}</div>
          <Text size="sm" c="dimmed">
            {one.n_orders > 0 && `${percent(one.n_redemptions / one.n_orders)} of orders`}
          </Text>
        </div>
        <div>
          <div className="stat-label">Discount given</div>
          <div className="stat-value">
            <Money minor={one.discount_minor} currency={currency} />
          </div>
        </div>
        <div>
          <div className="stat-label">Revenue after discounts</div>
          <div className="stat-value">
            <Money minor={one.revenue_after_minor} currency={currency} />
          </div>
          <Text size="sm" c="dimmed">
            from <Money minor={one.revenue_before_minor} currency={currency} />
          </Text>
        </div>
        <div>
          <div className="stat-label">Margin</div>
          <div className="stat-value">{after === null ? <None /> : <Money minor={after} currency={currency} />}</div>
          <Text size="sm" c="dimmed">
            {before === null ? (
              "no product has a cost"
            ) : (
              <>
                from <Money minor={before} currency={currency} />, {whole(one.n_lines_with_cost)} of{" "}
                {count(one.n_lines, "line")} with a cost
              </>
            )}
          </Text>
        </div>
      </div>
    );
  });
}

function Days({ simulation }: { simulation: Simulation }) {
  const [of, setOf] = useState("redemptions");
  const currency = simulation.money[0]?.currency ?? "GBP";
  const isMoney = of === "discount";
  const points = simulation.days.map((day) => {
    const discount = day.discounts.find((one) => one.currency === currency)?.amount_minor ?? 0;
    return {
      date: day.date,
      value: isMoney ? discount : day.n_redemptions,
      detail: `${count(day.n_redemptions, "redemption")} in ${count(day.n_orders, "order")}`,
    };
  });
  return (
    <Chart
      label={isMoney ? "Discount by day" : "Redemptions by day"}
      kind="bars"
      points={points}
      valueName={isMoney ? "Discount" : "Redemptions"}
      format={(value) => (isMoney ? money(value, currency) : count(value, "redemption"))}
      formatAxis={(value) => (isMoney ? moneyCompact(value, currency) : Number.isInteger(value) ? compact(value) : "")}
      formatDate={(day) => date(day, "weekday")}
      legend={<LegendItem draw="bar">{isMoney ? "Discount by day" : "Redemptions by day"}</LegendItem>}
      controls={
        <SegmentedControl
          size="xs"
          aria-label="What the chart shows"
          value={of}
          onChange={setOf}
          data={[
            { value: "redemptions", label: "Redemptions" },
            { value: "discount", label: "Discount" },
          ]}
        />
      }
    />
  );
}

function Overlap({ simulation }: { simulation: Simulation }) {
  if (simulation.overlaps.length === 0) return null;
  return (
    <div>
      <Title order={3} mb="xs">
        Running promotions that it meets
      </Title>
      <DataTable
        label="Overlap"
        alwaysTable
        rows={simulation.overlaps}
        rowKey={(one) => one.promotion}
        columns={[
          {
            key: "name",
            header: "Promotion",
            name: true,
            cell: (one) => <Link href={links.promotion(one.promotion)}>{one.name}</Link>,
          },
          {
            key: "together",
            header: "Both applied",
            end: true,
            wrap: true,
            cell: (one) => count(one.n_together, "order"),
          },
          {
            key: "out",
            header: "It drove this one out",
            end: true,
            wrap: true,
            cell: (one) => count(one.n_driven_out, "order"),
          },
        ]}
      />
    </div>
  );
}
