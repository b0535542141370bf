//! What a plain `wasm-pack build` exports.
//!
//! The arguments come as they are. wasm-bindgen's own conversion to text throws synchronously, reads
//! a number as a pointer and takes an object for a string.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::{run, shell};

/// The types of the whole package: written once, by hand.
#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("../../pkg/types.d.ts");

/// `signIn(apiKey, username, password, options?)`.
#[wasm_bindgen(js_name = signIn, skip_typescript)]
pub fn sign_in(api_key: &JsValue, username: &JsValue, password: &JsValue, options: &JsValue) -> Promise {
    shell::sign_in(&runner(), api_key, username, password, options)
}

/// `resume(apiKey, token, options?)`, or `resume(options)`.
#[wasm_bindgen(skip_typescript)]
pub fn resume(api_key: &JsValue, token: &JsValue, options: &JsValue) -> Promise {
    shell::resume(&runner(), api_key, token, options)
}

/// How calls and sessions ask the engine.
fn runner() -> JsValue {
    Closure::<dyn Fn(JsValue, u32, JsValue, JsValue, JsValue) -> Promise>::new(run).into_js_value()
}
