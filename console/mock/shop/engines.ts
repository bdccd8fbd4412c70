/** Reasons and companions, made up from the shop's own numbers. Imitates the answers, not the engines. */
import type { Product, Reason } from "../../src/api/types";
import { products } from "./products.ts";
import { orders } from "./orders.ts";
import { ordersByProduct } from "./sold.ts";

export function forecastReasons(product: Product): Reason[] {
  return [
    {
      code: "chosen_method",
      sentence: "ETS had the smallest error in 6 of 8 tests on the shop's own past.",
      weight: 0.7,
      numbers: { mase: 0.81, n_tests: 8 },
    },
    {
      code: "season",
      sentence: "Sales rise by 18 % in the weeks before Christmas.",
      weight: 0.25,
      numbers: { seasonal_share: 0.18 },
    },
    {
      code: "history",
      sentence: `${product.n_orders} orders in a year are enough to learn from.`,
      weight: 0.1,
      numbers: { n_orders: product.n_orders },
    },
  ];
}

export function companions(product: Product, limit: number) {
  const baskets = ordersByProduct.get(product.id) ?? new Set<string>();
  return products
    .filter((one) => one.id !== product.id)
    .map((one) => {
      const theirs = ordersByProduct.get(one.id) ?? new Set<string>();
      let together = 0;
      for (const order of theirs) if (baskets.has(order)) together += 1;
      const expected = (baskets.size * theirs.size) / orders.length;
      return { product: one, together, lift: expected > 0 ? together / expected : 0 };
    })
    .filter((one) => one.together >= 5)
    .sort((a, b) => b.lift - a.lift)
    .slice(0, limit);
}
