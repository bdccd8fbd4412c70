import { expect, test } from "vitest";
import { labelled, linear, ticks } from "./scale";

test("ticks are round, start at zero and reach over the largest value", () => {
  expect(ticks(0, 480_000)).toEqual([0, 200_000, 400_000, 600_000]);
  expect(ticks(0, 97)).toEqual([0, 25, 50, 75, 100]);
  expect(ticks(0, 1)).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect(ticks(0, 0).length).toBeGreaterThan(1);
});

test("ticks reach below zero when values do", () => {
  const marks = ticks(-30, 60);
  expect(marks[0]).toBeLessThanOrEqual(-30);
  expect(marks).toContain(0);
});

test("a scale without extent does not divide by zero", () => {
  expect(linear([5, 5], [0, 100])(5)).toBe(0);
  expect(linear([0, 10], [100, 0])(5)).toBe(50);
});

test("labels never outnumber their room, and the last one is there", () => {
  for (const n of [1, 7, 28, 119]) {
    const at = labelled(n, 5);
    expect(at.length).toBeLessThanOrEqual(Math.max(5, 1));
    expect(at[at.length - 1]).toBe(n - 1);
  }
});
