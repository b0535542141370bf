//! Between the core's types and JavaScript's values. The one place that builds a JavaScript error.

use alloc::string::String;

use gloo_net::http::Method;
use js_sys::{Array, Date, JsString, Object, Reflect};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;
use web_sys::{ReferrerPolicy, RequestCache, RequestCredentials, RequestMode, RequestRedirect};
use zeroize::Zeroizing;

use super::json::Parsed;
use super::{Op, Task, shell};
use crate::error::{ErrorCode, SignInError};
use crate::json::exact_integer;
use crate::request::Request;
use crate::response::{Answer, Body};

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

/// `[url, init, usersId]`: what `fetch` takes, and whose record it is that is asked for, if anyone's.
///
/// An address and a plain object, since a `fetch` of another library takes no `Request` of the
/// platform's. Of gloo-net only the method's name is left: its `send()` unwraps, so that a promise stays
/// pending for ever when the signal aborts with a text, when `fetch` throws or rejects with no `Error`,
/// answers with another class, or finds a bad header value.
pub(super) fn request(request: &Request, task: &Task, users_id: &JsValue) -> JsValue {
    let headers = Object::new();
    for (name, value) in &request.headers {
        set(&headers, name, &JsValue::from_str(value));
    }
    let init = match task.op {
        Op::Fetch => shell::merged(&task.call.init(), &headers),
        _ => init(request, task.op, headers),
    };
    Array::of3(&JsValue::from_str(&request.url), &init, users_id).into()
}

fn init(request: &Request, op: Op, headers: Object) -> JsValue {
    let (method, body) = if request.body.is_empty() {
        (Method::GET, JsValue::UNDEFINED)
    } else {
        (Method::POST, JsValue::from_str(&request.body))
    };
    let init = Object::new();
    for (name, value) in [
        ("method", method.as_str().into()),
        ("headers", headers.into()),
        ("body", body),
        ("mode", RequestMode::Cors.into()),
        ("credentials", RequestCredentials::Omit.into()),
        ("cache", RequestCache::NoStore.into()),
        // Not `error`: under it a browser can't tell a redirect from a broken network.
        ("redirect", RequestRedirect::Manual.into()),
        ("referrerPolicy", ReferrerPolicy::NoReferrer.into()),
    ] {
        set(&init, name, &value);
    }
    if op == Op::SignOut {
        // The page may be closing.
        set(&init, "keepalive", &JsValue::TRUE);
    }
    init.into()
}

fn set(object: &Object, name: &str, value: &JsValue) {
    // A fresh object takes every property.
    let _ = Reflect::set(object, &JsValue::from_str(name), value);
}

/// What the shell has of an answer. Without a status there was none, or what came was no response.
pub(super) fn answer(
    status: Option<u16>,
    retry_after: Option<String>,
    body: JsValue,
) -> Result<Answer<Parsed>, SignInError> {
    let Some(status) = status else {
        let code = if body.is_undefined() { ErrorCode::InvalidResponse } else { ErrorCode::Network };
        return Err(SignInError::new(code));
    };
    let body = match body.dyn_into::<JsString>() {
        Ok(string) => Parsed::from_text(&string).map_or_else(|| Body::Text(text(&string)), Body::Json),
        Err(fault) => match fault.as_f64() {
            Some(1.0) => Body::NotUtf8,
            Some(2.0) => Body::TooLarge,
            _ => Body::Unreadable,
        },
    };
    Ok(Answer { status, retry_after, body })
}

/// Milliseconds since 1970.
pub(super) fn now_ms() -> u64 {
    exact_integer(Date::now()).and_then(|now| now.try_into().ok()).unwrap_or_default()
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
