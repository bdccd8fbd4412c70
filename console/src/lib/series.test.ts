import { expect, test } from "vitest";
import type { Forecast, ProductSales } from "../api/types";
import { joinSeries } from "./series";

const sales = (by: "day" | "week", n: number): ProductSales => ({
  product_id: "prod_1",
  by,
  currency: "GBP",
  points: Array.from({ length: n }, (_, i) => ({
    date: new Date(Date.UTC(2011, 10, 7 + i * (by === "week" ? 7 : 1))).toISOString().slice(0, 10),
    n_units: i + 1,
    revenue_minor: 100,
    n_orders: 1,
  })),
});

const forecast = (period: "day" | "week", from: string, n: number): Forecast => ({
  product: { id: "prod_1", sku: "A", title: "A" },
  outcome: "forecast",
  period,
  from,
  points: Array.from({ length: n }, (_, i) => ({
    date: new Date(Date.parse(from) + i * (period === "week" ? 7 : 1) * 86_400_000).toISOString().slice(0, 10),
    n_days: period === "week" ? 7 : 1,
    expected: 2,
    low_80: 1,
    high_80: 3,
    low_95: 0,
    high_95: 4,
  })),
  total: null,
  method: "ets",
  reasons: [],
  alternatives: [],
  computed_at: "2026-01-01T00:00:00Z",
  decision_id: null,
});

test("a forecast of the same period follows the sales with its intervals", () => {
  const { points, note } = joinSeries(sales("day", 3), forecast("day", "2011-11-10", 2), null);
  expect(points.map((one) => one.date)).toEqual(["2011-11-07", "2011-11-08", "2011-11-09", "2011-11-10", "2011-11-11"]);
  expect(points.map((one) => one.forecast ?? false)).toEqual([false, false, false, true, true]);
  expect(points[3]?.interval?.high_95).toBe(4);
  expect(note).toBeNull();
});

test("days of a forecast add up to whole weeks without intervals, and it says so", () => {
  const { points, note } = joinSeries(sales("week", 2), forecast("day", "2011-11-21", 16), null);
  const future = points.filter((one) => one.forecast);
  expect(future.map((one) => [one.date, one.value, one.interval])).toEqual([
    ["2011-11-21", 14, null],
    ["2011-11-28", 14, null],
  ]);
  expect(note).toMatch(/choose Day/);
});

test("a week that is not over is not drawn as if sales had fallen, and it says so", () => {
  const weekly = joinSeries(sales("week", 3), forecast("week", "2011-11-25", 2), null);
  expect(weekly.points.map((one) => one.date)).toEqual(["2011-11-07", "2011-11-14", "2011-11-25", "2011-12-02"]);
  expect(weekly.note).toMatch(/21 Nov 2011 is not over/);
  const daily = joinSeries(sales("week", 3), forecast("day", "2011-11-25", 10), null);
  expect(daily.points.map((one) => [one.date, one.value])).toEqual([
    ["2011-11-07", 1],
    ["2011-11-14", 2],
    ["2011-11-28", 14],
  ]);
  const over = joinSeries(sales("week", 3), forecast("week", "2011-11-28", 1), null);
  expect(over.points).toHaveLength(4);
  expect(over.note).toBeNull();
});

test("a weekly forecast is not spread over days, and it says so", () => {
  const { points, note } = joinSeries(sales("day", 3), forecast("week", "2011-11-14", 4), null);
  expect(points.every((one) => one.forecast !== true)).toBe(true);
  expect(note).toMatch(/Choose Week/);
});

test("only the chosen length of history is drawn", () => {
  expect(joinSeries(sales("day", 200), undefined, 91).points).toHaveLength(91);
  expect(joinSeries(sales("week", 200), undefined, 365).points).toHaveLength(53);
  expect(joinSeries(sales("week", 200), undefined, null).points).toHaveLength(200);
});
