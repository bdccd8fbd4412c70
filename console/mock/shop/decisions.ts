/** Decisions of the made-up shop: proposals to write to customers, and what was only recorded. */
import type { Decision, DecisionDetail } from "../../src/api/types";
import { CURRENCY, id, ago } from "./base.ts";
import { products } from "./products.ts";
import { withOrders } from "./segments.ts";
import { forecastReasons } from "./engines.ts";

export const decisions: DecisionDetail[] = [];

function decide(
  partial: Partial<Decision> & Pick<Decision, "kind" | "subject" | "subject_label" | "summary" | "reasons">,
): void {
  const n = decisions.length;
  decisions.push({
    id: id("dec", n),
    subject_href: null,
    mode: "suggest",
    state: "proposed",
    snoozed_until: null,
    policy_version: "2026-11-02.1",
    seed: 42,
    at_stake_minor: null,
    currency: null,
    decided_at: ago(2 + n * 3.1),
    resolved_at: null,
    resolved_by: null,
    outcome: { summary: partial.summary },
    input: { reference_date: "2011-12-10", n_customers: withOrders.length },
    policy: { version: "2026-11-02.1", quantiles: 5, window_days_max: 365 },
    alternatives: [
      {
        name: "Do nothing",
        score: 0.21,
        lost_because: "Customers like these came back on their own in only 8 % of cases.",
      },
      {
        name: "Send the usual newsletter",
        score: 0.34,
        lost_because: "It reached them three times without an answer.",
      },
    ],
    based_on_fact: 48_211 + n,
    resolved_note: null,
    ...partial,
  });
}

const dear = withOrders
  .filter((one) => ["at_risk", "cant_lose"].includes(one.segment?.code ?? ""))
  .sort((a, b) => b.value_minor - a.value_minor);
for (const customer of dear.slice(0, 24)) {
  const label = customer.name ?? `Customer ${customer.external_id}`;
  decide({
    kind: "care",
    subject: customer.id,
    subject_label: label,
    subject_href: `/customers/${customer.id}`,
    summary: `Write to ${label}: no order for ${customer.rfm?.recency_days ?? 0} days`,
    at_stake_minor: customer.average_order_minor,
    currency: CURRENCY,
    reasons: [
      {
        code: "overdue",
        sentence: `Usually orders every ${Math.round(customer.average_interval_days ?? 30)} days; the last order was ${customer.rfm?.recency_days ?? 0} days ago.`,
        weight: 0.6,
        numbers: { recency_days: customer.rfm?.recency_days ?? 0 },
      },
      {
        code: "value",
        sentence: `Spent £${(customer.value_minor / 100).toFixed(2)} in ${customer.n_orders} orders, among the top 20 % of customers.`,
        weight: 0.3,
        numbers: { value_minor: customer.value_minor },
      },
      {
        code: "refunds",
        sentence: `${customer.n_refunds} refunds, which speaks against a complaint.`,
        weight: -0.1,
        numbers: { n_refunds: customer.n_refunds },
      },
    ],
  });
}
products.slice(0, 60).forEach((product, n) => {
  decide({
    kind: n % 2 === 0 ? "forecast" : "recommendation",
    subject: product.id,
    subject_label: product.title,
    subject_href: `/products/${product.id}`,
    summary:
      n % 2 === 0
        ? `${Math.round(product.n_units / 13)} units expected in the next 28 days`
        : `Suggest 10 companions for ${product.title}`,
    mode: n % 5 === 0 ? "shadow" : "act",
    state: "recorded",
    reasons: forecastReasons(product),
  });
});
decisions.slice(18, 24).forEach((decision, n) => {
  decision.state = n % 2 === 0 ? "approved" : "dismissed";
  decision.resolved_at = ago(1 + n);
  decision.resolved_by = "Demo merchant";
});
