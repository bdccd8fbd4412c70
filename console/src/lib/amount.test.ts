import { describe, expect, test } from "vitest";
import { fromZoned, parseAmount, parsePercent, percentText, toZoned } from "./amount";

describe("an amount", () => {
  test("is read with its currency's decimals and without rounding", () => {
    expect(parseAmount("3.95", "GBP")).toBe(395);
    expect(parseAmount("1,200", "GBP")).toBe(120_000);
    expect(parseAmount("0.1", "GBP")).toBe(10);
    expect(parseAmount("1200", "JPY")).toBe(1200);
    expect(parseAmount("-2.50", "GBP")).toBe(-250);
  });

  test("that is none is refused", () => {
    for (const text of ["", "x", "1.234", "1.2.3", "£5", "1e9", "99999999999999"]) {
      expect(parseAmount(text, "GBP")).toBeNull();
    }
    expect(parseAmount("1.5", "JPY")).toBeNull();
  });
});

describe("a share", () => {
  test("is read as basis points and written as per cent", () => {
    expect(parsePercent("12.5")).toBe(1250);
    expect(parsePercent("100 %")).toBe(10_000);
    expect(percentText(1250)).toBe("12.5");
    for (const text of ["", "101", "-1", "12.345", "ten"]) expect(parsePercent(text)).toBeNull();
  });
});

describe("a date-time field", () => {
  test("means the shop's zone, in summer and in winter", () => {
    expect(fromZoned("2026-07-01T09:00", "Europe/London")).toBe("2026-07-01T08:00:00Z");
    expect(fromZoned("2026-12-01T09:00", "Europe/London")).toBe("2026-12-01T09:00:00Z");
    expect(toZoned("2026-07-01T08:00:00Z", "Europe/London")).toBe("2026-07-01T09:00");
    expect(fromZoned("", "Europe/London")).toBeNull();
  });

  test("goes there and back around a clock change", () => {
    for (const text of ["2026-03-29T00:30", "2026-03-29T02:30", "2026-10-25T03:30", "2026-10-24T23:59"]) {
      expect(toZoned(fromZoned(text, "Europe/London") ?? "", "Europe/London")).toBe(text);
    }
  });
});
