import { describe, expect, test } from "vitest";
import * as format from "./format";

describe("money", () => {
  test("respects the currency's own number of decimals", () => {
    expect(format.money(123456, "GBP")).toBe("£1,234.56");
    expect(format.money(123456, "JPY")).toBe("JP¥123,456");
    expect(format.money(1234567, "KWD")).toMatch(/^KWD\s1,234\.567$/);
  });

  test("keeps every penny of sums that floating point would round", () => {
    expect(format.money(974_774_793, "GBP")).toBe("£9,747,747.93");
    expect(format.money(900_719_925_474_099_1, "GBP")).toBe("£90,071,992,547,409.91");
  });

  test("shows amounts below one unit and below zero", () => {
    expect(format.minorToDecimal(5, "GBP")).toBe("0.05");
    expect(format.minorToDecimal(-5, "GBP")).toBe("-0.05");
    expect(format.minorToDecimal(-1234, "JPY")).toBe("-1234");
    expect(format.money(-89_681_263, "GBP")).toBe("\u2212£896,812.63");
  });

  test("leaves out the small part in headlines and most digits on axes", () => {
    expect(format.moneyWhole(1_534_149, "GBP")).toBe("£15,341");
    expect(format.moneyCompact(600_000, "GBP")).toBe("£6k");
  });
});

describe("a countdown", () => {
  test("shows what is left in the units that matter", () => {
    expect([0, 42, 872, 3600, 7509, 273_600].map(format.clock)).toEqual([
      "0:00",
      "0:42",
      "14:32",
      "1:00:00",
      "2:05:09",
      "3 d 4 h",
    ]);
  });
});

describe("numbers", () => {
  test("have their noun in the right number", () => {
    expect(format.count(1, "order")).toBe("1 order");
    expect(format.count(1204, "order")).toBe("1,204 orders");
    expect(format.count(0, "refund")).toBe("0 refunds");
    expect(format.count(2, "thing to know", "things to know")).toBe("2 things to know");
  });

  test("compare with what was before, and say nothing against nothing", () => {
    expect(format.changeOf(110, 100)).toEqual({ direction: "up", text: "up 10 %" });
    expect(format.changeOf(88.3, 100)).toEqual({ direction: "down", text: "down 11.7 %" });
    expect(format.changeOf(100, 100)).toEqual({ direction: "same", text: "no change" });
    expect(format.changeOf(5, 0)).toBeNull();
  });

  test("are shares and sizes with their unit", () => {
    expect(format.percent(0.123)).toBe("12.3 %");
    expect(format.bytes(999)).toBe("999 B");
    expect(format.bytes(7_548_686)).toBe("7.5 MB");
    expect(format.duration(0.42)).toBe("0.4 s");
    expect(format.duration(59.7)).toBe("1 min");
    expect(format.duration(125)).toBe("2 min 5 s");
    expect(format.duration(3840)).toBe("1 h 4 min");
  });
});

describe("time", () => {
  test("a date belongs to no zone", () => {
    expect(format.date("2011-12-09")).toBe("9 Dec 2011");
    expect(format.date("2011-12-09", "weekday")).toMatch(/^Fri,? 9 Dec 2011$/);
    expect(format.addDays("2011-12-01", -1)).toBe("2011-11-30");
    expect(format.addDays("2012-02-28", 1)).toBe("2012-02-29");
    expect(format.dateRange("2011-12-03", "2011-12-09")).toMatch(/^3\s?–\s?9 Dec 2011$/);
  });

  test("an instant is shown in the shop's zone, whatever the browser's is", () => {
    expect(format.instant("2011-07-01T23:30:00Z", "Europe/London")).toBe("2 Jul 2011, 00:30");
    expect(format.instant("2011-07-01T23:30:00Z", "America/New_York")).toBe("1 Jul 2011, 19:30");
    expect(format.instantDate("2011-07-01T23:30:00Z", "Europe/London")).toBe("2 Jul 2011");
  });

  test("is relative to now in the largest fitting unit", () => {
    const now = Date.parse("2026-01-10T12:00:00Z");
    expect(format.relative("2026-01-10T11:59:30Z", now)).toBe("just now");
    expect(format.relative("2026-01-10T09:00:00Z", now)).toBe("3 hours ago");
    expect(format.relative("2026-01-09T11:00:00Z", now)).toBe("yesterday");
    expect(format.relative("2026-01-12T12:00:00Z", now)).toBe("in 2 days");
    expect(format.relative("2011-12-09T12:00:00Z", now)).toBe("14 years ago");
  });
});

test("a country is named by its code, and shown as given otherwise", () => {
  expect(format.country("GB")).toBe("United Kingdom");
  expect(format.country("United Kingdom")).toBe("United Kingdom");
  expect(format.country("EIRE")).toBe("EIRE");
});
