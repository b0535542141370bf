//! Reads the body of whatever `fetch` resolves with: at most 1 MiB, as bytes.

use js_sys::{ArrayBuffer, JSON, Reflect, SyntaxError, Uint8Array};
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use super::call::{Call, invoke};
use super::get;
use crate::answer::MAX_BODY_BYTES;
use crate::error::SignInError;

/// How reading a body ended, and the bytes of a complete body.
pub(super) enum Reading {
    Complete(Zeroizing<Vec<u8>>),
    TooLarge,
    CutOff,
    Unusable,
}

#[wasm_bindgen]
extern "C" {
    /// `Uint8Array`, whose constructor throws if the buffer has been detached.
    #[wasm_bindgen(js_name = Uint8Array)]
    type Bytes;

    #[wasm_bindgen(catch, constructor, js_class = Uint8Array)]
    fn new(buffer: &JsValue, offset: &JsValue, length: &JsValue) -> Result<Bytes, JsValue>;
}

/// How to read a body.
enum Source {
    /// By a stream's reader, or by the iterator of another library's body, whose method returns the next chunk.
    Chunks(JsValue, &'static str),
    /// By the method of the response that returns the whole body.
    Whole(&'static str),
}

/// Reads the body of `response`. `call` cancels it when the call ends early.
///
/// # Errors
/// `Timeout` or `Aborted`, if the call ends early.
pub(super) async fn read(response: &JsValue, call: &mut Call) -> Result<Reading, SignInError> {
    let Some(source) = source_of(response, call) else { return Ok(Reading::Unusable) };
    let (reader, method) = match source {
        Source::Chunks(reader, method) => (reader, method),
        Source::Whole(method) => return whole(response, method, call).await,
    };
    let mut chunks = Vec::new();
    let mut room = MAX_BODY_BYTES;
    loop {
        let Some(promise) = invoke(&reader, method, &[]) else { return Ok(Reading::CutOff) };
        let chunk = match call.wait(promise).await? {
            Ok(chunk) => chunk,
            Err(error) => return Ok(failed(&error)),
        };
        let (Some(done), Some(value)) = (get(&chunk, "done"), get(&chunk, "value")) else {
            return Ok(Reading::CutOff);
        };
        if done.is_truthy() {
            return Ok(complete(&chunks));
        }
        let Some(bytes) = bytes_of(&value) else { return Ok(Reading::Unusable) };
        // An empty chunk counts as one byte: a stream could yield empty chunks for ever.
        match room.checked_sub(length(&bytes).max(1)) {
            Some(left) => room = left,
            None => return Ok(Reading::TooLarge),
        }
        chunks.push(bytes);
        call.expire_if_due();
    }
}

async fn whole(response: &JsValue, method: &'static str, call: &Call) -> Result<Reading, SignInError> {
    let Some(promise) = invoke(response, method, &[]) else { return Ok(Reading::CutOff) };
    let value = match call.wait(promise).await? {
        Ok(value) if method == "json" => match JSON::stringify(&value) {
            Ok(text) => text.into(),
            Err(_) => return Ok(Reading::CutOff),
        },
        Ok(value) => value,
        Err(error) => return Ok(failed(&error)),
    };
    Ok(match bytes_of(&value) {
        Some(bytes) if length(&bytes) > MAX_BODY_BYTES => Reading::TooLarge,
        Some(bytes) => complete(&[bytes]),
        None => Reading::Unusable,
    })
}

/// `None` for a body that can't be read.
fn source_of(response: &JsValue, call: &mut Call) -> Option<Source> {
    let body = get(response, "body").unwrap_or_default();
    let is_true = |holder, name| get(holder, name).is_some_and(|value| value.is_truthy());
    if is_true(response, "bodyUsed") || is_true(&body, "locked") {
        return None;
    }
    if let Some(reader) = invoke(&body, "getReader", &[]) {
        call.cancel_by(reader.clone(), "cancel");
        return Some(Source::Chunks(reader, "read"));
    }
    if let Some(iterator) = iterator_of(&body) {
        if is_function(&body, "destroy") {
            call.cancel_by(body, "destroy");
        } else {
            call.cancel_by(iterator.clone(), "return");
        }
        return Some(Source::Chunks(iterator, "next"));
    }
    ["arrayBuffer", "text", "json"].into_iter().find(|name| is_function(response, name)).map(Source::Whole)
}

fn iterator_of(body: &JsValue) -> Option<JsValue> {
    let method: js_sys::Function = Reflect::get(body, &js_sys::Symbol::async_iterator()).ok()?.dyn_into().ok()?;
    method.call0(body).ok()
}

fn is_function(holder: &JsValue, name: &str) -> bool {
    get(holder, name).is_some_and(|member| member.is_function())
}

/// How reading ended with `error`. For a body that has arrived whole, `json()` and the platform's decoders throw a
/// `SyntaxError`.
fn failed(error: &JsValue) -> Reading {
    if error.is_instance_of::<SyntaxError>() { Reading::Unusable } else { Reading::CutOff }
}

/// The bytes of a chunk of any type and realm: a copy, since a stream may reuse its buffer. A string becomes its UTF-8.
/// `None` for a chunk of any other type.
fn bytes_of(chunk: &JsValue) -> Option<Uint8Array> {
    if let Some(text) = chunk.as_string() {
        return Some(Zeroizing::new(text).as_bytes().into());
    }
    let bytes = if ArrayBuffer::is_view(chunk) {
        Bytes::new(&get(chunk, "buffer")?, &get(chunk, "byteOffset")?, &get(chunk, "byteLength")?)
    } else if tag_of(chunk).is_some_and(|tag| tag == "[object ArrayBuffer]") {
        Bytes::new(chunk, &JsValue::UNDEFINED, &JsValue::UNDEFINED)
    } else {
        return None;
    };
    let bytes: Uint8Array = bytes.ok()?.unchecked_into();
    Some(bytes.slice(0, bytes.length()))
}

/// The tag of a value, which is the same in every realm.
fn tag_of(value: &JsValue) -> Option<JsValue> {
    let method: js_sys::Function = get(&js_sys::Object::new(), "toString")?.dyn_into().ok()?;
    method.call0(value).ok()
}

fn length(bytes: &Uint8Array) -> usize {
    usize::try_from(bytes.length()).unwrap_or(usize::MAX)
}

/// The chunks in one buffer, which has its size from the start: one that grows would leave copies of the token behind.
fn complete(chunks: &[Uint8Array]) -> Reading {
    let mut bytes = Zeroizing::new(vec![0; chunks.iter().map(length).sum()]);
    let mut rest = bytes.as_mut_slice();
    for chunk in chunks {
        let Some((start, end)) = rest.split_at_mut_checked(length(chunk)) else { return Reading::Unusable };
        chunk.copy_to(start);
        rest = end;
    }
    Reading::Complete(bytes)
}
