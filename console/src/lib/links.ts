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
  decisions: (search: Search = {}) => `/decisions${stringifySearch(search)}`,
  decision: (id: string) => at("/decisions", id),
  import: (search: Search = {}) => `/import${stringifySearch(search)}`,
  settings: (tab?: string) => `/settings${stringifySearch({ tab })}`,
};
