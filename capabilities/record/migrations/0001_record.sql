CREATE TABLE channels (
  id TEXT NOT NULL PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  currency TEXT NOT NULL,
  time_zone TEXT NOT NULL
);
CREATE TABLE products (
  id TEXT NOT NULL PRIMARY KEY,
  channel_id TEXT NOT NULL REFERENCES channels (id),
  external_id TEXT NOT NULL,
  title TEXT NOT NULL,
  category TEXT,
  search_text TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  UNIQUE (channel_id, external_id)
);
CREATE INDEX products_by_title ON products (title, id);
CREATE TABLE variants (
  id TEXT NOT NULL PRIMARY KEY,
  product_id TEXT NOT NULL REFERENCES products (id),
  channel_id TEXT NOT NULL REFERENCES channels (id),
  sku TEXT NOT NULL,
  title TEXT,
  price_minor BIGINT,
  position BIGINT NOT NULL,
  UNIQUE (channel_id, sku)
);
CREATE INDEX variants_by_product ON variants (product_id, position);
CREATE INDEX variants_by_sku ON variants (sku);
CREATE TABLE customers (
  id TEXT NOT NULL PRIMARY KEY,
  channel_id TEXT NOT NULL REFERENCES channels (id),
  external_id TEXT NOT NULL,
  email TEXT,
  name TEXT,
  country TEXT,
  search_text TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  UNIQUE (channel_id, external_id)
);
CREATE INDEX customers_by_country ON customers (country, id);
CREATE TABLE orders (
  id TEXT NOT NULL PRIMARY KEY,
  channel_id TEXT NOT NULL REFERENCES channels (id),
  number TEXT NOT NULL,
  customer_id TEXT REFERENCES customers (id),
  placed_at BIGINT NOT NULL,
  day BIGINT NOT NULL,
  currency TEXT NOT NULL,
  country TEXT,
  status TEXT NOT NULL CHECK (status IN ('open', 'fulfilled', 'cancelled')),
  discount_codes TEXT NOT NULL,
  n_lines BIGINT NOT NULL,
  n_units BIGINT NOT NULL,
  items_minor BIGINT NOT NULL,
  discount_minor BIGINT NOT NULL,
  shipping_minor BIGINT NOT NULL,
  fees_minor BIGINT NOT NULL,
  tax_minor BIGINT NOT NULL,
  total_minor BIGINT NOT NULL,
  refunded_minor BIGINT NOT NULL,
  content_hash TEXT NOT NULL,
  UNIQUE (channel_id, number)
);
CREATE INDEX orders_by_time ON orders (placed_at, id);
CREATE INDEX orders_by_day ON orders (day);
CREATE INDEX orders_by_total ON orders (total_minor, id);
CREATE INDEX orders_by_customer ON orders (customer_id, placed_at);
CREATE TABLE order_lines (
  order_id TEXT NOT NULL REFERENCES orders (id),
  position BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('item', 'gift', 'shipping', 'fee', 'discount')),
  product_id TEXT,
  sku TEXT NOT NULL,
  title TEXT NOT NULL,
  quantity BIGINT NOT NULL,
  refunded_quantity BIGINT NOT NULL CHECK (refunded_quantity >= 0 AND refunded_quantity <= quantity),
  unit_price_minor BIGINT NOT NULL,
  discount_minor BIGINT NOT NULL,
  tax_minor BIGINT NOT NULL,
  total_minor BIGINT NOT NULL,
  PRIMARY KEY (order_id, position)
) {{by_key}};
CREATE INDEX order_lines_by_product ON order_lines (product_id, order_id);
CREATE TABLE refunds (
  id TEXT NOT NULL PRIMARY KEY,
  channel_id TEXT NOT NULL REFERENCES channels (id),
  number TEXT NOT NULL,
  order_number TEXT,
  customer_id TEXT REFERENCES customers (id),
  refunded_at BIGINT NOT NULL,
  day BIGINT NOT NULL,
  currency TEXT NOT NULL,
  amount_minor BIGINT NOT NULL,
  content_hash TEXT NOT NULL,
  UNIQUE (channel_id, number)
);
CREATE INDEX refunds_by_time ON refunds (refunded_at, id);
CREATE INDEX refunds_by_customer ON refunds (customer_id, refunded_at);
CREATE TABLE refund_lines (
  refund_id TEXT NOT NULL REFERENCES refunds (id),
  position BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('item', 'gift', 'shipping', 'fee', 'discount')),
  product_id TEXT,
  sku TEXT NOT NULL,
  title TEXT NOT NULL,
  quantity BIGINT NOT NULL,
  unit_price_minor BIGINT NOT NULL,
  amount_minor BIGINT NOT NULL,
  order_id TEXT REFERENCES orders (id),
  order_position BIGINT,
  PRIMARY KEY (refund_id, position)
) {{by_key}};
CREATE INDEX refund_lines_by_order ON refund_lines (order_id);
CREATE INDEX refund_lines_by_product ON refund_lines (product_id);
CREATE TABLE adjustments (
  id TEXT NOT NULL PRIMARY KEY,
  channel_id TEXT NOT NULL REFERENCES channels (id),
  number TEXT NOT NULL,
  position BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('stock', 'books')),
  product_id TEXT,
  sku TEXT NOT NULL,
  quantity BIGINT NOT NULL,
  amount_minor BIGINT NOT NULL,
  currency TEXT NOT NULL,
  reason TEXT NOT NULL,
  note TEXT NOT NULL,
  adjusted_at BIGINT NOT NULL,
  content_hash TEXT NOT NULL,
  UNIQUE (channel_id, number, position)
);
CREATE TABLE customer_stats (
  customer_id TEXT NOT NULL PRIMARY KEY,
  n_orders BIGINT NOT NULL,
  value_minor BIGINT NOT NULL,
  n_refunds BIGINT NOT NULL,
  refunded_minor BIGINT NOT NULL,
  first_order_at BIGINT,
  last_order_at BIGINT
) {{by_key}};
CREATE INDEX customer_stats_by_value ON customer_stats (value_minor, customer_id);
CREATE INDEX customer_stats_by_orders ON customer_stats (n_orders, customer_id);
CREATE INDEX customer_stats_by_last ON customer_stats (COALESCE(last_order_at, 0), customer_id);
CREATE TABLE product_stats (
  product_id TEXT NOT NULL PRIMARY KEY,
  n_orders BIGINT NOT NULL,
  n_units BIGINT NOT NULL,
  n_units_refunded BIGINT NOT NULL,
  revenue_minor BIGINT NOT NULL,
  first_sold_at BIGINT,
  last_sold_at BIGINT
) {{by_key}};
CREATE INDEX product_stats_by_revenue ON product_stats (revenue_minor, product_id);
CREATE INDEX product_stats_by_units ON product_stats (n_units, product_id);
CREATE INDEX product_stats_by_last ON product_stats (COALESCE(last_sold_at, 0), product_id);
CREATE TABLE customer_segments (
  customer_id TEXT NOT NULL PRIMARY KEY,
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  entered_at BIGINT NOT NULL
) {{by_key}};
CREATE INDEX customer_segments_by_code ON customer_segments (code, customer_id);
CREATE TABLE imports (
  id TEXT NOT NULL PRIMARY KEY,
  file_name TEXT NOT NULL,
  preset TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed')),
  started_at BIGINT NOT NULL,
  touched_at BIGINT NOT NULL,
  progress TEXT NOT NULL
);
CREATE INDEX imports_by_time ON imports (started_at, id);
