CREATE TABLE loyalty_terms (
  version {{rising_id}},
  state TEXT NOT NULL CHECK (state IN ('draft', 'active', 'retired')),
  document TEXT NOT NULL,
  written_at BIGINT NOT NULL,
  activated_at BIGINT
);
CREATE UNIQUE INDEX loyalty_terms_one ON loyalty_terms (state) WHERE state <> 'retired';
CREATE TABLE loyalty_keys (
  name TEXT NOT NULL PRIMARY KEY,
  secret BYTEA NOT NULL
);
CREATE TABLE loyalty_members (
  customer_id TEXT NOT NULL PRIMARY KEY,
  joined_at BIGINT NOT NULL,
  referral_code TEXT NOT NULL UNIQUE,
  referred_by TEXT,
  birthday TEXT,
  birthday_at BIGINT,
  email_hash TEXT,
  address_hash TEXT,
  tier TEXT,
  tier_since BIGINT,
  tier_changes_at BIGINT,
  look_at BIGINT
);
CREATE INDEX loyalty_members_by_look ON loyalty_members (look_at, customer_id);
CREATE INDEX loyalty_members_by_tier ON loyalty_members (tier, customer_id);
CREATE TABLE loyalty_deeds (
  fact TEXT NOT NULL PRIMARY KEY,
  customer_id TEXT NOT NULL,
  deed TEXT NOT NULL,
  day BIGINT NOT NULL,
  at BIGINT NOT NULL,
  amount_minor BIGINT NOT NULL,
  returned_minor BIGINT NOT NULL,
  is_undone BIGINT NOT NULL,
  products TEXT NOT NULL,
  categories TEXT NOT NULL
);
CREATE INDEX loyalty_deeds_by_customer ON loyalty_deeds (customer_id, at, fact);
CREATE TABLE loyalty_orders (
  order_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  fact TEXT NOT NULL UNIQUE,
  day BIGINT NOT NULL,
  content_hash TEXT NOT NULL,
  terms_version BIGINT NOT NULL,
  tier TEXT,
  earns BIGINT NOT NULL,
  why TEXT NOT NULL,
  PRIMARY KEY (order_id, customer_id)
);
CREATE TABLE loyalty_lots (
  lot TEXT NOT NULL PRIMARY KEY,
  customer_id TEXT NOT NULL,
  fact TEXT NOT NULL,
  rule TEXT NOT NULL,
  source TEXT NOT NULL
    CHECK (source IN ('order', 'referral', 'activity', 'challenge', 'wheel')),
  line BIGINT,
  day BIGINT NOT NULL,
  granted BIGINT NOT NULL CHECK (granted >= 0),
  unearned BIGINT NOT NULL CHECK (unearned >= 0),
  due_back BIGINT NOT NULL CHECK (due_back >= unearned AND due_back <= granted),
  taken BIGINT NOT NULL CHECK (taken >= 0),
  forgiven BIGINT NOT NULL CHECK (forgiven >= 0),
  expired BIGINT NOT NULL CHECK (expired >= 0),
  is_pending BIGINT NOT NULL,
  available_at BIGINT NOT NULL,
  expires_at BIGINT,
  reason TEXT NOT NULL,
  n_booked BIGINT NOT NULL
);
CREATE INDEX loyalty_lots_by_customer ON loyalty_lots (customer_id, day);
CREATE INDEX loyalty_lots_by_fact ON loyalty_lots (fact);
CREATE INDEX loyalty_lots_by_availability ON loyalty_lots (is_pending, available_at);
CREATE TABLE loyalty_awards (
  award TEXT NOT NULL PRIMARY KEY,
  customer_id TEXT NOT NULL,
  challenge TEXT NOT NULL,
  day BIGINT NOT NULL,
  is_lost BIGINT NOT NULL
);
CREATE INDEX loyalty_awards_by_customer ON loyalty_awards (customer_id, day);
CREATE TABLE loyalty_referrals (
  fact TEXT NOT NULL PRIMARY KEY,
  friend TEXT NOT NULL,
  referrer TEXT NOT NULL,
  day BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('rewarded', 'refused', 'taken_back')),
  why TEXT NOT NULL
);
CREATE INDEX loyalty_referrals_by_referrer ON loyalty_referrals (referrer, day);
CREATE TABLE loyalty_redemptions (
  customer_id TEXT NOT NULL,
  key TEXT NOT NULL,
  channel TEXT,
  number TEXT,
  points_redeemed BIGINT NOT NULL CHECK (points_redeemed > 0),
  minor BIGINT NOT NULL,
  given_back BIGINT NOT NULL CHECK (given_back >= 0 AND given_back <= points_redeemed),
  is_cancelled BIGINT NOT NULL,
  transfer_id BIGINT NOT NULL,
  redeemed_at BIGINT NOT NULL,
  ask TEXT NOT NULL,
  PRIMARY KEY (customer_id, key)
);
CREATE INDEX loyalty_redemptions_by_order ON loyalty_redemptions (channel, number);
CREATE TABLE loyalty_warnings (
  customer_id TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (customer_id, expires_at)
) {{by_key}};
CREATE TABLE loyalty_prizes (
  wheel TEXT NOT NULL,
  prize TEXT NOT NULL,
  issued BIGINT NOT NULL CHECK (issued >= 0),
  n_booked BIGINT NOT NULL,
  PRIMARY KEY (wheel, prize)
) {{by_key}};
CREATE TABLE loyalty_spins (
  id TEXT NOT NULL PRIMARY KEY,
  wheel TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  key TEXT NOT NULL,
  terms_version BIGINT NOT NULL,
  server_seed BYTEA NOT NULL,
  client_seed TEXT,
  number BIGINT,
  drawn TEXT,
  given TEXT,
  committed_at BIGINT NOT NULL,
  drawn_at BIGINT,
  UNIQUE (wheel, customer_id, key)
);
