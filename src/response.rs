//! What an answer means: a session, or the reason why there is none.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;
use std::time::SystemTime;

use serde::de::{DeserializeOwned, IgnoredAny};
use zeroize::Zeroizing;

use crate::credentials::{Credentials, Token};
use crate::error::{ErrorCode, ServerError, SignInError};
use crate::json::{Json, Kind, decode};
use crate::user::User;

/// The longest body that is read, in bytes after content decoding.
pub const MAX_BODY_BYTES: usize = 1_048_576;

const TOO_LARGE: &str = "at most 1048576 bytes";
const NOT_EMPTY: &str = "non-empty string";
const WITHHELD: &str = "(withheld: it repeats a secret)";

/// An answer's body, read and parsed by whoever can.
#[derive(Debug)]
pub(crate) enum Body<J> {
    Json(J),
    /// Text that no JSON parser accepts.
    Text(String),
    NotUtf8,
    TooLarge,
    /// It broke off, or the platform can't read it.
    #[cfg_attr(not(target_arch = "wasm32"), expect(dead_code, reason = "only a transport can tell"))]
    Unreadable,
}

/// The parts of an answer that count. No content type: the body decides.
#[derive(Debug)]
pub(crate) struct Answer<J> {
    pub(crate) status: u16,
    /// The header `Retry-After`, as it came.
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Body<J>,
}

/// An answer as an HTTP client hands it over.
#[derive(Clone, Copy)]
pub struct Response<'a> {
    /// The HTTP status. Tell the HTTP client not to follow redirects.
    pub status: u16,
    /// The header `Retry-After`, if there is one.
    pub retry_after: Option<&'a str>,
    /// The body, without its content encoding. No need to read more of it than one byte over
    /// [`MAX_BODY_BYTES`].
    pub body: &'a [u8],
}

impl fmt::Debug for Response<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status).finish_non_exhaustive()
    }
}

/// What a sign-in gives. `Extras` is the type of [`User::extras`].
#[derive(Clone, Debug, PartialEq)]
pub struct Session<Extras = serde_json::Value> {
    /// The user, checked field by field.
    pub user: User<Extras>,
    /// The session's token, for `Authorization: Bearer …`. It lives 24 hours at most.
    pub token: Token,
    /// The user as the service sent it, with the fields that [`User`] does not know, without the token.
    pub json: serde_json::Value,
}

impl Credentials {
    /// Reads the answer to a sign-in with these credentials. `now` is for a `Retry-After` that is a
    /// date.
    ///
    /// # Errors
    /// What the status says, or [`InvalidResponse`](ErrorCode::InvalidResponse).
    pub fn read_sign_in<Extras: DeserializeOwned>(
        &self,
        response: &Response<'_>,
        now: SystemTime,
    ) -> Result<Session<Extras>, SignInError> {
        let parsed = parse(response.body);
        let body = match &parsed {
            Body::Json(json) => Body::Json(json),
            Body::Text(text) => Body::Text(text.clone()),
            Body::NotUtf8 => Body::NotUtf8,
            Body::TooLarge => Body::TooLarge,
            Body::Unreadable => Body::Unreadable,
        };
        let retry_after = response.retry_after.map(ToOwned::to_owned);
        let (_, token) = read_sign_in(&Answer { status: response.status, retry_after, body }, now, self)?;
        let Body::Json(mut json) = parsed else { return Err(SignInError::new(ErrorCode::Internal)) };
        if let Some(object) = json.as_object_mut() {
            object.remove("sessionToken");
        }
        // All the other fields have been checked, so it can only be the caller's own type that does
        // not fit.
        let user = serde_json::from_value(json.clone())
            .map_err(|_| SignInError::invalid_response("extras", "the application's own type"))?;
        Ok(Session { user, token, json })
    }

    /// `text`, unless it repeats a secret: as it is, or as the request's JSON spelled it.
    fn withhold_from(&self, text: String) -> String {
        let password = self.password.expose();
        let spelled = Zeroizing::new(serde_json::to_string(password).unwrap_or_default());
        let spelled = spelled.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(password);
        let repeated = [password, spelled, self.api_key.id()].iter().any(|secret| text.contains(secret));
        if repeated { WITHHELD.to_owned() } else { text }
    }
}

/// What `TextDecoder` and `JSON.parse` do in a browser.
fn parse(bytes: &[u8]) -> Body<serde_json::Value> {
    if bytes.len() > MAX_BODY_BYTES {
        return Body::TooLarge;
    }
    let Ok(text) = core::str::from_utf8(bytes) else { return Body::NotUtf8 };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    serde_json::from_str(text).map_or_else(|_| Body::Text(text.to_owned()), Body::Json)
}

/// Reads the answer to a sign-in: its status first, then its body.
pub(crate) fn read_sign_in<J: Json>(
    answer: &Answer<J>,
    now: SystemTime,
    credentials: &Credentials,
) -> Result<(User<IgnoredAny>, Token), SignInError> {
    if let Some(refusal) = refusal(answer.status, answer.retry_after.as_deref(), now) {
        return Err(refusal.with_server_errors(server_errors(&answer.body, credentials)));
    }
    session(&answer.body).map_err(|error| error.with_status(answer.status))
}

/// The error that the status alone makes of an answer, if it makes one.
pub(crate) fn refusal(status: u16, retry_after: Option<&str>, now: SystemTime) -> Option<SignInError> {
    if matches!(status, 200..=299) {
        return None;
    }
    let code = ErrorCode::of_status(status);
    let delay = match (code, retry_after) {
        (ErrorCode::RateLimited | ErrorCode::ServerError, Some(header)) => wait(header, now),
        _ => None,
    };
    Some(SignInError::new(code).with_status(status).with_retry_after(delay))
}

/// The user and the token in a body that says the sign-in succeeded.
fn session<J: Json>(body: &Body<J>) -> Result<(User<IgnoredAny>, Token), SignInError> {
    let json = match body {
        Body::Json(json) => json,
        Body::Text(_) => return Err(SignInError::invalid_response("", "JSON")),
        Body::NotUtf8 => return Err(SignInError::invalid_response("", "UTF-8")),
        Body::TooLarge => return Err(SignInError::invalid_response("", TOO_LARGE)),
        Body::Unreadable => return Err(SignInError::new(ErrorCode::Network)),
    };
    if json.kind() != Kind::Object {
        return Err(SignInError::invalid_response("", "object"));
    }
    let token = token(json.member("sessionToken"))?;
    if text(json.member("usersId")).is_none_or(|id| id.is_empty()) {
        return Err(SignInError::invalid_response("usersId", NOT_EMPTY));
    }
    let user =
        decode(json.clone()).map_err(|mismatch| SignInError::invalid_response(&mismatch.path, mismatch.expected))?;
    Ok((user, token))
}

fn token<J: Json>(member: Option<J>) -> Result<Token, SignInError> {
    let refused = |expected| SignInError::invalid_response("sessionToken", expected);
    let text = text(member).ok_or_else(|| refused("string"))?;
    if text.is_empty() {
        return Err(refused(NOT_EMPTY));
    }
    Token::new(text).ok_or_else(|| refused(Token::RULE))
}

fn text<J: Json>(member: Option<J>) -> Option<String> {
    member.filter(|member| member.kind() == Kind::String).map(|member| member.text())
}

/// What the service said of a refusal, with the tolerances that its official clients needed: an
/// entry that is a plain text, a body that is no JSON, the sibling service's
/// `{"title","description","code"}`.
fn server_errors<J: Json>(body: &Body<J>, credentials: &Credentials) -> Vec<ServerError> {
    let errors = match body {
        Body::Json(json) => match json.present("errors").filter(|errors| errors.kind() == Kind::Array) {
            Some(errors) => (0..errors.length()).filter_map(|index| server_error(&errors.element(index)?)).collect(),
            None => server_error(json).into_iter().collect(),
        },
        Body::Text(text) if !text.trim().is_empty() => [plain(text.clone())].into(),
        _ => Vec::new(),
    };
    errors
        .into_iter()
        .map(|error: ServerError| ServerError { message: credentials.withhold_from(error.message), ..error })
        .collect()
}

fn server_error<J: Json>(entry: &J) -> Option<ServerError> {
    match entry.kind() {
        Kind::String => Some(plain(entry.text())),
        Kind::Object => {
            let message = ["message", "description", "title"].iter().find_map(|name| text(entry.member(name)));
            let code = entry.member("code").and_then(|code| i32::try_from(decode::<i64, J>(code).ok()?).ok());
            (message.is_some() || code.is_some())
                .then(|| ServerError { code: code.unwrap_or(-1), message: message.unwrap_or_default() })
        }
        _ => None,
    }
}

const fn plain(message: String) -> ServerError {
    ServerError { code: -1, message }
}

/// The wait that a `Retry-After` asks for: a number of seconds, or a date (RFC 9110, 10.2.3).
/// `None` for anything else, and for a wait of centuries.
fn wait(header: &str, now: SystemTime) -> Option<Duration> {
    let header = header.trim();
    if header.bytes().all(|byte| byte.is_ascii_digit()) {
        return header.parse::<u32>().ok().map(|seconds| Duration::from_secs(seconds.into()));
    }
    let date = httpdate::parse_http_date(header).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}
