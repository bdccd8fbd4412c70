/** Joins a product's sales and its forecast into one series for the chart. Pure. */
import type { Forecast, ProductSales } from "../api/types";
import type { ChartPoint } from "../ui/Chart";
import { addDays, count, date } from "./format";

/** How many days of history are drawn for each choice; null is everything. */
export const SPANS: Record<string, number | null> = { quarter: 91, year: 365, all: null };

/** The Monday (or whichever day the first week starts on) that a date belongs to. */
function weekStart(day: string, anchor: string): string {
  const days = Math.round((Date.parse(day) - Date.parse(anchor)) / 86_400_000);
  return new Date(Date.parse(anchor) + Math.floor(days / 7) * 7 * 86_400_000).toISOString().slice(0, 10);
}

/** Days of a forecast added up into whole weeks, without intervals: those of days do not add up. */
function weeksOf(forecast: Forecast, anchor: string): ChartPoint[] {
  const weeks = new Map<string, { value: number; n: number }>();
  for (const point of forecast.points) {
    const start = weekStart(point.date, anchor);
    const week = weeks.get(start) ?? { value: 0, n: 0 };
    weeks.set(start, { value: week.value + point.expected, n: week.n + 1 });
  }
  return [...weeks]
    .filter(([, week]) => week.n === 7)
    .map(([start, week]) => ({ date: start, value: week.value, interval: null, forecast: true }));
}

export interface Series {
  points: ChartPoint[];
  /** Why the forecast or its intervals are not drawn, for the reader; null when all is. */
  note: string | null;
}

/** The week that the forecast begins in: its sales are not over, and drawn beside whole weeks they look like a fall. */
function unfinishedWeek(past: ChartPoint[], from: string): string | null {
  const last = past[past.length - 1]?.date;
  return last !== undefined && last < from && from < addDays(last, 7) ? last : null;
}

function sentences(...notes: (string | null)[]): string | null {
  return notes.filter((one) => one !== null).join(" ") || null;
}

export function joinSeries(sales: ProductSales, forecast: Forecast | undefined, span: number | null): Series {
  const step = sales.by === "week" ? 7 : 1;
  const shown = span === null ? sales.points : sales.points.slice(-Math.ceil(span / step));
  const past: ChartPoint[] = shown.map((one) => ({
    date: one.date,
    value: one.n_units,
    detail: count(one.n_orders, "order"),
  }));
  if (forecast === undefined) return { points: past, note: null };
  const open = sales.by === "week" ? unfinishedWeek(past, forecast.from) : null;
  if (open !== null) past.pop();
  const unfinished = open === null ? null : `The week from ${date(open)} is not over and not drawn.`;
  if (forecast.outcome !== "forecast") return { points: past, note: unfinished };
  if (forecast.period === sales.by) {
    const last = past[past.length - 1]?.date ?? "";
    const future = forecast.points
      .filter((one) => one.date > last)
      .map((one) => ({ date: one.date, value: one.expected, interval: one, forecast: true }));
    return { points: [...past, ...future], note: unfinished };
  }
  if (forecast.period === "day") {
    const anchor = past[0]?.date ?? forecast.from;
    return {
      points: [...past, ...weeksOf(forecast, anchor)],
      note: sentences(
        unfinished,
        "The forecast is made day by day. By week only its sum is drawn; choose Day to see the intervals.",
      ),
    };
  }
  return { points: past, note: "The forecast of this product is made week by week. Choose Week to see it." };
}
