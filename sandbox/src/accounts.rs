//! Accounts: who may sign in, and the user object that sign-in returns.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use crate::json::Object;

/// A stored account.
#[derive(Clone, Debug)]
pub struct Account {
    /// The user's id.
    pub users_id: String,
    /// A PHC string, `$argon2id$…`.
    pub password_hash: String,
    /// Whether the account may sign in. Not the same as `active` in the user object: the documented sample user has
    /// `false` there and can sign in.
    pub active: bool,
    /// The user object, as stored.
    pub user_json: String,
}

/// An account to be stored.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The name to sign in with, any string.
    pub username: String,
    /// A PHC string, `$argon2id$…`.
    pub password_hash: String,
    /// Whether the account may sign in.
    pub active: bool,
    /// The user object. `usersId`, `active`, `createdAt` and `updatedAt` are added if they are absent.
    pub user: Object,
}

/// What to do when the username is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Keep the old account, and fail.
    Keep,
    /// Drop the old account and its sessions.
    Replace,
}

/// Why an account was not stored.
#[derive(Debug)]
pub enum NotStored {
    /// Another account has this username.
    UsernameTaken,
    /// Another account has this `usersId`.
    UsersIdTaken,
    /// The database, the CSPRNG or the JSON writer failed.
    Failed(String),
}

impl<E: std::error::Error> From<E> for NotStored {
    fn from(error: E) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Stores an account and returns the user object as stored.
///
/// # Errors
///
/// See [`NotStored`].
pub fn store(connection: &mut Connection, account: NewAccount, existing: Existing) -> Result<String, NotStored> {
    let NewAccount { username, password_hash, active, mut user } = account;
    let users_id = match user.string("usersId") {
        Some(given) => given,
        None => crate::uuid::random()?,
    };
    user.set("usersId", &users_id)?;
    // Immediate: the write lock is taken before the look-ups, so that no other write comes in between.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let now: String = transaction.query_row("SELECT strftime('%Y-%m-%dT%H:%M:%SZ')", [], |row| row.get(0))?;
    if user.get("active").is_none() {
        user.set("active", &active)?;
    }
    for field in ["createdAt", "updatedAt"] {
        if user.get(field).is_none() {
            user.set(field, &now)?;
        }
    }
    if existing == Existing::Replace {
        transaction.execute("DELETE FROM accounts WHERE username = ?1", [&username])?;
    }
    let taken = |column: &str, value: &str| {
        transaction.query_row(&format!("SELECT EXISTS (SELECT 1 FROM accounts WHERE {column} = ?1)"), [value], |row| {
            row.get::<_, bool>(0)
        })
    };
    if taken("username", &username)? {
        return Err(NotStored::UsernameTaken);
    }
    if taken("users_id", &users_id)? {
        return Err(NotStored::UsersIdTaken);
    }
    let user_json = user.to_json()?;
    transaction.execute(
        "INSERT INTO accounts (username, users_id, password_hash, active, user_json)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![username, users_id, password_hash, active, user_json],
    )?;
    transaction.commit()?;
    Ok(user_json)
}

/// The account with this username.
///
/// # Errors
///
/// Those of the database.
pub fn find(connection: &Connection, username: &str) -> rusqlite::Result<Option<Account>> {
    connection
        .prepare("SELECT users_id, password_hash, active, user_json FROM accounts WHERE username = ?1")?
        .query_row([username], |row| {
            Ok(Account {
                users_id: row.get(0)?,
                password_hash: row.get(1)?,
                active: row.get(2)?,
                user_json: row.get(3)?,
            })
        })
        .optional()
}

/// The user object with this `usersId`, as stored.
///
/// # Errors
///
/// Those of the database.
pub fn user_json(connection: &Connection, users_id: &str) -> rusqlite::Result<Option<String>> {
    connection
        .prepare("SELECT user_json FROM accounts WHERE users_id = ?1")?
        .query_row([users_id], |row| row.get(0))
        .optional()
}
