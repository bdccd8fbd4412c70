/** Answers the API's paths from the made-up shop, in `npm run dev:mock`, `npm run preview:mock` and the browser tests. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Plugin } from "vite";
import type { DecisionDetail, Import, NewApiKey, Scope } from "../src/api/types";
import * as shop from "./data.ts";

type Query = URLSearchParams;
type Answer = { status?: number; body?: unknown };

class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    detail: string,
  ) {
    super(detail);
  }
}

const notFound = (what: string) =>
  new Refused(404, "not_found", `${what} not found`, `There is no ${what.toLowerCase()} with this id.`);

/** One page of a list; the cursor is the offset. */
function page<T>(all: T[], query: Query) {
  const limit = Math.min(200, Math.max(1, Number(query.get("limit") ?? 50)));
  const from = Number(query.get("cursor") ?? 0);
  const to = from + limit;
  return { items: all.slice(from, to), next_cursor: to < all.length ? String(to) : null, total: all.length };
}

const has = (q: string | null, ...texts: (string | null | undefined)[]) =>
  !q || texts.some((one) => one?.toLowerCase().includes(q.toLowerCase()));

function today() {
  const days = Array.from({ length: 28 }, (_, n) => {
    const date = shop.addDays(shop.AS_OF, n - 27);
    const own = shop.orders.filter((one) => one.placed_at.startsWith(date));
    return {
      date,
      total_minor: own.reduce((sum, one) => sum + one.total_minor, 0),
      n_orders: own.length,
      n_units: own.reduce((sum, one) => sum + one.n_units, 0),
    };
  });
  const sum = (list: typeof days) => ({
    n_orders: list.reduce((total, one) => total + one.n_orders, 0),
    total_minor: list.reduce((total, one) => total + one.total_minor, 0),
    n_units: list.reduce((total, one) => total + one.n_units, 0),
  });
  const open = shop.decisions
    .filter((one) => one.state === "proposed")
    .sort((a, b) => (b.at_stake_minor ?? 0) - (a.at_stake_minor ?? 0));
  const now = sum(days.slice(-7));
  return {
    as_of: shop.AS_OF,
    is_historic: true,
    currency: shop.CURRENCY,
    sales: {
      ...now,
      previous: sum(days.slice(-14, -7)),
      days,
      forecast_next_7_days: {
        n_units: Math.round(now.n_units * 0.94),
        low_80: Math.round(now.n_units * 0.78),
        high_80: Math.round(now.n_units * 1.12),
      },
      from: shop.addDays(shop.AS_OF, -6),
      to: shop.AS_OF,
    },
    needs_decision: { total: open.length, items: open.slice(0, 5) },
    changed: [
      {
        kind: "segment_entered",
        sentence: "14 customers became At risk",
        n: 14,
        at: shop.ago(6),
        href: "/customers?segment=at_risk",
      },
      {
        kind: "segment_entered",
        sentence: "9 customers became Champions",
        n: 9,
        at: shop.ago(6),
        href: "/customers?segment=champions",
      },
      {
        kind: "import",
        sentence: "26,310 records came in from online-retail.csv.gz",
        n: 26310,
        at: shop.ago(30),
        href: "/import",
      },
    ],
    rising: shop.products.slice(1, 6).map((one, n) => ({
      product: { id: one.id, sku: one.sku, title: one.title },
      expected_units_28d: Math.round(one.n_units / 9) + 20 - n,
      sold_units_28d: Math.round(one.n_units / 13),
    })),
  };
}

function findProduct(key: string) {
  const found = shop.products.find((one) => one.id === key || one.sku === key);
  if (!found) throw notFound("Product");
  return found;
}

function sales(key: string, query: Query) {
  const product = findProduct(key);
  const by = query.get("by") === "day" ? "day" : "week";
  const step = by === "day" ? 1 : 7;
  const points = [];
  for (let back = 364; back >= 0; back -= step) {
    const date = shop.addDays(shop.AS_OF, -back - (step - 1));
    const point = { date, n_units: 0, revenue_minor: 0, n_orders: 0 };
    for (let i = 0; i < step; i += 1) {
      const sold = shop.unitsByProductDay.get(`${product.id} ${shop.addDays(date, i)}`);
      point.n_units += sold?.n_units ?? 0;
      point.revenue_minor += sold?.revenue_minor ?? 0;
      point.n_orders += sold?.n_orders ?? 0;
    }
    points.push(point);
  }
  return { product_id: product.id, by, points, currency: product.currency };
}

function forecast(query: Query) {
  const product = findProduct(query.get("product") ?? "");
  const days = Number(query.get("days") ?? 28);
  const ref = { id: product.id, sku: product.sku, title: product.title };
  const base = {
    product: ref,
    period: "day",
    from: shop.addDays(shop.AS_OF, 1),
    computed_at: shop.ago(5),
    decision_id: shop.decisions[24]?.id ?? null,
  };
  if (product.n_orders < 20) {
    return {
      ...base,
      outcome: "too_little_history",
      points: [],
      total: null,
      method: null,
      reasons: [
        {
          code: "too_little_history",
          sentence: `${product.n_orders} orders so far; a forecast needs 20.`,
          weight: 1,
          numbers: { n_orders: product.n_orders, needed: 20 },
        },
      ],
      alternatives: [],
    };
  }
  const recent = sales(product.id, new URLSearchParams("by=day")).points.slice(-56);
  const points = Array.from({ length: days }, (_, n) => {
    const same = recent.filter((_, i) => i % 7 === n % 7);
    const expected = same.reduce((sum, one) => sum + one.n_units, 0) / Math.max(1, same.length);
    const spread = 2 + expected * 0.5 * Math.sqrt(1 + n / 20);
    return {
      date: shop.addDays(shop.AS_OF, n + 1),
      expected,
      low_80: Math.max(0, expected - spread),
      high_80: expected + spread,
      low_95: Math.max(0, expected - 1.6 * spread),
      high_95: expected + 1.6 * spread,
    };
  });
  const expected = points.reduce((sum, one) => sum + one.expected, 0);
  return {
    ...base,
    outcome: "forecast",
    points,
    total: {
      expected,
      low_80: expected * 0.8,
      high_80: expected * 1.2,
      low_95: expected * 0.68,
      high_95: expected * 1.32,
    },
    method: "ets",
    reasons: shop.forecastReasons(product),
    alternatives: [
      { name: "seasonal_naive", score: 1, lost_because: "Its error was 23 % larger on the last 8 weeks." },
      { name: "croston_sba", score: 1.12, lost_because: "It is made for rare sales; this product sells on most days." },
    ],
  };
}

function recommendations(query: Query) {
  const limit = Number(query.get("limit") ?? 10);
  const customerId = query.get("customer");
  const bought = customerId ? shop.ordersByCustomer.get(customerId)?.at(-1)?.lines[0]?.product_id : null;
  const subject = findProduct(query.get("product") ?? bought ?? shop.products[0]?.id ?? "");
  const found = shop.companions(subject, limit).map((one) => ({
    product: {
      id: one.product.id,
      sku: one.product.sku,
      title: one.product.title,
      price_minor: one.product.price_minor,
    },
    score: one.lift,
    source: "similar",
    reasons: [
      {
        code: "bought_together",
        sentence: `Bought together in ${one.together} orders, ${one.lift.toFixed(1)} times more than chance.`,
        weight: 0.8,
        numbers: { n_orders: one.together, lift: one.lift },
      },
      {
        code: "steady",
        sentence: `Seen together in each of the last 4 quarters.`,
        weight: 0.2,
        numbers: { n_quarters: 4 },
      },
    ],
  }));
  const popular =
    found.length > 0
      ? []
      : shop.products.slice(0, limit).map((one) => ({
          product: { id: one.id, sku: one.sku, title: one.title, price_minor: one.price_minor },
          score: one.popularity,
          source: "popular",
          reasons: [
            {
              code: "popular",
              sentence: `Sold ${one.n_units} times in the last year.`,
              weight: 1,
              numbers: { n_units: one.n_units },
            },
          ],
        }));
  return {
    context: customerId ? "customer" : "product",
    subject: customerId ?? subject.id,
    items: [...found, ...popular],
    computed_at: shop.ago(5),
    decision_id: shop.decisions[25]?.id ?? null,
    reasons:
      found.length > 0
        ? [
            {
              code: "similar",
              sentence: `${found.length} products were bought together with it in at least 5 orders.`,
              weight: 1,
              numbers: {},
            },
          ]
        : [
            {
              code: "fallback_popular",
              sentence: "Too few orders contain it, so the most popular products are shown.",
              weight: 1,
              numbers: {},
            },
          ],
  };
}

function listProducts(query: Query) {
  const sort = query.get("sort") ?? "-revenue";
  const found = shop.products.filter((one) => has(query.get("q"), one.title, one.sku));
  found.sort((a, b) => {
    if (sort === "title") return a.title.localeCompare(b.title);
    if (sort === "-units") return b.n_units - a.n_units;
    if (sort === "-last_sold") return (b.last_sold_at ?? "").localeCompare(a.last_sold_at ?? "");
    return b.revenue_minor - a.revenue_minor;
  });
  return page(found, query);
}

function listCustomers(query: Query) {
  const sort = query.get("sort") ?? "-value";
  const found = shop.customers.filter(
    (one) =>
      has(query.get("q"), one.name, one.email, one.external_id) &&
      (!query.get("segment") || one.segment?.code === query.get("segment")) &&
      (!query.get("country") || one.country === query.get("country")),
  );
  found.sort((a, b) => {
    if (sort === "-orders") return b.n_orders - a.n_orders;
    if (sort === "-last_order") return (b.last_order_at ?? "").localeCompare(a.last_order_at ?? "");
    if (sort === "recency_days") return (a.rfm?.recency_days ?? 1e9) - (b.rfm?.recency_days ?? 1e9);
    return b.value_minor - a.value_minor;
  });
  return page(found, query);
}

function listOrders(query: Query) {
  const sort = query.get("sort") ?? "-placed_at";
  const containing = query.get("product") ? shop.ordersByProduct.get(findProduct(query.get("product") ?? "").id) : null;
  const found = shop.orders.filter((one) => {
    const day = one.placed_at.slice(0, 10);
    return (
      has(query.get("q"), one.number, one.customer?.name, one.customer?.external_id) &&
      (!query.get("customer") || one.customer?.id === query.get("customer")) &&
      (!containing || containing.has(one.id)) &&
      (!query.get("channel") || one.channel === query.get("channel")) &&
      (!query.get("status") || one.status === query.get("status")) &&
      (!query.get("from") || day >= (query.get("from") ?? "")) &&
      (!query.get("to") || day <= (query.get("to") ?? ""))
    );
  });
  found.sort((a, b) =>
    sort === "-total"
      ? b.total_minor - a.total_minor
      : sort === "placed_at"
        ? a.placed_at.localeCompare(b.placed_at)
        : b.placed_at.localeCompare(a.placed_at),
  );
  return page(found, query);
}

function timeline(customerId: string, query: Query) {
  const customer = shop.customers.find((one) => one.id === customerId);
  if (!customer) throw notFound("Customer");
  const entries: object[] = (shop.ordersByCustomer.get(customerId) ?? []).flatMap((order) => [
    {
      at: order.placed_at,
      kind: "order",
      sentence: `Order ${order.number} with ${order.n_units} units`,
      amount_minor: order.total_minor,
      currency: order.currency,
      href: `/orders/${order.id}`,
    },
    ...order.refunds.map((one) => ({
      at: one.refunded_at,
      kind: "refund",
      sentence: `Refund ${one.number} for order ${order.number}`,
      amount_minor: -one.amount_minor,
      currency: order.currency,
      href: `/orders/${order.id}`,
    })),
  ]);
  if (customer.segment)
    entries.push({
      at: `${shop.AS_OF}T23:00:00Z`,
      kind: "segment_entered",
      sentence: `Became ${customer.segment.name}`,
      amount_minor: null,
      currency: null,
      href: `/customers?segment=${customer.segment.code}`,
    });
  return page(
    entries.reverse().sort((a, b) => (b as { at: string }).at.localeCompare((a as { at: string }).at)),
    query,
  );
}

function listDecisions(query: Query) {
  const found = shop.decisions.filter(
    (one) =>
      (!query.get("kind") || one.kind === query.get("kind")) &&
      (!query.get("state") || one.state === query.get("state")) &&
      (!query.get("mode") || one.mode === query.get("mode")) &&
      (!query.get("subject") || one.subject === query.get("subject")) &&
      has(query.get("q"), one.summary, one.subject_label),
  );
  found.sort((a, b) =>
    query.get("sort") === "-at_stake"
      ? (b.at_stake_minor ?? 0) - (a.at_stake_minor ?? 0)
      : b.decided_at.localeCompare(a.decided_at),
  );
  return page(found, query);
}

function findDecision(key: string): DecisionDetail {
  const found = shop.decisions.find((one) => one.id === key);
  if (found) return found;
  const customer = shop.customers.find((one) => one.segment_decision_id === key);
  if (!customer) throw notFound("Decision");
  return {
    ...(shop.decisions[30] as DecisionDetail),
    id: key,
    kind: "segment",
    subject: customer.id,
    subject_label: customer.name ?? `Customer ${customer.external_id}`,
    subject_href: `/customers/${customer.id}`,
    summary: `Belongs to ${customer.segment?.name ?? "no segment"}`,
    mode: "act",
    state: "recorded",
    reasons: customer.segment_reasons,
    alternatives: [],
    input: customer.rfm,
  };
}

function resolve(key: string, action: string, body: Record<string, unknown>) {
  const decision = findDecision(key);
  if (decision.state !== "proposed" && decision.state !== "snoozed") {
    throw new Refused(
      409,
      "already_resolved",
      "Already decided",
      "Somebody answered this proposal before; nothing was changed.",
    );
  }
  decision.state = action === "approve" ? "approved" : action === "dismiss" ? "dismissed" : "snoozed";
  decision.resolved_at = new Date().toISOString();
  decision.resolved_by = "Demo merchant";
  decision.snoozed_until = typeof body.until === "string" ? body.until : null;
  return decision;
}

const FIELDS: [string, string, string | null, boolean][] = [
  ["order_number", "Order number", "InvoiceNo", true],
  ["placed_at", "Date and time", "InvoiceDate", true],
  ["sku", "Product code", "StockCode", true],
  ["title", "Product name", "Description", false],
  ["quantity", "Quantity", "Quantity", true],
  ["unit_price", "Unit price", "UnitPrice", true],
  ["customer", "Customer", "CustomerID", false],
  ["country", "Country", "Country", false],
  ["discount_code", "Discount code", null, false],
];

function preview(query: Query) {
  const preset = query.get("preset") ?? "auto";
  return {
    preset: preset === "auto" ? "online-retail" : preset,
    preset_guessed: preset === "auto",
    columns: ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"],
    mapping: FIELDS.map(([field, label, column, required]) => ({ field, label, column, required, guessed: true })),
    sample: [
      [
        "536365",
        "85123A",
        "WHITE HANGING HEART T-LIGHT HOLDER",
        "6",
        "2010-12-01 08:26:00",
        "2.55",
        "17850",
        "United Kingdom",
      ],
      ["536365", "71053", "WHITE METAL LANTERN", "6", "2010-12-01 08:26:00", "3.39", "17850", "United Kingdom"],
      ["C536379", "D", "Discount", "-1", "2010-12-01 09:41:00", "27.50", "14527", "United Kingdom"],
    ],
    problems: ["Line 623: the price is empty; the row would be rejected."],
  };
}

/** The state of a running import at a moment: the mock reads its rows in four seconds. */
function progress(base: Import): Import {
  const share = Math.min(1, (Date.now() - Date.parse(base.started_at)) / 4000);
  if (base.state !== "running") return base;
  if (share >= 1) {
    Object.assign(
      base,
      shop.makeImport(0, {
        id: base.id,
        file_name: base.file_name,
        preset: base.preset,
        dry_run: base.dry_run,
        started_at: base.started_at,
        finished_at: new Date().toISOString(),
        seconds: 4,
      }),
    );
    return base;
  }
  const rows = Math.round(541_909 * share);
  const rejected = Math.round(68 * share);
  const duplicates = Math.round(5268 * share);
  return {
    ...base,
    rows,
    rejected,
    duplicates,
    kept: rows - rejected - duplicates,
    bytes_read: Math.round(base.bytes_total * share),
    rows_per_second: 135_000,
    seconds_left: 4 * (1 - share),
    seconds: 4 * share,
  };
}

function startImport(query: Query): Answer {
  const started = shop.makeImport(shop.imports.length, {
    id: shop.id("imp", 100 + shop.imports.length),
    file_name: query.get("file_name") ?? "orders.csv",
    preset: query.get("preset") ?? "generic",
    dry_run: query.get("dry_run") === "true",
    state: "running",
    started_at: new Date().toISOString(),
    finished_at: null,
    rows: 0,
    kept: 0,
    rejected: 0,
    duplicates: 0,
    bytes_read: 0,
    seconds_left: null,
    seconds: 0,
    orders: 0,
    refunds: 0,
    customers: 0,
    products: 0,
    adjustments: 0,
    created: 0,
    money_minor: {},
    notices: [],
  });
  shop.imports.unshift(started);
  return { status: 202, body: started };
}

function findImport(key: string): Import {
  const found = shop.imports.find((one) => one.id === key);
  if (!found) throw notFound("Import");
  return found;
}

function stream(key: string, response: ServerResponse): void {
  const found = findImport(key);
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  const timer = setInterval(send, 250);
  function send(): void {
    const now = progress(found);
    response.write(`event: progress\ndata: ${JSON.stringify(now)}\n\n`);
    if (now.state !== "running") {
      clearInterval(timer);
      response.end();
    }
  }
  response.on("close", () => clearInterval(timer));
  send();
}

function createKey(body: Record<string, unknown>): Answer {
  const key: NewApiKey = {
    id: shop.id("key", shop.keys.length + 10),
    name: String(body.name),
    prefix: "mk_n3wK",
    scopes: body.scopes as Scope[],
    created_at: new Date().toISOString(),
    expires_at: typeof body.expires_at === "string" ? body.expires_at : null,
    last_used_at: null,
    revoked_at: null,
    secret: "mk_n3wKexampleonlynotarealsecret0123456789",
  };
  const { secret: _, ...kept } = key;
  shop.keys.unshift(kept);
  return { status: 201, body: key };
}

function evaluate(body: Record<string, unknown>) {
  const recommend = body.engine === "recommend";
  return {
    engine: body.engine,
    seed: body.seed ?? 1,
    split_at: "2011-10-01",
    n_cases: 3188,
    metrics: recommend
      ? [
          {
            method: "item_similarity",
            is_baseline: false,
            values: { hit_rate_at_10: 0.312, recall_at_10: 0.141, ndcg_at_10: 0.188, coverage: 0.63 },
          },
          {
            method: "popularity",
            is_baseline: true,
            values: { hit_rate_at_10: 0.121, recall_at_10: 0.038, ndcg_at_10: 0.061, coverage: 0.01 },
          },
        ]
      : [
          {
            method: "chosen_per_product",
            is_baseline: false,
            values: { mase: 0.82, coverage_80: 0.79, coverage_95: 0.94 },
          },
          { method: "seasonal_naive", is_baseline: true, values: { mase: 1.0, coverage_80: 0.76, coverage_95: 0.92 } },
        ],
    better: true,
    sentence: recommend
      ? "Finds the next purchase 2.6 times as often as showing what is popular."
      : "The error is 18 % smaller than repeating last week.",
    seconds: 1.8,
  };
}

function get(path: string[], query: Query): unknown {
  const [what, key, part] = path;
  switch (what) {
    case "status":
      return {
        version: "0.1.0",
        database: "sqlite",
        shop_name: "Demo shop",
        currency: shop.CURRENCY,
        time_zone: "Europe/London",
        as_of: shop.AS_OF,
        n_orders: shop.orders.length,
        n_customers: shop.customers.length,
        n_products: shop.products.length,
        n_refunds: 212,
        n_facts: 48_311,
        n_decisions_open: shop.decisions.filter((one) => one.state === "proposed").length,
        jobs: { waiting: 1, running: 1, parked: 1 },
        computed: { recommendations_at: shop.ago(5), segments_at: shop.ago(5), forecasts_at: shop.ago(5) },
      };
    case "today":
      return today();
    case "products":
      return key === undefined ? listProducts(query) : part === "sales" ? sales(key, query) : findProduct(key);
    case "customers": {
      if (key === undefined) return listCustomers(query);
      if (part === "timeline") return timeline(key, query);
      const customer = shop.customers.find((one) => one.id === key);
      if (!customer) throw notFound("Customer");
      return customer;
    }
    case "orders": {
      if (key === undefined) return listOrders(query);
      const order = shop.orders.find((one) => one.id === key);
      if (!order) throw notFound("Order");
      return order;
    }
    case "countries":
      return { items: ["GB", "DE", "FR", "IE", "ES", "NL", "BE"] };
    case "channels":
      return {
        items: [
          { id: shop.id("chn", 0), code: "online-retail", name: "Online shop", currency: "GBP" },
          { id: shop.id("chn", 1), code: "market-stall", name: "Market stall", currency: "GBP" },
        ],
      };
    case "recommendations":
      return recommendations(query);
    case "forecasts":
      return key === "top"
        ? page(
            shop.products.slice(0, 20).map((one) => ({
              product: { id: one.id, sku: one.sku, title: one.title },
              expected_units_28d: one.n_units / 11,
              low_80: one.n_units / 14,
              high_80: one.n_units / 9,
              sold_units_28d: Math.round(one.n_units / 13),
              method: "ets",
            })),
            query,
          )
        : forecast(query);
    case "segments": {
      if (key === undefined) return { items: shop.segments, reference_date: "2011-12-10", computed_at: shop.ago(5) };
      const segment = shop.segments.find((one) => one.code === key);
      if (!segment) throw notFound("Segment");
      return {
        ...segment,
        reasons_example: shop.customers.find((one) => one.segment?.code === key)?.segment_reasons ?? [],
      };
    }
    case "decisions":
      return key === undefined ? listDecisions(query) : findDecision(key);
    case "imports":
      return key === undefined ? page(shop.imports.map(progress), query) : progress(findImport(key));
    case "keys":
      return { items: shop.keys };
    case "jobs":
      return page(shop.jobs, query);
    case "settings":
      return { items: shop.settings };
    default:
      throw new Refused(404, "not_found", "Unknown path", "The API has no such path.");
  }
}

function post(path: string[], query: Query, body: Record<string, unknown>): Answer {
  const [what, key, action] = path;
  if (what === "decisions" && key && action) return { body: resolve(key, action, body) };
  if (what === "imports") return key === "preview" ? { body: preview(query) } : startImport(query);
  if (what === "keys") return createKey(body);
  if (what === "evaluations") return { body: evaluate(body) };
  if (what === "jobs" && key) {
    const job = shop.jobs.find((one) => one.id === key);
    if (!job) throw notFound("Job");
    return {
      body: Object.assign(job, { state: "waiting", attempts: 0, last_error: null, due_at: new Date().toISOString() }),
    };
  }
  throw new Refused(404, "not_found", "Unknown path", "The API has no such path.");
}

function session(method: string, body: Record<string, unknown>, cookie: string): Answer & { cookie?: string } {
  const signedIn = {
    user: { id: "usr_01", email: "demo@example.com", name: "Demo merchant" },
    csrf_token: "csrf-of-the-mock",
    expires_at: shop.ago(-24),
  };
  if (method === "DELETE") return { status: 204, cookie: "mercer_session=; Path=/; Max-Age=0" };
  if (method === "GET") {
    if (!cookie.includes("mercer_session=mock"))
      throw new Refused(401, "signed_out", "Not signed in", "Sign in to go on.");
    return { body: signedIn };
  }
  if (body.link_token !== "demo" && body.password !== "demo")
    throw new Refused(
      401,
      "bad_credentials",
      "Cannot sign in",
      "The e-mail address or the password is not right. After five wrong tries there is a pause of a minute.",
    );
  return { body: signedIn, cookie: "mercer_session=mock; Path=/; HttpOnly; SameSite=Lax" };
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  if (!(request.headers["content-type"] ?? "").includes("json") || parts.length === 0) return {};
  return JSON.parse(Buffer.concat(parts).toString("utf8")) as Record<string, unknown>;
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://mock");
  const path = url.pathname.split("/").slice(2).map(decodeURIComponent);
  const method = request.method ?? "GET";
  const body = method === "GET" ? {} : await readBody(request);
  if (path[0] === "session") {
    const { cookie, ...result } = session(method, body, request.headers.cookie ?? "");
    if (cookie) response.setHeader("Set-Cookie", cookie);
    send(response, result);
    return;
  }
  if (!(request.headers.cookie ?? "").includes("mercer_session=mock"))
    throw new Refused(401, "signed_out", "Not signed in", "Sign in to go on.");
  if (method !== "GET" && request.headers["x-csrf-token"] !== "csrf-of-the-mock")
    throw new Refused(403, "csrf", "Not allowed", "The request did not carry the session's token.");
  if (method === "GET" && path[0] === "imports" && path[2] === "events") {
    stream(path[1] ?? "", response);
    return;
  }
  if (method === "GET" && path[0] === "imports" && path[2] === "rejects") {
    response.setHeader("Content-Type", "text/csv");
    response.end("line,column,reason\n623,UnitPrice,empty\n");
    return;
  }
  if (method === "DELETE" && path[0] === "keys") {
    const key = shop.keys.find((one) => one.id === path[1]);
    if (!key) throw notFound("Key");
    key.revoked_at = new Date().toISOString();
    send(response, { status: 204 });
    return;
  }
  send(response, method === "GET" ? { body: get(path, url.searchParams) } : post(path, url.searchParams, body));
}

function send(response: ServerResponse, { status = 200, body }: Answer): void {
  response.statusCode = status;
  if (body === undefined) {
    response.end();
    return;
  }
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify(body));
}

function refuse(response: ServerResponse, error: unknown): void {
  const refused = error instanceof Refused ? error : new Refused(500, "mock", "The mock failed", String(error));
  response.statusCode = refused.status;
  response.setHeader("Content-Type", "application/problem+json");
  response.end(
    JSON.stringify({
      type: `urn:mercer:problem:${refused.code}`,
      title: refused.title,
      status: refused.status,
      code: refused.code,
      detail: refused.message,
    }),
  );
}

function handle(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  if (!request.url?.startsWith("/v1/")) {
    next();
    return;
  }
  answer(request, response).catch((error: unknown) => refuse(response, error));
}

export function mockApi(): Plugin {
  return {
    name: "mercer-mock-api",
    configureServer: (server) => void server.middlewares.use(handle),
    configurePreviewServer: (server) => void server.middlewares.use(handle),
  };
}
