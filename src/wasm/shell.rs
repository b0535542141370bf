//! The JavaScript half of the shell, `shell.js`: what must hold without the engine.

use js_sys::{Function, JsString, Promise};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/wasm/shell.js")]
extern "C" {
    /// Settles once, whatever becomes of `work`. See `shell.js`.
    pub(super) fn settle(options: &JsValue, work: &mut dyn FnMut(Call) -> Promise) -> Promise;

    /// Calls a function that is not ours, and never throws.
    pub(super) fn invoke(method: &Function, first: &JsValue, second: &JsValue) -> Promise;

    /// The body as text, or the number of a fault. Never rejects.
    pub(super) fn read(response: &JsValue, most: u32, call: &Call) -> Promise;

    #[wasm_bindgen(js_name = isAbortSignal)]
    pub(super) fn is_abort_signal(value: &JsValue) -> bool;

    pub(super) fn href(value: &JsValue) -> Option<JsString>;

    pub(super) fn kind(value: &JsValue) -> i32;

    pub(super) fn own(object: &JsValue, name: &str) -> JsValue;

    /// The error that callers get.
    pub(super) type SignInError;

    #[wasm_bindgen(constructor)]
    pub(super) fn new(fields: &JsValue) -> SignInError;

    /// The session that callers get.
    pub(super) type Session;

    #[wasm_bindgen(constructor)]
    pub(super) fn new(user: &JsValue, token: &str) -> Session;

    /// What a call keeps while it is in flight.
    pub(super) type Call;

    #[wasm_bindgen(method, getter)]
    pub(super) fn signal(this: &Call) -> JsValue;

    #[wasm_bindgen(method, setter)]
    pub(super) fn set_verdict(this: &Call, error: &JsValue);
}
