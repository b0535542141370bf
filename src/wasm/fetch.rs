//! The one place that awaits: the request goes out, the answer comes in, bounded.
//!
//! `fetch` is called as anyone calls it, with an address and a plain object, through
//! [`shell::invoke`], which can't throw. Of gloo-net only the method's name is left: its `send()`
//! unwraps, so that the promise stays pending for ever when the signal aborts with a text, when
//! `fetch` throws or rejects with no `Error`, answers with another class, or finds a bad header
//! value. And a `fetch` of another library takes no `Request` of the platform's.

use std::time::{Duration, SystemTime};

use gloo_net::http::Method;
use js_sys::{Date, Function, JsString, Object, Reflect, Symbol};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReferrerPolicy, RequestCache, RequestCredentials, RequestMode, RequestRedirect};
use web_sys::{TextDecodeOptions, TextDecoder, TextDecoderOptions};

use super::convert;
use super::json::Parsed;
use super::shell::{self, Call};
use crate::error::{ErrorCode, SignInError};
use crate::json::exact_integer;
use crate::request::Request;
use crate::response::{Answer, Body, MAX_BODY_BYTES, refusal};

/// Sends `request` once, and reads the answer.
pub(super) async fn send(request: Request, fetch: &Function, call: &Call) -> Result<Answer<Parsed>, SignInError> {
    let init = init(&request, call);
    let url = JsValue::from_str(&request.url);
    // From here on the password is the platform's: our copies go before the wait begins.
    drop(request);
    let response = invoke(fetch, &JsValue::UNDEFINED, &url, &init)
        .await
        // What the platform says of it may quote a header, so the key: it is not passed on.
        .map_err(|_| SignInError::new(ErrorCode::Network))?;
    let status = status(&response).ok_or(SignInError::new(ErrorCode::InvalidResponse))?;
    let retry_after = header(&response, "Retry-After").await;
    if let Some(refusal) = refusal(status, retry_after.as_deref(), now()) {
        call.set_verdict(&convert::error(&refusal));
    }
    let body = match text(&response, call).await {
        Ok(text) => Parsed::from_text(&text).map_or_else(|| Body::Text(text.into()), Body::Json),
        Err(fault) => fault,
    };
    Ok(Answer { status, retry_after, body })
}

pub(super) fn now() -> SystemTime {
    let since = Duration::try_from_secs_f64(Date::now() / 1000.0).unwrap_or_default();
    SystemTime::UNIX_EPOCH.checked_add(since).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// The second argument of `fetch`.
fn init(request: &Request, call: &Call) -> Object {
    let headers = Object::new();
    for (name, value) in &request.headers {
        set(&headers, name, &JsValue::from_str(value));
    }
    let init = Object::new();
    for (name, value) in [
        ("method", Method::POST.as_str().into()),
        ("headers", headers.into()),
        ("body", JsValue::from_str(&request.body)),
        ("signal", call.signal()),
        ("mode", RequestMode::Cors.into()),
        ("credentials", RequestCredentials::Omit.into()),
        ("cache", RequestCache::NoStore.into()),
        // Not `error`: under it a browser can't tell a redirect from a broken network.
        ("redirect", RequestRedirect::Manual.into()),
        ("referrerPolicy", ReferrerPolicy::NoReferrer.into()),
    ] {
        set(&init, name, &value);
    }
    init
}

fn set(object: &Object, name: &str, value: &JsValue) {
    // A fresh object takes every property.
    let _ = Reflect::set(object, &JsValue::from_str(name), value);
}

/// The property `name`, or undefined where there is none or it can't be read.
fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or_default()
}

fn method(object: &JsValue, name: &str) -> Option<Function> {
    get(object, name).dyn_into().ok()
}

async fn invoke(method: &Function, target: &JsValue, first: &JsValue, second: &JsValue) -> Result<JsValue, JsValue> {
    JsFuture::from(shell::invoke(method, target, first, second)).await
}

/// The status of whatever has a numeric one; none for a redirect, followed or not.
fn status(response: &JsValue) -> Option<u16> {
    if get(response, "redirected").is_truthy() {
        return None;
    }
    let status = exact_integer(get(response, "status").as_f64()?)?;
    u16::try_from(status).ok().filter(|status| matches!(status, 100..=599))
}

async fn header(response: &JsValue, name: &str) -> Option<String> {
    let headers = get(response, "headers");
    let get = method(&headers, "get")?;
    invoke(&get, &headers, &JsValue::from_str(name), &JsValue::UNDEFINED).await.ok()?.as_string()
}

/// The body as text, or what is wrong with it.
async fn text(response: &JsValue, call: &Call) -> Result<JsString, Body<Parsed>> {
    let Some((source, next)) = chunks(response).await else { return whole(response).await };
    let mut text = Utf8::new()?;
    loop {
        // The platform's own fault, or the end of the call, which aborts the request.
        let step = invoke(&next, &source, &JsValue::UNDEFINED, &JsValue::UNDEFINED).await.map_err(|_| Body::Unreadable)?;
        if get(&step, "done").is_truthy() {
            return text.end();
        }
        if call.expired() {
            return Err(Body::Unreadable);
        }
        text.push(&get(&step, "value"))?;
    }
}

/// The body's chunks: an object, and its method that gives the next. A stream, or what other
/// libraries have in its place.
async fn chunks(response: &JsValue) -> Option<(JsValue, Function)> {
    let body = get(response, "body");
    let (open, next) = match method(&body, "getReader") {
        Some(open) => (open, "read"),
        None => (Reflect::get(&body, &Symbol::async_iterator()).ok()?.dyn_into().ok()?, "next"),
    };
    let source = invoke(&open, &body, &JsValue::UNDEFINED, &JsValue::UNDEFINED).await.ok()?;
    let next = method(&source, next)?;
    Some((source, next))
}

/// The body of a response without a stream; an empty text where there is nothing to read.
async fn whole(response: &JsValue) -> Result<JsString, Body<Parsed>> {
    for name in ["arrayBuffer", "text"] {
        let Some(read) = method(response, name) else { continue };
        let body = invoke(&read, response, &JsValue::UNDEFINED, &JsValue::UNDEFINED).await;
        let body = body.map_err(|_| Body::Unreadable)?;
        if let Some(text) = body.dyn_ref::<JsString>() {
            return Ok(text.clone());
        }
        let mut text = Utf8::new()?;
        text.push(&body)?;
        return text.end();
    }
    Ok(JsString::default())
}

/// The length of an `ArrayBuffer` or of a view of one.
fn byte_length(chunk: &JsValue) -> Option<usize> {
    usize::try_from(exact_integer(get(chunk, "byteLength").as_f64()?)?).ok()
}

/// Bytes on their way to text: at most [`MAX_BODY_BYTES`] of valid UTF-8. A byte order mark goes.
struct Utf8 {
    decoder: TextDecoder,
    text: JsString,
    bytes: usize,
}

impl Utf8 {
    fn new() -> Result<Self, Body<Parsed>> {
        let options = TextDecoderOptions::new();
        options.set_fatal(true);
        let decoder = TextDecoder::new_with_label_and_options("utf-8", &options).map_err(|_| Body::Unreadable)?;
        Ok(Self { decoder, text: JsString::default(), bytes: 0 })
    }

    fn push(&mut self, chunk: &JsValue) -> Result<(), Body<Parsed>> {
        self.bytes = self.bytes.saturating_add(byte_length(chunk).ok_or(Body::Unreadable)?);
        if self.bytes > MAX_BODY_BYTES {
            return Err(Body::TooLarge);
        }
        let options = TextDecodeOptions::new();
        options.set_stream(true);
        let text = self.decoder.decode_with_buffer_source_and_options(chunk.unchecked_ref(), &options);
        self.text = self.text.concat(&text.map_err(|_| Body::NotUtf8)?.into());
        Ok(())
    }

    fn end(self) -> Result<JsString, Body<Parsed>> {
        // Fails where the last character is cut off.
        self.decoder.decode().map_err(|_| Body::NotUtf8)?;
        Ok(self.text)
    }
}
