import { describe, expect, test } from "vitest";
import { askOf, cartOf, cartProblem, searchOf, withMore, type Cart } from "./cart";

const CART: Cart = {
  lines: [
    { sku: "85123A", quantity: 6 },
    { sku: "A,B*C 1/2", quantity: 1 },
  ],
  customer: "cus_1",
  channel: "web",
  country: "GB",
  coupons: ["TEA10", "SPRING"],
  points: 200,
  method: "express",
  shipping: "4.95",
};

describe("a cart in the address", () => {
  test("comes back as it was, whatever its SKUs look like", () => {
    expect(cartOf(searchOf(CART))).toEqual(CART);
    const empty = cartOf({});
    expect(searchOf(empty)).toEqual({});
    expect(empty.lines).toEqual([]);
  });

  test("leaves out what cannot be read", () => {
    expect(cartOf({ lines: "A*0,B*x,*3,C*2,%E0%A4*1", points: "-5" })).toMatchObject({
      lines: [{ sku: "C", quantity: 2 }],
      points: 0,
    });
  });
});

describe("a cart", () => {
  test("gets more units on the line that is there, or a new line", () => {
    expect(withMore(CART, "85123A", 2).lines[0]).toEqual({ sku: "85123A", quantity: 8 });
    expect(withMore(CART, "NEW", 3).lines).toHaveLength(3);
  });

  test("says what is missing before it can be priced", () => {
    expect(cartProblem(CART, "GBP")).toBeNull();
    expect(cartProblem({ ...CART, lines: [] }, "GBP")).toMatch(/product/);
    expect(cartProblem({ ...CART, shipping: "free" }, "GBP")).toMatch(/amount/);
    expect(cartProblem({ ...CART, customer: undefined }, "GBP")).toMatch(/customer/);
  });

  test("is asked for with shipping in minor units, and without any when none was typed", () => {
    expect(askOf(CART, "GBP").shipping).toEqual({ method: "express", amount_minor: 495 });
    const ask = askOf({ ...CART, shipping: "", customer: undefined }, "GBP");
    expect(ask.shipping).toBeNull();
    expect(ask.anonymous_id).toBe("quote-tester");
  });
});
