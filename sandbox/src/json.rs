//! A JSON object whose values stay exactly the text that was received.
//!
//! The service keeps unknown fields and `extras` of any shape. A parsed `serde_json::Value` would round large numbers
//! and forget the order of the fields.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

/// The fields of a JSON object, in their order. If a name is repeated, its last value counts, as in JavaScript.
#[derive(Clone, Debug, Default)]
pub struct Object(Vec<(String, Box<RawValue>)>);

/// Why a text is not an [`Object`]. It gives a position or a type, never a part of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAnObject {
    /// The text is empty or blank.
    Empty,
    /// The bytes are not UTF-8.
    NotUtf8,
    /// The text stops being JSON at this line and column.
    NotJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in bytes.
        column: usize,
    },
    /// JSON of another type.
    OtherType(&'static str),
}

impl fmt::Display for NotAnObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("must be a JSON object, but is empty"),
            Self::NotUtf8 => f.write_str("must be a JSON object, but is not UTF-8"),
            Self::NotJson { line, column } => {
                write!(f, "must be a JSON object, but is not JSON (line {line}, column {column})")
            }
            Self::OtherType(found) => write!(f, "must be a JSON object, not {found}"),
        }
    }
}

impl Object {
    /// Reads an object.
    ///
    /// # Errors
    ///
    /// See [`NotAnObject`].
    pub fn parse(bytes: &[u8]) -> Result<Self, NotAnObject> {
        let text = std::str::from_utf8(bytes).map_err(|_| NotAnObject::NotUtf8)?;
        if text.trim().is_empty() {
            return Err(NotAnObject::Empty);
        }
        let not_json = |error: &serde_json::Error| NotAnObject::NotJson { line: error.line(), column: error.column() };
        // Raw first: this checks the syntax without recursion, so deep nesting can't overflow the stack.
        let raw: &RawValue = serde_json::from_str(text).map_err(|error| not_json(&error))?;
        match type_of(raw) {
            "an object" => serde_json::from_str(raw.get()).map_err(|error| not_json(&error)),
            other => Err(NotAnObject::OtherType(other)),
        }
    }

    /// The value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&RawValue> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_ref())
    }

    /// The value of a field that is a string.
    #[must_use]
    pub fn string(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.get(name)?.get()).ok()
    }

    /// Sets a field. A field that exists keeps its place; a new one goes to the end.
    ///
    /// # Errors
    ///
    /// If the value can't be written as JSON.
    pub fn set(&mut self, name: &str, value: &impl Serialize) -> serde_json::Result<()> {
        self.put(name.to_owned(), serde_json::value::to_raw_value(value)?);
        Ok(())
    }

    /// Removes a field.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(field, _)| field != name);
    }

    /// The object as JSON text.
    ///
    /// # Errors
    ///
    /// None in practice; `serde_json` just returns a `Result`.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    fn put(&mut self, name: String, value: Box<RawValue>) {
        match self.0.iter_mut().find(|(field, _)| *field == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }
}

/// The type of a value, with its article.
#[must_use]
pub fn type_of(value: &RawValue) -> &'static str {
    match value.get().as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut object = Object::default();
                while let Some((name, value)) = map.next_entry()? {
                    object.put(name, value);
                }
                Ok(object)
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_the_text_they_were() {
        let text = r#"{"z":1.0,"a":123456789012345678901234567890,"m":{"b":1e400, "a":[ ]},"é":"\ud83d\ude00"}"#;
        let object = Object::parse(text.as_bytes()).expect("an object");
        assert_eq!(object.to_json().expect("JSON"), text);
    }

    #[test]
    fn of_a_repeated_name_the_last_value_counts() {
        let object = Object::parse(br#"{"a":1,"b":2,"a":3}"#).expect("an object");
        assert_eq!(object.to_json().expect("JSON"), r#"{"a":3,"b":2}"#);
    }

    #[test]
    fn what_is_no_object_is_named_by_its_type() {
        for (text, expected) in [
            ("[]", "must be a JSON object, not an array"),
            ("null", "must be a JSON object, not null"),
            (" \"hunter2\"", "must be a JSON object, not a string"),
            ("-1", "must be a JSON object, not a number"),
            ("true", "must be a JSON object, not a boolean"),
            ("", "must be a JSON object, but is empty"),
            ("{\"a\":\n hunter2}", "must be a JSON object, but is not JSON (line 2, column 2)"),
        ] {
            let error = Object::parse(text.as_bytes()).expect_err(text);
            assert_eq!(error.to_string(), expected);
        }
        assert_eq!(Object::parse(b"{\"a\":\"\xff\"}").expect_err("not UTF-8"), NotAnObject::NotUtf8);
    }

    #[test]
    fn nesting_as_deep_as_a_body_allows_does_not_exhaust_the_stack() {
        let deep = format!("{{\"extras\":{}{}}}", "[".repeat(30_000), "]".repeat(30_000));
        let object = Object::parse(deep.as_bytes()).expect("an object");
        assert_eq!(object.to_json().expect("JSON"), deep);
    }
}
