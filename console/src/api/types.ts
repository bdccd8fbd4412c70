/**
 * The types of the HTTP API: the only file that knows where they come from.
 *
 * Every other file imports names from here, never from a schema. Amounts are integer minor units (`*_minor`) with their
 * `currency` beside them; instants are RFC 3339 in UTC; dates are `YYYY-MM-DD`.
 */

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
  total: number | null;
}

export interface Reason {
  code: string;
  sentence: string;
  weight: number;
  numbers: Record<string, unknown>;
}

/** An error of the API (RFC 9457). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  field?: string;
}

export interface Session {
  user: { id: string; email: string; name: string };
  csrf_token: string;
  expires_at: string;
}

export interface Status {
  version: string;
  database: "sqlite" | "postgresql";
  shop_name: string;
  currency: string;
  time_zone: string;
  as_of: string | null;
  n_orders: number;
  n_customers: number;
  n_products: number;
  n_refunds: number;
  n_facts: number;
  n_decisions_open: number;
  jobs: { waiting: number; running: number; parked: number };
  computed: { recommendations_at: string | null; segments_at: string | null; forecasts_at: string | null };
}

export interface SalesDay {
  date: string;
  total_minor: number;
  n_orders: number;
  n_units: number;
}

export interface SalesTotals {
  n_orders: number;
  total_minor: number;
  n_units: number;
}

export interface Change {
  kind: string;
  sentence: string;
  n: number;
  at: string;
  href: string;
}

export interface RisingProduct {
  product: ProductRef;
  expected_units_28d: number;
  sold_units_28d: number;
}

export interface Today {
  as_of: string | null;
  is_historic: boolean;
  currency: string;
  sales: SalesTotals & {
    previous: SalesTotals;
    days: SalesDay[];
    forecast_next_7_days: { n_units: number; low_80: number; high_80: number } | null;
    from: string;
    to: string;
  };
  needs_decision: { total: number; items: Decision[] };
  changed: Change[];
  rising: RisingProduct[];
}

export interface ProductRef {
  id: string;
  sku: string;
  title: string;
}

export interface ProductRow extends ProductRef {
  category: string | null;
  price_minor: number | null;
  currency: string;
  n_orders: number;
  n_units: number;
  revenue_minor: number;
  last_sold_at: string | null;
}

export interface Variant {
  id: string;
  sku: string;
  title: string | null;
  price_minor: number | null;
}

export interface Product extends ProductRow {
  variants: Variant[];
  first_sold_at: string | null;
  n_units_refunded: number;
  channels: string[];
}

export interface SalesPoint {
  date: string;
  n_units: number;
  revenue_minor: number;
  n_orders: number;
}

export interface ProductSales {
  product_id: string;
  by: "day" | "week";
  points: SalesPoint[];
  currency: string;
}

export interface CustomerRow {
  id: string;
  external_id: string;
  name: string | null;
  email: string | null;
  country: string | null;
  n_orders: number;
  value_minor: number;
  currency: string;
  first_order_at: string | null;
  last_order_at: string | null;
  segment: { code: string; name: string } | null;
}

export interface Rfm {
  recency_days: number;
  n_orders: number;
  monetary_minor: number;
  recency_score: number;
  frequency_score: number;
  monetary_score: number;
  reference_date?: string | null;
}

export interface Customer extends CustomerRow {
  n_refunds: number;
  refunded_minor: number;
  average_order_minor: number | null;
  average_interval_days: number | null;
  rfm: Rfm | null;
  segment_reasons: Reason[];
  segment_decision_id: string | null;
}

export interface TimelineEntry {
  at: string;
  kind: "order" | "refund" | "segment_entered" | "decision";
  sentence: string;
  amount_minor: number | null;
  currency: string | null;
  href: string | null;
}

export type OrderStatus = "open" | "fulfilled" | "cancelled";

export interface OrderRow {
  id: string;
  number: string;
  channel: string;
  placed_at: string;
  status: OrderStatus;
  customer: { id: string; external_id: string; name: string | null } | null;
  country: string | null;
  n_lines: number;
  n_units: number;
  total_minor: number;
  refunded_minor: number;
  currency: string;
}

export interface OrderLine {
  position: number;
  kind: "item" | "gift" | "shipping" | "fee" | "discount";
  product_id: string | null;
  sku: string;
  title: string;
  quantity: number;
  refunded_quantity: number;
  unit_price_minor: number;
  discount_minor: number;
  tax_minor: number;
  total_minor: number;
}

export interface Refund {
  id: string;
  number: string;
  refunded_at: string;
  amount_minor: number;
}

export interface Order extends OrderRow {
  items_minor: number;
  discount_minor: number;
  shipping_minor: number;
  fees_minor: number;
  tax_minor: number;
  discount_codes: string[];
  lines: OrderLine[];
  refunds: Refund[];
}

export interface Channel {
  id: string;
  code: string;
  name: string;
  currency: string;
}

export interface Recommendation {
  product: ProductRef & { price_minor: number | null };
  score: number;
  source: "similar" | "popular";
  reasons: Reason[];
}

export interface Recommendations {
  context: "product" | "customer" | "cart";
  subject: string;
  items: Recommendation[];
  computed_at: string;
  decision_id: string | null;
  reasons: Reason[];
}

export interface ForecastPoint {
  date: string;
  expected: number;
  low_80: number;
  high_80: number;
  low_95: number;
  high_95: number;
}

export interface Alternative {
  name: string;
  score: number | null;
  lost_because: string;
}

export interface Forecast {
  product: ProductRef;
  outcome: "forecast" | "too_little_history";
  period: "day" | "week";
  from: string;
  points: ForecastPoint[];
  total: { expected: number; low_80: number; high_80: number; low_95: number; high_95: number } | null;
  method: string | null;
  reasons: Reason[];
  alternatives: Alternative[];
  computed_at: string;
  decision_id: string | null;
}

export interface TopForecast {
  product: ProductRef;
  expected_units_28d: number;
  low_80: number;
  high_80: number;
  sold_units_28d: number;
  method: string;
}

export interface Segment {
  code: string;
  name: string;
  description: string;
  advice: string;
  n_customers: number;
  share: number;
  value_minor: number;
  average_value_minor: number;
  average_recency_days: number;
  average_orders: number;
  currency: string;
}

export interface SegmentList {
  items: Segment[];
  reference_date: string;
  computed_at: string;
}

export type SegmentDetail = Segment & { reasons_example: Reason[] };

export type DecisionMode = "shadow" | "suggest" | "act";
export type DecisionState = "recorded" | "proposed" | "approved" | "dismissed" | "snoozed";

export interface Decision {
  id: string;
  kind: string;
  subject: string;
  subject_label: string;
  subject_href: string | null;
  summary: string;
  mode: DecisionMode;
  state: DecisionState;
  snoozed_until: string | null;
  policy_version: string;
  seed: number;
  at_stake_minor: number | null;
  currency: string | null;
  decided_at: string;
  resolved_at: string | null;
  resolved_by: string | null;
  reasons: Reason[];
}

export type DecisionDetail = Decision & {
  outcome: unknown;
  input: unknown;
  policy: unknown;
  alternatives: Alternative[];
  based_on_fact: number;
};

export interface MappedField {
  field: string;
  label: string;
  column: string | null;
  required: boolean;
  guessed: boolean;
}

export interface ImportPreview {
  preset: string;
  preset_guessed: boolean;
  columns: string[];
  mapping: MappedField[];
  sample: string[][];
  problems: string[];
}

export interface Import {
  id: string;
  file_name: string;
  preset: string;
  state: "running" | "done" | "failed";
  dry_run: boolean;
  started_at: string;
  finished_at: string | null;
  error: string | null;
  rows: number;
  kept: number;
  rejected: number;
  duplicates: number;
  bytes_read: number;
  bytes_total: number;
  rows_per_second: number;
  seconds_left: number | null;
  seconds: number;
  orders: number;
  refunds: number;
  customers: number;
  products: number;
  adjustments: number;
  created: number;
  changed: number;
  unchanged: number;
  money_minor: Record<string, number>;
  currency: string;
  notices: string[];
}

export type Scope = "read" | "write" | "admin";

export interface ApiKey {
  id: string;
  name: string;
  prefix: string;
  scopes: Scope[];
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
}

export type NewApiKey = ApiKey & { secret: string };

export interface Job {
  id: string;
  kind: string;
  state: "waiting" | "running" | "done" | "parked";
  due_at: string;
  attempts: number;
  last_error: string | null;
}

export interface Setting {
  name: string;
  value: string;
  source: string;
  help: string;
}

export interface Evaluation {
  engine: string;
  seed: number;
  split_at: string;
  n_cases: number;
  metrics: { method: string; is_baseline: boolean; values: Record<string, number> }[];
  better: boolean;
  sentence: string;
  seconds: number;
}

// ---------------------------------------------------------------------------------------------------------------------
// Paths, in the shape that openapi-typescript writes and openapi-fetch reads.

interface PageQuery {
  cursor?: string;
  limit?: number;
}

interface Answers<T> {
  200: { headers: Record<string, unknown>; content: { "application/json": T } };
  default: { headers: Record<string, unknown>; content: { "application/problem+json": Problem } };
}

interface Nothing {
  204: { headers: Record<string, unknown>; content?: never };
  default: { headers: Record<string, unknown>; content: { "application/problem+json": Problem } };
}

type Parameters<Query, Path> = ([Query] extends [never] ? { query?: never } : { query?: Query }) &
  ([Path] extends [never] ? { path?: never } : { path: Path });

interface Get<T, Query = never, Path = never> {
  parameters: Parameters<Query, Path>;
  get: { parameters: Parameters<Query, Path>; responses: Answers<T> };
}

interface Post<T, Body, Path = never> {
  parameters: Parameters<never, Path>;
  post: {
    parameters: Parameters<never, Path>;
    requestBody: { content: { "application/json": Body } };
    responses: Answers<T>;
  };
}

interface Delete<Path = never> {
  parameters: Parameters<never, Path>;
  delete: { parameters: Parameters<never, Path>; responses: Nothing };
}

interface ById {
  id: string;
}

export interface paths {
  "/v1/session": Get<Session> & Post<Session, { email: string; password: string } | { link_token: string }> & Delete;
  "/v1/status": Get<Status>;
  "/v1/today": Get<Today>;
  "/v1/products": Get<Page<ProductRow>, PageQuery & { q?: string; sort?: string }>;
  "/v1/products/{id}": Get<Product, never, ById>;
  "/v1/products/{id}/sales": Get<ProductSales, { by?: "day" | "week"; from?: string; to?: string }, ById>;
  "/v1/customers": Get<
    Page<CustomerRow>,
    PageQuery & { q?: string; segment?: string; country?: string; sort?: string }
  >;
  "/v1/countries": Get<{ items: string[] }>;
  "/v1/customers/{id}": Get<Customer, never, ById>;
  "/v1/customers/{id}/timeline": Get<Page<TimelineEntry>, PageQuery, ById>;
  "/v1/orders": Get<
    Page<OrderRow>,
    PageQuery & {
      q?: string;
      customer?: string;
      product?: string;
      channel?: string;
      status?: string;
      from?: string;
      to?: string;
      sort?: string;
    }
  >;
  "/v1/orders/{id}": Get<Order, never, ById>;
  "/v1/channels": Get<{ items: Channel[] }>;
  "/v1/recommendations": Get<Recommendations, { product?: string; customer?: string; cart?: string; limit?: number }>;
  "/v1/forecasts": Get<Forecast, { product: string; days?: number }>;
  "/v1/forecasts/top": Get<Page<TopForecast>, PageQuery & { sort?: string }>;
  "/v1/segments": Get<SegmentList>;
  "/v1/segments/{code}": Get<SegmentDetail, never, { code: string }>;
  "/v1/decisions": Get<
    Page<Decision>,
    PageQuery & { kind?: string; state?: string; mode?: string; subject?: string; q?: string; sort?: string }
  >;
  "/v1/decisions/{id}": Get<DecisionDetail, never, ById>;
  "/v1/decisions/{id}/approve": Post<Decision, Record<string, never>, ById>;
  "/v1/decisions/{id}/dismiss": Post<Decision, { note?: string }, ById>;
  "/v1/decisions/{id}/snooze": Post<Decision, { until: string }, ById>;
  "/v1/imports": Get<Page<Import>, PageQuery>;
  "/v1/imports/{id}": Get<Import, never, ById>;
  "/v1/keys": Get<{ items: ApiKey[] }> & Post<NewApiKey, { name: string; scopes: Scope[]; expires_at?: string }>;
  "/v1/keys/{id}": Delete<ById>;
  "/v1/jobs": Get<Page<Job>, PageQuery & { state?: string }>;
  "/v1/jobs/{id}/retry": Post<Job, Record<string, never>, ById>;
  "/v1/settings": Get<{ items: Setting[] }>;
  "/v1/evaluations": Post<Evaluation, { engine: "recommend" | "forecast"; seed?: number }>;
}
