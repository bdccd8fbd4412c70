//! Letting go of decisions that nobody will ask about any more.

use mercer_db::{DbError, Tx, params};

/// Takes all decisions of a kind on these subjects out of the log, in the caller's transaction,
/// which also takes out the subjects themselves; how many there were. For subjects that are made
/// in masses and come to nothing, such as carts that nobody bought.
///
/// # Errors
/// The database's.
pub fn forget(tx: &mut Tx<'_>, kind: &str, subjects: &[&str]) -> Result<u64, DbError> {
    let mut n_forgotten = 0;
    for subject in subjects {
        tx.execute(
            "DELETE FROM decisions_current WHERE kind = $1 AND subject = $2",
            params![kind, *subject],
        )?;
        n_forgotten += tx.execute(
            "DELETE FROM decisions WHERE subject = $2 AND kind = $1",
            params![kind, *subject],
        )?;
    }
    Ok(n_forgotten)
}
