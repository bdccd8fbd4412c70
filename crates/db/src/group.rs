//! Group commit on SQLite: writers that wait share one commit.
//!
//! A commit costs a flush of the disk, whatever it holds. A writer that finds others waiting
//! leaves its transaction open for the next one, who adds its work behind a savepoint; the last
//! of them commits for all, and only then does anybody hear that it was kept. A member that
//! fails undoes only its own part. When the commit itself fails nothing was kept, and each
//! member runs again alone, so that each gets the error that is its own.
//!
//! No threads, no queue and no waiting for company: a lone writer commits at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use crate::error::DbError;
use crate::sqlite::{classify, transact, with_tx};
use crate::tx::Tx;

/// Members of one commit: at a millisecond each, the first waits no longer than a slow disk's
/// flush would take anyway.
const N_MEMBERS_MAX: usize = 64;

/// The only connection that writes.
pub(crate) struct Writer {
    state: Mutex<State>,
    n_waiting: AtomicUsize,
}

struct State {
    connection: Connection,
    group: Option<Open>,
}

/// A transaction that was left open for the next writer.
struct Open {
    group: Arc<Group>,
    n_members: usize,
}

#[derive(Default)]
struct Group {
    was_kept: Mutex<Option<bool>>,
    decided: Condvar,
}

impl Group {
    fn decide(&self, was_kept: bool) {
        *self.was_kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(was_kept);
        self.decided.notify_all();
    }

    fn wait(&self) -> bool {
        let mut was_kept = self.was_kept.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(was_kept) = *was_kept {
                return was_kept;
            }
            was_kept = self.decided.wait(was_kept).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// What became of one member's part.
enum Part<T, E> {
    /// It is in the open transaction; the group decides.
    In(T, Arc<Group>),
    /// It ended: kept, or undone with its error.
    Ended(Result<T, E>),
    /// The database undid everything, or the shared commit failed.
    Undone,
}

impl Writer {
    pub(crate) fn new(connection: Connection) -> Self {
        Self { state: Mutex::new(State { connection, group: None }), n_waiting: 0.into() }
    }

    pub(crate) fn write<T, E: From<DbError>>(
        &self,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let part = {
            let mut state = self.lock();
            self.take_part(&mut state, &mut work)
        };
        match part {
            Part::Ended(result) => result,
            Part::In(value, group) if group.wait() => Ok(value),
            Part::In(..) | Part::Undone => self.alone(work),
        }
    }

    /// The connection, for statements outside any transaction of a caller.
    pub(crate) fn with_connection<T>(&self, work: impl FnOnce(&Connection) -> T) -> T {
        let mut state = self.lock();
        let state = &mut *state;
        let _ = end(&state.connection, &mut state.group);
        work(&state.connection)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.n_waiting.fetch_add(1, Ordering::SeqCst);
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.n_waiting.fetch_sub(1, Ordering::SeqCst);
        state
    }

    fn alone<T, E: From<DbError>>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.with_connection(|connection| transact(connection, "BEGIN IMMEDIATE", work))
    }

    fn take_part<T, E: From<DbError>>(
        &self,
        state: &mut State,
        work: &mut impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Part<T, E> {
        let State { connection, group } = state;
        let connection = &*connection;
        let is_first = group.is_none();
        let begin = if is_first { "BEGIN IMMEDIATE" } else { "SAVEPOINT member" };
        if let Err(error) = connection.execute_batch(begin) {
            return Part::Ended(Err(classify(begin, error).into()));
        }
        let open =
            group.get_or_insert_with(|| Open { group: Arc::new(Group::default()), n_members: 0 });
        open.n_members += 1;
        let n_members = open.n_members;
        let shared = Arc::clone(&open.group);
        let guard = UndoOnPanic { connection, group };
        let result = with_tx(connection, &mut *work);
        std::mem::forget(guard);
        if connection.is_autocommit() {
            // A full disk rolled back the whole transaction, not only this part.
            *group = None;
            shared.decide(false);
            return match result {
                Err(error) => Part::Ended(Err(error)),
                Ok(_) => Part::Undone,
            };
        }
        let after = match (&result, is_first) {
            (Ok(_), true) => "",
            (Ok(_), false) => "RELEASE SAVEPOINT member",
            (Err(_), true) => "ROLLBACK",
            (Err(_), false) => "ROLLBACK TO SAVEPOINT member; RELEASE SAVEPOINT member",
        };
        if let Err(error) = connection.execute_batch(after) {
            undo(connection, group);
            return Part::Ended(Err(classify(after, error).into()));
        }
        if is_first && result.is_err() {
            *group = None;
            return Part::Ended(result);
        }
        if self.n_waiting.load(Ordering::SeqCst) > 0 && n_members < N_MEMBERS_MAX {
            return match result {
                Ok(value) => Part::In(value, shared),
                Err(error) => Part::Ended(Err(error)),
            };
        }
        match end(connection, group) {
            Ok(()) => Part::Ended(result),
            Err(error) if n_members == 1 => Part::Ended(Err(error.into())),
            Err(_) => Part::Undone,
        }
    }
}

/// Commits the open transaction and tells its members.
fn end(connection: &Connection, group: &mut Option<Open>) -> Result<(), DbError> {
    let Some(open) = group.take() else { return Ok(()) };
    let committed = connection.execute_batch("COMMIT");
    if committed.is_err() && !connection.is_autocommit() {
        let _ = connection.execute_batch("ROLLBACK");
    }
    open.group.decide(committed.is_ok());
    committed.map_err(|error| classify("COMMIT", error))
}

fn undo(connection: &Connection, group: &mut Option<Open>) {
    if !connection.is_autocommit() {
        let _ = connection.execute_batch("ROLLBACK");
    }
    if let Some(open) = group.take() {
        open.group.decide(false);
    }
}

/// A panic in one member's work undoes the transaction; the others run again alone.
struct UndoOnPanic<'a> {
    connection: &'a Connection,
    group: &'a mut Option<Open>,
}

impl Drop for UndoOnPanic<'_> {
    fn drop(&mut self) {
        undo(self.connection, self.group);
    }
}
