//! The body of every answer that is not a success.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// An answer that is not a success: a status, and messages that can be displayed. A message never holds a value from
/// the request, except that of the fault `echo`.
#[derive(Clone, Debug)]
pub struct Refusal {
    status: StatusCode,
    messages: Vec<String>,
    retry_after: Option<u64>,
}

impl Refusal {
    /// A refusal with one reason.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self::because(status, vec![message.into()])
    }

    /// A refusal with several reasons, one item of `errors` each.
    #[must_use]
    pub fn because(status: StatusCode, messages: Vec<String>) -> Self {
        Self { status, messages, retry_after: None }
    }

    /// A 400.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// A 429 with the wait in whole seconds. It is rounded up, since an attempt before its end would be refused again.
    #[must_use]
    pub fn too_many_failures(wait: Duration) -> Self {
        let seconds = wait.as_millis().div_ceil(1000).max(1);
        Self {
            retry_after: Some(u64::try_from(seconds).unwrap_or(u64::MAX)),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "Too many failed attempts to sign in to this account. Try again later.",
            )
        }
    }

    /// A 500. The cause goes to the log, which must not hold a secret either: pass only errors of the platform, never a
    /// value from a request.
    pub fn defect(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "answering 500");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "The sandbox failed. Its log says why.")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let code = self.status.as_u16();
        let errors: Vec<String> = self
            .messages
            .into_iter()
            .map(|message| format!("{{\"message\":{},\"code\":{code}}}", Value::from(message)))
            .collect();
        let mut response = json_response(format!("{{\"errors\":[{}]}}", errors.join(",")));
        *response.status_mut() = self.status;
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            // RFC 9110, 15.5.2: a 401 has a challenge. Browsers show no dialog for `Bearer`.
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// A 200 with a JSON text.
#[must_use]
pub fn json_response(text: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_given_in_whole_seconds_rounded_up() {
        for (millis, seconds) in [(0, "1"), (1, "1"), (1000, "1"), (1001, "2"), (59_999, "60")] {
            let response = Refusal::too_many_failures(Duration::from_millis(millis)).into_response();
            assert_eq!(response.headers()[header::RETRY_AFTER], seconds);
        }
    }
}
