// Fills Vendure over its admin interface and writes carts for wrk, one request a line.
//
// Usage: PEER_PASSWORD=… node fill.mjs ADDRESS FILE

import { writeFileSync } from "node:fs";

const [address, file] = process.argv.slice(2);
const N_PRODUCTS = 1000;
const N_CARTS = 4000;
const N_AT_ONCE = 10;
let token = "";

async function ask(path, query, variables) {
  const headers = { "content-type": "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  const answer = await fetch(address + path, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  token = answer.headers.get("vendure-auth-token") ?? token;
  const { data, errors } = await answer.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}
const admin = (query, variables) => ask("/admin-api", query, variables);

const { login } = await admin(
  `mutation($password: String!) { login(username: "bench", password: $password) { __typename } }`,
  { password: process.env.PEER_PASSWORD });
if (login.__typename !== "CurrentUser") throw new Error(login.__typename);
const { createCountry } = await admin(`mutation { createCountry(input: {code: "GB", enabled: true,
  translations: [{languageCode: en, name: "United Kingdom"}]}) { id } }`);
const { createZone } = await admin(`mutation($ids: [ID!]) { createZone(input: {name: "GB", memberIds: $ids}) { id } }`,
  { ids: [createCountry.id] });
const { createTaxCategory } = await admin(`mutation { createTaxCategory(input: {name: "Standard", isDefault: true}) { id } }`);
await admin(`mutation($category: ID!, $zone: ID!) { createTaxRate(input: {name: "None", enabled: true, value: 0,
  categoryId: $category, zoneId: $zone}) { id } }`, { category: createTaxCategory.id, zone: createZone.id });
const { activeChannel } = await admin(`{ activeChannel { id } }`);
await admin(`mutation($id: ID!, $zone: ID!) { updateChannel(input: {id: $id, pricesIncludeTax: true,
  availableCurrencyCodes: [GBP], defaultCurrencyCode: GBP, defaultTaxZoneId: $zone,
  defaultShippingZoneId: $zone}) { __typename ... on Channel { id } } }`,
{ id: activeChannel.id, zone: createZone.id });

async function makeProduct(number) {
  const { createProduct } = await admin(`mutation($name: String!) { createProduct(input: {enabled: true,
    translations: [{languageCode: en, name: $name, slug: $name, description: ""}]}) { id } }`, { name: `thing-${number}` });
  const { createProductVariants } = await admin(
    `mutation($input: [CreateProductVariantInput!]!) { createProductVariants(input: $input) { id } }`,
    { input: [{
      productId: createProduct.id, sku: `S${number}`, price: 150 + (number * 2654435761) % 8850,
      taxCategoryId: createTaxCategory.id, stockOnHand: 1_000_000, trackInventory: "TRUE",
      translations: [{ languageCode: "en", name: `Thing ${number}` }],
    }] });
  return createProductVariants[0].id;
}
const variants = [];
for (let from = 0; from < N_PRODUCTS; from += N_AT_ONCE) {
  const several = Array.from({ length: N_AT_ONCE }, (_, place) => makeProduct(from + place));
  variants.push(...(await Promise.all(several)));
}

const value = (name, of) => ({ name, value: String(of) });
const minimum = (amount) => ({
  code: "minimum_order_amount", arguments: [value("amount", amount), value("taxInclusive", true)],
});
const half = JSON.stringify(variants.filter((_, place) => place % 2 === 0));
const promotions = [
  ["Ten percent", [minimum(1)], [{ code: "order_percentage_discount", arguments: [value("discount", 10)] }]],
  ["Four of these",
    [{ code: "contains_products", arguments: [value("minimum", 4), value("productVariantIds", half)] }],
    [{ code: "products_percentage_discount", arguments: [value("discount", 5), value("productVariantIds", half)] }]],
  ["From 200", [minimum(20000)], [{ code: "order_fixed_discount", arguments: [value("discount", 500)] }]],
];
for (const [name, conditions, actions] of promotions) {
  const { createPromotion } = await admin(
    `mutation($input: CreatePromotionInput!) { createPromotion(input: $input) { __typename ... on Promotion { id } } }`,
    { input: { enabled: true, conditions, actions, translations: [{ languageCode: "en", name }] } });
  if (createPromotion.__typename !== "Promotion") throw new Error(createPromotion.__typename);
}

const query = `mutation($inputs: [AddItemInput!]!) { addItemsToOrder(inputs: $inputs) {
  order { id code subTotalWithTax totalWithTax discounts { description amountWithTax }
    lines { id quantity linePriceWithTax discountedLinePriceWithTax } }
  errorResults { __typename } } }`;
let state = 17;
const below = (n) => {
  state = (state * 48271) % 2147483647;
  return state % n;
};
const carts = Array.from({ length: N_CARTS }, () => {
  const chosen = new Set();
  while (chosen.size < 5) chosen.add(variants[below(variants.length)]);
  const inputs = [...chosen].map((id) => ({ productVariantId: id, quantity: 1 + below(4) }));
  return JSON.stringify({ query: query.replace(/\s+/g, " "), variables: { inputs } });
});
writeFileSync(file, carts.join("\n") + "\n");

token = "";
const first = await (await fetch(`${address}/shop-api`, {
  method: "POST", headers: { "content-type": "application/json" }, body: carts[0],
})).json();
const order = first.data?.addItemsToOrder?.order;
if (!order || order.lines.length !== 5 || order.discounts.length === 0) throw new Error(JSON.stringify(first));
console.log(`${variants.length} products, ${promotions.length} promotions; first cart ${order.subTotalWithTax}, ` +
  `${order.discounts.map((one) => `${one.description} ${one.amountWithTax}`).join(", ")}`);
