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

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    const CITY: &Shape = &Shape::Object(&[("city", &Shape::String), ("zip", &Shape::Integer)]);
    const PERSON: &Shape = &Shape::Object(&[
        ("age", &Shape::Integer),
        ("height", &Shape::Number),
        ("active", &Shape::Boolean),
        ("extras", &Shape::Any),
        ("home", CITY),
        ("cities", &Shape::Array(CITY)),
        ("table", &Shape::Array(&Shape::Array(&Shape::String))),
    ]);

    #[test]
    fn the_error_names_the_path_and_what_was_expected() {
        for (value, path, expected) in [
            (json!([]), "", "object"),
            (json!({"age": "5"}), "age", "integer"),
            (json!({"age": 1.5}), "age", "integer"),
            (json!({"age": 9_007_199_254_740_993_u64}), "age", "integer"),
            (json!({"height": true}), "height", "number"),
            (json!({"active": 0}), "active", "boolean"),
            (json!({"home": "x"}), "home", "object"),
            (json!({"home": {"city": []}}), "home.city", "string"),
            (json!({"cities": {}}), "cities", "array"),
            (json!({"cities": [null]}), "cities[0]", "object"),
            (json!({"cities": [{}, {"city": 1}]}), "cities[1].city", "string"),
            (json!({"table": [["a"], ["b", 2]]}), "table[1][1]", "string"),
        ] {
            let mismatch = check(&&value, PERSON).unwrap_err();
            assert_eq!((mismatch.path.as_str(), mismatch.expected), (path, expected), "{value}");
        }
    }

    #[test]
    fn a_null_field_is_the_same_as_an_absent_one() {
        assert_eq!(check(&&json!({}), PERSON), Ok(()));
        assert_eq!(check(&&json!({"age": null, "home": null, "cities": null, "extras": null}), PERSON), Ok(()));
    }

    #[test]
    fn unknown_fields_are_never_looked_at() {
        assert_eq!(check(&&json!({"unknown": [1], "home": {"city": "x", "unknown": {"city": 5}}}), PERSON), Ok(()));
    }

    #[test]
    fn an_integer_is_what_a_double_holds_exactly() {
        for (number, integer) in [
            (0.0, Some(0)),
            (-0.0, Some(0)),
            (5.0, Some(5)),
            (-3.0, Some(-3)),
            (9_007_199_254_740_991.0, Some(9_007_199_254_740_991)),
            (9_007_199_254_740_992.0, None),
            (0.5, None),
            (f64::NAN, None),
            (f64::INFINITY, None),
            (f64::NEG_INFINITY, None),
        ] {
            assert_eq!(exact_integer(number), integer, "{number}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        let name = prop_oneof!["age|height|active|extras|home|cities|table|city|zip", ".{0,4}"];
        leaf.prop_recursive(4, 32, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((name.clone(), inner), 0..6)
                    .prop_map(|members| Value::from(members.into_iter().collect::<serde_json::Map<_, _>>())),
            ]
        })
    }

    /// Follows a path such as `cities[1].city`.
    fn follow<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
        let pointer = path.replace(['.', '['], "/").replace(']', "");
        let pointer = if pointer.is_empty() { pointer } else { "/".to_string() + &pointer };
        value.pointer(&pointer)
    }

    proptest! {
        #[test]
        fn any_json_gives_a_verdict_whose_path_leads_to_the_fault(value in any_json()) {
            if let Err(Mismatch { path, expected }) = check(&&value, PERSON) {
                let fault = follow(&value, &path).unwrap();
                let fits = match expected {
                    "object" => fault.is_object(),
                    "array" => fault.is_array(),
                    "string" => fault.is_string(),
                    "boolean" => fault.is_boolean(),
                    "number" => fault.is_number(),
                    "integer" => fault.as_f64().is_some_and(|number| exact_integer(number).is_some()),
                    other => panic!("{other}"),
                };
                prop_assert!(!fits);
            }
        }

        #[test]
        fn an_index_is_written_as_anyone_writes_it(index in any::<u32>()) {
            prop_assert_eq!(bracketed(index), alloc::format!("[{index}]"));
        }
    }
}
