// Fills Medusa over its admin interface and writes carts for wrk, one request a line. Prints the
// publishable key that carts are asked with.
//
// Usage: PEER_PASSWORD=… node fill.mjs ADDRESS FILE

import { writeFileSync } from "node:fs";

const [address, file] = process.argv.slice(2);
const N_PRODUCTS = 1000;
const N_CARTS = 4000;
const N_AT_ONCE = 50;
let token = "";
let publishable = "";

async function post(path, body) {
  const headers = { "content-type": "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  if (path.startsWith("/store")) headers["x-publishable-api-key"] = publishable;
  const answer = await fetch(address + path, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text.slice(0, 500)}`);
  return JSON.parse(text);
}

({ token } = await post("/auth/user/emailpass", { email: "bench@example.com", password: process.env.PEER_PASSWORD }));
const { sales_channel: channel } = await post("/admin/sales-channels", { name: "Bench" });
const { region } = await post("/admin/regions", { name: "GB", currency_code: "gbp", countries: ["gb"] });
const { api_key: key } = await post("/admin/api-keys", { title: "bench", type: "publishable" });
await post(`/admin/api-keys/${key.id}/sales-channels`, { add: [channel.id] });
publishable = key.token;
const { shipping_profile: profile } = await post("/admin/shipping-profiles", { name: "Bench", type: "bench" });
// Half the assortment as a collection: five hundred ids in a rule would be read with every cart.
const { collection } = await post("/admin/collections", { title: "Half" });

const products = [];
for (let from = 0; from < N_PRODUCTS; from += N_AT_ONCE) {
  const create = Array.from({ length: N_AT_ONCE }, (_, place) => {
    const number = from + place;
    return {
      title: `Thing ${number}`, handle: `thing-${number}`, status: "published",
      shipping_profile_id: profile.id, sales_channels: [{ id: channel.id }],
      ...(number % 2 === 0 ? { collection_id: collection.id } : {}),
      options: [{ title: "Kind", values: ["One"] }],
      variants: [{
        title: "One", sku: `S${number}`, manage_inventory: false, options: { Kind: "One" },
        prices: [{ currency_code: "gbp", amount: (150 + (number * 2654435761) % 8850) / 100 }],
      }],
    };
  });
  products.push(...(await post("/admin/products/batch", { create })).created);
}
const variants = products.map((one) => one.variants[0].id);
const these = [
  { attribute: "items.product.collection_id", operator: "in", values: [collection.id] },
];
const standing = { status: "active", is_automatic: true };
const promotions = [
  { ...standing, code: "TEN", type: "standard",
    application_method: { type: "percentage", target_type: "items", allocation: "across", value: 10, currency_code: "gbp" } },
  { ...standing, code: "FOUR", type: "buyget",
    application_method: { type: "percentage", target_type: "items", allocation: "each", value: 5, max_quantity: 10,
      apply_to_quantity: 1, buy_rules_min_quantity: 4, buy_rules: these, target_rules: these } },
  { ...standing, code: "FROM200", type: "standard",
    rules: [{ attribute: "item_total", operator: "gte", values: ["200"] }],
    application_method: { type: "fixed", target_type: "order", value: 5, currency_code: "gbp" } },
];
for (const promotion of promotions) await post("/admin/promotions", promotion);

let state = 17;
const below = (n) => {
  state = (state * 48271) % 2147483647;
  return state % n;
};
const carts = Array.from({ length: N_CARTS }, () => {
  const chosen = new Set();
  while (chosen.size < 5) chosen.add(variants[below(variants.length)]);
  const items = [...chosen].map((id) => ({ variant_id: id, quantity: 1 + below(4) }));
  return JSON.stringify({ region_id: region.id, sales_channel_id: channel.id, items });
});
writeFileSync(file, carts.join("\n") + "\n");
token = "";
const { cart } = await post("/store/carts", JSON.parse(carts[0]));
const codes = cart.items.flatMap((item) => item.adjustments ?? []).map((one) => `${one.code} ${one.amount}`);
console.error(`${variants.length} products, ${promotions.length} promotions; first cart ${cart.original_item_total}, ${codes.join(", ")}`);
if (cart.items.length !== 5 || codes.length === 0) throw new Error("the cart is not priced as asked");
console.log(publishable);
