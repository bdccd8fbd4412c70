/** Segments of the made-up shop's customers. Imitates the answers, not the engine: plain scores by fifths. */
import type { Segment } from "../../src/api/types";
import { AS_OF, CURRENCY, id, daysBetween } from "./base.ts";
import { customers } from "./customers.ts";
import { ordersByCustomer } from "./sold.ts";

const SEGMENTS: [string, string, string, string][] = [
  [
    "champions",
    "Champions",
    "Bought very recently, buy often and spend the most.",
    "Thank them, show new things first, ask for a review.",
  ],
  [
    "loyal",
    "Loyal customers",
    "Buy regularly and answer to offers.",
    "Offer a higher tier or a bundle, ask for a referral.",
  ],
  [
    "potential_loyalist",
    "Potential loyalists",
    "Recent customers with more than one purchase.",
    "Suggest companions of what they bought, explain the loyalty scheme.",
  ],
  ["new", "New customers", "Bought for the first time, recently.", "Welcome them and help with the first use."],
  ["promising", "Promising", "Recent, but spend little so far.", "Show what others bought next."],
  [
    "needs_attention",
    "Need attention",
    "Were above average, but have not come back for a while.",
    "Remind them of what they liked, for a limited time.",
  ],
  [
    "at_risk",
    "At risk",
    "Spent much and came often, but long ago.",
    "Write personally, with something worth coming back for.",
  ],
  [
    "cant_lose",
    "Cannot lose them",
    "Made the largest purchases and have not come back.",
    "Call or write by hand; ask what went wrong.",
  ],
  [
    "hibernating",
    "Hibernating",
    "Bought long ago, rarely, and little.",
    "Leave them in the regular newsletter, spend nothing more.",
  ],
];

function segmentOf(r: number, f: number, m: number): string {
  if (r >= 4 && f >= 4) return m >= 4 ? "champions" : "loyal";
  if (r >= 4 && f >= 2) return "potential_loyalist";
  if (r >= 4) return m >= 3 ? "new" : "promising";
  if (r === 3) return f >= 3 ? "loyal" : "needs_attention";
  if (f >= 4) return m >= 5 ? "cant_lose" : "at_risk";
  return f === 3 ? "at_risk" : "hibernating";
}

function score(values: number[], value: number): number {
  const smaller = values.filter((one) => one < value).length;
  return Math.min(5, 1 + Math.floor((smaller / Math.max(1, values.length)) * 5));
}

export const withOrders = customers.filter((one) => ordersByCustomer.has(one.id));
for (const customer of withOrders) {
  const own = ordersByCustomer.get(customer.id) ?? [];
  const first = own[0];
  const last = own[own.length - 1];
  if (!first || !last) continue;
  customer.n_orders = own.length;
  customer.refunded_minor = own.reduce((sum, one) => sum + one.refunded_minor, 0);
  customer.n_refunds = own.reduce((sum, one) => sum + one.refunds.length, 0);
  customer.value_minor = own.reduce((sum, one) => sum + one.total_minor, 0) - customer.refunded_minor;
  customer.first_order_at = first.placed_at;
  customer.last_order_at = last.placed_at;
  customer.average_order_minor = Math.round(customer.value_minor / own.length);
  customer.average_interval_days =
    own.length > 1 ? daysBetween(first.placed_at.slice(0, 10), last.placed_at.slice(0, 10)) / (own.length - 1) : null;
}
const recencies = withOrders.map((one) => -daysBetween((one.last_order_at ?? AS_OF).slice(0, 10), AS_OF));
const frequencies = withOrders.map((one) => one.n_orders);
const monies = withOrders.map((one) => one.value_minor);

withOrders.forEach((customer, n) => {
  const recency = daysBetween((customer.last_order_at ?? AS_OF).slice(0, 10), AS_OF);
  const r = score(recencies, -recency);
  const f = score(frequencies, customer.n_orders);
  const m = score(monies, customer.value_minor);
  const code = segmentOf(r, f, m);
  const name = SEGMENTS.find((one) => one[0] === code)?.[1] ?? code;
  customer.segment = { code, name };
  customer.rfm = {
    recency_days: recency,
    n_orders: customer.n_orders,
    monetary_minor: customer.value_minor,
    recency_score: r,
    frequency_score: f,
    monetary_score: m,
    reference_date: "2011-12-10",
  };
  customer.segment_reasons = [
    {
      code: "recency",
      sentence: `The last order was ${recency} days before 10 Dec 2011: more recent than ${(r - 1) * 20} % of customers.`,
      weight: r >= 3 ? 0.5 : -0.5,
      numbers: { recency_days: recency, score: r },
    },
    {
      code: "frequency",
      sentence: `${customer.n_orders} orders in the year: more than ${(f - 1) * 20} % of customers.`,
      weight: 0.3,
      numbers: { n_orders: customer.n_orders, score: f },
    },
    {
      code: "monetary",
      sentence: `Spent £${(customer.value_minor / 100).toFixed(2)} in all: more than ${(m - 1) * 20} % of customers.`,
      weight: 0.2,
      numbers: { monetary_minor: customer.value_minor, score: m },
    },
  ];
  customer.segment_decision_id = id("dec", 1000 + n);
});

export const segments: Segment[] = SEGMENTS.map(([code, name, description, advice]) => {
  const members = withOrders.filter((one) => one.segment?.code === code);
  const n = Math.max(1, members.length);
  const value = members.reduce((sum, one) => sum + one.value_minor, 0);
  return {
    code,
    name,
    description,
    advice,
    n_customers: members.length,
    share: members.length / withOrders.length,
    value_minor: value,
    average_value_minor: Math.round(value / n),
    average_recency_days: members.reduce((sum, one) => sum + (one.rfm?.recency_days ?? 0), 0) / n,
    average_orders: members.reduce((sum, one) => sum + one.n_orders, 0) / n,
    currency: CURRENCY,
  };
});
