//! The ledger's tables, and the rules that the database itself keeps.

use mercer_db::{Migration, MigrationSet};

/// The ledger's tables.
///
/// A row of `ledger_moves` is debit and credit at once, so entries sum to zero by their form.
/// The trigger on it is the only writer of balances: taking from a lot that an account does not
/// have inserts a negative row, which a `CHECK` refuses (lot 0 is debt, and may be negative).
/// `CHECK`s also keep balances above floors and exact in every client (2^53), and what was closed of a movement within its
/// quantity.
pub const MIGRATIONS: MigrationSet = MigrationSet {
    owner: "ledger",
    steps: &[Migration { name: "accounts, lots, movements, holds", sql: SQL }],
};

const SQL: &str = "
CREATE TABLE ledger_accounts (
  id BIGINT NOT NULL PRIMARY KEY,
  unit TEXT NOT NULL,
  owner TEXT NOT NULL,
  role TEXT NOT NULL,
  floor BIGINT,
  balance BIGINT NOT NULL,
  CHECK (floor IS NULL OR balance >= floor),
  CHECK (balance <= 9007199254740992),
  CHECK (floor IS NOT NULL OR balance = 0),
  UNIQUE (unit, owner, role),
  UNIQUE (id, unit)
);
CREATE INDEX ledger_accounts_by_owner ON ledger_accounts (owner, unit, role);
CREATE TABLE ledger_lots (
  id BIGINT NOT NULL PRIMARY KEY,
  unit TEXT NOT NULL,
  origin TEXT NOT NULL,
  priority BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
INSERT INTO ledger_lots VALUES (0, '*', 'debt', 0, 0, 9223372036854775807);
CREATE TABLE ledger_lot_balances (
  account_id BIGINT NOT NULL,
  lot_id BIGINT NOT NULL,
  priority BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  quantity BIGINT NOT NULL,
  PRIMARY KEY (account_id, lot_id),
  CHECK (quantity >= 0 OR lot_id = 0)
) {{by_key}};
CREATE INDEX ledger_lot_balances_by_expiry ON ledger_lot_balances (expires_at, account_id);
CREATE TABLE ledger_transfers (
  id {{rising_id}},
  key TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('transfer', 'hold', 'commit', 'release', 'reversal')),
  subject TEXT NOT NULL,
  reason TEXT NOT NULL,
  at BIGINT NOT NULL,
  fingerprint TEXT NOT NULL
);
CREATE INDEX ledger_transfers_by_subject ON ledger_transfers (subject, id);
CREATE TABLE ledger_moves (
  transfer_id BIGINT NOT NULL REFERENCES ledger_transfers (id),
  position BIGINT NOT NULL,
  line BIGINT NOT NULL,
  unit TEXT NOT NULL,
  from_account BIGINT NOT NULL,
  to_account BIGINT NOT NULL,
  lot_id BIGINT NOT NULL REFERENCES ledger_lots (id),
  quantity BIGINT NOT NULL CHECK (quantity > 0),
  at BIGINT NOT NULL,
  onward_account BIGINT,
  of_transfer BIGINT,
  of_position BIGINT,
  closed BIGINT NOT NULL CHECK (closed >= 0 AND closed <= quantity),
  PRIMARY KEY (transfer_id, position),
  CHECK (from_account <> to_account),
  FOREIGN KEY (from_account, unit) REFERENCES ledger_accounts (id, unit),
  FOREIGN KEY (to_account, unit) REFERENCES ledger_accounts (id, unit),
  FOREIGN KEY (onward_account, unit) REFERENCES ledger_accounts (id, unit)
) {{by_key}};
CREATE INDEX ledger_moves_from ON ledger_moves (from_account, at);
CREATE INDEX ledger_moves_to ON ledger_moves (to_account, at);
{{never_delete ledger_moves_stay ON ledger_moves}}
{{never_delete ledger_transfers_stay ON ledger_transfers}}
{{after_insert ledger_moves_apply ON ledger_moves}}
  UPDATE ledger_accounts
  SET balance = balance + CASE WHEN id = NEW.to_account THEN NEW.quantity ELSE -NEW.quantity END
  WHERE id IN (NEW.from_account, NEW.to_account) AND floor IS NOT NULL;
  UPDATE ledger_lot_balances
  SET quantity = quantity
    + CASE WHEN account_id = NEW.to_account THEN NEW.quantity ELSE -NEW.quantity END
  WHERE account_id IN (NEW.from_account, NEW.to_account) AND lot_id = NEW.lot_id;
  INSERT INTO ledger_lot_balances
    (account_id, lot_id, priority, expires_at, created_at, quantity)
    SELECT a.id, l.id, l.priority, l.expires_at, l.created_at,
           CASE WHEN a.id = NEW.to_account THEN NEW.quantity ELSE -NEW.quantity END
    FROM ledger_accounts a, ledger_lots l
    WHERE a.id IN (NEW.from_account, NEW.to_account) AND a.floor IS NOT NULL
      AND l.id = NEW.lot_id
      AND NOT EXISTS (SELECT 1 FROM ledger_lot_balances b
                      WHERE b.account_id = a.id AND b.lot_id = NEW.lot_id);
  DELETE FROM ledger_lot_balances
  WHERE account_id IN (NEW.from_account, NEW.to_account) AND lot_id = NEW.lot_id
    AND quantity = 0;
  UPDATE ledger_moves SET closed = closed + NEW.quantity
  WHERE transfer_id = NEW.of_transfer AND position = NEW.of_position;
{{end}}
CREATE TABLE ledger_holds (
  id TEXT NOT NULL PRIMARY KEY,
  transfer_id BIGINT NOT NULL UNIQUE REFERENCES ledger_transfers (id),
  subject TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'committed', 'released', 'expired')),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  ended_at BIGINT,
  is_partly_committed BIGINT NOT NULL
);
CREATE INDEX ledger_holds_by_expiry ON ledger_holds (state, expires_at, id);
CREATE INDEX ledger_holds_by_subject ON ledger_holds (subject, id);
";
