import { describe, expect, test } from "vitest";
import { inAll, phaseOf, secondsOf } from "./sale";

const SALE = { state: "scheduled", starts_at: "2026-11-27T09:00:00Z", ends_at: "2026-11-27T12:00:00Z" } as const;
const at = (text: string) => Date.parse(`2026-11-27T${text}Z`);

describe("a flash sale", () => {
  test("starts and is over by the clock it is given", () => {
    expect(phaseOf(SALE, at("08:59:59"))).toBe("scheduled");
    expect(phaseOf(SALE, at("09:00:00"))).toBe("on");
    expect(phaseOf(SALE, at("12:00:00"))).toBe("ended");
    expect(phaseOf({ ...SALE, state: "draft" }, at("10:00:00"))).toBe("draft");
    expect(phaseOf({ ...SALE, state: "ended" }, at("10:00:00"))).toBe("ended");
  });

  test("counts the seconds to what comes next, never below zero", () => {
    expect(secondsOf(SALE, at("08:59:00"))).toBe(60);
    expect(secondsOf(SALE, at("11:59:30"))).toBe(30);
    expect(secondsOf(SALE, at("13:00:00"))).toBe(0);
  });

  test("adds up its products", () => {
    const item = { sku: "A", unit_price_minor: 1, n_units: 10, n_left: 4, n_held: 1, n_sold: 5, n_waiting: 2 };
    expect(inAll([item, { ...item, sku: "B" }], "n_left")).toBe(8);
    expect(inAll([], "n_sold")).toBe(0);
  });
});
