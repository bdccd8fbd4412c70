//! Console users, their passwords, sessions and one-time sign-in links.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use jiff::{SignedDuration, Timestamp};
use mercer_core::clock::{Entropy, instant_of_micros};
use mercer_core::id::{Id, UserKind};
use mercer_db::{Db, DbError, Tx, params};
use serde::Serialize;
use utoipa::ToSchema;

use super::keys::hash;
use crate::idempotency::hex;

/// How long a session lasts: a working week, so that nobody signs in twice a day.
pub const SESSION_HOURS: i64 = 24 * 7;
/// How long a sign-in link can be used.
pub const LINK_MINUTES: i64 = 60;
/// Failed attempts per address before waiting: enough for a forgotten password, too few to
/// guess one.
pub const N_ATTEMPTS_MAX: u32 = 10;
/// The time over which attempts are counted.
pub const ATTEMPTS_MINUTES: i64 = 15;
/// Shortest password (NIST SP 800-63B-4 asks for 15 without a second factor; 12 is what people
/// still accept for a shop's own server).
pub const N_PASSWORD_CHARS_MIN: usize = 12;
/// Longest password, so that hashing one is no attack.
pub const N_PASSWORD_BYTES_MAX: usize = 1_024;
/// Addresses remembered for throttling.
const N_THROTTLED_MAX: usize = 100_000;
/// How often old addresses are looked for when there are too many.
const SWEEP_SECONDS: i64 = 60;

/// A console user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct User {
    /// `usr_…`.
    pub id: String,
    /// The address they sign in with.
    pub email: String,
    /// What to call them.
    pub name: String,
}

/// A session in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub user: User,
    /// To be sent with every unsafe request.
    pub csrf_token: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Makes a user, or gives an existing one another password and name.
///
/// # Errors
/// The database's.
pub fn put_user(
    db: &Db,
    now: Timestamp,
    entropy: &dyn Entropy,
    email: &str,
    name: &str,
    password: Option<&str>,
) -> Result<User, DbError> {
    let email = email.trim().to_lowercase();
    let password_hash = password.map(|password| hash_password(password, entropy));
    let id = Id::<UserKind>::random(now, entropy).to_string();
    db.write(|tx| {
        tx.execute(
            "INSERT INTO users (id, email, name, password_hash, created_at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (email) DO UPDATE SET name = excluded.name,
               password_hash = COALESCE(excluded.password_hash, users.password_hash)",
            params![&id, &email, name, password_hash.clone(), now.as_microsecond()],
        )?;
        find_user(tx, &email)?.ok_or(DbError::NoRow)
    })
}

fn find_user(tx: &mut Tx<'_>, email: &str) -> Result<Option<User>, DbError> {
    let row =
        tx.fetch_optional("SELECT id, email, name FROM users WHERE email = $1", params![email])?;
    row.map(|row| Ok(User { id: row.get(0)?, email: row.get(1)?, name: row.get(2)? })).transpose()
}

/// argon2id with the parameters of the `argon2` crate's default (OWASP's first choice).
fn hash_password(password: &str, entropy: &dyn Entropy) -> String {
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .unwrap_or_default()
}

/// Whether the password is the one behind the hash. No hash: hashes something all the same, so
/// that the time does not tell whether the user exists.
fn is_password(password: &str, password_hash: Option<&str>) -> bool {
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LXNhbHQtMTIzNA$\
        Zm9yIG5vYm9keTogbmV2ZXIgYSBwYXNzd29yZCBoYXM";
    let text = password_hash.unwrap_or(NOBODY);
    let Ok(parsed) = PasswordHash::new(text) else { return false };
    let is_right = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
    is_right && password_hash.is_some()
}

/// Signs in by password; none when the address or the password is wrong.
///
/// # Errors
/// The database's.
pub fn check_password(db: &Db, email: &str, password: &str) -> Result<Option<User>, DbError> {
    if password.len() > N_PASSWORD_BYTES_MAX {
        return Ok(None);
    }
    let email = email.trim().to_lowercase();
    let found = db.read(|tx| {
        tx.fetch_optional(
            "SELECT id, email, name, password_hash FROM users WHERE email = $1",
            params![&email],
        )
    })?;
    let password_hash = match &found {
        Some(row) => row.get::<Option<String>>(3)?,
        None => None,
    };
    if !is_password(password, password_hash.as_deref()) {
        return Ok(None);
    }
    found.map(|row| Ok(User { id: row.get(0)?, email: row.get(1)?, name: row.get(2)? })).transpose()
}

/// Makes a link token with which a user can sign in once.
///
/// # Errors
/// The database's.
pub fn create_link(db: &Db, now: Timestamp, user: &User, token: &str) -> Result<(), DbError> {
    let expires_at = now + SignedDuration::from_mins(LINK_MINUTES);
    db.write(|tx| {
        tx.execute(
            "INSERT INTO sign_in_links (token_hash, user_id, expires_at) VALUES ($1, $2, $3)",
            params![hex(&hash(token)), &user.id, expires_at.as_microsecond()],
        )
    })?;
    Ok(())
}

/// Uses a link's token up; none when it is unknown, used or over.
///
/// # Errors
/// The database's.
pub fn use_link(db: &Db, now: Timestamp, token: &str) -> Result<Option<User>, DbError> {
    db.write(|tx| {
        let digest = hex(&hash(token));
        let n = tx.execute(
            "UPDATE sign_in_links SET used_at = $2
             WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2",
            params![&digest, now.as_microsecond()],
        )?;
        if n == 0 {
            return Ok(None);
        }
        let row = tx.fetch_optional(
            "SELECT u.id, u.email, u.name FROM sign_in_links l JOIN users u ON u.id = l.user_id
             WHERE l.token_hash = $1",
            params![&digest],
        )?;
        row.map(|row| Ok(User { id: row.get(0)?, email: row.get(1)?, name: row.get(2)? }))
            .transpose()
    })
}

/// Opens a session under a token.
///
/// # Errors
/// The database's.
pub fn open(
    db: &Db,
    now: Timestamp,
    user: User,
    token: &str,
    csrf_token: String,
) -> Result<Session, DbError> {
    let expires_at = now + SignedDuration::from_hours(SESSION_HOURS);
    db.write(|tx| {
        tx.execute("DELETE FROM sessions WHERE expires_at < $1", params![now.as_microsecond()])?;
        tx.execute(
            "INSERT INTO sessions (token_hash, user_id, csrf_token, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5)",
            params![
                hex(&hash(token)),
                &user.id,
                &csrf_token,
                now.as_microsecond(),
                expires_at.as_microsecond()
            ],
        )
    })?;
    Ok(Session { user, csrf_token, expires_at })
}

/// The session under a token, if it is in force.
///
/// # Errors
/// The database's.
pub fn find(db: &Db, now: Timestamp, token: &str) -> Result<Option<Session>, DbError> {
    let row = db.read(|tx| {
        tx.fetch_optional(
            "SELECT u.id, u.email, u.name, s.csrf_token, s.expires_at
             FROM sessions s JOIN users u ON u.id = s.user_id
             WHERE s.token_hash = $1 AND s.expires_at > $2",
            params![hex(&hash(token)), now.as_microsecond()],
        )
    })?;
    row.map(|row| {
        Ok(Session {
            user: User { id: row.get(0)?, email: row.get(1)?, name: row.get(2)? },
            csrf_token: row.get(3)?,
            expires_at: instant_of_micros(row.get(4)?),
        })
    })
    .transpose()
}

/// Closes the session under a token.
///
/// # Errors
/// The database's.
pub fn close(db: &Db, token: &str) -> Result<(), DbError> {
    db.write(|tx| {
        tx.execute("DELETE FROM sessions WHERE token_hash = $1", params![hex(&hash(token))])
    })?;
    Ok(())
}

/// Counts sign-ins that did not succeed per address, in memory: a restart forgives, which is no way in.
#[derive(Default)]
pub struct Throttle(Mutex<Attempts>);

#[derive(Default)]
struct Attempts {
    by_name: HashMap<String, (Timestamp, u32)>,
    swept_at: Option<Timestamp>,
}

impl Attempts {
    /// Whether there is room for another name. Looks for old ones once in [`SWEEP_SECONDS`] at
    /// most, so that a flood of names does not cost a walk through all of them each.
    fn has_room(&mut self, now: Timestamp, window: SignedDuration) -> bool {
        if self.by_name.len() < N_THROTTLED_MAX {
            return true;
        }
        let pause = SignedDuration::from_secs(SWEEP_SECONDS);
        if self.swept_at.is_none_or(|last| now.duration_since(last) >= pause) {
            self.swept_at = Some(now);
            self.by_name.retain(|_, (since, _)| now.duration_since(*since) < window);
        }
        self.by_name.len() < N_THROTTLED_MAX
    }
}

impl Throttle {
    /// Counts an attempt, unless there were too many: then the seconds to wait.
    ///
    /// # Errors
    /// The seconds to wait.
    pub fn attempt(&self, who: &str, now: Timestamp) -> Result<(), u64> {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let window = SignedDuration::from_mins(ATTEMPTS_MINUTES);
        if !attempts.by_name.contains_key(who) && !attempts.has_room(now, window) {
            // A flood of names: whoever is not known yet waits, so that memory stays bounded.
            return Err(SWEEP_SECONDS.unsigned_abs());
        }
        let (since, n) = attempts.by_name.entry(who.to_owned()).or_insert((now, 0));
        let end = *since + window;
        if now >= end {
            (*since, *n) = (now, 0);
        } else if *n >= N_ATTEMPTS_MAX {
            return Err(u64::try_from(end.duration_since(now).as_secs()).unwrap_or(0) + 1);
        }
        *n += 1;
        Ok(())
    }

    /// Forgives after a success.
    pub fn succeeded(&self, who: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).by_name.remove(who);
    }
}
