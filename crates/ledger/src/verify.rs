//! Whether the ledger holds together, checked from its movements alone.
//!
//! Shares no code with what writes: for tests after a crash, and for `mercer doctor`.

use mercer_db::{Tx, params};

use crate::error::LedgerError;

/// Faults shown at most: one is enough to act.
const N_FAULTS_MAX: i64 = 20;

/// Faults as sentences; none when all holds together.
///
/// # Errors
/// The database's.
pub fn verify(tx: &mut Tx<'_>) -> Result<Vec<String>, LedgerError> {
    let mut faults = Vec::new();
    for (what, sql) in CHECKS {
        let sql = format!("{sql} LIMIT {N_FAULTS_MAX}");
        for row in tx.fetch(&sql, params![])? {
            let [name, expected, found] = [row.str(0), row.str(1), row.str(2)];
            faults.push(format!("{what}: {name}: {found} instead of {expected}"));
        }
    }
    Ok(faults)
}

/// Each gives rows of a name, what is expected and what was found.
const CHECKS: [(&str, &str); 5] = [
    (
        "a balance is not the sum of its movements",
        "SELECT a.unit || ' ' || a.owner || ' ' || a.role, CAST(COALESCE(s.n, 0) AS TEXT),
                CAST(a.balance AS TEXT)
         FROM ledger_accounts a LEFT JOIN (
           SELECT account, SUM(n) AS n FROM (
             SELECT to_account AS account, quantity AS n FROM ledger_moves
             UNION ALL SELECT from_account, -quantity FROM ledger_moves) AS entries
           GROUP BY account) AS s ON s.account = a.id
         WHERE a.floor IS NOT NULL AND a.balance <> COALESCE(s.n, 0)",
    ),
    (
        "lots do not add up to their account",
        "SELECT a.unit || ' ' || a.owner || ' ' || a.role, CAST(a.balance AS TEXT),
                CAST(COALESCE(s.n, 0) AS TEXT)
         FROM ledger_accounts a LEFT JOIN (
           SELECT account_id, SUM(quantity) AS n FROM ledger_lot_balances GROUP BY account_id
         ) AS s ON s.account_id = a.id
         WHERE a.balance <> COALESCE(s.n, 0)",
    ),
    (
        "an account is below its floor, or a lot below nothing",
        "SELECT a.unit || ' ' || a.owner || ' ' || a.role, CAST(a.floor AS TEXT),
                CAST(a.balance AS TEXT)
         FROM ledger_accounts a WHERE a.balance < a.floor
         UNION ALL SELECT CAST(account_id AS TEXT), '0', CAST(quantity AS TEXT)
         FROM ledger_lot_balances WHERE quantity < 0 AND lot_id <> 0
         UNION ALL SELECT a.unit || ' ' || a.owner || ' debt', CAST(a.floor AS TEXT),
                          CAST(b.quantity AS TEXT)
         FROM ledger_lot_balances b JOIN ledger_accounts a ON a.id = b.account_id
         WHERE b.lot_id = 0 AND b.quantity < a.floor",
    ),
    (
        "what is held differs from the open holds",
        "SELECT a.unit || ' ' || a.owner || ' ' || a.role, CAST(COALESCE(s.n, 0) AS TEXT),
                CAST(a.balance AS TEXT)
         FROM ledger_accounts a LEFT JOIN (
           SELECT m.to_account, SUM(m.quantity - m.closed) AS n
           FROM ledger_moves m JOIN ledger_holds h ON h.transfer_id = m.transfer_id
           WHERE h.state = 'open' AND m.line >= 0 GROUP BY m.to_account
         ) AS s ON s.to_account = a.id
         WHERE a.role LIKE '%.held' AND a.balance <> COALESCE(s.n, 0)",
    ),
    (
        "what was closed of a movement differs from the movements that closed it",
        "SELECT CAST(m.transfer_id AS TEXT) || '/' || CAST(m.position AS TEXT),
                CAST(COALESCE(s.n, 0) AS TEXT), CAST(m.closed AS TEXT)
         FROM ledger_moves m LEFT JOIN (
           SELECT of_transfer, of_position, SUM(quantity) AS n FROM ledger_moves
           WHERE of_transfer IS NOT NULL GROUP BY of_transfer, of_position
         ) AS s ON s.of_transfer = m.transfer_id AND s.of_position = m.position
         WHERE m.closed <> COALESCE(s.n, 0)",
    ),
];
