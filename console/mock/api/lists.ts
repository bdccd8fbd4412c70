/** Lists with filters, order and pages: products, customers, orders, timelines, decisions. */
import * as shop from "../data.ts";
import { type Query, notFound, page, has } from "./common.ts";
import { findProduct } from "./figures.ts";

export function listProducts(query: Query) {
  const sort = query.get("sort") ?? "-revenue";
  const found = shop.products.filter((one) => has(query.get("q"), one.title, one.sku));
  found.sort((a, b) => {
    if (sort === "title") return a.title.localeCompare(b.title);
    if (sort === "-units") return b.n_units - a.n_units;
    if (sort === "-last_sold") return (b.last_sold_at ?? "").localeCompare(a.last_sold_at ?? "");
    return b.revenue_minor - a.revenue_minor;
  });
  return page(found, query);
}

export function listCustomers(query: Query) {
  const sort = query.get("sort") ?? "-value";
  const found = shop.customers.filter(
    (one) =>
      has(query.get("q"), one.name, one.email, one.external_id) &&
      (!query.get("segment") || one.segment?.code === query.get("segment")) &&
      (!query.get("country") || one.country === query.get("country")),
  );
  found.sort((a, b) => {
    if (sort === "-orders") return b.n_orders - a.n_orders;
    if (sort === "-last_order") return (b.last_order_at ?? "").localeCompare(a.last_order_at ?? "");
    if (sort === "recency_days") return (a.rfm?.recency_days ?? 1e9) - (b.rfm?.recency_days ?? 1e9);
    return b.value_minor - a.value_minor;
  });
  return page(found, query);
}

export function listOrders(query: Query) {
  const sort = query.get("sort") ?? "-placed_at";
  const containing = query.get("product") ? shop.ordersByProduct.get(findProduct(query.get("product") ?? "").id) : null;
  const found = shop.orders.filter((one) => {
    const day = one.placed_at.slice(0, 10);
    return (
      has(query.get("q"), one.number, one.customer?.name, one.customer?.external_id) &&
      (!query.get("customer") || one.customer?.id === query.get("customer")) &&
      (!containing || containing.has(one.id)) &&
      (!query.get("channel") || one.channel === query.get("channel")) &&
      (!query.get("status") || one.status === query.get("status")) &&
      (!query.get("from") || day >= (query.get("from") ?? "")) &&
      (!query.get("to") || day <= (query.get("to") ?? ""))
    );
  });
  found.sort((a, b) =>
    sort === "-total"
      ? b.total_minor - a.total_minor
      : sort === "placed_at"
        ? a.placed_at.localeCompare(b.placed_at)
        : b.placed_at.localeCompare(a.placed_at),
  );
  return page(found, query);
}

export function timeline(customerId: string, query: Query) {
  const customer = shop.customers.find((one) => one.id === customerId);
  if (!customer) throw notFound("Customer");
  const entries: object[] = (shop.ordersByCustomer.get(customerId) ?? []).flatMap((order) => [
    {
      at: order.placed_at,
      kind: "order",
      sentence: `Order ${order.number} with ${order.n_units} units`,
      amount_minor: order.total_minor,
      currency: order.currency,
      href: `/orders/${order.id}`,
    },
    ...order.refunds.map((one) => ({
      at: one.refunded_at,
      kind: "refund",
      sentence: `Refund ${one.number} for order ${order.number}`,
      amount_minor: -one.amount_minor,
      currency: order.currency,
      href: `/orders/${order.id}`,
    })),
  ]);
  if (customer.segment)
    entries.push({
      at: `${shop.AS_OF}T23:00:00Z`,
      kind: "segment_entered",
      sentence: `Became ${customer.segment.name}`,
      amount_minor: null,
      currency: null,
      href: `/customers?segment=${customer.segment.code}`,
    });
  return page(
    entries.reverse().sort((a, b) => (b as { at: string }).at.localeCompare((a as { at: string }).at)),
    query,
  );
}

export function listDecisions(query: Query) {
  const found = shop.decisions.filter(
    (one) =>
      (!query.get("kind") || one.kind === query.get("kind")) &&
      (!query.get("state") || one.state === query.get("state")) &&
      (!query.get("mode") || one.mode === query.get("mode")) &&
      (!query.get("subject") || one.subject === query.get("subject")) &&
      has(query.get("q"), one.summary, one.subject_label),
  );
  found.sort((a, b) =>
    query.get("sort") === "-at_stake"
      ? (b.at_stake_minor ?? 0) - (a.at_stake_minor ?? 0)
      : b.decided_at.localeCompare(a.decided_at),
  );
  return page(found, query);
}
