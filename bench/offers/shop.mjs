// Fills a fresh shop over its HTTP interface and writes the carts that wrk asks for.
//
// Usage: node shop.mjs ADDRESS KEY FOLDER [imported] [alike]
//
// A thousand products, 200 customers with an order each, stock of every SKU, and 50 running promotions. With `imported` the products, customers and prices are
// those that an import brought; with `alike` only the three promotions run that the peers run too.
// FOLDER gets `carts-5` and `carts-100`, one request a line.

import { writeFileSync } from "node:fs";

const [address, key, folder, ...choices] = process.argv.slice(2);
const imported = choices.includes("imported");
const alike = choices.includes("alike");
const N_PRODUCTS = 1000;
const N_CUSTOMERS = 200;
const N_CARTS = 4000;
const N_GROUPS = 12;
const N_AT_ONCE = 20;
const ENOUGH = 1_000_000;

// A small generator with a seed, so that every run asks for the same carts.
let state = 0x2545f491;
function below(n) {
  state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
  let mixed = state ^ (state >>> 12);
  mixed = Math.imul(mixed, 0x297a2d39);
  return ((mixed ^ (mixed >>> 15)) >>> 0) % n;
}
const between = (low, high) => low + below(high - low + 1);

async function call(method, path, body) {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const answer = await fetch(address + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

/** All rows of a list, page by page, up to a number. */
async function list(path, nMax) {
  const rows = [];
  let cursor = "";
  while (rows.length < nMax) {
    const page = await call("GET", `${path}${path.includes("?") ? "&" : "?"}limit=200${cursor}`);
    rows.push(...page.items);
    if (!page.next_cursor) break;
    cursor = `&cursor=${encodeURIComponent(page.next_cursor)}`;
  }
  return rows.slice(0, nMax);
}

const sku = (number) => `S${String(number).padStart(4, "0")}`;
const group = (number) => `C${number % N_GROUPS}`;

async function makeProducts() {
  const channel = (await list("/v1/channels", 1))[0]?.code ?? "web";
  const orders = Array.from({ length: N_CUSTOMERS }, (_, number) => ({
    channel,
    number: `A${number}`,
    placed_at: "2026-06-01T10:00:00Z",
    currency: "GBP",
    status: "fulfilled",
    customer: { external_id: `K${number}`, email: `k${number}@example.com`, name: null, country: "GB" },
    lines: [{
      kind: "item", sku: sku(number), title: `Thing ${number}`, quantity: 2,
      unit_price_minor: 1000, total_minor: 2000,
    }],
  }));
  const { results } = await call("POST", "/v1/orders/batch", { orders });
  const refused = results.find((one) => one.problem);
  if (refused) throw new Error(JSON.stringify(refused));
  const make = (number) => call("POST", "/v1/products", {
    external_id: sku(number),
    title: `Thing ${number}`,
    category: group(number),
    variants: [{ sku: sku(number), price_minor: 150 + (number * 2654435761) % 8850 }],
  });
  for (let from = 0; from < N_PRODUCTS; from += N_AT_ONCE) {
    await Promise.all(Array.from({ length: N_AT_ONCE }, (_, place) => make(from + place)));
  }
}

/** Stock of every SKU, far more than a run can hold. */
async function makeStock(skus) {
  const rows = skus.map((one) => `"${one.replaceAll('"', '""')}",main,${ENOUGH}`);
  const path = "/v1/stock/imports?file_name=stock.csv&make_locations=true";
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/octet-stream" };
  const body = `sku,location,quantity\n${rows.join("\n")}\n`;
  const answer = await fetch(address + path, { method: "POST", headers, body });
  const report = await answer.json();
  if (!answer.ok || report.n_rejected > 0) throw new Error(JSON.stringify(report));
}

const percent = (share) => ({ kind: "percentage", basis_points: share * 100 });

/** 50 promotions as a busy shop has them: most on a part of the assortment, few on everything. */
function promotions(skus, inGroup) {
  const some = (n) => ({
    of: "skus",
    values: [...new Set(Array.from({ length: n }, () => skus[below(skus.length)]))],
  });
  const all = { of: "all" };
  const list = [];
  const add = (n, make) => {
    for (let i = 0; i < n; i += 1) list.push(make(i));
  };
  add(9, (i) => ({ definition: { action: percent(5 + i), target: inGroup(i) } }));
  add(4, (i) => ({ definition: { action: percent(10 + i), target: some(30) }, uses_max: ENOUGH }));
  const rules = [
    "cart.subtotal_minor >= 15000 && channel != 'market'",
    "customer.n_orders >= 1",
    "cart.n_units >= 8",
    "time.hour >= 0 && time.weekday <= 7",
  ];
  add(4, (i) => ({
    definition: { action: percent(7), target: inGroup(i + 3), condition: rules[i] },
  }));
  add(7, (i) => ({
    definition: {
      target: i < 3 ? inGroup(i + 6) : some(25),
      action: {
        kind: "quantity_breaks",
        per: ["line", "product", "target"][i % 3],
        breaks: [
          { quantity_min: 3, reward: percent(4) },
          { quantity_min: 6, reward: percent(8 + i) },
        ],
      },
    },
  }));
  add(7, (i) => ({
    definition: {
      target: some(25),
      action: { kind: "buy_get", buy_quantity: 2 + (i % 2), get_quantity: 1, n_repeats_max: 3 },
    },
  }));
  add(4, (i) => ({
    definition: {
      target: i === 0 ? all : inGroup(i + 8),
      basis: i === 0 ? "after_earlier" : "before",
      currency: "GBP",
      action: {
        kind: "order_tiers",
        tiers: [
          { amount_minor_min: 5000, reward: { kind: "fixed_amount", amount_minor: 200 } },
          { amount_minor_min: 20000, reward: percent(3) },
        ],
      },
    },
  }));
  add(4, () => ({
    definition: {
      currency: "GBP",
      action: {
        kind: "bundle",
        bundles: [{ parts: [{ target: some(20), quantity: 1 }, { target: some(20), quantity: 1 }],
                    price_minor: 900, n_max: 3 }],
      },
    },
  }));
  add(3, (i) => ({
    definition: {
      action: { kind: "fixed_amount", amount_minor: 150 + 50 * i },
      target: some(20), currency: "GBP", tags: ["seasonal"],
      stacks: { with: "never", tags: ["seasonal"] },
    },
    budget_minor_max: 1_000_000_000,
  }));
  add(2, () => ({
    definition: {
      action: { kind: "fixed_price", unit_price_minor: 199 }, target: some(3), currency: "GBP",
    },
  }));
  add(1, () => ({
    definition: { action: { kind: "shipping", basis_points: 10000 }, minimum: { amount_minor: 5000 },
                  currency: "GBP" },
  }));
  add(5, (i) => ({
    definition: { action: percent(5 + i), target: inGroup(i), activation: "coupon" },
    customer_uses_max: ENOUGH,
    coupon: { code: `CODE${i}`, uses_max: ENOUGH },
  }));
  return list;
}

/** Ten percent, something off where four of half the assortment are bought, an order's value. */
function promotionsAlike(skus) {
  const target = { of: "skus", values: skus.filter((_, place) => place % 2 === 0) };
  const tiers = [{ amount_minor_min: 20000, reward: { kind: "fixed_amount", amount_minor: 500 } }];
  return [
    { definition: { action: percent(10) } },
    { definition: { action: percent(5), target, minimum: { quantity: 4 } } },
    { definition: { currency: "GBP", action: { kind: "order_tiers", tiers } } },
  ];
}

async function makePromotions(skus, inGroup) {
  const wanted = alike ? promotionsAlike(skus) : promotions(skus, inGroup);
  for (const [number, { coupon, ...draft }] of wanted.entries()) {
    const name = `Promotion ${number}`;
    draft.definition.priority = number % 6;
    const { id } = await call("POST", "/v1/promotions", { name, ...draft });
    await call("POST", `/v1/promotions/${id}/activate`);
    if (coupon) await call("POST", "/v1/coupons", { ...coupon, promotion: id });
  }
  return wanted.length;
}

/** Carts: four in ten of a known customer, one in four with a coupon, all with shipping. */
function carts(skus, customers, nLines, n) {
  return Array.from({ length: n }, () => {
    const chosen = new Set();
    while (chosen.size < nLines) chosen.add(skus[below(skus.length)]);
    const cart = {
      lines: [...chosen].map((one) => ({ sku: one, quantity: between(1, 4) })),
      shipping: { method: "standard", amount_minor: 495 },
      country: "GB",
    };
    if (below(10) < 4) cart.customer_id = customers[below(customers.length)];
    if (cart.customer_id && below(10) < 6) cart.coupons = [`CODE${below(5)}`];
    return JSON.stringify(cart);
  });
}

if (!imported) await makeProducts();
const products = await list("/v1/products", imported ? 5000 : N_PRODUCTS);
const skus = [];
for (const product of products) {
  if (skus.length < N_PRODUCTS && (product.price_minor ?? 1) > 0) skus.push(product.sku);
}
const groups = (number) => ({
  of: "skus", values: skus.filter((_, place) => place % N_GROUPS === number % N_GROUPS),
});
const inGroup = imported ? groups : (number) => ({ of: "categories", values: [group(number)] });
const customers = (await list("/v1/customers", N_CUSTOMERS)).map((one) => one.id);
await makeStock(skus);
const nPromotions = await makePromotions(skus, inGroup);
writeFileSync(`${folder}/carts-5`, carts(skus, customers, 5, N_CARTS).join("\n") + "\n");
writeFileSync(`${folder}/carts-100`, carts(skus, customers, 100, N_CARTS / 10).join("\n") + "\n");
console.log(`${skus.length} products with stock, ${customers.length} customers, ${nPromotions} promotions`);
