import { describe, expect, test } from "vitest";
import type { QuotePrice } from "../api/types";
import { orderSums, quoteSums } from "./sums";

const line = (kind: string, discount_minor: number) => ({ kind, discount_minor });
const NOTHING = { discount_minor: 0, shipping_minor: 0, fees_minor: 0, tax_minor: 0 };
const sum = (order: Parameters<typeof orderSums>[0]) => orderSums(order).reduce((all, one) => all + one.minor, 0);

describe("the sums of an order", () => {
  test("show a discount of its lines once, and add up", () => {
    const order = {
      ...NOTHING,
      total_minor: 10_879,
      items_minor: 10_879,
      discount_minor: 436,
      lines: [line("item", 436), line("item", 0)],
    };
    expect(orderSums(order)).toEqual([
      { label: "Items before discounts", minor: 11_315 },
      { label: "Discounts", minor: -436 },
    ]);
    expect(sum(order)).toBe(10_879);
  });

  test("add up with a discount of the order, of its shipping, fees and tax on top", () => {
    const order = {
      total_minor: 9_000 - 500 + 300 + 150 + 700,
      items_minor: 9_000,
      discount_minor: 500 + 100,
      shipping_minor: 300,
      fees_minor: 150,
      tax_minor: 700,
      lines: [line("item", 0), line("shipping", 100), line("fee", 0)],
    };
    expect(sum(order)).toBe(order.total_minor);
    expect(orderSums(order)).toContainEqual({ label: "Items before discounts", minor: 9_000 });
    expect(orderSums(order)).toContainEqual({ label: "Shipping", minor: 400 });
  });

  test("leave out what is nothing", () => {
    const order = { ...NOTHING, total_minor: 500, items_minor: 500, lines: [line("item", 0)] };
    expect(orderSums(order)).toEqual([{ label: "Items", minor: 500 }]);
  });
});

const PRICE: QuotePrice = {
  currency: "GBP",
  tax: "exclusive",
  lines: [],
  subtotal_minor: 13_175,
  discount_minor: 2_666,
  discounts: [
    { source: "promotion", id: "prm_1", name: "Welcome 10 %", amount_minor: 1_318 },
    { source: "points", id: null, name: "Points", amount_minor: 1_348 },
  ],
  shipping: {
    method: "standard",
    list_minor: 395,
    net_minor: 0,
    tax_minor: 0,
    discounts: [{ source: "promotion", id: "prm_2", name: "Free shipping", amount_minor: 395 }],
  },
  tax_minor: 2_102,
  total_minor: 13_175 - 2_666 + 2_102,
  gifts: [],
  points: null,
  not_applied: [],
  next_steps: [],
  is_best: true,
};

describe("the sums of a quote", () => {
  test("add up with discounts, shipping, its discounts, and tax on top", () => {
    const { entries, total, after } = quoteSums(PRICE);
    expect(entries.reduce((all, one) => all + one.minor, 0)).toBe(total.minor);
    expect(total.minor).toBe(PRICE.total_minor);
    expect(after).toEqual([]);
  });

  test("name the tax that prices contain after the total, without adding it", () => {
    const price: QuotePrice = { ...PRICE, tax: "inclusive", total_minor: 13_175 - 2_666 };
    const { entries, after } = quoteSums(price);
    expect(entries.reduce((all, one) => all + one.minor, 0)).toBe(price.total_minor);
    expect(after).toEqual([{ label: "Of this, tax", minor: 2_102 }]);
  });
});
