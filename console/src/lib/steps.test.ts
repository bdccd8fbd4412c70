import { describe, expect, test } from "vitest";
import type { NextStep } from "../api/types";
import { waysToDo } from "./steps";

const step = (code: string, numbers: Record<string, unknown>) =>
  ({ promotion: "prm_1", code, sentence: "", numbers }) as unknown as NextStep;
const LINES = [
  { sku: "A", unit_price_minor: 450 },
  { sku: "B", unit_price_minor: 1000 },
  { sku: "A", unit_price_minor: 450 },
];

describe("a missing step", () => {
  test("that names its product has one way", () => {
    expect(waysToDo(step("add_units", { quantity: 2, sku: "C" }), LINES)).toEqual([{ sku: "C", quantity: 2 }]);
  });

  test("for units of any kind can be done on each product once", () => {
    expect(waysToDo(step("add_units", { quantity: 1, sku: null }), LINES)).toEqual([
      { sku: "A", quantity: 1 },
      { sku: "B", quantity: 1 },
    ]);
  });

  test("for an amount asks for as many units as reach it", () => {
    expect(waysToDo(step("spend_more", { amount_minor: 1000 }), LINES)).toEqual([
      { sku: "A", quantity: 3 },
      { sku: "B", quantity: 1 },
    ]);
    expect(waysToDo(step("spend_more", { amount_minor: 1 }), [{ sku: "F", unit_price_minor: 0 }])).toEqual([]);
  });

  test("of an unknown kind offers nothing", () => {
    expect(waysToDo(step("sign_in", {}), LINES)).toEqual([]);
  });
});
