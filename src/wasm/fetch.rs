//! The one place that awaits: the request goes out, the answer comes in, bounded.
//!
//! `fetch` is called as anyone calls it, with an address and a plain object, through
//! [`shell::invoke`], which can't throw. Of gloo-net only the method's name is left: its `send()`
//! unwraps, so that the promise stays pending for ever when the signal aborts with a text, when
//! `fetch` throws or rejects with no `Error`, answers with another class, or finds a bad header
//! value. And a `fetch` of another library takes no `Request` of the platform's.

use gloo_net::http::Method;
use js_sys::{Date, Function, JsString, Object, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReferrerPolicy, RequestCache, RequestCredentials, RequestMode, RequestRedirect};

use super::convert;
use super::json::Parsed;
use super::shell::{self, Flight};
use crate::error::{ErrorCode, SignInError};
use crate::json::exact_integer;
use crate::request::Request;
use crate::response::{Answer, Body, MAX_BODY_BYTES, refusal};

/// Sends `request` once, and reads the answer.
pub(super) async fn send(request: Request, fetch: &Function, flight: &Flight) -> Result<Answer<Parsed>, SignInError> {
    let init = init(&request, flight);
    let url = JsValue::from_str(&request.url);
    // From here on the password is the platform's: our copies go before the wait begins.
    drop(request);
    let response = JsFuture::from(shell::invoke(fetch, &url, &init, flight))
        .await
        // What the platform says of it may quote a header, so the key: it is not passed on.
        .map_err(|_| SignInError::new(ErrorCode::Network))?;
    let status = status(&response).ok_or(SignInError::new(ErrorCode::InvalidResponse))?;
    let retry_after = header(&response, "Retry-After");
    if let Some(refusal) = refusal(status, retry_after.as_deref(), now_ms()) {
        flight.set_verdict(&convert::error(&refusal));
    }
    let body = match text(&response, flight).await {
        Ok(text) => Parsed::from_text(&text).map_or_else(|| Body::Text(convert::text(&text)), Body::Json),
        Err(fault) => fault,
    };
    Ok(Answer { status, retry_after, body })
}

/// Milliseconds since 1970.
pub(super) fn now_ms() -> u64 {
    exact_integer(Date::now()).and_then(|now| now.try_into().ok()).unwrap_or_default()
}

/// The second argument of `fetch`.
fn init(request: &Request, flight: &Flight) -> Object {
    let headers = Object::new();
    for (name, value) in &request.headers {
        set(&headers, name, &JsValue::from_str(value));
    }
    let init = Object::new();
    for (name, value) in [
        ("method", Method::POST.as_str().into()),
        ("headers", headers.into()),
        ("body", JsValue::from_str(&request.body)),
        ("signal", flight.signal()),
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

/// The status of whatever has a numeric one; none for a redirect, followed or not.
fn status(response: &JsValue) -> Option<u16> {
    if get(response, "redirected").is_truthy() {
        return None;
    }
    let status = exact_integer(get(response, "status").as_f64()?)?;
    u16::try_from(status).ok().filter(|status| matches!(status, 100..=599))
}

fn header(response: &JsValue, name: &str) -> Option<String> {
    let headers = get(response, "headers");
    get(&headers, "get").dyn_into::<Function>().ok()?.call1(&headers, &JsValue::from_str(name)).ok()?.as_string()
}

/// The body as text, or what is wrong with it.
async fn text(response: &JsValue, flight: &Flight) -> Result<JsString, Body<Parsed>> {
    let text = JsFuture::from(shell::read(response, MAX_BODY_BYTES, flight)).await.unwrap_or_default();
    text.dyn_into().map_err(|fault: JsValue| match fault.as_f64() {
        Some(1.0) => Body::NotUtf8,
        Some(2.0) => Body::TooLarge,
        _ => Body::Unreadable,
    })
}
