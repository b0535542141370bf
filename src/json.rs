//! Checks JSON of any parser against the typed structs, and says where and what was expected if it
//! does not fit.
//!
//! The parser is whoever implements [`Json`]: `JSON.parse` in a browser, `serde_json` elsewhere. So
//! both get one verdict, and the browser keeps the very object that it parsed. Serde's own
//! deserializers quote the offending value (a token, say) in their errors and know no path; and for
//! a type this large, derived code takes twenty times the bytes of these tables.

use alloc::borrow::ToOwned;
use alloc::string::String;

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
pub(crate) trait Json: Sized {
    fn kind(&self) -> Kind;
    fn number(&self) -> f64;
    fn text(&self) -> String;
    fn length(&self) -> u32;
    /// The element at `index` of an array.
    fn element(&self, index: u32) -> Option<Self>;
    /// The own member `name` of an object.
    fn member(&self, name: &str) -> Option<Self>;

    /// The member `name`, where it is of `kind`.
    fn member_of_kind(&self, name: &str, kind: Kind) -> Option<Self> {
        self.member(name).filter(|member| member.kind() == kind)
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

/// What a value has to be so that a Rust type can hold it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    Any,
    Boolean,
    Integer,
    Number,
    String,
    Array(&'static Shape),
    /// The known members. Each may be absent or null; what is not known is never looked at.
    Object(&'static [(&'static str, &'static Shape)]),
}

/// A Rust type that JSON can fill.
pub(crate) trait Shaped {
    const SHAPE: &'static Shape;
}

impl Shaped for bool {
    const SHAPE: &'static Shape = &Shape::Boolean;
}

impl Shaped for i64 {
    const SHAPE: &'static Shape = &Shape::Integer;
}

impl Shaped for f64 {
    const SHAPE: &'static Shape = &Shape::Number;
}

impl Shaped for String {
    const SHAPE: &'static Shape = &Shape::String;
}

impl<T: Shaped> Shaped for alloc::vec::Vec<T> {
    const SHAPE: &'static Shape = &Shape::Array(T::SHAPE);
}

impl Shaped for serde_json::Value {
    const SHAPE: &'static Shape = &Shape::Any;
}

/// Where a value is not what it should be. Holds no value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    pub(crate) path: String,
    pub(crate) expected: &'static str,
}

impl Mismatch {
    /// The same, seen from the object or the array that has it under `name`.
    fn inside(mut self, name: &str) -> Self {
        if !(self.path.is_empty() || self.path.starts_with('[')) {
            self.path.insert(0, '.');
        }
        self.path.insert_str(0, name);
        self
    }
}

/// Whether `json` is of `shape`.
pub(crate) fn check<J: Json>(json: &J, shape: &Shape) -> Result<(), Mismatch> {
    let (kind, expected) = match shape {
        Shape::Any => return Ok(()),
        Shape::Boolean => (Kind::Boolean, "boolean"),
        Shape::Integer => (Kind::Number, "integer"),
        Shape::Number => (Kind::Number, "number"),
        Shape::String => (Kind::String, "string"),
        Shape::Array(_) => (Kind::Array, "array"),
        Shape::Object(_) => (Kind::Object, "object"),
    };
    let integral = !matches!(shape, Shape::Integer) || exact_integer(json.number()).is_some();
    if json.kind() != kind || !integral {
        return Err(Mismatch { path: String::new(), expected });
    }
    match shape {
        Shape::Array(element) => check_elements(json, element),
        Shape::Object(members) => check_members(json, members),
        _ => Ok(()),
    }
}

fn check_elements<J: Json>(array: &J, shape: &Shape) -> Result<(), Mismatch> {
    for index in 0..array.length() {
        if let Some(element) = array.element(index) {
            check(&element, shape).map_err(|mismatch| mismatch.inside(&bracketed(index)))?;
        }
    }
    Ok(())
}

fn check_members<J: Json>(object: &J, members: &[(&str, &Shape)]) -> Result<(), Mismatch> {
    for (name, shape) in members {
        if let Some(member) = object.member(name).filter(|member| member.kind() != Kind::Null) {
            check(&member, shape).map_err(|mismatch| mismatch.inside(name))?;
        }
    }
    Ok(())
}

/// `[2]`, without `core::fmt`, which would cost the module some kilobytes.
fn bracketed(index: u32) -> String {
    let mut text = String::from("]");
    let mut rest = index;
    loop {
        text.insert(0, char::from_digit(rest % 10, 10).unwrap_or_default());
        rest /= 10;
        if rest == 0 {
            text.insert(0, '[');
            return text;
        }
    }
}

/// The number as an integer, where it is one that a double holds exactly.
pub(crate) fn exact_integer(number: f64) -> Option<i64> {
    const MAX_SAFE: f64 = 9_007_199_254_740_991.0;
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "within ±2^53, and checked to be whole"
    )]
    let integer = number as i64;
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, clippy::float_cmp, reason = "the exact check itself")]
    let whole = integer as f64 == number;
    (whole && number.abs() <= MAX_SAFE).then_some(integer)
}
