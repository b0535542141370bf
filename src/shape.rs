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
    /// The known members. Each may be absent or null; unknown members are not checked.
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

/// Checks that `json` has the shape `shape`. If not, `path` leads to the wrong value, and the error says what was
/// expected there. Neither holds the value itself.
pub(crate) fn check(json: Json<'_>, shape: &Shape, path: &mut String) -> Result<(), &'static str> {
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
        return Err(expected);
    }
    let end = path.len();
    match shape {
        Shape::Array(shape) => {
            for (index, element) in (0..).zip(json.parts()) {
                path.push('[');
                push_number(index, path);
                path.push(']');
                check(element, shape, path)?;
                path.truncate(end);
            }
        }
        Shape::Object(members) => {
            for ((name, shape), value) in members.iter().zip(find(json, members)) {
                if let Some(value) = value.filter(|value| value.kind() != Kind::Null) {
                    if end > 0 {
                        path.push('.');
                    }
                    path.push_str(name);
                    check(value, shape, path)?;
                    path.truncate(end);
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// The known members of an object, in the order of its shape: which field an error names does not depend on the text's
/// order.
fn find<'a>(object: Json<'a>, members: &[(&str, &Shape)]) -> Vec<Option<Json<'a>>> {
    let mut found: Vec<Option<Json<'a>>> = members.iter().map(|_| None).collect();
    object.each_member(&mut |name, value| {
        if let Some((place, _)) = found.iter_mut().zip(members).find(|(_, (known, _))| known.as_bytes() == name) {
            *place = Some(value);
        }
    });
    found
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
    fn check_value(value: &Value) -> Result<(), (String, &'static str)> {
        let mut path = String::new();
        let checked = check(Json::parse(&value.to_string()).unwrap(), PERSON, &mut path);
        checked.map(|()| assert_eq!(path, "")).map_err(|expected| (path, expected))
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
            assert_eq!(check_value(&value), Err((path.to_owned(), expected)), "{value}");
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
            if let Err((path, expected)) = check_value(&value) {
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
