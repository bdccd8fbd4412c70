/** Which answer belongs to which path. */
import type { Evaluation, NewApiKey, Scope } from "../../src/api/types";
import * as shop from "../data.ts";
import { type Query, type Answer, Refused, notFound, page } from "./common.ts";
import { today, findProduct, sales, forecast, recommendations } from "./figures.ts";
import { listProducts, listCustomers, listOrders, timeline, listDecisions } from "./lists.ts";
import { findDecision, resolve } from "./decisions.ts";
import { preview, progress, startImport, findImport } from "./imports.ts";

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

function evaluate(body: Record<string, unknown>): Evaluation {
  const recommend = body.engine === "recommend";
  return {
    engine: recommend ? "recommend" : "forecast",
    seed: typeof body.seed === "number" ? body.seed : 1,
    split_at: "2011-10-01",
    n_cases: 3188,
    metrics: recommend
      ? [
          {
            task: "complete_basket",
            method: "item_similarity",
            n_cases: 3188,
            is_baseline: false,
            values: { hit_rate_at_10: 0.312, recall_at_10: 0.141, ndcg_at_10: 0.188, coverage: 0.63 },
          },
          {
            task: "complete_basket",
            method: "popularity",
            n_cases: 3188,
            is_baseline: true,
            values: { hit_rate_at_10: 0.121, recall_at_10: 0.038, ndcg_at_10: 0.061, coverage: 0.01 },
          },
        ]
      : [
          {
            task: "demand",
            method: "mercer",
            n_cases: 200,
            is_baseline: false,
            values: { mase: 0.82, coverage_80: 0.79, coverage_95: 0.94 },
          },
          {
            task: "demand",
            method: "seasonal_naive",
            n_cases: 200,
            is_baseline: true,
            values: { mase: 1.0, coverage_80: 0.76, coverage_95: 0.92 },
          },
        ],
    better: true,
    sentence: recommend
      ? "Finds the next purchase 2.6 times as often as showing what is popular."
      : "The error is 18 % smaller than repeating last week.",
    seconds: 1.8,
    report: {},
  };
}

export function get(path: string[], query: Query): unknown {
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
      return segment;
    }
    case "decisions":
      return key === undefined ? listDecisions(query) : findDecision(key);
    case "imports":
      return key === undefined ? page(shop.imports.map(progress), query) : progress(findImport(key));
    case "keys":
      return { items: shop.keys };
    case "jobs":
      return { items: shop.jobs, next_cursor: null, total: null };
    case "settings":
      return { items: shop.settings };
    default:
      throw new Refused(404, "not_found", "Unknown path", "The API has no such path.");
  }
}

export function post(path: string[], query: Query, body: Record<string, unknown>): Answer {
  const [what, key, action] = path;
  if (what === "decisions" && key && action) return { body: resolve(key, action, body) };
  if (what === "imports") return key === "preview" ? { body: preview(query) } : startImport(query);
  if (what === "keys") return createKey(body);
  if (what === "evaluations") return { body: evaluate(body) };
  if (what === "jobs" && key) {
    const job = shop.jobs.find((one) => one.id === key);
    if (!job) throw notFound("Job");
    Object.assign(job, { state: "waiting", attempts: 0, last_error: null, due_at: new Date().toISOString() });
    return { status: 204 };
  }
  throw new Refused(404, "not_found", "Unknown path", "The API has no such path.");
}
