/** A year of orders of the made-up shop. */
import type { Customer, Order, OrderLine } from "../../src/api/types";
import { AS_OF, CURRENCY, random, below, id, addDays } from "./base.ts";
import { pickProduct } from "./products.ts";
import { customers } from "./customers.ts";

const N_DAYS = 365;

export const orders: Order[] = [];

function makeLines(): OrderLine[] {
  const lines: OrderLine[] = [];
  const n = 1 + below(7);
  for (let position = 1; position <= n; position += 1) {
    const product = pickProduct();
    const quantity = 1 + below(12);
    const unit = product.price_minor ?? 295;
    const discount = random() < 0.08 ? Math.round(unit * quantity * 0.1) : 0;
    const taxed = unit * quantity - discount;
    lines.push({
      position,
      kind: "item",
      product_id: product.id,
      sku: product.sku,
      title: product.title,
      quantity,
      refunded_quantity: random() < 0.02 ? 1 : 0,
      unit_price_minor: unit,
      discount_minor: discount,
      tax_minor: Math.round(taxed / 6),
      total_minor: taxed,
    });
  }
  if (random() < 0.3) {
    lines.push({
      position: n + 1,
      kind: "shipping",
      product_id: null,
      sku: "POST",
      title: "Postage",
      quantity: 1,
      refunded_quantity: 0,
      unit_price_minor: 495,
      discount_minor: 0,
      tax_minor: 83,
      total_minor: 495,
    });
  }
  return lines;
}

function makeOrder(n: number, day: string, customer: Customer | null): Order {
  const lines = makeLines();
  const items = lines.filter((line) => line.kind === "item");
  const sum = (list: OrderLine[], of: (line: OrderLine) => number) => list.reduce((total, line) => total + of(line), 0);
  const total = sum(lines, (line) => line.total_minor);
  const refunded = sum(lines, (line) => line.refunded_quantity * line.unit_price_minor);
  const placed = `${day}T${String(8 + below(10)).padStart(2, "0")}:${String(below(60)).padStart(2, "0")}:00Z`;
  return {
    id: id("ord", n),
    number: String(536365 + n),
    channel: random() < 0.85 ? "online-retail" : "market-stall",
    placed_at: placed,
    status: random() < 0.02 ? "cancelled" : day > addDays(AS_OF, -3) ? "open" : "fulfilled",
    customer: customer === null ? null : { id: customer.id, external_id: customer.external_id, name: customer.name },
    country: customer?.country ?? "GB",
    n_lines: lines.length,
    n_units: sum(items, (line) => line.quantity),
    total_minor: total,
    refunded_minor: refunded,
    currency: CURRENCY,
    items_minor: sum(items, (line) => line.unit_price_minor * line.quantity),
    discount_minor: sum(lines, (line) => line.discount_minor),
    shipping_minor: sum(
      lines.filter((line) => line.kind === "shipping"),
      (line) => line.total_minor,
    ),
    fees_minor: 0,
    tax_minor: sum(lines, (line) => line.tax_minor),
    discount_codes: sum(lines, (line) => line.discount_minor) > 0 ? ["WELCOME10"] : [],
    lines,
    refunds:
      refunded > 0
        ? [{ id: id("ref", n), number: `C${536365 + n}`, refunded_at: `${day}T18:30:00Z`, amount_minor: refunded }]
        : [],
  };
}

for (let back = N_DAYS; back >= 0; back -= 1) {
  const day = addDays(AS_OF, -back);
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  const n = weekday === 6 ? 0 : Math.round((8 + 10 * random()) * (back < 70 ? 1.5 : 1) * (weekday === 0 ? 0.5 : 1));
  for (let i = 0; i < n; i += 1) {
    const guest = random() < 0.1;
    const customer = guest ? null : (customers[Math.floor(customers.length * random() ** 1.7)] ?? null);
    orders.push(makeOrder(orders.length, day, customer));
  }
}
