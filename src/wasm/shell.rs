//! The JavaScript half of the shell, `shell.js`: what must hold without the engine.

use js_sys::{Array, Function, JsString, Promise};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/wasm/shell.js")]
extern "C" {
    /// Settles once, whatever becomes of `work`. See `shell.js`.
    pub(super) fn settle(options: &JsValue, work: &mut dyn FnMut(Call) -> Promise) -> Promise;

    /// What the request for `key` that is under way gives, or one that `begin` begins.
    pub(super) fn share(key: &Array, call: &Call, begin: &mut dyn FnMut(Flight) -> Promise) -> Promise;

    /// Calls a `fetch` that need not be the platform's, and never throws.
    pub(super) fn invoke(fetch: &Function, url: &JsValue, init: &JsValue, flight: &Flight) -> Promise;

    /// The body as text, or the number of a fault. Never rejects.
    pub(super) fn read(response: &JsValue, most: u32, flight: &Flight) -> Promise;

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

    /// A caller's wait.
    pub(super) type Call;

    /// A request under way, for one call or several.
    pub(super) type Flight;

    #[wasm_bindgen(method, getter)]
    pub(super) fn signal(this: &Flight) -> JsValue;

    #[wasm_bindgen(method, setter)]
    pub(super) fn set_verdict(this: &Flight, error: &JsValue);
}
