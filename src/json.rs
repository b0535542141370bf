//! Reads JSON of any parser into typed structs, and says where and what was expected if it can't.
//!
//! The structs derive serde's `Deserialize`; the parser is whoever implements [`Json`]:
//! `JSON.parse` in a browser, serde_json elsewhere. So both give one verdict.
//!
//! serde-wasm-bindgen and serde_json have deserializers of their own, but their errors quote the
//! offending value (a token, say) and know no path.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use core::fmt;

use serde::Deserialize;
use serde::de::value::U64Deserializer;
use serde::de::{self, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

/// What a JSON value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

/// A parsed JSON value. Whoever asks for content has asked for the kind before.
pub(crate) trait Json: Clone {
    fn kind(&self) -> Kind;
    fn boolean(&self) -> bool;
    fn number(&self) -> f64;
    fn text(&self) -> String;
    fn length(&self) -> u32;
    /// The element at `index` of an array.
    fn element(&self, index: u32) -> Option<Self>;
    /// The own member `name` of an object.
    fn member(&self, name: &str) -> Option<Self>;

    /// The member `name`, unless it is null, which is the same as absent.
    fn present(&self, name: &str) -> Option<Self> {
        self.member(name).filter(|member| member.kind() != Kind::Null)
    }
}

impl Json for &serde_json::Value {
    fn kind(&self) -> Kind {
        match self {
            serde_json::Value::Null => Kind::Null,
            serde_json::Value::Bool(_) => Kind::Boolean,
            serde_json::Value::Number(_) => Kind::Number,
            serde_json::Value::String(_) => Kind::String,
            serde_json::Value::Array(_) => Kind::Array,
            serde_json::Value::Object(_) => Kind::Object,
        }
    }

    fn boolean(&self) -> bool {
        self.as_bool().unwrap_or_default()
    }

    fn number(&self) -> f64 {
        self.as_f64().unwrap_or_default()
    }

    fn text(&self) -> String {
        self.as_str().unwrap_or_default().to_owned()
    }

    fn length(&self) -> u32 {
        self.as_array().and_then(|array| u32::try_from(array.len()).ok()).unwrap_or_default()
    }

    fn element(&self, index: u32) -> Option<Self> {
        self.get(usize::try_from(index).ok()?)
    }

    fn member(&self, name: &str) -> Option<Self> {
        self.get(name)
    }
}

/// Where a value is not what it should be. Holds no value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    pub(crate) path: String,
    pub(crate) expected: &'static str,
}

impl Mismatch {
    const fn here(expected: &'static str) -> Self {
        Self { path: String::new(), expected }
    }

    /// The same, seen from the object that has it in its member `name`.
    fn in_member(self, name: &str) -> Self {
        let mut path = name.to_owned();
        if !(self.path.is_empty() || self.path.starts_with('[')) {
            path.push('.');
        }
        path.push_str(&self.path);
        Self { path, ..self }
    }

    /// The same, seen from the array that has it at `index`.
    fn in_element(self, index: u32) -> Self {
        let mut name = String::from("[");
        name.push_str(&index.to_string());
        name.push(']');
        self.in_member(&name)
    }
}

/// Decodes `json` as a `T`.
pub(crate) fn decode<'de, T: Deserialize<'de>, J: Json>(json: J) -> Result<T, Mismatch> {
    T::deserialize(Decoder(json))
}

struct Decoder<J>(J);

impl<J: Json> Decoder<J> {
    /// The value, if it is of `kind`.
    fn expect(self, kind: Kind, expected: &'static str) -> Result<J, Mismatch> {
        if self.0.kind() == kind { Ok(self.0) } else { Err(Mismatch::here(expected)) }
    }
}

impl<'de, J: Json> Deserializer<'de> for Decoder<J> {
    type Error = Mismatch;

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_bool(self.expect(Kind::Boolean, "boolean")?.boolean())
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let integer = exact_integer(self.expect(Kind::Number, "integer")?.number());
        visitor.visit_i64(integer.ok_or(Mismatch::here("integer"))?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_f64(self.expect(Kind::Number, "number")?.number())
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_string(self.expect(Kind::String, "string")?.text())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_seq(Elements { array: self.expect(Kind::Array, "array")?, next: 0 })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let object = self.expect(Kind::Object, "object")?;
        visitor.visit_map(Members { object, fields, next: 0, member: None })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_unit()
    }

    /// No field of a typed struct asks for this; a caller's own `extras` type may.
    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Mismatch> {
        Err(Mismatch::here("a type that says what it is"))
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u16 u32 u64 u128 f32 char str bytes byte_buf unit unit_struct tuple
        tuple_struct map enum identifier
    }
}

/// The number as an integer, where it is one that a double holds exactly.
pub(crate) fn exact_integer(number: f64) -> Option<i64> {
    const MAX_SAFE: f64 = 9_007_199_254_740_991.0;
    #[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "within ±2^53 and checked to be whole")]
    let integer = number as i64;
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, clippy::float_cmp, reason = "the exact check itself")]
    let whole = integer as f64 == number;
    (whole && number.abs() <= MAX_SAFE).then_some(integer)
}

struct Elements<J> {
    array: J,
    next: u32,
}

impl<'de, J: Json> SeqAccess<'de> for Elements<J> {
    type Error = Mismatch;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Mismatch> {
        let index = self.next;
        if index >= self.array.length() {
            return Ok(None);
        }
        self.next = index.saturating_add(1);
        let Some(element) = self.array.element(index) else { return Ok(None) };
        seed.deserialize(Decoder(element)).map(Some).map_err(|mismatch| mismatch.in_element(index))
    }
}

/// Walks over the fields of the struct, not over the members of the object: what the struct does
/// not know is never looked at, and a field is told to the derived code by its number, which takes
/// fewer bytes than comparing names.
struct Members<J> {
    object: J,
    fields: &'static [&'static str],
    next: u64,
    member: Option<(&'static str, J)>,
}

impl<'de, J: Json> MapAccess<'de> for Members<J> {
    type Error = Mismatch;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Mismatch> {
        while let Some((name, rest)) = self.fields.split_first() {
            let number = self.next;
            self.fields = rest;
            self.next = number.saturating_add(1);
            if let Some(member) = self.object.present(name) {
                self.member = Some((name, member));
                let number: U64Deserializer<Mismatch> = number.into_deserializer();
                return seed.deserialize(number).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mismatch> {
        let Some((name, member)) = self.member.take() else { return Err(Mismatch::here("a value")) };
        seed.deserialize(Decoder(member)).map_err(|mismatch| mismatch.in_member(name))
    }
}

/// What serde's derived code may say. None of it quotes a value: the texts of serde do.
impl de::Error for Mismatch {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Self::here("a value that the type accepts")
    }

    fn invalid_type(_unexpected: de::Unexpected<'_>, _expected: &dyn de::Expected) -> Self {
        Self::here("another type")
    }

    fn invalid_value(_unexpected: de::Unexpected<'_>, _expected: &dyn de::Expected) -> Self {
        Self::here("another value")
    }

    fn missing_field(field: &'static str) -> Self {
        Self::here("present").in_member(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::here("present once").in_member(field)
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }
}

impl core::error::Error for Mismatch {}
