/** What the made-up shop sells. Their figures are filled in by the orders. */
import type { Product } from "../../src/api/types";
import { CURRENCY, random, below, oneOf, id } from "./base.ts";

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

export interface ProductTruth extends Product {
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

export function pickProduct(): ProductTruth {
  let at = random() * totalPopularity;
  for (const product of products) {
    at -= product.popularity;
    if (at <= 0) return product;
  }
  return products[0] as ProductTruth;
}
