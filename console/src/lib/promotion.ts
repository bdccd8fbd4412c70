/** The shape of a promotion's definition, which the API's description leaves open, and new ones to begin with. Pure. */

/** Amounts, shares and counts are null while their field is empty; the server is then asked about 0. */
type Typed = number | null;

export type Target =
  { of: "all" } | { of: "skus" | "products" | "categories" | "tags"; values: string[] } | { of: "rule"; rule: string };

export type BreakReward =
  | { kind: "percentage"; basis_points: Typed }
  | { kind: "unit_price"; unit_price_minor: Typed }
  | { kind: "amount_off_unit"; amount_minor: Typed };

export type TierReward = { kind: "percentage"; basis_points: Typed } | { kind: "fixed_amount"; amount_minor: Typed };

export interface BundlePart {
  target: Target;
  quantity: Typed;
}

export interface BundleOffer {
  parts: BundlePart[];
  price_minor: Typed;
  n_max?: Typed;
}

export type Action =
  | { kind: "percentage"; basis_points: Typed }
  | { kind: "fixed_amount"; amount_minor: Typed }
  | { kind: "fixed_price"; unit_price_minor: Typed }
  | {
      kind: "buy_get";
      buy_quantity: Typed;
      get_quantity: Typed;
      get_target?: Target | null;
      basis_points: Typed;
      n_repeats_max?: Typed;
    }
  | {
      kind: "quantity_breaks";
      per: "line" | "product" | "target";
      breaks: { quantity_min: Typed; reward: BreakReward }[];
    }
  | { kind: "order_tiers"; value_basis?: Basis; tiers: { amount_minor_min: Typed; reward: TierReward }[] }
  | { kind: "bundle"; bundles: BundleOffer[] }
  | { kind: "shipping"; basis_points: Typed; methods?: string[] }
  | { kind: "gift"; sku: string; quantity: Typed };

export type ActionKind = Action["kind"];
export type Basis = "before" | "after_earlier";

export interface Definition {
  priority?: number;
  exclusive?: boolean;
  tags?: string[];
  stacks?: { with: "all" } | { with: "only" | "never"; tags: string[] };
  condition?: string | null;
  minimum?: { amount_minor?: Typed; quantity?: Typed; basis?: Basis } | null;
  target?: Target;
  basis?: Basis;
  activation?: "automatic" | "coupon";
  floor?: "redistribute" | "forfeit";
  discount_minor_max?: Typed;
  currency?: string | null;
  action: Action;
}

/** A promotion as it is typed. */
export interface Draft {
  name: string;
  definition: Definition;
  starts_at: string | null;
  ends_at: string | null;
  uses_max: number | null;
  customer_uses_max: number | null;
  budget_minor_max: number | null;
  campaign: string | null;
}

export const ACTIONS: { value: ActionKind; label: string }[] = [
  { value: "percentage", label: "A percentage off" },
  { value: "fixed_amount", label: "An amount off" },
  { value: "fixed_price", label: "A fixed price for each unit" },
  { value: "buy_get", label: "Buy some, get others cheaper" },
  { value: "quantity_breaks", label: "The more units, the cheaper" },
  { value: "order_tiers", label: "The higher the order, the more off" },
  { value: "bundle", label: "Things together for one price" },
  { value: "shipping", label: "Cheaper or free shipping" },
  { value: "gift", label: "A gift" },
];

/** An action of a kind to begin with. */
export function newAction(kind: ActionKind): Action {
  switch (kind) {
    case "percentage":
      return { kind, basis_points: 1000 };
    case "fixed_amount":
      return { kind, amount_minor: null };
    case "fixed_price":
      return { kind, unit_price_minor: null };
    case "buy_get":
      return { kind, buy_quantity: 2, get_quantity: 1, get_target: null, basis_points: 10_000, n_repeats_max: null };
    case "quantity_breaks":
      return {
        kind,
        per: "product",
        breaks: [{ quantity_min: 12, reward: { kind: "percentage", basis_points: 1000 } }],
      };
    case "order_tiers":
      return { kind, tiers: [{ amount_minor_min: null, reward: { kind: "percentage", basis_points: 1000 } }] };
    case "bundle":
      return { kind, bundles: [newBundle()] };
    case "shipping":
      return { kind, basis_points: 10_000, methods: [] };
    case "gift":
      return { kind, sku: "", quantity: 1 };
  }
}

export function newBundle(): BundleOffer {
  const part = (): BundlePart => ({ target: { of: "skus", values: [] }, quantity: 1 });
  return { parts: [part(), part()], price_minor: null, n_max: null };
}

/** A target of a kind to begin with, keeping the values where they still mean something. */
export function newTarget(of: Target["of"], before: Target): Target {
  if (of === "all") return { of };
  if (of === "rule") return { of, rule: "" };
  return { of, values: "values" in before && before.of === of ? before.values : [] };
}

export function emptyDraft(currency: string): Draft {
  return {
    name: "",
    definition: { action: newAction("percentage"), target: { of: "all" }, activation: "automatic", currency },
    starts_at: null,
    ends_at: null,
    uses_max: null,
    customer_uses_max: null,
    budget_minor_max: null,
    campaign: null,
  };
}

/** Keys that may stay null: without a value they mean "no limit" or "the same". */
const OPTIONAL = new Set([
  "n_repeats_max",
  "get_target",
  "n_max",
  "condition",
  "minimum",
  "discount_minor_max",
  "currency",
]);

function fill(value: unknown, key: string): unknown {
  if (value === null) return OPTIONAL.has(key) ? null : 0;
  if (Array.isArray(value)) return value.map((one) => fill(one, key));
  if (typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, fill(one, name)]));
}

/** The draft as the server takes it: empty fields that must have a number are 0, which it will call wrong. */
export function toAsk(draft: Draft) {
  const { minimum, condition, ...rest } = draft.definition;
  const hasMinimum = minimum != null && (minimum.amount_minor != null || minimum.quantity != null);
  const definition = {
    ...(fill(rest, "definition") as Record<string, unknown>),
    minimum: hasMinimum ? minimum : null,
    condition: condition == null || condition.trim() === "" ? null : condition,
  };
  return { ...draft, name: draft.name.trim(), definition: definition as unknown as Record<string, never> };
}

/** The sentence of the problem at a field or below it; null where there is none. */
export function problemAt(problems: { field: string; sentence: string }[], field: string): string | null {
  const found = problems.find((one) => one.field === field || one.field.startsWith(`${field}.`));
  return found?.sentence ?? null;
}
