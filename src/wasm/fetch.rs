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

use super::json::Parsed;
use super::shell::{self, Flight};
use super::{Op, Task, convert};
use crate::error::{ErrorCode, Route, SignInError};
use crate::json::exact_integer;
use crate::request::Request;
use crate::response::{Answer, Body, MAX_BODY_BYTES, refusal};

/// What comes after an answer.
pub(super) enum Next {
    Done(JsValue),
    /// Another request, for the record of a user.
    Ask(Request, String),
}

/// Sends what `task` has to ask, once each, and gives what it makes of the answers.
pub(super) async fn exchange(mut request: Request, task: &Task, flight: &Flight) -> Result<JsValue, SignInError> {
    let mut users_id = None;
    loop {
        let init = init(&request, task, flight);
        let url = JsValue::from_str(&request.url);
        // From here on the password is the platform's: our copies go before the wait begins.
        drop(request);
        let response = JsFuture::from(shell::invoke(&url, &init, flight))
            .await
            // What the platform says of it may quote a header, so the key: it is not passed on.
            .map_err(|_| SignInError::new(ErrorCode::Network))?;
        let status = status(&response).ok_or(SignInError::new(ErrorCode::InvalidResponse))?;
        if task.op == Op::Fetch {
            // The Fetch Standard's redirect statuses. A browser hides them behind a status 0.
            return match status {
                301 | 302 | 303 | 307 | 308 => Err(SignInError::new(ErrorCode::InvalidResponse).with_status(status)),
                _ => Ok(response),
            };
        }
        let answer = answer(status, &response, task.route(), flight).await;
        match task.read(answer, users_id.as_deref())? {
            Next::Done(outcome) => return Ok(outcome),
            Next::Ask(next, id) => (request, users_id) = (next, Some(id)),
        }
    }
}

async fn answer(status: u16, response: &JsValue, route: Route, flight: &Flight) -> Answer<Parsed> {
    let retry_after = header(response, "Retry-After");
    // It says all by itself, and what is left of the answer may take its time.
    if route == Route::Session && status == 401 {
        return Answer { status, retry_after, body: Body::Unreadable };
    }
    if let Some(refusal) = refusal(status, retry_after.as_deref(), now_ms(), route) {
        flight.set_verdict(&convert::error(&refusal));
    }
    let body = match text(response, flight).await {
        Ok(text) => Parsed::from_text(&text).map_or_else(|| Body::Text(convert::text(&text)), Body::Json),
        Err(fault) => fault,
    };
    Answer { status, retry_after, body }
}

/// Milliseconds since 1970.
pub(super) fn now_ms() -> u64 {
    exact_integer(Date::now()).and_then(|now| now.try_into().ok()).unwrap_or_default()
}

/// The second argument of `fetch`.
fn init(request: &Request, task: &Task, flight: &Flight) -> JsValue {
    let headers = Object::new();
    for (name, value) in &request.headers {
        set(&headers, name, &JsValue::from_str(value));
    }
    if task.op == Op::Fetch {
        return shell::merged(&task.call.init(), &headers);
    }
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
    if task.op == Op::SignOut {
        // The page may be closing.
        set(&init, "keepalive", &JsValue::TRUE);
    }
    init.into()
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
