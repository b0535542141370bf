//! An answer: its status, its body, and the reason in it why the service refused.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use zeroize::{Zeroize, Zeroizing};

use crate::echo::repeats;
use crate::error::{ErrorCode, Route, ServerError, SignInError};
use crate::json::{Json, Kind, exact_integer};

/// The longest body that is read, in bytes after content decoding.
pub const MAX_BODY_BYTES: u32 = 1_048_576;

const TOO_LARGE: &str = "at most 1048576 bytes";
const WITHHELD: &str = "(withheld: it repeats a secret)";

/// An answer's body, read and parsed by whoever can.
#[derive(Debug)]
pub(crate) enum Body<J> {
    Json(J),
    /// Text that no JSON parser accepts. Wiped when dropped: it may echo the password.
    Text(Zeroizing<String>),
    NotUtf8,
    TooLarge,
    /// It broke off, or the platform can't read it.
    #[cfg_attr(
        not(all(target_arch = "wasm32", feature = "npm")),
        allow(dead_code, reason = "only a transport can tell")
    )]
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

impl Response<'_> {
    /// The same with its body parsed.
    pub(crate) fn answer<'a>(&self, body: &'a Body<serde_json::Value>) -> Answer<&'a serde_json::Value> {
        let body = match body {
            Body::Json(json) => Body::Json(json),
            Body::Text(text) => Body::Text(text.clone()),
            Body::NotUtf8 => Body::NotUtf8,
            Body::TooLarge => Body::TooLarge,
            Body::Unreadable => Body::Unreadable,
        };
        Answer { status: self.status, retry_after: self.retry_after.map(ToOwned::to_owned), body }
    }
}

/// What `TextDecoder` and `JSON.parse` do in a browser.
pub(crate) fn parse(bytes: &[u8]) -> Body<serde_json::Value> {
    if u32::try_from(bytes.len()).is_ok_and(|length| length > MAX_BODY_BYTES) {
        return Body::TooLarge;
    }
    let Ok(text) = core::str::from_utf8(bytes) else { return Body::NotUtf8 };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    serde_json::from_str(text).map_or_else(|_| Body::Text(text.to_owned().into()), Body::Json)
}

impl<J: Json> Answer<J> {
    /// Nothing, if the status says that the request was granted; or the refusal, with what the
    /// service said of it.
    pub(crate) fn granted(&self, now_ms: u64, route: Route, secrets: &[&[u8]]) -> Result<(), SignInError> {
        refusal(self.status, self.retry_after.as_deref(), now_ms, route)
            .map_or(Ok(()), |refusal| Err(refusal.with_server_errors(server_errors(&self.body, secrets))))
    }

    /// Nothing, if the answer is for the caller to read; or the refusal of a redirect, by the Fetch
    /// Standard's statuses. A browser hides them behind a status 0.
    #[cfg_attr(
        not(all(target_arch = "wasm32", feature = "npm")),
        allow(dead_code, reason = "other HTTP clients are told not to follow redirects")
    )]
    pub(crate) fn passed_on(&self) -> Result<(), SignInError> {
        match self.status {
            301 | 302 | 303 | 307 | 308 => Err(SignInError::new(ErrorCode::InvalidResponse).with_status(self.status)),
            _ => Ok(()),
        }
    }

    /// The body, which is to be a JSON object.
    pub(crate) fn object(&self) -> Result<&J, SignInError> {
        let refused = |expected| Err(SignInError::invalid_response("", expected));
        match &self.body {
            Body::Json(json) if json.kind() == Kind::Object => Ok(json),
            Body::Json(_) => refused("object"),
            Body::Text(_) => refused("JSON"),
            Body::NotUtf8 => refused("UTF-8"),
            Body::TooLarge => refused(TOO_LARGE),
            Body::Unreadable => Err(SignInError::new(ErrorCode::Network)),
        }
    }
}

/// The error that the status alone makes of an answer, if it makes one.
pub(crate) fn refusal(status: u16, retry_after: Option<&str>, now_ms: u64, route: Route) -> Option<SignInError> {
    if matches!(status, 200..=299) {
        return None;
    }
    let code = ErrorCode::of_status(status, route);
    let delay = match (code, retry_after) {
        (ErrorCode::RateLimited | ErrorCode::ServerError, Some(header)) => wait(header, now_ms),
        _ => None,
    };
    Some(SignInError::refusal(code, status, delay))
}

/// The member `name`, where it is a text.
pub(crate) fn text<J: Json>(json: &J, name: &str) -> Option<String> {
    json.member_of_kind(name, Kind::String).map(|member| member.text())
}

/// Whether there is no body to speak of.
pub(crate) fn blank<J>(body: &Body<J>) -> bool {
    matches!(body, Body::Text(text) if text.trim_ascii().is_empty())
}

/// What the service said of a refusal, with the tolerances that its official clients needed: an
/// entry that is a plain text, a body that is no JSON, the sibling service's
/// `{"title","description","code"}`.
fn server_errors<J: Json>(body: &Body<J>, secrets: &[&[u8]]) -> Vec<ServerError> {
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
        Body::Text(text) if !blank(body) => errors.push(plain(String::clone(text))),
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
    if let Some(seconds) = digits(header.as_bytes(), 0..header.len().max(1), u32::MAX.into()) {
        return Some(seconds.saturating_mul(1000));
    }
    Some(http_date(header)?.saturating_mul(1000).saturating_sub(now_ms))
}

/// Seconds from 1970 to a date like `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<u64> {
    const MONTHS: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    const DAYS_BEFORE: [u64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

    let text = text.as_bytes().strip_suffix(b" GMT").filter(|text| text.len() == 25)?;
    let month = MONTHS.chunks(3).position(|name| text.get(8..11) == Some(name))?;
    let years = digits(text, 12..16, 9999)?.checked_sub(1970)?;
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
        .saturating_add(digits(text, 5..7, 31)?.checked_sub(1)?);
    // 60 is a leap second.
    [(17..19, 24, 23), (20..22, 60, 59), (23..25, 60, 60)].into_iter().try_fold(days, |sum, (place, unit, most)| {
        Some(sum.saturating_mul(unit).saturating_add(digits(text, place, most)?))
    })
}

/// The number that stands at `place`, in digits alone, if it is at most `most`.
pub(crate) fn digits(text: &[u8], place: Range<usize>, most: u64) -> Option<u64> {
    let number = text.get(place)?.iter().try_fold(0_u64, |number, digit| {
        let digit = char::from(*digit).to_digit(10)?;
        Some(number.saturating_mul(10).saturating_add(digit.into()))
    });
    number.filter(|&number| number <= most)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::session::tests::{NOW, read, refused};
    use alloc::format;
    use alloc::string::ToString;
    use alloc::vec;
    use core::time::Duration;
    use proptest::prelude::*;
    use serde_json::json;
    use std::time::SystemTime;

    #[test]
    fn the_status_decides_the_code() {
        for (status, code) in [
            (100, ErrorCode::InvalidResponse),
            (301, ErrorCode::InvalidResponse),
            (304, ErrorCode::InvalidResponse),
            (400, ErrorCode::BadRequest),
            (401, ErrorCode::InvalidCredentials),
            (403, ErrorCode::Forbidden),
            (404, ErrorCode::InvalidCredentials),
            (409, ErrorCode::BadRequest),
            (422, ErrorCode::BadRequest),
            (429, ErrorCode::RateLimited),
            (499, ErrorCode::BadRequest),
            (500, ErrorCode::ServerError),
            (503, ErrorCode::ServerError),
            (599, ErrorCode::ServerError),
            (600, ErrorCode::InvalidResponse),
        ] {
            let error = refused(status, r#"{"sessionToken":"t","usersId":"u"}"#);
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
            assert_eq!(refused(400, body).server_errors(), errors, "{body}");
        }
        let two = r#"{"errors":[{"message":"a","code":1},{"message":"b","code":2}]}"#;
        assert_eq!(refused(400, two).server_errors().len(), 2);
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
            let error = refused(400, &body);
            let shown = format!("{error} {error:?} {}", serde_json::to_string(&error).unwrap());
            assert!(!shown.contains("canary"), "{shown}");
            assert_eq!(error.server_errors()[1].message, "fine");
        }
        let raw = r#"bad request: {"username":"bob","password":"pw\"canary"}"#;
        assert_eq!(refused(400, raw).server_errors()[0].message, WITHHELD);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let date = |text| wait(text, NOW * 1000);
        for (header, ms) in [
            ("0", Some(0)),
            ("120", Some(120_000)),
            (" 5 ", Some(5000)),
            ("4294967295", Some(4_294_967_295_000)),
            ("4294967296", None),
            ("99999999999999999999999", None),
            ("-1", None),
            ("+1", None),
            ("1.5", None),
            ("", None),
            ("soon", None),
            ("Tue, 14 Nov 2023 22:13:20 GMT", Some(0)),
            ("Tue, 14 Nov 2023 22:14:20 GMT", Some(60_000)),
            ("Tue, 14 Nov 2023 22:12:20 GMT", Some(0)),
            ("Sat, 29 Feb 2064 00:00:00 GMT", Some(1_271_468_800_000)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
            ("Thu, 01 Jan 1969 00:00:00 GMT", None),
            ("Tue, 14 Nov 2023 24:13:20 GMT", None),
            ("Tue, 14 Nov 2023 22:61:20 GMT", None),
            ("Tue, 00 Nov 2023 22:13:20 GMT", None),
            ("Tue, 32 Nov 2023 22:13:20 GMT", None),
            ("Tue, 14 Foo 2023 22:13:20 GMT", None),
            ("Tue, 14 Nov +023 22:13:20 GMT", None),
            ("Tue, 14 Nov 2023 22:13:20 CET", None),
            ("Tué, 14 Nov 2023 22:13:20 GMT", None),
            ("Sunday, 06-Nov-94 08:49:37 GMT", None),
        ] {
            assert_eq!(date(header), ms, "{header}");
        }
        for (status, delay) in [(429, Some(5)), (503, Some(5)), (401, None), (400, None), (302, None)] {
            let error = read(status, Some("5"), b"").unwrap_err();
            assert_eq!(error.retry_after(), delay.map(Duration::from_secs), "{status}");
        }
    }

    proptest! {
        #[test]
        fn every_second_of_eight_thousand_years_is_read_as_the_date_it_is(seconds in 0_u64..253_402_300_800) {
            let date = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
            prop_assert_eq!(http_date(&date), Some(seconds));
        }

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
