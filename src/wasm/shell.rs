//! The JavaScript half of the shell, `shell.js` and `session.js`: what must hold without the engine.

use js_sys::{Array, JsString, Object, Promise};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/wasm/shell.js")]
extern "C" {
    /// What the request for `key` that is under way gives, or one that `begin` begins.
    pub(super) fn share(key: &Array, call: &Call, begin: &mut dyn FnMut(Flight) -> Promise) -> Promise;

    /// Calls a `fetch` that need not be the platform's, and never throws.
    pub(super) fn invoke(url: &JsValue, init: &JsValue, flight: &Flight) -> Promise;

    /// What the caller's own request becomes with headers of ours.
    pub(super) fn merged(init: &JsValue, headers: &Object) -> JsValue;

    /// The body as text, or the number of a fault. Never rejects.
    pub(super) fn read(response: &JsValue, most: u32, flight: &Flight) -> Promise;

    pub(super) fn kind(value: &JsValue) -> i32;

    pub(super) fn own(object: &JsValue, name: &str) -> JsValue;

    /// The error that callers get.
    pub(super) type SignInError;

    #[wasm_bindgen(constructor)]
    pub(super) fn new(fields: &JsValue) -> SignInError;

    /// A caller's wait.
    #[derive(Clone)]
    pub(super) type Call;

    /// The checked base URL.
    #[wasm_bindgen(method, getter, js_name = baseUrl)]
    pub(super) fn base_url(this: &Call) -> JsString;

    /// What `Session.fetch` was told, ready for the platform.
    #[wasm_bindgen(method, getter)]
    pub(super) fn init(this: &Call) -> JsValue;

    /// A request under way, for one call or several.
    pub(super) type Flight;

    #[wasm_bindgen(method, getter)]
    pub(super) fn signal(this: &Flight) -> JsValue;

    #[wasm_bindgen(method, setter)]
    pub(super) fn set_verdict(this: &Flight, error: &JsValue);
}

#[wasm_bindgen(module = "/src/wasm/session.js")]
extern "C" {
    #[cfg(feature = "wasm-pack")]
    #[wasm_bindgen(js_name = signIn)]
    pub(super) fn sign_in(
        run: &JsValue,
        api_key: &JsValue,
        username: &JsValue,
        password: &JsValue,
        options: &JsValue,
    ) -> Promise;

    #[cfg(feature = "wasm-pack")]
    pub(super) fn resume(run: &JsValue, api_key: &JsValue, token: &JsValue, options: &JsValue) -> Promise;

    /// The session that callers get.
    pub(super) type Session;

    #[wasm_bindgen(constructor)]
    pub(super) fn new(user: &JsValue, token: &str, api_key: &JsValue, call: &Call) -> Session;
}
