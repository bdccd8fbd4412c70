/** Today, sales, forecasts and suggestions, added up from the made-up orders. */
import * as shop from "../data.ts";
import { type Query, notFound } from "./common.ts";

export function today() {
  const days = Array.from({ length: 28 }, (_, n) => {
    const date = shop.addDays(shop.AS_OF, n - 27);
    const own = shop.orders.filter((one) => one.placed_at.startsWith(date));
    return {
      date,
      total_minor: own.reduce((sum, one) => sum + one.total_minor, 0),
      n_orders: own.length,
      n_units: own.reduce((sum, one) => sum + one.n_units, 0),
    };
  });
  const sum = (list: typeof days) => ({
    n_orders: list.reduce((total, one) => total + one.n_orders, 0),
    total_minor: list.reduce((total, one) => total + one.total_minor, 0),
    n_units: list.reduce((total, one) => total + one.n_units, 0),
  });
  const open = shop.decisions
    .filter((one) => one.state === "proposed")
    .sort((a, b) => (b.at_stake_minor ?? 0) - (a.at_stake_minor ?? 0));
  const now = sum(days.slice(-7));
  return {
    as_of: shop.AS_OF,
    is_historic: true,
    currency: shop.CURRENCY,
    sales: {
      ...now,
      previous: sum(days.slice(-14, -7)),
      days,
      forecast_next_7_days: {
        n_units: Math.round(now.n_units * 0.94),
        low_80: Math.round(now.n_units * 0.78),
        high_80: Math.round(now.n_units * 1.12),
      },
      from: shop.addDays(shop.AS_OF, -6),
      to: shop.AS_OF,
    },
    needs_decision: { total: open.length, items: open.slice(0, 5) },
    changed: [
      {
        kind: "segment_entered",
        sentence: "14 customers became At risk",
        n: 14,
        at: shop.ago(6),
        href: "/customers?segment=at_risk",
      },
      {
        kind: "segment_entered",
        sentence: "9 customers became Champions",
        n: 9,
        at: shop.ago(6),
        href: "/customers?segment=champions",
      },
      {
        kind: "import",
        sentence: "26,310 records came in from online-retail.csv.gz",
        n: 26310,
        at: shop.ago(30),
        href: "/import",
      },
    ],
    rising: shop.products.slice(1, 6).map((one, n) => ({
      product: { id: one.id, sku: one.sku, title: one.title },
      expected_units_28d: Math.round(one.n_units / 9) + 20 - n,
      sold_units_28d: Math.round(one.n_units / 13),
    })),
  };
}

export function findProduct(key: string) {
  const found = shop.products.find((one) => one.id === key || one.sku === key);
  if (!found) throw notFound("Product");
  return found;
}

export function sales(key: string, query: Query) {
  const product = findProduct(key);
  const by = query.get("by") === "day" ? "day" : "week";
  const step = by === "day" ? 1 : 7;
  const points = [];
  for (let back = 364; back >= 0; back -= step) {
    const date = shop.addDays(shop.AS_OF, -back - (step - 1));
    const point = { date, n_units: 0, revenue_minor: 0, n_orders: 0 };
    for (let i = 0; i < step; i += 1) {
      const sold = shop.unitsByProductDay.get(`${product.id} ${shop.addDays(date, i)}`);
      point.n_units += sold?.n_units ?? 0;
      point.revenue_minor += sold?.revenue_minor ?? 0;
      point.n_orders += sold?.n_orders ?? 0;
    }
    points.push(point);
  }
  return { product_id: product.id, by, points, currency: product.currency };
}

export function forecast(query: Query) {
  const product = findProduct(query.get("product") ?? "");
  const days = Number(query.get("days") ?? 28);
  const ref = { id: product.id, sku: product.sku, title: product.title };
  const base = {
    product: ref,
    period: "day",
    from: shop.addDays(shop.AS_OF, 1),
    computed_at: shop.ago(5),
    decision_id: shop.decisions[24]?.id ?? null,
  };
  if (product.n_orders < 20) {
    return {
      ...base,
      outcome: "too_little_history",
      points: [],
      total: null,
      method: null,
      reasons: [
        {
          code: "too_little_history",
          sentence: `${product.n_orders} orders so far; a forecast needs 20.`,
          weight: 1,
          numbers: { n_orders: product.n_orders, needed: 20 },
        },
      ],
      alternatives: [],
    };
  }
  const recent = sales(product.id, new URLSearchParams("by=day")).points.slice(-56);
  const points = Array.from({ length: days }, (_, n) => {
    const same = recent.filter((_, i) => i % 7 === n % 7);
    const expected = same.reduce((sum, one) => sum + one.n_units, 0) / Math.max(1, same.length);
    const spread = 2 + expected * 0.5 * Math.sqrt(1 + n / 20);
    return {
      date: shop.addDays(shop.AS_OF, n + 1),
      expected,
      low_80: Math.max(0, expected - spread),
      high_80: expected + spread,
      low_95: Math.max(0, expected - 1.6 * spread),
      high_95: expected + 1.6 * spread,
    };
  });
  const expected = points.reduce((sum, one) => sum + one.expected, 0);
  return {
    ...base,
    outcome: "forecast",
    points,
    total: {
      expected,
      low_80: expected * 0.8,
      high_80: expected * 1.2,
      low_95: expected * 0.68,
      high_95: expected * 1.32,
    },
    method: "ets",
    reasons: shop.forecastReasons(product),
    alternatives: [
      { name: "seasonal_naive", score: 1, lost_because: "Its error was 23 % larger on the last 8 weeks." },
      { name: "croston_sba", score: 1.12, lost_because: "It is made for rare sales; this product sells on most days." },
    ],
  };
}

export function recommendations(query: Query) {
  const limit = Number(query.get("limit") ?? 10);
  const customerId = query.get("customer");
  const bought = customerId ? shop.ordersByCustomer.get(customerId)?.at(-1)?.lines[0]?.product_id : null;
  const subject = findProduct(query.get("product") ?? bought ?? shop.products[0]?.id ?? "");
  const found = shop.companions(subject, limit).map((one) => ({
    product: {
      id: one.product.id,
      sku: one.product.sku,
      title: one.product.title,
      price_minor: one.product.price_minor,
    },
    score: one.lift,
    source: "similar",
    reasons: [
      {
        code: "bought_together",
        sentence: `Bought together in ${one.together} orders, ${one.lift.toFixed(1)} times more than chance.`,
        weight: 0.8,
        numbers: { n_orders: one.together, lift: one.lift },
      },
      {
        code: "steady",
        sentence: `Seen together in each of the last 4 quarters.`,
        weight: 0.2,
        numbers: { n_quarters: 4 },
      },
    ],
  }));
  const popular =
    found.length > 0
      ? []
      : shop.products.slice(0, limit).map((one) => ({
          product: { id: one.id, sku: one.sku, title: one.title, price_minor: one.price_minor },
          score: one.popularity,
          source: "popular",
          reasons: [
            {
              code: "popular",
              sentence: `Sold ${one.n_units} times in the last year.`,
              weight: 1,
              numbers: { n_units: one.n_units },
            },
          ],
        }));
  return {
    context: customerId ? "customer" : "product",
    subject: customerId ?? subject.id,
    items: [...found, ...popular],
    computed_at: shop.ago(5),
    decision_id: shop.decisions[25]?.id ?? null,
    reasons:
      found.length > 0
        ? [
            {
              code: "similar",
              sentence: `${found.length} products were bought together with it in at least 5 orders.`,
              weight: 1,
              numbers: {},
            },
          ]
        : [
            {
              code: "fallback_popular",
              sentence: "Too few orders contain it, so the most popular products are shown.",
              weight: 1,
              numbers: {},
            },
          ],
  };
}
