//! What an answer means: a session, or the reason why there is none.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;
use std::time::SystemTime;

use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::credentials::{Credentials, Token};
use crate::error::{ErrorCode, ServerError, SignInError};
use crate::json::{Json, Kind, Shaped, check, exact_integer};
use crate::user::User;

/// The longest body that is read, in bytes after content decoding.
pub const MAX_BODY_BYTES: u32 = 1_048_576;

const TOO_LARGE: &str = "at most 1048576 bytes";
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
        let now_ms = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
        let now_ms = u64::try_from(now_ms).unwrap_or_default();
        let token = read_sign_in(&Answer { status: response.status, retry_after, body }, now_ms, self)?;
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

    /// Whether `text` repeats a secret: as it is, or as the request's JSON spelled it.
    fn are_in(&self, text: &str) -> bool {
        let password = self.password.expose();
        let quoted = Zeroizing::new(serde_json::to_string(password).unwrap_or_default());
        let spelled = quoted.as_bytes().get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
        // Bytes and windows: the standard library's search for a text is 1.5 KB of clever code.
        [password.as_bytes(), spelled, self.api_key.id()]
            .iter()
            .any(|secret| text.as_bytes().windows(secret.len().max(1)).any(|window| window == *secret))
    }
}

/// What `TextDecoder` and `JSON.parse` do in a browser.
fn parse(bytes: &[u8]) -> Body<serde_json::Value> {
    if u32::try_from(bytes.len()).is_ok_and(|length| length > MAX_BODY_BYTES) {
        return Body::TooLarge;
    }
    let Ok(text) = core::str::from_utf8(bytes) else { return Body::NotUtf8 };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    serde_json::from_str(text).map_or_else(|_| Body::Text(text.to_owned()), Body::Json)
}

/// Reads the answer to a sign-in: its status first, then its body.
pub(crate) fn read_sign_in<J: Json>(
    answer: &Answer<J>,
    now_ms: u64,
    credentials: &Credentials,
) -> Result<Token, SignInError> {
    if let Some(refusal) = refusal(answer.status, answer.retry_after.as_deref(), now_ms) {
        return Err(refusal.with_server_errors(server_errors(&answer.body, credentials)));
    }
    token(&answer.body).map_err(|error| error.with_status(answer.status))
}

/// The error that the status alone makes of an answer, if it makes one.
pub(crate) fn refusal(status: u16, retry_after: Option<&str>, now_ms: u64) -> Option<SignInError> {
    if matches!(status, 200..=299) {
        return None;
    }
    let code = ErrorCode::of_status(status);
    let delay = match (code, retry_after) {
        (ErrorCode::RateLimited | ErrorCode::ServerError, Some(header)) => wait(header, now_ms),
        _ => None,
    };
    Some(SignInError::new(code).with_status(status).with_retry_after(delay))
}

/// The token in a body that says the sign-in succeeded, if the user in it is one.
fn token<J: Json>(body: &Body<J>) -> Result<Token, SignInError> {
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
    let refused = |expected| SignInError::invalid_response("sessionToken", expected);
    let token = text(json, "sessionToken").ok_or_else(|| refused("string"))?;
    let token = Token::new(token).ok_or_else(|| refused(Token::RULE))?;
    if text(json, "usersId").is_none_or(|id| id.is_empty()) {
        return Err(SignInError::invalid_response("usersId", "non-empty string"));
    }
    check(json, <User as Shaped>::SHAPE)
        .map_err(|mismatch| SignInError::invalid_response(&mismatch.path, mismatch.expected))?;
    Ok(token)
}

/// The member `name`, where it is a text.
fn text<J: Json>(json: &J, name: &str) -> Option<String> {
    json.member_of_kind(name, Kind::String).map(|member| member.text())
}

/// What the service said of a refusal, with the tolerances that its official clients needed: an
/// entry that is a plain text, a body that is no JSON, the sibling service's
/// `{"title","description","code"}`.
fn server_errors<J: Json>(body: &Body<J>, credentials: &Credentials) -> Vec<ServerError> {
    let mut errors = Vec::new();
    match body {
        Body::Json(json) => match json.member_of_kind("errors", Kind::Array) {
            Some(entries) => {
                for index in 0..entries.length() {
                    errors.extend(entries.element(index).and_then(|entry| server_error(&entry)));
                }
            }
            None => errors.extend(server_error(json)),
        },
        Body::Text(text) if !text.trim_ascii().is_empty() => errors.push(plain(text.clone())),
        _ => {}
    }
    for error in &mut errors {
        if credentials.are_in(&error.message) {
            WITHHELD.clone_into(&mut error.message);
        }
    }
    errors
}

fn server_error<J: Json>(entry: &J) -> Option<ServerError> {
    if entry.kind() == Kind::String {
        return Some(plain(entry.text()));
    }
    if entry.kind() != Kind::Object {
        return None;
    }
    let message = ["message", "description", "title"].iter().find_map(|name| text(entry, name));
    let code = entry.member_of_kind("code", Kind::Number).and_then(|code| exact_integer(code.number()));
    let code = code.and_then(|code| i32::try_from(code).ok());
    if message.is_none() && code.is_none() {
        return None;
    }
    Some(ServerError { code: code.unwrap_or(-1), message: message.unwrap_or_default() })
}

const fn plain(message: String) -> ServerError {
    ServerError { code: -1, message }
}

/// The wait in milliseconds that a `Retry-After` asks for: a number of seconds, or a date in the one
/// form that servers may send (RFC 9110, 5.6.7 and 10.2.3). `None` for anything else, and for a wait
/// of centuries.
fn wait(header: &str, now_ms: u64) -> Option<u64> {
    let header = header.trim_ascii();
    if header.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(u64::from(header.parse::<u32>().ok()?).saturating_mul(1000));
    }
    Some(http_date(header)?.saturating_mul(1000).saturating_sub(now_ms))
}

/// Seconds from 1970 to a date like `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<u64> {
    const MONTHS: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    const DAYS_BEFORE: [u64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

    let (date, time) = text.get(5..)?.strip_suffix(" GMT")?.split_at_checked(11)?;
    let month = MONTHS.chunks(3).position(|name| date.as_bytes().get(3..6) == Some(name))?;
    let years = digits(date, 7..11, 9999)?.checked_sub(1970)?;
    let leap_years = |years: u64| {
        let fourth = years.saturating_add(1) / 4;
        let hundredth = years.saturating_add(69) / 100;
        fourth.saturating_sub(hundredth).saturating_add(years.saturating_add(369) / 400)
    };
    let leap_day = if month > 1 { years.saturating_add(1) } else { years };
    let days = years
        .saturating_mul(365)
        .saturating_add(leap_years(leap_day))
        .saturating_add(*DAYS_BEFORE.get(month)?)
        .saturating_add(digits(date, 0..2, 31)?.checked_sub(1)?);
    // 60 is a leap second.
    [(1..3, 24, 23), (4..6, 60, 59), (7..9, 60, 60)].into_iter().try_fold(days, |sum, (place, unit, most)| {
        Some(sum.saturating_mul(unit).saturating_add(digits(time, place, most)?))
    })
}

/// The number that stands at `place`, in digits alone, if it is at most `most`.
fn digits(text: &str, place: Range<usize>, most: u64) -> Option<u64> {
    let digits = text.get(place)?;
    let number = digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
    number.filter(|&number| number <= most)
}
