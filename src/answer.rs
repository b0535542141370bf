//! An answer of the service: its head, its body, and the errors that it reports.

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

use crate::echo::repeats;
use crate::error::{ErrorCode, ServerError, SignInError};
use crate::json::{Json, Kind, utf8};
use crate::retry_after::RetryAfter;

/// The longest body that is read, in bytes after content decoding.
pub const MAX_BODY_BYTES: usize = 1_048_576;

const TOO_LARGE: &str = "at most 1048576 bytes";
const WITHHELD: &str = "(withheld: it repeats a secret)";

/// An answer, as any HTTP client can provide it. The content type is not needed: the body decides.
#[derive(Clone, Copy)]
pub struct Response<'a> {
    /// The HTTP status. Tell the HTTP client not to follow redirects.
    pub status: u16,
    /// The header `Retry-After`, if there is one.
    pub retry_after: Option<&'a str>,
    /// The header `Date`, if there is one. A `Retry-After` that is a date counts from it.
    pub date: Option<&'a str>,
    /// The body after content decoding. It need not be read further than one byte beyond [`MAX_BODY_BYTES`].
    pub body: &'a [u8],
}

impl fmt::Debug for Response<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status).finish_non_exhaustive()
    }
}

impl<'a> Response<'a> {
    pub(crate) const fn head(&self) -> Head<'a> {
        Head { status: self.status, retry_after: self.retry_after, date: self.date }
    }
}

/// What is known of an answer before its body.
#[derive(Clone, Copy)]
pub(crate) struct Head<'a> {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<&'a str>,
    pub(crate) date: Option<&'a str>,
}

impl Head<'_> {
    /// The error that this status stands for, which has the code `code`.
    pub(crate) fn error(&self, code: ErrorCode) -> SignInError {
        let waits = matches!(code, ErrorCode::RateLimited | ErrorCode::ServerError);
        let header = self.retry_after.filter(|_| waits);
        SignInError::of_status(code, self.status, header.and_then(|header| RetryAfter::parse(header, self.date)))
    }
}

/// A body, as far as it could be read.
#[derive(Clone, Copy)]
pub(crate) enum Body<'a> {
    Bytes(&'a [u8]),
    /// The body is longer than [`MAX_BODY_BYTES`], and was not read to its end.
    TooLarge,
    /// The body broke off.
    CutOff,
    /// The body was read before, is locked, or yields neither bytes nor text.
    Unusable,
}

/// What a body holds.
#[derive(Clone, Copy)]
pub(crate) enum Content<'a> {
    Json(Json<'a>),
    /// Text that is not JSON, or an empty body.
    Text(&'a str),
    NotUtf8,
    TooLarge,
    CutOff,
    Unusable,
}

impl<'a> Content<'a> {
    /// Decodes a body as `TextDecoder` and `JSON.parse` would.
    pub(crate) fn of(body: Body<'a>) -> Self {
        let bytes = match body {
            Body::Bytes(bytes) if bytes.len() <= MAX_BODY_BYTES => bytes,
            Body::Bytes(_) | Body::TooLarge => return Self::TooLarge,
            Body::CutOff => return Self::CutOff,
            Body::Unusable => return Self::Unusable,
        };
        text_of(bytes).map_or(Self::NotUtf8, |text| Json::parse(text).map_or(Self::Text(text), Self::Json))
    }

    /// Whether the body is empty, or nothing but white space.
    pub(crate) fn is_blank(self) -> bool {
        matches!(self, Self::Text(text) if text.trim_ascii().is_empty())
    }

    /// The body as an object.
    pub(crate) fn object(self) -> Result<Json<'a>, SignInError> {
        let expected = match self {
            Self::Json(json) if json.kind() == Kind::Object => return Ok(json),
            Self::CutOff => return Err(SignInError::new(ErrorCode::Network)),
            Self::Json(_) => "object",
            Self::Text(_) | Self::Unusable => "JSON",
            Self::NotUtf8 => "UTF-8",
            Self::TooLarge => TOO_LARGE,
        };
        Err(SignInError::invalid_response("", expected))
    }

    /// Whether this is the error body that the service documents: an object with a list `errors`, in which at least one
    /// entry is a text, or an object with a `message`.
    pub(crate) fn is_documented_error(self) -> bool {
        let Self::Json(json) = self else { return false };
        json.member("errors").filter(|errors| errors.kind() == Kind::Array).is_some_and(|errors| {
            errors.parts().any(|entry| entry.kind() == Kind::String || entry.text_of("message").is_some())
        })
    }

    /// The service's own error texts. Like the service's official clients, this also accepts an entry that is a plain
    /// text, a body that is not JSON, and the sibling service's `{"title","description","code"}`. A text that repeats
    /// one of `secrets` is withheld.
    pub(crate) fn server_errors(self, secrets: &[&[u8]]) -> Vec<ServerError> {
        let mut errors = Vec::new();
        let mut add = |error: Option<ServerError>| errors.extend(error);
        match self {
            Self::Json(json) => match json.member("errors").filter(|errors| errors.kind() == Kind::Array) {
                Some(entries) => entries.parts().for_each(|entry| add(server_error(entry))),
                None => add(server_error(json)),
            },
            Self::Text(text) if !self.is_blank() => add(Some(plain(String::from(text).into()))),
            _ => {}
        }
        for error in &mut errors {
            if repeats(&error.message, secrets) {
                error.message.zeroize();
                error.message.push_str(WITHHELD);
            }
        }
        errors
    }
}

/// The text of a body without its byte order mark, if it is UTF-8.
pub(crate) fn text_of(bytes: &[u8]) -> Option<&str> {
    utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
}

fn server_error(entry: Json<'_>) -> Option<ServerError> {
    if let Some(text) = entry.text() {
        return Some(plain(text));
    }
    let message = ["message", "description", "title"].iter().find_map(|name| entry.text_of(name));
    let code = entry.member("code").and_then(Json::integer).and_then(|code| i32::try_from(code).ok());
    if message.is_none() && code.is_none() {
        return None;
    }
    Some(ServerError { code: code.unwrap_or(-1), ..plain(message.unwrap_or_default()) })
}

fn plain(mut message: Zeroizing<String>) -> ServerError {
    ServerError { code: -1, message: std::mem::take(&mut *message) }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::session::tests::{error_of, read};
    use proptest::prelude::*;
    use serde_json::json;
    use std::time::Duration;

    #[test]
    fn the_status_decides_the_code() {
        for (status, code) in [
            (100, ErrorCode::InvalidResponse),
            (301, ErrorCode::InvalidResponse),
            (304, ErrorCode::InvalidResponse),
            (400, ErrorCode::BadRequest),
            (401, ErrorCode::InvalidCredentials),
            (403, ErrorCode::Forbidden),
            (404, ErrorCode::InvalidResponse),
            (409, ErrorCode::BadRequest),
            (422, ErrorCode::BadRequest),
            (429, ErrorCode::RateLimited),
            (499, ErrorCode::BadRequest),
            (500, ErrorCode::ServerError),
            (503, ErrorCode::ServerError),
            (599, ErrorCode::ServerError),
            (600, ErrorCode::InvalidResponse),
        ] {
            let error = error_of(status, r#"{"sessionToken":"t","usersId":"u"}"#);
            assert_eq!((error.code(), error.status()), (code, Some(status)));
        }
        assert!(read(204, None, b"").is_err());
        assert!(read(299, None, br#"{"sessionToken":"t","usersId":"u"}"#).is_ok());
    }

    #[test]
    fn the_services_own_words_are_read_with_its_clients_tolerances() {
        let one = |code, message: &str| vec![ServerError { code, message: message.to_string() }];
        for (body, errors) in [
            (r#"{"errors":[{"message":"No.","code":403}]}"#, one(403, "No.")),
            (r#"{"errors":["No."]}"#, one(-1, "No.")),
            (r#"{"errors":[{"message":"No."}]}"#, one(-1, "No.")),
            (r#"{"errors":[{"code":7}]}"#, one(7, "")),
            (r#"{"errors":[{"code":"7","message":"No."}]}"#, one(-1, "No.")),
            (r#"{"errors":[{"code":1e30,"message":"No."}]}"#, one(-1, "No.")),
            (r#"{"errors":[null,5,[],{}]}"#, vec![]),
            (r#"{"errors":[]}"#, vec![]),
            (r#"{"errors":{}}"#, vec![]),
            (r#"{"title":"T","description":"D","code":5}"#, one(5, "D")),
            (r#"{"title":"T"}"#, one(-1, "T")),
            (r#"{"message":"M","code":5}"#, one(5, "M")),
            (r#""No.""#, one(-1, "No.")),
            ("Go away", one(-1, "Go away")),
            (" \n", vec![]),
            ("", vec![]),
            ("null", vec![]),
            ("5", vec![]),
            ("[]", vec![]),
        ] {
            assert_eq!(error_of(400, body).server_errors(), errors, "{body}");
        }
        let two = r#"{"errors":[{"message":"a","code":1},{"message":"b","code":2}]}"#;
        assert_eq!(error_of(400, two).server_errors().len(), 2);
        let error = read(500, None, b"\xff").unwrap_err();
        assert_eq!((error.code(), error.server_errors()), (ErrorCode::ServerError, &[][..]));
    }

    #[test]
    fn a_server_that_echoes_a_secret_is_not_passed_on() {
        for echo in [
            "you sent pw\"canary",
            r#"body was {\"username\":\"bob\",\"password\":\"pw\\\"canary\"}"#,
            "<p>pw&quot;canary</p>",
            "?password=pw%22canary",
            "unknown key: browser a key-canary",
            "unknown id key-canary",
        ] {
            let body = json!({"errors": [{"code": 400, "message": echo}, {"code": 1, "message": "fine"}]}).to_string();
            let error = error_of(400, &body);
            let shown = format!("{error} {error:?} {}", serde_json::to_string(&error).unwrap());
            assert!(!shown.contains("canary"), "{shown}");
            assert_eq!(error.server_errors()[1].message, "fine");
        }
        let raw = r#"bad request: {"username":"bob","password":"pw\"canary"}"#;
        assert_eq!(error_of(400, raw).server_errors()[0].message, WITHHELD);
    }

    #[test]
    fn only_a_refusal_that_may_be_tried_again_says_when() {
        for (status, delay) in [(429, Some(5)), (503, Some(5)), (401, None), (400, None), (302, None)] {
            let error = read(status, Some("5"), b"").unwrap_err();
            let delay = delay.map(|seconds| RetryAfter::Delay(Duration::from_secs(seconds)));
            assert_eq!(error.retry_after(), delay, "{status}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_session_or_a_coded_error(
            status in 0_u16..700,
            header in prop::option::of(".{0,40}"),
            body in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let _ = read(status, header.as_deref(), &body);
        }
    }
}
