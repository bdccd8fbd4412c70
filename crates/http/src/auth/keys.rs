//! API keys: made, listed, revoked, recognised.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use mercer_core::clock::{Entropy, instant_of_micros};
use mercer_core::id::{ApiKeyKind, Id};
use mercer_db::{Db, DbError, Row, Tx, params};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::{Principal, Scope};
use crate::idempotency::hex;

/// How long a key is believed without asking the database: after revoking, other processes
/// refuse it after this at the latest.
pub const CACHE_SECONDS: i64 = 5;
/// Keys remembered: more than a shop has, few enough to forget all at once.
const N_CACHED_MAX: usize = 10_000;
/// How often the last use of a key is written down.
const USE_NOTED_SECONDS: i64 = 60;

/// An API key without its secret.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ApiKey {
    /// `key_…`.
    #[schema(example = "key_01jd3v9q7kexample0000000000")]
    pub id: String,
    /// What it is for.
    pub name: String,
    /// The beginning of the secret, to recognise it by.
    pub prefix: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it ends.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// When it was used last, to the minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
}

/// What a new key is to be.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// Makes a key; the secret is returned this once.
///
/// # Errors
/// The database's.
pub fn create(
    db: &Db,
    now: Timestamp,
    entropy: &dyn Entropy,
    new: &NewKey,
) -> Result<(ApiKey, String), DbError> {
    use base64::Engine as _;
    let mut bytes = [0; 32];
    entropy.fill(&mut bytes);
    let secret = format!("mk_{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes));
    let key = ApiKey {
        id: Id::<ApiKeyKind>::random(now, entropy).to_string(),
        name: new.name.clone(),
        prefix: secret.chars().take(9).collect(),
        scopes: new.scopes.clone(),
        created_at: now,
        expires_at: new.expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.name()).collect();
    db.write(|tx| {
        tx.execute(
            "INSERT INTO api_keys (id, name, prefix, secret_hash, scopes, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            params![
                &key.id,
                &key.name,
                &key.prefix,
                hex(&hash(&secret)),
                scopes.join(","),
                now.as_microsecond(),
                key.expires_at.map(Timestamp::as_microsecond)
            ],
        )
    })?;
    Ok((key, secret))
}

const COLUMNS: &str = "id, name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at";

fn key_of_row(row: &Row) -> Result<ApiKey, DbError> {
    let instant = |column| Ok::<_, DbError>(row.get::<Option<i64>>(column)?.map(instant_of_micros));
    Ok(ApiKey {
        id: row.get(0)?,
        name: row.get(1)?,
        prefix: row.get(2)?,
        scopes: row.str(3).split(',').filter_map(Scope::parse).collect(),
        created_at: instant_of_micros(row.get(4)?),
        expires_at: instant(5)?,
        last_used_at: instant(6)?,
        revoked_at: instant(7)?,
    })
}

/// All keys, latest first.
///
/// # Errors
/// The database's.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<ApiKey>, DbError> {
    let rows = tx
        .fetch(&format!("SELECT {COLUMNS} FROM api_keys ORDER BY created_at DESC, id DESC"), &[])?;
    rows.iter().map(key_of_row).collect()
}

/// Revokes a key; false when there is none with this id.
///
/// # Errors
/// The database's.
pub fn revoke(tx: &mut Tx<'_>, id: &str, now: Timestamp) -> Result<bool, DbError> {
    let n = tx.execute(
        "UPDATE api_keys SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1",
        params![id, now.as_microsecond()],
    )?;
    Ok(n == 1)
}

/// What is known of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recognised {
    /// A key in force.
    Key(Principal),
    /// A key whose time is over.
    Expired,
    /// No key, or a revoked one.
    Unknown,
}

/// Keys seen lately, so that a request need not ask the database.
#[derive(Default)]
pub struct KeyCache(RwLock<HashMap<[u8; 32], Seen>>);

#[derive(Clone)]
struct Seen {
    principal: Principal,
    expires_at: Option<Timestamp>,
    seen_at: Timestamp,
}

impl KeyCache {
    /// The key if it was seen lately and has not expired since.
    #[must_use]
    pub fn get(&self, secret: &str, now: Timestamp) -> Option<Principal> {
        let seen = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let seen = seen.get(&hash(secret))?;
        let is_fresh = now.duration_since(seen.seen_at) < SignedDuration::from_secs(CACHE_SECONDS);
        let is_in_force = seen.expires_at.is_none_or(|end| now < end);
        (is_fresh && is_in_force).then(|| seen.principal.clone())
    }

    /// Forgets all, after a key was revoked.
    pub fn clear(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Asks the database for a key, and remembers it.
    ///
    /// # Errors
    /// The database's.
    pub fn look_up(&self, db: &Db, secret: &str, now: Timestamp) -> Result<Recognised, DbError> {
        let digest = hash(secret);
        let row = db.read(|tx| {
            tx.fetch_optional(
                &format!(
                    "SELECT {COLUMNS} FROM api_keys
                     WHERE secret_hash = $1 AND revoked_at IS NULL"
                ),
                params![hex(&digest)],
            )
        })?;
        let Some(key) = row.map(|row| key_of_row(&row)).transpose()? else {
            return Ok(Recognised::Unknown);
        };
        if key.expires_at.is_some_and(|end| now >= end) {
            return Ok(Recognised::Expired);
        }
        let Some(scope) = key.scopes.iter().max().copied() else {
            return Ok(Recognised::Unknown);
        };
        note_use(db, &key, now)?;
        let principal = Principal { id: key.id, scope, csrf_token: None };
        let mut seen = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= N_CACHED_MAX {
            seen.clear();
        }
        let entry = Seen { principal: principal.clone(), expires_at: key.expires_at, seen_at: now };
        seen.insert(digest, entry);
        Ok(Recognised::Key(principal))
    }
}

fn note_use(db: &Db, key: &ApiKey, now: Timestamp) -> Result<(), DbError> {
    let pause = SignedDuration::from_secs(USE_NOTED_SECONDS);
    if key.last_used_at.is_some_and(|last| now.duration_since(last) < pause) {
        return Ok(());
    }
    let noted = db.write(|tx| {
        tx.execute(
            "UPDATE api_keys SET last_used_at = $2 WHERE id = $1",
            params![&key.id, now.as_microsecond()],
        )
    });
    match noted {
        // A read must not fail because a use could not be noted.
        Err(error) if error.is_outage() => Ok(()),
        other => other.map(|_| ()),
    }
}

pub(crate) fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
