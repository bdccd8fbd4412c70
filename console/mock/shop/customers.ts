/** Who buys in the made-up shop. Their figures are filled in with the segments. */
import type { Customer } from "../../src/api/types";
import { CURRENCY, oneOf, id } from "./base.ts";

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

const N_CUSTOMERS = 2000;

export const customers: Customer[] = [];

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
