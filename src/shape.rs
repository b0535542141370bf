//! Whether JSON fits the typed structs, and if not, where and what was expected.


use crate::json::{Json, Kind, push_number};

/// What a value has to be so that a Rust type can hold it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    Any,
    Boolean,
    Integer,
    Number,
    String,
    Array(&'static Shape),
    /// The known members. Each may be absent or null; unknown members are never looked at.
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

impl<T: Shaped> Shaped for Vec<T> {
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
pub(crate) fn check(json: Json<'_>, shape: &Shape) -> Result<(), Mismatch> {
    let (kind, expected) = match shape {
        Shape::Any => return Ok(()),
        Shape::Boolean => (Kind::Boolean, "boolean"),
        Shape::Integer => (Kind::Number, "integer"),
        Shape::Number => (Kind::Number, "number"),
        Shape::String => (Kind::String, "string"),
        Shape::Array(_) => (Kind::Array, "array"),
        Shape::Object(_) => (Kind::Object, "object"),
    };
    let fits = json.kind() == kind && (!matches!(shape, Shape::Integer) || json.integer().is_some());
    if !fits {
        return Err(Mismatch { path: String::new(), expected });
    }
    match shape {
        Shape::Array(element) => check_elements(json, element),
        Shape::Object(members) => check_members(json, members),
        _ => Ok(()),
    }
}

fn check_elements(array: Json<'_>, shape: &Shape) -> Result<(), Mismatch> {
    for (index, element) in (0_u32..).zip(array.parts()) {
        check(element, shape).map_err(|mismatch| mismatch.inside(&bracketed(index)))?;
    }
    Ok(())
}

/// In the order of the shape, so that the same field is named wherever it stands in the text.
fn check_members(object: Json<'_>, members: &[(&str, &Shape)]) -> Result<(), Mismatch> {
    let mut found: Vec<Option<Json<'_>>> = members.iter().map(|_| None).collect();
    object.each_member(&mut |name, value| {
        if let Some((place, _)) = found.iter_mut().zip(members).find(|(_, (known, _))| *known == name) {
            *place = Some(value);
        }
    });
    for ((name, shape), value) in members.iter().zip(found) {
        if let Some(value) = value.filter(|value| value.kind() != Kind::Null) {
            check(value, shape).map_err(|mismatch| mismatch.inside(name))?;
        }
    }
    Ok(())
}

/// `[2]`
fn bracketed(index: u32) -> String {
    let mut text = String::from("[");
    push_number(index.into(), &mut text);
    text.push(']');
    text
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::json::exact_integer;
    use crate::json::tests::any_json;
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

    /// Checks a value by its text.
    fn check_value(value: &Value) -> Result<(), Mismatch> {
        check(Json::parse(&value.to_string()).unwrap(), PERSON)
    }

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
            let mismatch = check_value(&value).unwrap_err();
            assert_eq!((mismatch.path.as_str(), mismatch.expected), (path, expected), "{value}");
        }
    }

    #[test]
    fn a_null_field_is_the_same_as_an_absent_one() {
        assert_eq!(check_value(&json!({})), Ok(()));
        assert_eq!(check_value(&json!({"age": null, "home": null, "cities": null, "extras": null})), Ok(()));
    }

    #[test]
    fn unknown_fields_are_never_looked_at() {
        assert_eq!(check_value(&json!({"unknown": [1], "home": {"city": "x", "unknown": {"city": 5}}})), Ok(()));
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
            if let Err(Mismatch { path, expected }) = check_value(&value) {
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
    }
}
