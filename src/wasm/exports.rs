//! What a plain `wasm-pack build` exports.

use js_sys::Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::{ask, read, refuse, shell};
use crate::json::exact_integer;

/// The types of the whole package: written once, by hand.
#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("../../pkg/types.d.ts");

/// `signIn(apiKey, username, password, options?)`.
///
/// # Errors
/// A `SignInError` of JavaScript.
#[wasm_bindgen(js_name = signIn, skip_typescript)]
pub async fn sign_in(
    api_key: JsValue,
    username: JsValue,
    password: JsValue,
    options: JsValue,
) -> Result<JsValue, JsValue> {
    JsFuture::from(shell::sign_in(&runner(), &api_key, &username, &password, &options)).await
}

/// `resume(apiKey, token, options?)`, or `resume(options)`.
///
/// # Errors
/// A `SignInError` of JavaScript.
#[wasm_bindgen(skip_typescript)]
pub async fn resume(api_key: JsValue, token: JsValue, options: JsValue) -> Result<JsValue, JsValue> {
    JsFuture::from(shell::resume(&runner(), &api_key, &token, &options)).await
}

/// How calls and sessions ask the engine.
fn runner() -> JsValue {
    let step = Closure::<dyn Fn(u32, Array) -> Result<JsValue, JsValue>>::new(step);
    shell::standalone(&step.into_js_value())
}

/// The engine as one function, since a closure takes no more than eight arguments.
#[expect(clippy::needless_pass_by_value, reason = "a closure for JavaScript is given its arguments by value")]
fn step(number: u32, values: Array) -> Result<JsValue, JsValue> {
    let value = |index| values.get(index);
    let text = |index| values.get(index).as_string();
    let integer = |index| values.get(index).as_f64().and_then(exact_integer);
    let status = |index| integer(index).and_then(|status| u16::try_from(status).ok());
    let op = |index| integer(index).and_then(|op| u32::try_from(op).ok()).unwrap_or(u32::MAX);
    match number {
        0 => ask(value(0), op(1), value(2), value(3), value(4)),
        1 => Ok(refuse(op(0), status(1).unwrap_or_default(), text(2))),
        _ => read(value(0), op(1), value(2), value(3), value(4), text(5), status(6), text(7), value(8)),
    }
}
