//! Why a sign-in failed: a closed list of codes, and what goes with each.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use serde::ser::{Serialize, Serializer};

/// The reason for a failure. The list is closed: a new version may add a code, never change one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// An argument broke a rule, and nothing was sent. [`SignInError::argument`] names it.
    InvalidArgument,
    /// The service refused the username or the password: 401, or 404 for an unknown user.
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
    /// 5xx: the service failed. The sign-in is not sent again by itself.
    ServerError,
    /// The answer is not what the service's contract says: a captive portal's page, a field of the
    /// wrong type, a redirect, a status that is no answer to a sign-in.
    InvalidResponse,
    /// The deadline passed before the answer was complete.
    Timeout,
    /// The caller's own signal ended the call.
    Aborted,
    /// No answer came: unreachable, refused, reset, DNS, TLS, CORS, or cut off in the body.
    Network,
    /// The session has been signed out or has expired, or there is none to resume.
    SignedOut,
    /// Where the session is remembered can't be used. It goes on without.
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
            Self::InvalidResponse => {
                ("invalid_response", "The answer is not the one that the service's contract describes", false)
            }
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

    /// What a status other than 2xx means as the answer of `route`.
    pub(crate) const fn of_status(status: u16, route: Route) -> Self {
        match (status, route) {
            (401 | 404, Route::SignIn) => Self::InvalidCredentials,
            (401, Route::Session) => Self::SignedOut,
            _ => Self::of_other_status(status),
        }
    }

    const fn of_other_status(status: u16) -> Self {
        match status {
            403 => Self::Forbidden,
            429 => Self::RateLimited,
            400..=499 => Self::BadRequest,
            500..=599 => Self::ServerError,
            _ => Self::InvalidResponse,
        }
    }
}

/// Who answered. A 401 tells a sign-in that the password is wrong, and a session that it has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    SignIn,
    Session,
}

/// One entry of the service's error body, `{"errors":[{"code","message"}]}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerError {
    /// The service's own number, often equal to the HTTP status; -1 where it gave none.
    pub code: i32,
    /// The service's own text. A text that repeats a secret is withheld.
    pub message: String,
}

/// A sign-in that failed: the code, and what is known besides.
///
/// Never holds a password, a token or an API key, nor any value out of a response, except for the
/// service's own error texts, from which those secrets are withheld.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInError {
    code: ErrorCode,
    status: Option<u16>,
    detail: Detail,
}

/// What is known besides. One code has one kind of detail.
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
    Refusal {
        wait_ms: Option<u64>,
        server_errors: Vec<ServerError>,
    },
}

impl SignInError {
    pub(crate) const fn new(code: ErrorCode) -> Self {
        Self { code, status: None, detail: Detail::None }
    }

    /// `name` is the argument's, as the caller knows it; `rule` completes the sentence "`name` …".
    pub(crate) const fn invalid_argument(name: &'static str, rule: &'static str) -> Self {
        Self { code: ErrorCode::InvalidArgument, status: None, detail: Detail::Argument { name, rule } }
    }

    /// `path` leads to what is wrong in the body, and is empty for the body itself.
    pub(crate) fn invalid_response(path: &str, expected: &'static str) -> Self {
        let detail = Detail::Response { path: path.to_owned(), expected };
        Self { code: ErrorCode::InvalidResponse, status: None, detail }
    }

    /// What a status says, and how long it asks to wait.
    pub(crate) const fn refusal(code: ErrorCode, status: u16, wait_ms: Option<u64>) -> Self {
        Self { code, status: Some(status), detail: Detail::Refusal { wait_ms, server_errors: Vec::new() } }
    }

    pub(crate) const fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// A refusal, with what the service said of it.
    pub(crate) fn with_server_errors(mut self, errors: Vec<ServerError>) -> Self {
        if let Detail::Refusal { server_errors, .. } = &mut self.detail {
            *server_errors = errors;
        }
        self
    }

    /// Why it failed.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        self.code
    }

    /// For [`ErrorCode::InvalidArgument`]: the argument or the option, by its JavaScript name.
    #[must_use]
    pub const fn argument(&self) -> Option<&'static str> {
        match self.detail {
            Detail::Argument { name, .. } => Some(name),
            _ => None,
        }
    }

    /// The HTTP status, where there was one.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        self.status
    }

    /// How long the service asks to wait, from `Retry-After`.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.wait_ms().map(Duration::from_millis)
    }

    const fn wait_ms(&self) -> Option<u64> {
        match self.detail {
            Detail::Refusal { wait_ms, .. } => wait_ms,
            _ => None,
        }
    }

    /// For [`ErrorCode::InvalidResponse`]: where in the body, as in `addresses[2].city`; empty for
    /// the body itself.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        match &self.detail {
            Detail::Response { path, .. } => Some(path),
            _ => None,
        }
    }

    /// For [`ErrorCode::InvalidResponse`]: what should stand there, as in `non-empty string`.
    #[must_use]
    pub const fn expected(&self) -> Option<&'static str> {
        match self.detail {
            Detail::Response { expected, .. } => Some(expected),
            _ => None,
        }
    }

    /// What the service said of it, in its own words.
    #[must_use]
    pub fn server_errors(&self) -> &[ServerError] {
        match &self.detail {
            Detail::Refusal { server_errors, .. } => server_errors,
            _ => &[],
        }
    }

    /// The error in one sentence.
    ///
    /// Put together without `core::fmt`, which would cost the module some kilobytes.
    #[must_use]
    pub fn message(&self) -> String {
        let (_, sentence, _) = self.code.row();
        let parts = match &self.detail {
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

impl core::error::Error for SignInError {}

/// As the fields of the JavaScript `SignInError`: what is not known is left out.
///
/// All written as maps with values of one type, for the sake of bytes: serde-wasm-bindgen caches a
/// struct's names in a hash map, and each type of value is code of its own.
impl Serialize for SignInError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (code, _, retryable) = self.code.row();
        serializer.collect_map(
            [
                ("message", Some(Field::Text(&self.message()))),
                ("code", Some(Field::Text(code))),
                ("retryable", Some(Field::Flag(retryable))),
                ("status", self.status.map(|status| Field::Number(status.into()))),
                ("retryAfterMs", self.wait_ms().map(Field::milliseconds)),
                ("argument", self.argument().map(Field::Text)),
                ("path", self.path().map(Field::Text)),
                ("expected", self.expected().map(Field::Text)),
                ("serverErrors", Some(Field::List(self.server_errors()))),
            ]
            .into_iter()
            .filter_map(|(name, field)| Some((name, field?))),
        )
    }
}

enum Field<'a> {
    Text(&'a str),
    Number(f64),
    Flag(bool),
    List(&'a [ServerError]),
    ServerError(&'a ServerError),
}

impl Field<'_> {
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "a wait of centuries was refused")]
    const fn milliseconds(wait: u64) -> Self {
        Self::Number(wait as f64)
    }
}

impl Serialize for Field<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::List(errors) => serializer.collect_seq(errors.iter().map(Field::ServerError)),
            Self::ServerError(ServerError { code, message }) => {
                serializer.collect_map([("code", Field::Number((*code).into())), ("message", Field::Text(message))])
            }
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec;
    use serde_json::json;

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
    fn the_sentence_names_the_argument_and_the_rule() {
        let error = SignInError::invalid_argument("password", "must not be empty");
        assert_eq!(error.to_string(), "password must not be empty.");
    }

    #[test]
    fn the_sentence_names_the_path_and_what_was_expected() {
        let start = "The answer is not the one that the service's contract describes";
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
        let full = SignInError::refusal(ErrorCode::RateLimited, 429, Some(1500))
            .with_server_errors(vec![ServerError { code: -1, message: "slow".into() }]);
        assert_eq!(
            serde_json::to_value(&full).unwrap(),
            json!({
                "message": "Too many attempts: wait before the next.", "code": "rate_limited", "retryable": true,
                "status": 429.0, "retryAfterMs": 1500.0, "serverErrors": [{"code": -1.0, "message": "slow"}],
            })
        );
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
