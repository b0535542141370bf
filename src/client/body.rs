//! Reads the body of whatever a `fetch` resolves with: at most 1 MiB, as bytes.

use js_sys::{ArrayBuffer, JSON, Reflect, SyntaxError, Uint8Array};
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use super::call::{Call, invoke};
use super::get;
use crate::answer::MAX_BODY_BYTES;
use crate::error::SignInError;

/// How the reading went, and what was read.
pub(super) enum Reading {
    Complete(Zeroizing<Vec<u8>>),
    TooLarge,
    CutOff,
    Unusable,
}

#[wasm_bindgen]
extern "C" {
    /// `Uint8Array`, whose constructor throws where the buffer has been given away.
    #[wasm_bindgen(js_name = Uint8Array)]
    type Bytes;

    #[wasm_bindgen(catch, constructor, js_class = Uint8Array)]
    fn new(buffer: &JsValue, offset: &JsValue, length: &JsValue) -> Result<Bytes, JsValue>;
}

/// What gives the chunks of a body.
enum Source {
    /// A stream's reader, or the iterator of another library's body, and the method that gives the next chunk.
    Chunks(JsValue, &'static str),
    /// The method that gives the whole.
    Whole(&'static str),
}

/// Reads the body of `response`, and tells `call` how it is to be cancelled. Stops when nobody waits any more.
///
/// # Errors
/// `Timeout` and `Aborted`, where the call ends before.
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
        // Empty chunks count as well: they could come for ever.
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
        call.is_read_by(reader.clone(), "cancel");
        return Some(Source::Chunks(reader, "read"));
    }
    if let Some(iterator) = iterator_of(&body) {
        if is_function(&body, "destroy") {
            call.is_read_by(body, "destroy");
        } else {
            call.is_read_by(iterator.clone(), "return");
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

/// What `json()` and the platform's own decoders throw for a body that has come whole is a `SyntaxError`.
fn failed(error: &JsValue) -> Reading {
    if error.is_instance_of::<SyntaxError>() { Reading::Unusable } else { Reading::CutOff }
}

/// A copy of the bytes of a chunk, whatever its shape or realm: a stream may use its buffer again. A text counts as its
/// UTF-8.
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

/// By its tag, which one of another realm has too.
fn tag_of(value: &JsValue) -> Option<JsValue> {
    let method: js_sys::Function = get(&js_sys::Object::new(), "toString")?.dyn_into().ok()?;
    method.call0(value).ok()
}

fn length(bytes: &Uint8Array) -> usize {
    usize::try_from(bytes.length()).unwrap_or(usize::MAX)
}

/// The chunks in one piece. It holds the token, and a buffer that grows would leave copies behind.
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
