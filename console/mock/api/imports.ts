/** An import that reads nothing: its preview, its progress and its stream. */
import type { ServerResponse } from "node:http";
import type { Import } from "../../src/api/types";
import * as shop from "../data.ts";
import { type Query, type Answer, notFound } from "./common.ts";

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

export function preview(query: Query) {
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
export function progress(base: Import): Import {
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

export function startImport(query: Query): Answer {
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

export function findImport(key: string): Import {
  const found = shop.imports.find((one) => one.id === key);
  if (!found) throw notFound("Import");
  return found;
}

export function stream(key: string, response: ServerResponse): void {
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
