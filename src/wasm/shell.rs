//! The JavaScript half of the shell, `shell.js` and `session.js`: what must hold without the engine.

#[cfg(feature = "wasm-pack")]
use js_sys::Promise;
use js_sys::{JsString, Object};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/wasm/shell.js")]
extern "C" {
    /// What the caller's own request becomes with headers of ours.
    pub(super) fn merged(init: &JsValue, headers: &Object) -> JsValue;

    pub(super) fn kind(value: &JsValue) -> i32;

    pub(super) fn own(object: &JsValue, name: &str) -> JsValue;

    /// The error that callers get.
    pub(super) type SignInError;

    #[wasm_bindgen(constructor)]
    pub(super) fn new(fields: &JsValue) -> SignInError;

    /// A caller's wait.
    pub(super) type Call;

    /// The checked base URL.
    #[wasm_bindgen(method, getter, js_name = baseUrl)]
    pub(super) fn base_url(this: &Call) -> JsString;

    /// What `Session.fetch` was told, ready for the platform.
    #[wasm_bindgen(method, getter)]
    pub(super) fn init(this: &Call) -> JsValue;
}

#[wasm_bindgen(module = "/src/wasm/session.js")]
extern "C" {
    /// How calls and sessions ask an engine of one function.
    #[cfg(feature = "wasm-pack")]
    pub(super) fn standalone(step: &JsValue) -> JsValue;

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
