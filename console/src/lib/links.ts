/** Addresses of the console's pages. */
import { stringifySearch, type Search } from "./urlState";

const at = (path: string, id: string) => `${path}/${encodeURIComponent(id)}`;

export const links = {
  today: "/",
  orders: (search: Search = {}) => `/orders${stringifySearch(search)}`,
  order: (id: string) => at("/orders", id),
  customers: (search: Search = {}) => `/customers${stringifySearch(search)}`,
  customer: (id: string) => at("/customers", id),
  products: (search: Search = {}) => `/products${stringifySearch(search)}`,
  product: (id: string) => at("/products", id),
  forecasts: (search: Search = {}) => `/forecasts${stringifySearch(search)}`,
  segments: "/segments",
  quoteTester: (search: Search = {}) => `/quote-tester${stringifySearch(search)}`,
  quotes: (search: Search = {}) => `/quotes${stringifySearch(search)}`,
  quote: (id: string) => at("/quotes", id),
  flashSales: (search: Search = {}) => `/flash-sales${stringifySearch(search)}`,
  flashSale: (id: string) => at("/flash-sales", id),
  flashSaleEdit: (id: string) => `${at("/flash-sales", id)}/edit`,
  newFlashSale: "/flash-sales/new",
  promotions: (search: Search = {}) => `/promotions${stringifySearch(search)}`,
  promotion: (id: string) => at("/promotions", id),
  promotionEdit: (id: string) => `${at("/promotions", id)}/edit`,
  newPromotion: "/promotions/new",
  stock: (search: Search = {}) => `/stock${stringifySearch(search)}`,
  stockItem: (sku: string) => at("/stock", sku),
  loyalty: (search: Search = {}) => `/loyalty${stringifySearch(search)}`,
  member: (customer: string) => at("/loyalty", customer),
  decisions: (search: Search = {}) => `/decisions${stringifySearch(search)}`,
  decision: (id: string) => at("/decisions", id),
  import: (search: Search = {}) => `/import${stringifySearch(search)}`,
  settings: (tab?: string) => `/settings${stringifySearch({ tab })}`,
};
