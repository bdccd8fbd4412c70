import { describe, expect, test } from "vitest";
import { ACTIONS, emptyDraft, newAction, newTarget, problemAt, toAsk } from "./promotion";

describe("a promotion that is typed", () => {
  test("sends 0 for an empty number, which the server then calls wrong, and null where that means no limit", () => {
    const draft = emptyDraft("GBP");
    draft.definition.action = {
      kind: "buy_get",
      buy_quantity: null,
      get_quantity: 1,
      get_target: null,
      basis_points: 10_000,
      n_repeats_max: null,
    };
    const { action } = toAsk(draft).definition as unknown as { action: Record<string, unknown> };
    expect(action).toMatchObject({ buy_quantity: 0, get_quantity: 1, get_target: null, n_repeats_max: null });
  });

  test("leaves out a minimum and a condition that say nothing", () => {
    const draft = emptyDraft("GBP");
    draft.definition.minimum = { amount_minor: null, quantity: null };
    draft.definition.condition = "  ";
    expect(toAsk(draft).definition).toMatchObject({ minimum: null, condition: null });
    draft.definition.minimum = { amount_minor: 3000, quantity: null };
    expect(toAsk(draft).definition).toMatchObject({ minimum: { amount_minor: 3000 } });
  });

  test("begins with an action of every kind that is offered", () => {
    for (const { value } of ACTIONS) expect(newAction(value).kind).toBe(value);
  });

  test("keeps a target's values only while they mean the same", () => {
    const skus = { of: "skus" as const, values: ["A"] };
    expect(newTarget("skus", skus)).toEqual(skus);
    expect(newTarget("tags", skus)).toEqual({ of: "tags", values: [] });
    expect(newTarget("all", skus)).toEqual({ of: "all" });
  });

  test("finds the problem of a field or of a part of it", () => {
    const problems = [{ field: "definition.action.basis_points", sentence: "Too much." }];
    expect(problemAt(problems, "definition.action")).toBe("Too much.");
    expect(problemAt(problems, "definition.act")).toBeNull();
  });
});
