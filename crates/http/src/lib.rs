//! What every HTTP interface of Mercer shares: problems, keys, sessions, pages, idempotency,
//! OpenAPI, figures, the console's files, and the server itself.
//!
//! Knows no capability; each brings a router of its own, and the binary merges them.

pub mod auth;
pub mod console;
pub mod context;
pub mod idempotency;
pub mod metrics;
pub mod page;
pub mod problem;
pub mod request;
pub mod server;

use mercer_db::{Migration, MigrationSet};

/// Keys, users, sessions and idempotent answers.
pub const MIGRATIONS: MigrationSet = MigrationSet {
    owner: "http",
    steps: &[Migration {
        name: "access",
        sql: "
CREATE TABLE api_keys (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  prefix TEXT NOT NULL,
  secret_hash TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  last_used_at BIGINT,
  revoked_at BIGINT
);
CREATE TABLE users (
  id TEXT NOT NULL PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  password_hash TEXT,
  created_at BIGINT NOT NULL
);
CREATE TABLE sessions (
  token_hash TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  csrf_token TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE TABLE sign_in_links (
  token_hash TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE TABLE idempotent_answers (
  principal TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  status BIGINT,
  content_type TEXT,
  body BYTEA,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (principal, idempotency_key)
);
CREATE INDEX idempotent_answers_by_time ON idempotent_answers (created_at);",
    }],
};

#[cfg(test)]
mod tests;
