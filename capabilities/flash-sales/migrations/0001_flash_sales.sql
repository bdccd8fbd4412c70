CREATE TABLE flash_sales (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('draft', 'scheduled', 'ended')),
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  customer_units_max BIGINT,
  segments TEXT NOT NULL,
  turn_minutes BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  ended_at BIGINT,
  CHECK (starts_at < ends_at)
);
CREATE INDEX flash_sales_by_start ON flash_sales (starts_at, id);
CREATE TABLE flash_items (
  sale_id TEXT NOT NULL REFERENCES flash_sales (id),
  sku TEXT NOT NULL,
  unit_price_minor BIGINT NOT NULL CHECK (unit_price_minor >= 0),
  n_units BIGINT NOT NULL CHECK (n_units > 0),
  PRIMARY KEY (sale_id, sku)
) {{by_key}};
CREATE INDEX flash_items_by_sku ON flash_items (sku, sale_id);
CREATE TABLE flash_tickets (
  ticket {{rising_id}},
  sale_id TEXT NOT NULL,
  sku TEXT NOT NULL,
  shopper TEXT NOT NULL,
  quantity BIGINT NOT NULL CHECK (quantity > 0),
  state TEXT NOT NULL CHECK (state IN ('waiting', 'turn', 'used', 'missed', 'left')),
  hold_id TEXT,
  turn_until BIGINT,
  joined_at BIGINT NOT NULL,
  FOREIGN KEY (sale_id, sku) REFERENCES flash_items (sale_id, sku)
);
CREATE UNIQUE INDEX flash_tickets_open ON flash_tickets (sale_id, sku, shopper)
  WHERE state IN ('waiting', 'turn');
CREATE INDEX flash_tickets_by_state ON flash_tickets (sale_id, sku, state, ticket);
