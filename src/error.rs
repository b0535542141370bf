//! Why a call failed: a closed list of codes, and what goes with each.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::retry_after::RetryAfter;

/// The reason for a failure.
///
/// The list is closed: every failure has one of these codes, and a code never changes its meaning. A new version may
/// add one, so a `match` needs a last arm for those that it does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// An argument broke a rule, and nothing was sent. [`SignInError::argument`] names it.
    InvalidArgument,
    /// The service refused the username or the password: 401, or 404 with the documented error body.
    ///
    /// One code and one message for both on purpose: a page that shows them apart lets strangers
    /// probe for accounts.
    InvalidCredentials,
    /// The service found the request malformed: 400, and any other 4xx without a code of its own.
    BadRequest,
    /// 403: the API key or the account may not do this.
    Forbidden,
    /// 429: too many attempts. [`SignInError::retry_after`] says how long to wait, if the service did.
    RateLimited,
    /// 5xx: the service failed. No request is repeated automatically.
    ServerError,
    /// The answer is not what the service's contract says: the page of a captive portal or a gateway, a field of the
    /// wrong type, a redirect, an undocumented status.
    InvalidResponse,
    /// The deadline passed before the answer was complete.
    Timeout,
    /// The caller's own signal ended the call.
    Aborted,
    /// No answer came: unreachable, refused, reset, DNS, TLS, CORS, or cut off in the body.
    Network,
    /// The session has been signed out or has expired, or there is none to resume.
    SignedOut,
    /// The store that should remember the session can't be used. The session itself goes on without it.
    StoreFailed,
    /// The WebAssembly module can't be loaded. The next call tries again.
    WasmUnavailable,
    /// A defect in this library, or a trapped engine.
    Internal,
}

impl ErrorCode {
    /// Every code, in the order of the contract's table.
    pub const ALL: [Self; 14] = [
        Self::InvalidArgument,
        Self::InvalidCredentials,
        Self::BadRequest,
        Self::Forbidden,
        Self::RateLimited,
        Self::ServerError,
        Self::InvalidResponse,
        Self::Timeout,
        Self::Aborted,
        Self::Network,
        Self::SignedOut,
        Self::StoreFailed,
        Self::WasmUnavailable,
        Self::Internal,
    ];

    /// The code as JavaScript sees it, the sentence that goes with it, and whether the same call
    /// may succeed later, unchanged.
    const fn row(self) -> (&'static str, &'static str, bool) {
        match self {
            Self::InvalidArgument => ("invalid_argument", "An argument is invalid", false),
            Self::InvalidCredentials => ("invalid_credentials", "The username or the password is not right", false),
            Self::BadRequest => ("bad_request", "The service refused the request", false),
            Self::Forbidden => ("forbidden", "The service does not allow this to this API key or this account", false),
            Self::RateLimited => ("rate_limited", "Too many attempts: wait before the next", true),
            Self::ServerError => ("server_error", "The service failed to answer the request", true),
            Self::InvalidResponse => ("invalid_response", "The answer is not the documented one", false),
            Self::Timeout => ("timeout", "The deadline passed before the answer was complete", true),
            Self::Aborted => ("aborted", "The caller's signal ended the call", false),
            Self::Network => ("network", "The service could not be reached, or its answer broke off", true),
            Self::SignedOut => ("signed_out", "The session has ended: sign in again", false),
            Self::StoreFailed => ("store_failed", "The store of the session can't be used", false),
            Self::WasmUnavailable => ("wasm_unavailable", "The WebAssembly module could not be loaded", false),
            Self::Internal => ("internal", "A defect in catalyze-signin", false),
        }
    }

    /// The code's name, as JavaScript sees it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.row().0
    }

    /// Whether the same call may succeed later, unchanged.
    #[must_use]
    pub const fn retryable(self) -> bool {
        self.row().2
    }
}

/// One entry of the service's error body, `{"errors":[{"code","message"}]}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerError {
    /// The service's own number, often equal to the HTTP status; -1 if there is none.
    pub code: i32,
    /// The service's own text. A text that repeats a secret is withheld.
    pub message: String,
}

/// The error of a call that failed: the code, and what else is known.
///
/// Holds no password, no token and no API key. The only values that it takes from a response are the service's own
/// error texts, and a text that repeats one of those secrets is withheld.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInError(Box<Fields>);

/// Boxed, so that a `Result` is a pointer wide: moving the fields from function to function would take 2 KB of the
/// module.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fields {
    code: ErrorCode,
    status: Option<u16>,
    detail: Detail,
}

/// What else is known. Errors of one code have one kind of detail.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Detail {
    None,
    /// `rule` completes the sentence "`name` …".
    Argument {
        name: &'static str,
        rule: &'static str,
    },
    Response {
        path: String,
        expected: &'static str,
    },
    Status {
        retry_after: Option<RetryAfter>,
        server_errors: Vec<ServerError>,
    },
}

impl SignInError {
    #[inline(never)]
    fn with(code: ErrorCode, status: Option<u16>, detail: Detail) -> Self {
        Self(Box::new(Fields { code, status, detail }))
    }

    #[inline(never)]
    pub(crate) fn new(code: ErrorCode) -> Self {
        Self::with(code, None, Detail::None)
    }

    /// `name` is the name of the argument in JavaScript; `rule` completes the sentence "`name` …".
    #[inline(never)]
    pub(crate) fn invalid_argument(name: &'static str, rule: &'static str) -> Self {
        Self::with(ErrorCode::InvalidArgument, None, Detail::Argument { name, rule })
    }

    /// `path` leads to the part of the body that is wrong, and is empty for the body itself.
    #[inline(never)]
    pub(crate) fn invalid_response(path: impl Into<String>, expected: &'static str) -> Self {
        Self::with(ErrorCode::InvalidResponse, None, Detail::Response { path: path.into(), expected })
    }

    /// The error that a status stands for.
    pub(crate) fn of_status(code: ErrorCode, status: u16, retry_after: Option<RetryAfter>) -> Self {
        Self::with(code, Some(status), Detail::Status { retry_after, server_errors: Vec::new() })
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Adds the service's own error texts to the error of a status.
    pub(crate) fn with_server_errors(mut self, errors: Vec<ServerError>) -> Self {
        if let Detail::Status { server_errors, .. } = &mut self.0.detail {
            *server_errors = errors;
        }
        self
    }

    /// Why the call failed.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// For [`ErrorCode::InvalidArgument`]: the argument or the option, by its JavaScript name.
    #[must_use]
    pub fn argument(&self) -> Option<&'static str> {
        match self.0.detail {
            Detail::Argument { name, .. } => Some(name),
            _ => None,
        }
    }

    /// The HTTP status, where there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// How long the service asks to wait, from its header `Retry-After`.
    #[must_use]
    pub fn retry_after(&self) -> Option<RetryAfter> {
        match self.0.detail {
            Detail::Status { retry_after, .. } => retry_after,
            _ => None,
        }
    }

    /// For [`ErrorCode::InvalidResponse`]: where in the body, as in `addresses[2].city`; empty for
    /// the body itself.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        match &self.0.detail {
            Detail::Response { path, .. } => Some(path),
            _ => None,
        }
    }

    /// For [`ErrorCode::InvalidResponse`]: what should stand there, as in `non-empty string`.
    #[must_use]
    pub fn expected(&self) -> Option<&'static str> {
        match self.0.detail {
            Detail::Response { expected, .. } => Some(expected),
            _ => None,
        }
    }

    /// The service's own error texts.
    #[must_use]
    pub fn server_errors(&self) -> &[ServerError] {
        match &self.0.detail {
            Detail::Status { server_errors, .. } => server_errors,
            _ => &[],
        }
    }

    /// The error in one sentence.
    ///
    /// Put together without `std::fmt`, which would cost the module some kilobytes.
    #[must_use]
    pub fn message(&self) -> String {
        let (_, sentence, _) = self.0.code.row();
        let parts = match &self.0.detail {
            Detail::Argument { name, rule } => [name, " ", rule, "", "", "."],
            Detail::Response { path, expected } => {
                let path = if path.is_empty() { "the body" } else { path };
                [sentence, ": ", path, " should be ", expected, "."]
            }
            _ => [sentence, "", "", "", "", "."],
        };
        parts.concat()
    }
}

impl fmt::Display for SignInError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for SignInError {}

impl SignInError {
    /// Visits the known fields of the JavaScript `SignInError`, except its message. Two more are for the code that
    /// builds that error: `rule` completes the sentence "`argument` …", and `retryAfterDate`, in seconds since the
    /// start of 1970, becomes `retryAfterMs` by means of a clock.
    pub(crate) fn each_field(&self, visit: &mut dyn FnMut(&'static str, Field<'_>)) {
        visit("code", Field::Text(self.0.code.as_str()));
        if let Some(status) = self.0.status {
            visit("status", Field::Number(status.into()));
        }
        match &self.0.detail {
            Detail::Argument { name, rule } => {
                visit("argument", Field::Text(name));
                visit("rule", Field::Text(rule));
            }
            Detail::Response { path, expected } => {
                visit("path", Field::Text(path));
                visit("expected", Field::Text(expected));
            }
            Detail::Status { retry_after: Some(RetryAfter::Delay(delay)), .. } => {
                let seconds = i64::try_from(delay.as_secs()).unwrap_or(i64::MAX);
                visit("retryAfterMs", Field::Number(seconds.wrapping_mul(1000)));
            }
            Detail::Status { retry_after: Some(RetryAfter::Date(date)), .. } => {
                visit("retryAfterDate", Field::Number(i64::try_from(*date).unwrap_or(i64::MAX)));
            }
            _ => {}
        }
        visit("serverErrors", Field::List(self.server_errors()));
    }
}

/// The value of a field of an error.
#[derive(Clone, Copy)]
pub(crate) enum Field<'a> {
    Text(&'a str),
    Number(i64),
    List(&'a [ServerError]),
}

/// Serialises the fields of the JavaScript `SignInError`. An unknown field is left out.
impl Serialize for SignInError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("message", &self.message())?;
        map.serialize_entry("retryable", &self.0.code.retryable())?;
        let mut result = Ok(());
        self.each_field(&mut |name, field| {
            if result.is_ok() && name != "rule" {
                result = map.serialize_entry(name, &field);
            }
        });
        result?;
        map.end()
    }
}

impl Serialize for Field<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_i64(*number),
            Self::List(errors) => serializer.collect_seq(errors.iter()),
        }
    }
}

impl Serialize for ServerError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([("code", Field::Number(self.code.into())), ("message", Field::Text(&self.message))])
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use serde_json::json;
    use std::time::Duration;

    #[test]
    fn the_codes_are_those_of_the_contract_and_say_whether_to_try_again() {
        let table = ErrorCode::ALL.map(|code| (code.as_str(), code.retryable()));
        assert_eq!(
            table,
            [
                ("invalid_argument", false),
                ("invalid_credentials", false),
                ("bad_request", false),
                ("forbidden", false),
                ("rate_limited", true),
                ("server_error", true),
                ("invalid_response", false),
                ("timeout", true),
                ("aborted", false),
                ("network", true),
                ("signed_out", false),
                ("store_failed", false),
                ("wasm_unavailable", false),
                ("internal", false),
            ]
        );
    }

    #[test]
    fn javascript_has_the_same_table() {
        let source = include_str!("../js/errors.js");
        for code in ErrorCode::ALL {
            let (name, sentence, retryable) = code.row();
            let row = format!("  {name}: [\"{sentence}\", {retryable}],");
            assert!(source.lines().any(|line| line == row), "js/errors.js has no row {row}");
        }
        let rows = source.lines().filter(|line| line.starts_with("  ") && line.ends_with("e],")).count();
        assert_eq!(rows, ErrorCode::ALL.len());
    }

    #[test]
    fn the_sentence_names_the_argument_and_the_rule() {
        let error = SignInError::invalid_argument("password", "must not be empty");
        assert_eq!(error.to_string(), "password must not be empty.");
    }

    #[test]
    fn the_sentence_names_the_path_and_what_was_expected() {
        let start = "The answer is not the documented one";
        for (error, sentence) in [
            (SignInError::invalid_response("email.work", "string"), ": email.work should be string."),
            (SignInError::invalid_response("", "JSON"), ": the body should be JSON."),
            (SignInError::new(ErrorCode::InvalidResponse), "."),
        ] {
            assert_eq!(error.to_string().strip_prefix(start), Some(sentence));
        }
    }

    #[test]
    fn every_sentence_ends_as_a_sentence() {
        for code in ErrorCode::ALL {
            assert!(SignInError::new(code).to_string().ends_with('.'), "{code:?}");
        }
    }

    #[test]
    fn what_is_not_known_is_left_out_for_javascript() {
        let bare = serde_json::to_value(SignInError::new(ErrorCode::Network)).unwrap();
        assert_eq!(
            bare,
            json!({
                "message": "The service could not be reached, or its answer broke off.",
                "code": "network", "retryable": true, "serverErrors": [],
            })
        );
        let wait = Some(RetryAfter::Delay(Duration::from_secs(15)));
        let full = SignInError::of_status(ErrorCode::RateLimited, 429, wait)
            .with_server_errors(vec![ServerError { code: -1, message: "slow".into() }]);
        assert_eq!(
            serde_json::to_value(&full).unwrap(),
            json!({
                "message": "Too many attempts: wait before the next.", "code": "rate_limited", "retryable": true,
                "status": 429, "retryAfterMs": 15000, "serverErrors": [{"code": -1, "message": "slow"}],
            })
        );
        let date = SignInError::of_status(ErrorCode::RateLimited, 429, Some(RetryAfter::Date(1_700_000_000)));
        let date = serde_json::to_value(&date).unwrap();
        assert_eq!((&date["retryAfterDate"], date.get("retryAfterMs")), (&json!(1_700_000_000), None));
        let argument = serde_json::to_value(SignInError::invalid_argument("apiKey", "must be x")).unwrap();
        assert_eq!((&argument["argument"], &argument["message"]), (&json!("apiKey"), &json!("apiKey must be x.")));
        let path = serde_json::to_value(SignInError::invalid_response("a", "b")).unwrap();
        assert_eq!((&path["path"], &path["expected"]), (&json!("a"), &json!("b")));
    }

    #[test]
    fn an_error_gives_back_what_it_was_made_with() {
        let error = SignInError::invalid_argument("x", "y");
        assert_eq!((error.argument(), error.status(), error.retry_after()), (Some("x"), None, None));
        assert_eq!((error.path(), error.expected(), error.server_errors()), (None, None, &[][..]));
    }
}
