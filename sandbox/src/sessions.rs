//! Sessions: a token for the client, its SHA-256 for the database.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest as _, Sha256};

/// What the database holds of a token. A plain hash is enough: 122 random bits can't be guessed,
/// unlike a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of a token.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }
}

/// Starts a session and drops those that have expired. `false` when the account is gone or has got
/// another password since it was read: then there is no session.
///
/// # Errors
///
/// What the database says.
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
/// What the database says.
pub fn find(connection: &Connection, token: TokenHash) -> rusqlite::Result<Option<String>> {
    connection
        .prepare(
            "SELECT users_id FROM sessions
             WHERE token_hash = ?1 AND expires_at > unixepoch('subsec')",
        )?
        .query_row([token.0], |row| row.get(0))
        .optional()
}

/// Ends a session, and no other of the same user.
///
/// # Errors
///
/// What the database says.
pub fn end(connection: &Connection, token: TokenHash) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM sessions WHERE token_hash = ?1", [token.0]).map(|_| ())
}
