//! Where accounts, sessions and keys are kept: an `SQLite` database, in a file or in memory.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;

use crate::refusal::Refusal;

/// The tables. They are `STRICT`, so that `SQLite` rejects values of the wrong type.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS api_keys (
        id         TEXT PRIMARY KEY,
        type       TEXT NOT NULL,
        identifier TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS accounts (
        username      TEXT PRIMARY KEY,
        users_id      TEXT NOT NULL UNIQUE,
        password_hash TEXT NOT NULL,
        active        INTEGER NOT NULL,
        user_json     TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS sessions (
        token_hash BLOB PRIMARY KEY,
        users_id   TEXT NOT NULL REFERENCES accounts (users_id) ON DELETE CASCADE,
        expires_at REAL NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS sessions_by_expiry ON sessions (expires_at);
    CREATE INDEX IF NOT EXISTS sessions_by_account ON sessions (users_id);
";

/// One connection behind a mutex: `SQLite` has one writer at a time anyway, and the statements here
/// take microseconds next to the argon2 work of a sign-in.
#[derive(Clone, Debug)]
pub struct Database(Arc<Mutex<Connection>>);

impl Database {
    /// Opens a database file, and creates it if it does not exist.
    ///
    /// # Errors
    ///
    /// Those of the database: no such folder, not a database, locked for too long.
    pub fn open(path: &Path) -> rusqlite::Result<Self> {
        Self::prepare(Connection::open(path)?)
    }

    /// A database that ends with the process.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub fn in_memory() -> rusqlite::Result<Self> {
        Self::prepare(Connection::open_in_memory()?)
    }

    fn prepare(connection: Connection) -> rusqlite::Result<Self> {
        // `user add` and `key add` may write to the file while a server uses it.
        connection.busy_timeout(Duration::from_secs(10))?;
        // The result is not checked: a database in memory has no WAL, and stays in the mode `memory`.
        connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        // FULL syncs the log at every commit, before the token leaves the server. With NORMAL, a loss of power could
        // lose a session, although a `kill -9` could not.
        connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")?;
        connection.execute_batch(TABLES)?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// Runs `work` on the connection. This blocks.
    ///
    /// # Errors
    ///
    /// Those of the work.
    pub fn with<T, E>(&self, work: impl FnOnce(&mut Connection) -> Result<T, E>) -> Result<T, E> {
        // A poisoned mutex is no problem: a panic drops its transaction, which rolls the changes back.
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut connection)
    }

    /// Runs `work` on the connection, on a thread for blocking work.
    ///
    /// # Errors
    ///
    /// A 500 if the database fails.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Refusal> {
        let database = self.clone();
        tokio::task::spawn_blocking(move || database.with(work))
            .await
            .map_err(Refusal::defect)?
            .map_err(Refusal::defect)
    }
}
