CREATE TABLE stock_locations (
  id TEXT NOT NULL PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  countries TEXT NOT NULL,
  priority BIGINT NOT NULL,
  is_active BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
);
CREATE TABLE stock_items (
  sku TEXT NOT NULL PRIMARY KEY,
  search TEXT NOT NULL,
  is_tracked BIGINT NOT NULL,
  unit_cost_minor BIGINT CHECK (unit_cost_minor >= 0),
  price_floor_minor BIGINT CHECK (price_floor_minor >= 0),
  back_order_max BIGINT NOT NULL CHECK (back_order_max >= 0),
  back_order_location TEXT REFERENCES stock_locations (id),
  low_threshold BIGINT CHECK (low_threshold >= 0),
  is_low BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
);
CREATE INDEX stock_items_low ON stock_items (is_low, sku);
CREATE TABLE stock_places (
  sku TEXT NOT NULL REFERENCES stock_items (sku),
  location_id TEXT NOT NULL REFERENCES stock_locations (id),
  opened_at BIGINT NOT NULL,
  PRIMARY KEY (sku, location_id)
);
CREATE INDEX stock_places_by_location ON stock_places (location_id, sku);
CREATE TABLE stock_counts (
  key TEXT NOT NULL PRIMARY KEY,
  sku TEXT NOT NULL,
  location_id TEXT NOT NULL,
  counted BIGINT NOT NULL,
  before BIGINT NOT NULL,
  transfer_id BIGINT,
  counted_at BIGINT NOT NULL
);
CREATE TABLE stock_incoming (
  id TEXT NOT NULL PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  sku TEXT NOT NULL,
  location_id TEXT NOT NULL,
  quantity BIGINT NOT NULL,
  due_on TEXT NOT NULL,
  reference TEXT,
  created_at BIGINT NOT NULL,
  closed_at BIGINT
);
CREATE INDEX stock_incoming_by_due ON stock_incoming (due_on, id);
CREATE INDEX stock_incoming_by_sku ON stock_incoming (sku, due_on);
CREATE TABLE stock_settings (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);
CREATE TABLE stock_channels (
  channel TEXT NOT NULL PRIMARY KEY,
  takes_orders_from BIGINT
);
CREATE TABLE stock_orders (
  order_ref TEXT NOT NULL PRIMARY KEY,
  order_id TEXT,
  is_quoted BIGINT NOT NULL
);
CREATE TABLE stock_order_lines (
  order_ref TEXT NOT NULL,
  position BIGINT NOT NULL,
  sku TEXT NOT NULL,
  wanted BIGINT NOT NULL,
  PRIMARY KEY (order_ref, position, sku)
);
CREATE TABLE stock_order_takes (
  order_ref TEXT NOT NULL,
  transfer_id BIGINT NOT NULL,
  position BIGINT NOT NULL,
  sku TEXT NOT NULL,
  taken BIGINT NOT NULL,
  given_back BIGINT NOT NULL CHECK (given_back <= taken),
  PRIMARY KEY (order_ref, transfer_id, position, sku)
);
CREATE TABLE stock_imports (
  fingerprint TEXT NOT NULL PRIMARY KEY,
  file_name TEXT NOT NULL,
  imported_at BIGINT NOT NULL
);
CREATE TABLE stock_import_rows (
  key TEXT NOT NULL PRIMARY KEY
);
