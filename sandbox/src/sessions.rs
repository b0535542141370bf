//! Sessions: the client gets a token, and the database keeps its SHA-256.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest as _, Sha256};

/// The form of a token in the database. A plain hash is enough: unlike a password, 122 random bits can't be guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of a token.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }
}

/// Starts a session, and deletes those that have expired. Returns `false`, and starts none, if the account has been
/// deleted or has another password since it was read.
///
/// # Errors
///
/// Those of the database.
pub fn start(
    connection: &mut Connection,
    token: TokenHash,
    users_id: &str,
    password_hash: &str,
    lifetime: Duration,
) -> rusqlite::Result<bool> {
    let transaction = connection.transaction()?;
    transaction.prepare("DELETE FROM sessions WHERE expires_at <= unixepoch('subsec')")?.execute([])?;
    let started = transaction
        .prepare(
            "INSERT INTO sessions (token_hash, users_id, expires_at)
             SELECT ?1, users_id, unixepoch('subsec') + ?2
             FROM accounts WHERE users_id = ?3 AND password_hash = ?4",
        )?
        .execute(params![token.0, lifetime.as_secs_f64(), users_id, password_hash])?;
    transaction.commit()?;
    Ok(started == 1)
}

/// The `usersId` of a session that is alive.
///
/// # Errors
///
/// Those of the database.
pub fn find(connection: &Connection, token: TokenHash) -> rusqlite::Result<Option<String>> {
    connection
        .prepare(
            "SELECT users_id FROM sessions
             WHERE token_hash = ?1 AND expires_at > unixepoch('subsec')",
        )?
        .query_row([token.0], |row| row.get(0))
        .optional()
}

/// Ends a session. Other sessions of the same user stay.
///
/// # Errors
///
/// Those of the database.
pub fn end(connection: &Connection, token: TokenHash) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM sessions WHERE token_hash = ?1", [token.0]).map(|_| ())
}
