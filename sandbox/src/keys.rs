//! API keys: `<type> <identifier> <id>`. The id says which key it is; the other two parts must be those of that key.

use std::fmt;
use std::str::FromStr;

use rusqlite::{Connection, OptionalExtension, params};

/// A key in its three parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreePartKey {
    /// For example `browser`, `ios`, `android` or `server`: the service published no closed list.
    pub kind: String,
    /// A string of the application's choice, such as `example.app`.
    pub identifier: String,
    /// A UUID; the oldest ids were 24 hex digits, so the syntax is not checked.
    pub id: String,
}

impl fmt::Display for ThreePartKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.kind, self.identifier, self.id)
    }
}

impl ThreePartKey {
    /// A key of these parts.
    ///
    /// # Errors
    ///
    /// If a part is empty, or holds anything but visible ASCII without blanks: such a key could not be sent in a header
    /// and split again.
    pub fn new(kind: &str, identifier: &str, id: &str) -> Result<Self, String> {
        for (name, part) in [("type", kind), ("identifier", identifier), ("id", id)] {
            if !is_part(part) {
                return Err(format!("the key's {name} must be visible ASCII without blanks"));
            }
        }
        Ok(Self { kind: kind.to_owned(), identifier: identifier.to_owned(), id: id.to_owned() })
    }
}

impl FromStr for ThreePartKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match *text.split(' ').collect::<Vec<_>>() {
            [kind, identifier, id] => Self::new(kind, identifier, id),
            _ => Err("a key is `<type> <identifier> <id>`, split by single spaces".to_owned()),
        }
    }
}

/// The value of `X-Api-Key`, in either form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PresentedKey {
    /// All three parts.
    Full(ThreePartKey),
    /// The bare id.
    Bare(String),
}

impl PresentedKey {
    /// Reads the header's value; `None` if it has neither form.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        if is_part(value) {
            return Some(Self::Bare(value.to_owned()));
        }
        value.parse().ok().map(Self::Full)
    }

    /// The id, which both forms have.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Full(key) => &key.id,
            Self::Bare(id) => id,
        }
    }

    /// Whether this is the registered key, or its bare id.
    #[must_use]
    pub fn agrees_with(&self, registered: &ThreePartKey) -> bool {
        match self {
            Self::Full(key) => key == registered,
            Self::Bare(id) => *id == registered.id,
        }
    }
}

fn is_part(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The registered key with this id.
///
/// # Errors
///
/// Those of the database.
pub fn find(connection: &Connection, id: &str) -> rusqlite::Result<Option<ThreePartKey>> {
    connection
        .prepare("SELECT type, identifier, id FROM api_keys WHERE id = ?1")?
        .query_row([id], |row| Ok(ThreePartKey { kind: row.get(0)?, identifier: row.get(1)?, id: row.get(2)? }))
        .optional()
}

/// Registers a key, and returns the key that is registered under its id now: another one, if the id was taken.
///
/// # Errors
///
/// Those of the database.
pub fn register(connection: &Connection, key: &ThreePartKey) -> rusqlite::Result<ThreePartKey> {
    connection.execute(
        "INSERT INTO api_keys (id, type, identifier) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        params![key.id, key.kind, key.identifier],
    )?;
    // Keys are never changed or deleted here, so the key is there.
    Ok(find(connection, &key.id)?.unwrap_or_else(|| key.clone()))
}

/// Whether any key is registered.
///
/// # Errors
///
/// Those of the database.
pub fn any(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT EXISTS (SELECT 1 FROM api_keys)", [], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_three_parts_or_a_bare_id() {
        let key = ThreePartKey::new("browser", "example.app", "32a384f5").expect("a key");
        assert_eq!(PresentedKey::parse("browser example.app 32a384f5"), Some(PresentedKey::Full(key)));
        assert_eq!(PresentedKey::parse("32a384f5"), Some(PresentedKey::Bare("32a384f5".to_owned())));
        for neither in ["", " ", "a b", "a  b", "a b c d", " a", "a\tb\tc", "é"] {
            assert_eq!(PresentedKey::parse(neither), None, "{neither:?}");
        }
    }
}
