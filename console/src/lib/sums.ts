/** How the total of an order or a quote comes about, as entries that add up to it whatever its source says. Pure. */
import type { Order, QuotePrice } from "../api/types";

export interface SumEntry {
  label: string;
  /** Minor units; below zero for what is taken off. */
  minor: number;
  /** Belongs to the entry above it. */
  part?: boolean;
}

type Summed = Pick<
  Order,
  "total_minor" | "discount_minor" | "shipping_minor" | "fees_minor" | "tax_minor" | "items_minor"
> & { lines: Pick<Order["lines"][number], "kind" | "discount_minor">[] };

/**
 * Products, shipping and fees before discounts, then all discounts once, then tax on top. The server's sums of products,
 * shipping and fees are after the discounts of their lines, while its discount counts those again.
 */
export function orderSums(order: Summed): SumEntry[] {
  const offLines = (kind: string) =>
    order.lines.filter((line) => line.kind === kind).reduce((sum, line) => sum + line.discount_minor, 0);
  const shipping = order.shipping_minor + offLines("shipping");
  const fees = order.fees_minor + offLines("fee");
  const discount = order.discount_minor;
  const items = order.total_minor - order.tax_minor - shipping - fees + discount;
  const entries = [{ label: discount === 0 ? "Items" : "Items before discounts", minor: items }];
  if (shipping !== 0) entries.push({ label: "Shipping", minor: shipping });
  if (fees !== 0) entries.push({ label: "Fees", minor: fees });
  if (discount !== 0) entries.push({ label: "Discounts", minor: -discount });
  if (order.tax_minor !== 0) entries.push({ label: "Tax", minor: order.tax_minor });
  return entries;
}

/** The entries of a priced cart, its total, and what is said about the total. */
export function quoteSums(price: QuotePrice): { entries: SumEntry[]; total: SumEntry; after: SumEntry[] } {
  const entries: SumEntry[] = [{ label: "Items", minor: price.subtotal_minor }];
  for (const one of price.discounts) entries.push({ label: one.name, minor: -one.amount_minor, part: true });
  if (price.shipping !== null) {
    entries.push({ label: `Shipping, ${price.shipping.method}`, minor: price.shipping.list_minor });
    for (const one of price.shipping.discounts) {
      entries.push({ label: one.name, minor: -one.amount_minor, part: true });
    }
  }
  const inclusive = price.tax === "inclusive";
  if (!inclusive) entries.push({ label: "Tax", minor: price.tax_minor });
  const after: SumEntry[] = [];
  if (inclusive && price.tax_minor !== 0) after.push({ label: "Of this, tax", minor: price.tax_minor });
  return { entries, total: { label: "To pay", minor: price.total_minor }, after };
}
