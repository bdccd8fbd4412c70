import { expect, test } from "vitest";
import { decisionTitle } from "./decision";

test("a decision is named with what it is about, once", () => {
  expect(decisionTitle({ summary: "Expect 13 units.", subject_label: "Mug" })).toBe("Mug: Expect 13 units.");
  expect(decisionTitle({ summary: "Write to Ada Hughes.", subject_label: "Ada Hughes" })).toBe("Write to Ada Hughes.");
  expect(decisionTitle({ summary: "Expect 13 units.", subject_label: "" })).toBe("Expect 13 units.");
});
