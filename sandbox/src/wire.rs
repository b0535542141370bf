//! Reads the bodies of requests, up to a limit, and records requests if asked to.

use std::fs::{File, OpenOptions};
use std::future::poll_fn;
use std::io::Write as _;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{FromRequestParts, OriginalUri, Request, State};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::Value;

use crate::refusal::Refusal;

/// The largest body that is accepted. The largest user object of the reference takes 3 KiB.
pub const BODY_LIMIT: usize = 64 * 1024;

/// How much of a body is read at most before a 413. Closing a connection with unread bytes resets it, and the client
/// would not see the answer.
const DISCARD_LIMIT: usize = 16 * 1024 * 1024;

/// A file that gets one line of JSON for each API request, secrets included. For tests only.
#[derive(Debug)]
pub struct Record(Mutex<File>);

impl Record {
    /// Opens the file to append to it. Only its owner can read a new file.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path).map(|file| Self(Mutex::new(file)))
    }

    fn write(&self, parts: &Parts, body: &[u8]) -> std::io::Result<()> {
        // The map keeps the order of the headers, but puts those of one name together.
        let headers: Vec<Value> = parts
            .headers
            .iter()
            .map(|(name, value)| {
                vec![Value::from(name.as_str()), Value::from(String::from_utf8_lossy(value.as_bytes()))]
            })
            .map(Value::from)
            .collect();
        let body = (!body.is_empty()).then(|| String::from_utf8_lossy(body));
        // Inside the `/v2` routes, the request's own URI no longer has that prefix.
        let uri = parts.extensions.get().map_or(&parts.uri, |OriginalUri(uri)| uri);
        let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
        let line = format!(
            "{{\"method\":{},\"path\":{},\"headers\":{},\"body\":{}}}\n",
            Value::from(parts.method.as_str()),
            Value::from(path),
            Value::from(headers),
            Value::from(body),
        );
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One write, so that a reader never sees half a line.
        file.write_all(line.as_bytes())
    }
}

/// The body of an API request, which is read before the route is looked up. A refusal of the body is kept here until a
/// route asks for the body, so that a wrong key or a wrong method is reported first.
#[derive(Clone, Debug)]
pub struct ReceivedBody(Result<Bytes, Refusal>);

impl<S: Sync> FromRequestParts<S> for ReceivedBytes {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        match parts.extensions.get() {
            Some(ReceivedBody(body)) => body.clone().map(Self),
            None => Err(Refusal::defect("a route outside of the layer that reads")),
        }
    }
}

/// A body within the limit.
#[derive(Clone, Debug)]
pub struct ReceivedBytes(pub Bytes);

/// Reads the body, records the request, and keeps the answer out of every cache.
pub async fn receive(State(record): State<Option<Arc<Record>>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let body = read(body).await;
    if let Some(record) = record {
        let bytes = body.as_ref().map(Bytes::as_ref).unwrap_or_default();
        if let Err(error) = record.write(&parts, bytes) {
            tracing::error!(%error, "the request could not be recorded");
        }
    }
    parts.extensions.insert(ReceivedBody(body));
    let mut response = next.run(Request::from_parts(parts, Body::empty())).await;
    // The answer to a sign-in holds a token.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn read(mut body: Body) -> Result<Bytes, Refusal> {
    let mut kept = Vec::new();
    let mut total = 0_usize;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|_| Refusal::bad_request("The body was cut off."))?;
        let Ok(data) = frame.into_data() else {
            continue; // trailers
        };
        total = total.saturating_add(data.len());
        if total <= BODY_LIMIT {
            kept.extend_from_slice(&data);
        } else if total > DISCARD_LIMIT {
            break;
        }
    }
    if total > BODY_LIMIT {
        return Err(Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("The body is larger than {BODY_LIMIT} bytes."),
        ));
    }
    Ok(kept.into())
}
