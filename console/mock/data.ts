/**
 * A small shop with a fixed seed, so that the console can be seen and tested without a server.
 * It imitates the shape of the API's answers, not the engines: its reasons are made up from its own numbers.
 */
import type {
  ApiKey,
  Customer,
  Decision,
  DecisionDetail,
  Import,
  Job,
  Order,
  OrderLine,
  Product,
  Reason,
  Segment,
  Setting,
} from "../src/api/types";

const N_CUSTOMERS = 2000;
const N_DAYS = 365;
export const AS_OF = "2011-12-09";
export const CURRENCY = "GBP";

/** A small generator of pseudo-random numbers (mulberry32): the same seed gives the same shop. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const random = generator(20111209);
const below = (n: number) => Math.floor(random() * n);
function oneOf<T>(list: readonly T[]): T {
  const found = list[below(list.length)];
  if (found === undefined) throw new Error("the list is empty");
  return found;
}

export function id(prefix: string, n: number): string {
  const digits = "0123456789abcdefghjkmnpqrstvwxyz";
  let rest = (n + 1) * 2654435761;
  let text = "";
  for (let i = 0; i < 10; i += 1) {
    text = (digits[Math.floor(rest % 32)] ?? "0") + text;
    rest = Math.floor(rest / 32) + n * 7 + 13;
  }
  return `${prefix}_01hzzzzzzz${n
    .toString(32)
    .padStart(6, "0")
    .replace(/[ilou]/g, "z")}${text}`;
}

export function addDays(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

const daysBetween = (from: string, to: string) => Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);

export const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();

// --- products --------------------------------------------------------------------------------------------------------

const THINGS = [
  "T-light holder",
  "Lunch bag",
  "Cake tin",
  "Storage jar",
  "Mug",
  "Cushion cover",
  "Bunting",
  "Doormat",
  "Alarm clock",
  "Tea towel",
  "Hand warmer",
  "Photo frame",
  "Trinket box",
  "Paper chain kit",
  "Jam jar set",
  "Water bottle",
];
const LOOKS = [
  "white hanging heart",
  "red spotty",
  "vintage rose",
  "regency",
  "blue polka dot",
  "gingham",
  "Scandinavian",
  "woodland",
  "strawberry",
  "retro",
];
const CATEGORIES = ["Kitchen", "Home", "Gifts", "Garden", "Bags", "Christmas"];

interface ProductTruth extends Product {
  popularity: number;
  season: number;
}

export const products: ProductTruth[] = [];
for (let n = 0; n < 140; n += 1) {
  const look = LOOKS[n % LOOKS.length] ?? "";
  const thing = THINGS[(n * 7) % THINGS.length] ?? "";
  const title = `${look} ${thing.toLowerCase()}`;
  const price = 85 + below(40) * 25;
  products.push({
    id: id("prod", n),
    sku: n === 0 ? "85123A" : String(20700 + n * 17) + (n % 9 === 4 ? "B" : ""),
    title: title.charAt(0).toUpperCase() + title.slice(1),
    category: n % 11 === 3 ? null : oneOf(CATEGORIES),
    price_minor: n % 23 === 7 ? null : price,
    currency: CURRENCY,
    n_orders: 0,
    n_units: 0,
    revenue_minor: 0,
    last_sold_at: null,
    variants:
      n % 6 === 0
        ? ["Small", "Large"].map((size, i) => ({
            id: id("var", n * 3 + i),
            sku: `${20700 + n * 17}${"SL"[i] ?? ""}`,
            title: size,
            price_minor: price + i * 100,
          }))
        : [],
    first_sold_at: null,
    n_units_refunded: 0,
    channels: ["online-retail"],
    popularity: 1 / (n + 3),
    season: n % 6 === 5 ? 2.5 : 1,
  });
}
const totalPopularity = products.reduce((sum, one) => sum + one.popularity, 0);

function pickProduct(): ProductTruth {
  let at = random() * totalPopularity;
  for (const product of products) {
    at -= product.popularity;
    if (at <= 0) return product;
  }
  return products[0] as ProductTruth;
}

// --- customers and orders ----------------------------------------------------------------------------------------------

const FIRST = [
  "Amelia",
  "Oliver",
  "Isla",
  "George",
  "Ava",
  "Noah",
  "Mia",
  "Arthur",
  "Freya",
  "Leo",
  "Priya",
  "Tomás",
  "Zoë",
  "Björn",
  "Chloé",
  "Kwame",
];
const LAST = [
  "Hughes",
  "Patel",
  "Clarke",
  "O'Neill",
  "Bennett",
  "Šimánek",
  "Dubois",
  "Fischer",
  "Okafor",
  "Walsh",
  "Ferrari",
  "Nowak",
  "Young",
  "Baker",
  "Rossi",
];
const COUNTRIES = ["GB", "GB", "GB", "GB", "GB", "GB", "DE", "FR", "IE", "ES", "NL", "BE"];

export const customers: Customer[] = [];
export const orders: Order[] = [];

for (let n = 0; n < N_CUSTOMERS; n += 1) {
  const named = n % 5 !== 4;
  const first = oneOf(FIRST);
  const last = oneOf(LAST);
  customers.push({
    id: id("cus", n),
    external_id: String(12346 + n),
    name: named ? `${first} ${last}` : null,
    email: named ? `${first}.${last}${n}@example.com`.toLowerCase().replace(/[^a-z0-9.@]/g, "") : null,
    country: oneOf(COUNTRIES),
    n_orders: 0,
    value_minor: 0,
    currency: CURRENCY,
    first_order_at: null,
    last_order_at: null,
    segment: null,
    n_refunds: 0,
    refunded_minor: 0,
    average_order_minor: null,
    average_interval_days: null,
    rfm: null,
    segment_reasons: [],
    segment_decision_id: null,
  });
}

function makeLines(): OrderLine[] {
  const lines: OrderLine[] = [];
  const n = 1 + below(7);
  for (let position = 1; position <= n; position += 1) {
    const product = pickProduct();
    const quantity = 1 + below(12);
    const unit = product.price_minor ?? 295;
    const discount = random() < 0.08 ? Math.round(unit * quantity * 0.1) : 0;
    const taxed = unit * quantity - discount;
    lines.push({
      position,
      kind: "item",
      product_id: product.id,
      sku: product.sku,
      title: product.title,
      quantity,
      refunded_quantity: random() < 0.02 ? 1 : 0,
      unit_price_minor: unit,
      discount_minor: discount,
      tax_minor: Math.round(taxed / 6),
      total_minor: taxed,
    });
  }
  if (random() < 0.3) {
    lines.push({
      position: n + 1,
      kind: "shipping",
      product_id: null,
      sku: "POST",
      title: "Postage",
      quantity: 1,
      refunded_quantity: 0,
      unit_price_minor: 495,
      discount_minor: 0,
      tax_minor: 83,
      total_minor: 495,
    });
  }
  return lines;
}

function makeOrder(n: number, day: string, customer: Customer | null): Order {
  const lines = makeLines();
  const items = lines.filter((line) => line.kind === "item");
  const sum = (list: OrderLine[], of: (line: OrderLine) => number) => list.reduce((total, line) => total + of(line), 0);
  const total = sum(lines, (line) => line.total_minor);
  const refunded = sum(lines, (line) => line.refunded_quantity * line.unit_price_minor);
  const placed = `${day}T${String(8 + below(10)).padStart(2, "0")}:${String(below(60)).padStart(2, "0")}:00Z`;
  return {
    id: id("ord", n),
    number: String(536365 + n),
    channel: random() < 0.85 ? "online-retail" : "market-stall",
    placed_at: placed,
    status: random() < 0.02 ? "cancelled" : day > addDays(AS_OF, -3) ? "open" : "fulfilled",
    customer: customer === null ? null : { id: customer.id, external_id: customer.external_id, name: customer.name },
    country: customer?.country ?? "GB",
    n_lines: lines.length,
    n_units: sum(items, (line) => line.quantity),
    total_minor: total,
    refunded_minor: refunded,
    currency: CURRENCY,
    items_minor: sum(items, (line) => line.unit_price_minor * line.quantity),
    discount_minor: sum(lines, (line) => line.discount_minor),
    shipping_minor: sum(
      lines.filter((line) => line.kind === "shipping"),
      (line) => line.total_minor,
    ),
    fees_minor: 0,
    tax_minor: sum(lines, (line) => line.tax_minor),
    discount_codes: sum(lines, (line) => line.discount_minor) > 0 ? ["WELCOME10"] : [],
    lines,
    refunds:
      refunded > 0
        ? [{ id: id("ref", n), number: `C${536365 + n}`, refunded_at: `${day}T18:30:00Z`, amount_minor: refunded }]
        : [],
  };
}

export const dailySales = new Map<string, { n_units: number; revenue_minor: number; n_orders: number }[]>();

for (let back = N_DAYS; back >= 0; back -= 1) {
  const day = addDays(AS_OF, -back);
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  const n = weekday === 6 ? 0 : Math.round((8 + 10 * random()) * (back < 70 ? 1.5 : 1) * (weekday === 0 ? 0.5 : 1));
  for (let i = 0; i < n; i += 1) {
    const guest = random() < 0.1;
    const customer = guest ? null : (customers[Math.floor(N_CUSTOMERS * random() ** 1.7)] ?? null);
    orders.push(makeOrder(orders.length, day, customer));
  }
}

export const ordersByCustomer = new Map<string, Order[]>();
export const ordersByProduct = new Map<string, Set<string>>();
const productById = new Map(products.map((one) => [one.id, one]));
export const unitsByProductDay = new Map<string, { n_units: number; revenue_minor: number; n_orders: number }>();

for (const order of orders) {
  if (order.customer) {
    const list = ordersByCustomer.get(order.customer.id) ?? [];
    list.push(order);
    ordersByCustomer.set(order.customer.id, list);
  }
  const day = order.placed_at.slice(0, 10);
  for (const line of order.lines) {
    const product = line.product_id === null ? undefined : productById.get(line.product_id);
    if (!product) continue;
    product.n_units += line.quantity;
    product.revenue_minor += line.total_minor;
    product.n_units_refunded += line.refunded_quantity;
    product.first_sold_at ??= order.placed_at;
    product.last_sold_at = order.placed_at;
    const buyers = ordersByProduct.get(product.id) ?? new Set<string>();
    buyers.add(order.id);
    ordersByProduct.set(product.id, buyers);
    const key = `${product.id} ${day}`;
    const sold = unitsByProductDay.get(key) ?? { n_units: 0, revenue_minor: 0, n_orders: 0 };
    unitsByProductDay.set(key, {
      n_units: sold.n_units + line.quantity,
      revenue_minor: sold.revenue_minor + line.total_minor,
      n_orders: sold.n_orders + 1,
    });
  }
}
for (const product of products) product.n_orders = ordersByProduct.get(product.id)?.size ?? 0;

// --- segments ------------------------------------------------------------------------------------------------------------

const SEGMENTS: [string, string, string, string][] = [
  [
    "champions",
    "Champions",
    "Bought very recently, buy often and spend the most.",
    "Thank them, show new things first, ask for a review.",
  ],
  [
    "loyal",
    "Loyal customers",
    "Buy regularly and answer to offers.",
    "Offer a higher tier or a bundle, ask for a referral.",
  ],
  [
    "potential_loyalist",
    "Potential loyalists",
    "Recent customers with more than one purchase.",
    "Suggest companions of what they bought, explain the loyalty scheme.",
  ],
  ["new", "New customers", "Bought for the first time, recently.", "Welcome them and help with the first use."],
  ["promising", "Promising", "Recent, but spend little so far.", "Show what others bought next."],
  [
    "needs_attention",
    "Need attention",
    "Were above average, but have not come back for a while.",
    "Remind them of what they liked, for a limited time.",
  ],
  [
    "at_risk",
    "At risk",
    "Spent much and came often, but long ago.",
    "Write personally, with something worth coming back for.",
  ],
  [
    "cant_lose",
    "Cannot lose them",
    "Made the largest purchases and have not come back.",
    "Call or write by hand; ask what went wrong.",
  ],
  [
    "hibernating",
    "Hibernating",
    "Bought long ago, rarely, and little.",
    "Leave them in the regular newsletter, spend nothing more.",
  ],
];

function segmentOf(r: number, f: number, m: number): string {
  if (r >= 4 && f >= 4) return m >= 4 ? "champions" : "loyal";
  if (r >= 4 && f >= 2) return "potential_loyalist";
  if (r >= 4) return m >= 3 ? "new" : "promising";
  if (r === 3) return f >= 3 ? "loyal" : "needs_attention";
  if (f >= 4) return m >= 5 ? "cant_lose" : "at_risk";
  return f === 3 ? "at_risk" : "hibernating";
}

function score(values: number[], value: number): number {
  const smaller = values.filter((one) => one < value).length;
  return Math.min(5, 1 + Math.floor((smaller / Math.max(1, values.length)) * 5));
}

const withOrders = customers.filter((one) => ordersByCustomer.has(one.id));
for (const customer of withOrders) {
  const own = ordersByCustomer.get(customer.id) ?? [];
  const first = own[0];
  const last = own[own.length - 1];
  if (!first || !last) continue;
  customer.n_orders = own.length;
  customer.refunded_minor = own.reduce((sum, one) => sum + one.refunded_minor, 0);
  customer.n_refunds = own.reduce((sum, one) => sum + one.refunds.length, 0);
  customer.value_minor = own.reduce((sum, one) => sum + one.total_minor, 0) - customer.refunded_minor;
  customer.first_order_at = first.placed_at;
  customer.last_order_at = last.placed_at;
  customer.average_order_minor = Math.round(customer.value_minor / own.length);
  customer.average_interval_days =
    own.length > 1 ? daysBetween(first.placed_at.slice(0, 10), last.placed_at.slice(0, 10)) / (own.length - 1) : null;
}
const recencies = withOrders.map((one) => -daysBetween((one.last_order_at ?? AS_OF).slice(0, 10), AS_OF));
const frequencies = withOrders.map((one) => one.n_orders);
const monies = withOrders.map((one) => one.value_minor);

withOrders.forEach((customer, n) => {
  const recency = daysBetween((customer.last_order_at ?? AS_OF).slice(0, 10), AS_OF);
  const r = score(recencies, -recency);
  const f = score(frequencies, customer.n_orders);
  const m = score(monies, customer.value_minor);
  const code = segmentOf(r, f, m);
  const name = SEGMENTS.find((one) => one[0] === code)?.[1] ?? code;
  customer.segment = { code, name };
  customer.rfm = {
    recency_days: recency,
    n_orders: customer.n_orders,
    monetary_minor: customer.value_minor,
    recency_score: r,
    frequency_score: f,
    monetary_score: m,
    reference_date: "2011-12-10",
  };
  customer.segment_reasons = [
    {
      code: "recency",
      sentence: `The last order was ${recency} days before 10 Dec 2011: more recent than ${(r - 1) * 20} % of customers.`,
      weight: r >= 3 ? 0.5 : -0.5,
      numbers: { recency_days: recency, score: r },
    },
    {
      code: "frequency",
      sentence: `${customer.n_orders} orders in the year: more than ${(f - 1) * 20} % of customers.`,
      weight: 0.3,
      numbers: { n_orders: customer.n_orders, score: f },
    },
    {
      code: "monetary",
      sentence: `Spent £${(customer.value_minor / 100).toFixed(2)} in all: more than ${(m - 1) * 20} % of customers.`,
      weight: 0.2,
      numbers: { monetary_minor: customer.value_minor, score: m },
    },
  ];
  customer.segment_decision_id = id("dec", 1000 + n);
});

export const segments: Segment[] = SEGMENTS.map(([code, name, description, advice]) => {
  const members = withOrders.filter((one) => one.segment?.code === code);
  const n = Math.max(1, members.length);
  const value = members.reduce((sum, one) => sum + one.value_minor, 0);
  return {
    code,
    name,
    description,
    advice,
    n_customers: members.length,
    share: members.length / withOrders.length,
    value_minor: value,
    average_value_minor: Math.round(value / n),
    average_recency_days: members.reduce((sum, one) => sum + (one.rfm?.recency_days ?? 0), 0) / n,
    average_orders: members.reduce((sum, one) => sum + one.n_orders, 0) / n,
    currency: CURRENCY,
  };
});

// --- decisions -----------------------------------------------------------------------------------------------------------

export const decisions: DecisionDetail[] = [];

function decide(
  partial: Partial<Decision> & Pick<Decision, "kind" | "subject" | "subject_label" | "summary" | "reasons">,
): void {
  const n = decisions.length;
  decisions.push({
    id: id("dec", n),
    subject_href: null,
    mode: "suggest",
    state: "proposed",
    snoozed_until: null,
    policy_version: "2026-11-02.1",
    seed: 42,
    at_stake_minor: null,
    currency: null,
    decided_at: ago(2 + n * 3.1),
    resolved_at: null,
    resolved_by: null,
    outcome: { summary: partial.summary },
    input: { reference_date: "2011-12-10", n_customers: withOrders.length },
    policy: { version: "2026-11-02.1", quantiles: 5, window_days_max: 365 },
    alternatives: [
      {
        name: "Do nothing",
        score: 0.21,
        lost_because: "Customers like these came back on their own in only 8 % of cases.",
      },
      {
        name: "Send the usual newsletter",
        score: 0.34,
        lost_because: "It reached them three times without an answer.",
      },
    ],
    based_on_fact: 48_211 + n,
    ...partial,
  });
}

const dear = withOrders
  .filter((one) => ["at_risk", "cant_lose"].includes(one.segment?.code ?? ""))
  .sort((a, b) => b.value_minor - a.value_minor);
for (const customer of dear.slice(0, 24)) {
  const label = customer.name ?? `Customer ${customer.external_id}`;
  decide({
    kind: "care",
    subject: customer.id,
    subject_label: label,
    subject_href: `/customers/${customer.id}`,
    summary: `Write to ${label}: no order for ${customer.rfm?.recency_days ?? 0} days`,
    at_stake_minor: customer.average_order_minor,
    currency: CURRENCY,
    reasons: [
      {
        code: "overdue",
        sentence: `Usually orders every ${Math.round(customer.average_interval_days ?? 30)} days; the last order was ${customer.rfm?.recency_days ?? 0} days ago.`,
        weight: 0.6,
        numbers: { recency_days: customer.rfm?.recency_days ?? 0 },
      },
      {
        code: "value",
        sentence: `Spent £${(customer.value_minor / 100).toFixed(2)} in ${customer.n_orders} orders, among the top 20 % of customers.`,
        weight: 0.3,
        numbers: { value_minor: customer.value_minor },
      },
      {
        code: "refunds",
        sentence: `${customer.n_refunds} refunds, which speaks against a complaint.`,
        weight: -0.1,
        numbers: { n_refunds: customer.n_refunds },
      },
    ],
  });
}
products.slice(0, 60).forEach((product, n) => {
  decide({
    kind: n % 2 === 0 ? "forecast" : "recommendation",
    subject: product.id,
    subject_label: product.title,
    subject_href: `/products/${product.id}`,
    summary:
      n % 2 === 0
        ? `${Math.round(product.n_units / 13)} units expected in the next 28 days`
        : `Suggest 10 companions for ${product.title}`,
    mode: n % 5 === 0 ? "shadow" : "act",
    state: "recorded",
    reasons: forecastReasons(product),
  });
});
decisions.slice(18, 24).forEach((decision, n) => {
  decision.state = n % 2 === 0 ? "approved" : "dismissed";
  decision.resolved_at = ago(1 + n);
  decision.resolved_by = "Demo merchant";
});

// --- forecasts and recommendations -----------------------------------------------------------------------------------------

export function forecastReasons(product: Product): Reason[] {
  return [
    {
      code: "chosen_method",
      sentence: "ETS had the smallest error in 6 of 8 tests on the shop's own past.",
      weight: 0.7,
      numbers: { mase: 0.81, n_tests: 8 },
    },
    {
      code: "season",
      sentence: "Sales rise by 18 % in the weeks before Christmas.",
      weight: 0.25,
      numbers: { seasonal_share: 0.18 },
    },
    {
      code: "history",
      sentence: `${product.n_orders} orders in a year are enough to learn from.`,
      weight: 0.1,
      numbers: { n_orders: product.n_orders },
    },
  ];
}

export function companions(product: Product, limit: number) {
  const baskets = ordersByProduct.get(product.id) ?? new Set<string>();
  return products
    .filter((one) => one.id !== product.id)
    .map((one) => {
      const theirs = ordersByProduct.get(one.id) ?? new Set<string>();
      let together = 0;
      for (const order of theirs) if (baskets.has(order)) together += 1;
      const expected = (baskets.size * theirs.size) / orders.length;
      return { product: one, together, lift: expected > 0 ? together / expected : 0 };
    })
    .filter((one) => one.together >= 5)
    .sort((a, b) => b.lift - a.lift)
    .slice(0, limit);
}

// --- the rest ----------------------------------------------------------------------------------------------------------------

export const imports: Import[] = [
  makeImport(0, { file_name: "online-retail.csv.gz", preset: "online-retail", started_at: ago(30) }),
  makeImport(1, {
    file_name: "orders-november.csv",
    preset: "shopify",
    started_at: ago(80),
    dry_run: true,
    rows: 1204,
    kept: 1198,
    rejected: 6,
    duplicates: 0,
    orders: 812,
    seconds: 0.4,
  }),
  makeImport(2, {
    file_name: "stock list.xlsx",
    preset: "generic",
    started_at: ago(120),
    state: "failed",
    error: "The file is an Excel workbook, not a table of text. Save it as CSV and try again; nothing was imported.",
    rows: 0,
    kept: 0,
    rejected: 0,
    duplicates: 0,
    orders: 0,
    refunds: 0,
    customers: 0,
    products: 0,
    created: 0,
    adjustments: 0,
    money_minor: {},
    seconds: 0.1,
    notices: [],
  }),
];

export function makeImport(n: number, partial: Partial<Import>): Import {
  return {
    id: id("imp", n),
    file_name: "orders.csv",
    preset: "generic",
    state: "done",
    dry_run: false,
    started_at: ago(1),
    finished_at: ago(0.9),
    error: null,
    rows: 541_909,
    kept: 536_573,
    rejected: 68,
    duplicates: 5_268,
    bytes_read: 7_548_686,
    bytes_total: 7_548_686,
    rows_per_second: 61_200,
    seconds_left: null,
    seconds: 8.9,
    orders: 20_136,
    refunds: 3_653,
    customers: 4_372,
    products: 3_941,
    adjustments: 2_510,
    created: 26_310,
    changed: 0,
    unchanged: 0,
    money_minor: { sales: 1_064_456_056, refunds: -89_681_263, total: 974_774_793 },
    currency: CURRENCY,
    notices: [
      "135,080 lines have no customer and were kept as guest orders.",
      "C invoices were matched with earlier purchases where one fits: 92 %.",
    ],
    ...partial,
  };
}

export const keys: ApiKey[] = [
  {
    id: id("key", 0),
    name: "Storefront",
    prefix: "mk_4fQ2",
    scopes: ["read"],
    created_at: ago(24 * 40),
    expires_at: null,
    last_used_at: ago(0.2),
    revoked_at: null,
  },
  {
    id: id("key", 1),
    name: "Warehouse sync",
    prefix: "mk_9sLx",
    scopes: ["read", "write"],
    created_at: ago(24 * 12),
    expires_at: ago(-24 * 78),
    last_used_at: ago(26),
    revoked_at: null,
  },
  {
    id: id("key", 2),
    name: "Old script",
    prefix: "mk_1aZp",
    scopes: ["admin"],
    created_at: ago(24 * 200),
    expires_at: null,
    last_used_at: null,
    revoked_at: ago(24 * 60),
  },
];

export const jobs: Job[] = [
  { id: id("job", 0), kind: "recommend.rebuild", state: "done", due_at: ago(5), attempts: 1, last_error: null },
  { id: id("job", 1), kind: "segments.rebuild", state: "running", due_at: ago(0.01), attempts: 1, last_error: null },
  { id: id("job", 2), kind: "forecast.rebuild", state: "waiting", due_at: ago(-1), attempts: 0, last_error: null },
  {
    id: id("job", 3),
    kind: "connector.pull",
    state: "parked",
    due_at: ago(9),
    attempts: 8,
    last_error: "The shop answered 503 Service Unavailable eight times; nothing was changed.",
  },
];

export const settings: Setting[] = [
  {
    name: "database.url",
    value: "sqlite:mercer-data/mercer.db",
    source: "default",
    help: "Where the shop's record is kept.",
  },
  { name: "http.listen", value: "127.0.0.1:8080", source: "flag", help: "The address and port to answer at." },
  { name: "shop.currency", value: "GBP", source: "file", help: "The currency of the shop's books, ISO 4217." },
  { name: "shop.time_zone", value: "Europe/London", source: "file", help: "The zone whose midnight starts a day." },
  { name: "http.session_secret", value: "••••••••", source: "environment", help: "Signs the session cookies." },
];
