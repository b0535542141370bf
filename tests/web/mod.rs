//! The stage that the tests in the browser play on: see tests/web.js.
#![allow(dead_code)]

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(module = "/tests/web.js")]
extern "C" {
    pub type Stage;
    #[wasm_bindgen(constructor)]
    fn new(fetch: &str) -> Stage;
    #[wasm_bindgen(method, getter)]
    pub fn requests(this: &Stage) -> js_sys::Array;
    #[wasm_bindgen(method, getter)]
    pub fn inits(this: &Stage) -> js_sys::Array;
    #[wasm_bindgen(method, getter)]
    pub fn reads(this: &Stage) -> u32;
    #[wasm_bindgen(method, getter)]
    pub fn cancelled(this: &Stage) -> u32;
    #[wasm_bindgen(method, getter)]
    fn timers(this: &Stage) -> js_sys::Map;
    #[wasm_bindgen(method)]
    pub fn expire(this: &Stage);
    #[wasm_bindgen(method)]
    pub fn bring(this: &Stage);
    #[wasm_bindgen(method)]
    pub fn paths(this: &Stage) -> String;
    #[wasm_bindgen(method, js_name = isAborted)]
    pub fn is_aborted(this: &Stage) -> bool;
    #[wasm_bindgen(method)]
    fn strike(this: &Stage);

    #[wasm_bindgen(js_name = breakPlatform)]
    pub fn break_platform(stage: &Stage, name: &str);
    #[wasm_bindgen(js_name = countedSignal)]
    pub fn counted_signal(controller: &web_sys::AbortController) -> web_sys::AbortSignal;
    pub fn throwing(name: &str) -> JsValue;
    pub fn inheriting(options: &JsValue) -> JsValue;
    pub fn boxed(text: &str) -> JsValue;
    fn turn() -> js_sys::Promise;
    pub fn outcome(promise: &js_sys::Promise) -> js_sys::Promise;
    pub fn holds(memory: &JsValue, text: &js_sys::JsString) -> bool;
}

/// A stage that is struck when the test ends.
pub struct Play(Stage);

impl Play {
    pub fn new(fetch: &str) -> Self {
        Self(Stage::new(fetch))
    }

    pub fn timers_left(&self) -> u32 {
        self.timers().size()
    }
}

impl std::ops::Deref for Play {
    type Target = Stage;

    fn deref(&self) -> &Stage {
        &self.0
    }
}

impl Drop for Play {
    fn drop(&mut self) {
        self.strike();
    }
}

/// Waits until all that is ready has been done.
pub async fn settle_down() {
    for _ in 0..5 {
        JsFuture::from(turn()).await.unwrap();
    }
}
