/** How a missing step of a quote is done: which units to add to the cart. Pure. */
import type { NextStep, QuoteLine } from "../api/types";
import type { CartLine } from "./cart";

const numberOf = (numbers: Record<string, unknown>, name: string): number | null => {
  const value = numbers[name];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
};

/**
 * The additions that would do the step, at most one a line of the cart. A step that names its SKU has one way; an
 * amount or a number of units of any kind can be added on each line.
 */
export function waysToDo(step: NextStep, lines: Pick<QuoteLine, "sku" | "unit_price_minor">[]): CartLine[] {
  const numbers = step.numbers as Record<string, unknown>;
  const sku = numbers.sku;
  const quantity = numberOf(numbers, "quantity");
  if (typeof sku === "string" && quantity !== null) return [{ sku, quantity }];
  const skus = [...new Map(lines.map((line) => [line.sku, line])).values()];
  if (quantity !== null) return skus.map((line) => ({ sku: line.sku, quantity }));
  const amount = numberOf(numbers, "amount_minor");
  if (amount === null) return [];
  return skus
    .filter((line) => line.unit_price_minor > 0)
    .map((line) => ({ sku: line.sku, quantity: Math.ceil(amount / line.unit_price_minor) }));
}
