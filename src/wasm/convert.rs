//! Between the core's types and JavaScript's values. The one place that builds a JavaScript error.

use alloc::string::String;

use js_sys::JsString;
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use super::shell;
use crate::error::SignInError;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = js_sys::JsString)]
    type Units;

    /// js-sys's binding gives an `f64`.
    #[wasm_bindgen(method, js_name = charCodeAt)]
    fn code_unit(this: &Units, index: u32) -> u16;
}

/// The error that the caller's promise rejects with.
pub(super) fn error(error: &SignInError) -> JsValue {
    // Maps as objects: serde-wasm-bindgen makes a `Map` of them by default. Its `__proto__` fault
    // can't occur, since every name is one of ours.
    let fields = error.serialize(&Serializer::new().serialize_maps_as_objects(true));
    shell::SignInError::new(&fields.unwrap_or_default()).into()
}

/// The text of a primitive string, wiped when dropped. A lone surrogate is refused: as U+FFFD it
/// would silently be another password.
pub(super) fn secret(value: &JsValue, argument: &'static str) -> Result<Zeroizing<String>, SignInError> {
    let string = value.dyn_ref::<JsString>().ok_or(SignInError::invalid_argument(argument, "must be a string"))?;
    copy(string, || Err(SignInError::invalid_argument(argument, "must be well-formed UTF-16")))
}

/// A text of the service's, with U+FFFD for lone surrogates. It may echo the password, so whoever
/// takes it apart leaves no copy behind.
pub(super) fn text(string: &JsString) -> Zeroizing<String> {
    copy(string, || Ok::<_, ()>(char::REPLACEMENT_CHARACTER)).unwrap_or_default()
}

/// Taken unit by unit: the usual way lets a buffer grow, which leaves copies behind.
fn copy<E>(string: &JsString, lone_surrogate: impl Fn() -> Result<char, E>) -> Result<Zeroizing<String>, E> {
    let length = string.length();
    // Three bytes of UTF-8 for a unit of UTF-16 is the worst case.
    let room = usize::try_from(length).unwrap_or_default().saturating_mul(3);
    let mut text = Zeroizing::new(String::with_capacity(room));
    for unit in char::decode_utf16((0..length).map(|index| string.unchecked_ref::<Units>().code_unit(index))) {
        text.push(unit.or_else(|_| lone_surrogate())?);
    }
    Ok(text)
}
