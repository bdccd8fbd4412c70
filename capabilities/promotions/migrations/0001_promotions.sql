CREATE TABLE promotions (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('draft', 'active', 'paused', 'ended')),
  priority BIGINT NOT NULL,
  definition TEXT NOT NULL,
  starts_at BIGINT,
  ends_at BIGINT,
  uses_max BIGINT,
  customer_uses_max BIGINT,
  budget_minor_max BIGINT,
  campaign_id TEXT,
  search_text TEXT NOT NULL,
  revision BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
);
CREATE INDEX promotions_by_state ON promotions (state, priority, id);
CREATE INDEX promotions_by_creation ON promotions (created_at, id);
CREATE TABLE campaigns (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  currency TEXT NOT NULL,
  budget_minor BIGINT NOT NULL
);
CREATE TABLE promotion_limits (
  account_id BIGINT NOT NULL PRIMARY KEY,
  issued BIGINT,
  n_changes BIGINT NOT NULL
);
CREATE TABLE coupons (
  code TEXT NOT NULL PRIMARY KEY,
  shown TEXT NOT NULL,
  promotion_id TEXT NOT NULL REFERENCES promotions (id),
  batch TEXT,
  is_active BIGINT NOT NULL,
  uses_max BIGINT,
  customer_uses_max BIGINT,
  budget_minor_max BIGINT,
  created_at BIGINT NOT NULL
);
CREATE INDEX coupons_by_promotion ON coupons (promotion_id, code);
CREATE INDEX coupons_by_batch ON coupons (batch, code);
CREATE TABLE coupon_batches (
  batch TEXT NOT NULL PRIMARY KEY,
  promotion_id TEXT NOT NULL REFERENCES promotions (id),
  n_codes BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX coupon_batches_by_creation ON coupon_batches (created_at, batch);
CREATE TABLE offer_settings (
  channel TEXT NOT NULL PRIMARY KEY,
  combine TEXT NOT NULL CHECK (combine IN ('by_priority', 'best_for_customer')),
  tax TEXT NOT NULL CHECK (tax IN ('inclusive', 'exclusive')),
  tax_basis_points BIGINT NOT NULL,
  quote_minutes BIGINT NOT NULL,
  hold_minutes BIGINT NOT NULL
);
CREATE TABLE promotions_revision (
  only_one BIGINT NOT NULL PRIMARY KEY CHECK (only_one = 1),
  revision BIGINT NOT NULL
);
INSERT INTO promotions_revision VALUES (1, 0);
CREATE TABLE offer_policies (
  version TEXT NOT NULL PRIMARY KEY,
  promotions TEXT NOT NULL,
  first_used_at BIGINT NOT NULL
);
CREATE TABLE quotes (
  id TEXT NOT NULL PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('priced', 'held', 'committed', 'released', 'expired')),
  channel TEXT NOT NULL,
  customer_id TEXT,
  anonymous_id TEXT,
  currency TEXT NOT NULL,
  n_lines BIGINT NOT NULL,
  total_minor BIGINT NOT NULL,
  discount_minor BIGINT NOT NULL,
  request TEXT NOT NULL,
  words TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  hold_id TEXT,
  held_until BIGINT,
  order_ref TEXT,
  commit_transfer BIGINT,
  ended_at BIGINT
);
CREATE INDEX quotes_by_creation ON quotes (created_at, id);
CREATE INDEX quotes_by_state ON quotes (state, created_at, id);
CREATE UNIQUE INDEX quotes_by_order ON quotes (order_ref) WHERE order_ref IS NOT NULL;
CREATE INDEX quotes_by_customer ON quotes (customer_id, created_at) WHERE customer_id IS NOT NULL;
CREATE TABLE quote_uses (
  quote_id TEXT NOT NULL REFERENCES quotes (id),
  position BIGINT NOT NULL,
  promotion_id TEXT NOT NULL,
  coupon TEXT,
  amount_minor BIGINT NOT NULL,
  used_at BIGINT NOT NULL,
  PRIMARY KEY (quote_id, position)
);
CREATE INDEX quote_uses_by_promotion ON quote_uses (promotion_id, used_at);
CREATE INDEX quote_uses_by_coupon ON quote_uses (coupon) WHERE coupon IS NOT NULL;
CREATE TABLE quote_returns (
  quote_id TEXT NOT NULL REFERENCES quotes (id),
  key TEXT NOT NULL,
  line BIGINT NOT NULL,
  quantity BIGINT NOT NULL,
  restock BIGINT NOT NULL,
  returned_at BIGINT NOT NULL,
  PRIMARY KEY (quote_id, key, line)
);
