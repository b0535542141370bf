//! Why a sign-in failed: a closed list of codes, and what goes with each.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use serde::ser::{Serialize, SerializeMap, Serializer};

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
    /// The session has been signed out or has expired.
    SignedOut,
    /// The WebAssembly module can't be loaded. The next call tries again.
    WasmUnavailable,
    /// A defect in this library, or a trapped engine.
    Internal,
}

impl ErrorCode {
    /// Every code, in the order of the contract's table.
    pub const ALL: [Self; 13] = [
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
        Self::WasmUnavailable,
        Self::Internal,
    ];

    /// The code as JavaScript sees it, the sentence that goes with it, and whether the same call
    /// may succeed later, unchanged.
    const fn row(self) -> (&'static str, &'static str, bool) {
        match self {
            Self::InvalidArgument => ("invalid_argument", "An argument is invalid.", false),
            Self::InvalidCredentials => ("invalid_credentials", "The username or the password is not right.", false),
            Self::BadRequest => ("bad_request", "The service refused the request.", false),
            Self::Forbidden => {
                ("forbidden", "The service does not allow this API key or this account to sign in.", false)
            }
            Self::RateLimited => ("rate_limited", "Too many attempts: wait before the next.", true),
            Self::ServerError => ("server_error", "The service failed to answer the request.", true),
            Self::InvalidResponse => {
                ("invalid_response", "The answer is not the one that the service's contract describes", false)
            }
            Self::Timeout => ("timeout", "The deadline passed before the answer was complete.", true),
            Self::Aborted => ("aborted", "The caller's signal ended the call.", false),
            Self::Network => ("network", "The service could not be reached, or its answer broke off.", true),
            Self::SignedOut => ("signed_out", "The session has ended: sign in again.", false),
            Self::WasmUnavailable => ("wasm_unavailable", "The WebAssembly module could not be loaded.", false),
            Self::Internal => ("internal", "A defect in catalyze-signin.", false),
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

    /// What a status other than 2xx means as the answer to a sign-in.
    pub(crate) const fn of_status(status: u16) -> Self {
        match status {
            401 | 404 => Self::InvalidCredentials,
            403 => Self::Forbidden,
            429 => Self::RateLimited,
            400..=499 => Self::BadRequest,
            500..=599 => Self::ServerError,
            _ => Self::InvalidResponse,
        }
    }
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
    rule: Option<&'static str>,
    argument: Option<&'static str>,
    status: Option<u16>,
    retry_after: Option<Duration>,
    path: Option<String>,
    expected: Option<&'static str>,
    server_errors: Vec<ServerError>,
}

impl SignInError {
    pub(crate) const fn new(code: ErrorCode) -> Self {
        Self {
            code,
            rule: None,
            argument: None,
            status: None,
            retry_after: None,
            path: None,
            expected: None,
            server_errors: Vec::new(),
        }
    }

    /// `argument` as the caller knows it; `rule` completes the sentence "`argument` …".
    pub(crate) const fn invalid_argument(argument: &'static str, rule: &'static str) -> Self {
        let mut error = Self::new(ErrorCode::InvalidArgument);
        error.argument = Some(argument);
        error.rule = Some(rule);
        error
    }

    /// `path` leads to what is wrong in the body, and is empty for the body itself.
    pub(crate) fn invalid_response(path: &str, expected: &'static str) -> Self {
        let mut error = Self::new(ErrorCode::InvalidResponse);
        error.path = Some(path.to_owned());
        error.expected = Some(expected);
        error
    }

    pub(crate) const fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    pub(crate) const fn with_retry_after(mut self, delay: Option<Duration>) -> Self {
        self.retry_after = delay;
        self
    }

    pub(crate) fn with_server_errors(mut self, errors: Vec<ServerError>) -> Self {
        self.server_errors = errors;
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
        self.argument
    }

    /// The HTTP status, where there was one.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        self.status
    }

    /// How long the service asks to wait, from `Retry-After`.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// For [`ErrorCode::InvalidResponse`]: where in the body, as in `addresses[2].city`; empty for
    /// the body itself.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// For [`ErrorCode::InvalidResponse`]: what should stand there, as in `non-empty string`.
    #[must_use]
    pub const fn expected(&self) -> Option<&'static str> {
        self.expected
    }

    /// What the service said of it, in its own words.
    #[must_use]
    pub fn server_errors(&self) -> &[ServerError] {
        &self.server_errors
    }

    /// The error in one sentence.
    ///
    /// Put together without `core::fmt`, which would cost the module some kilobytes.
    #[must_use]
    pub fn message(&self) -> String {
        let (_, sentence, _) = self.code.row();
        let mut message = String::new();
        if let (Some(argument), Some(rule)) = (self.argument, self.rule) {
            message.push_str(argument);
            message.push(' ');
            message.push_str(rule);
            message.push('.');
            return message;
        }
        message.push_str(sentence);
        if self.code != ErrorCode::InvalidResponse {
            return message;
        }
        if let (Some(path), Some(expected)) = (&self.path, self.expected) {
            message.push_str(": ");
            message.push_str(if path.is_empty() { "the body" } else { path });
            message.push_str(" should be ");
            message.push_str(expected);
        }
        message.push('.');
        message
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
/// Written as maps, since serde-wasm-bindgen caches every struct's field names in a hash map, which
/// costs more bytes than the names.
impl Serialize for SignInError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("message", &self.message())?;
        map.serialize_entry("code", self.code.as_str())?;
        map.serialize_entry("retryable", &self.code.retryable())?;
        for (name, text) in [("argument", self.argument), ("path", self.path()), ("expected", self.expected)] {
            if let Some(text) = text {
                map.serialize_entry(name, text)?;
            }
        }
        if let Some(status) = self.status {
            map.serialize_entry("status", &status)?;
        }
        if let Some(delay) = self.retry_after {
            map.serialize_entry("retryAfterMs", &(delay.as_secs_f64() * 1000.0))?;
        }
        map.serialize_entry("serverErrors", &self.server_errors)?;
        map.end()
    }
}

impl Serialize for ServerError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("code", &self.code)?;
        map.serialize_entry("message", &self.message)?;
        map.end()
    }
}
