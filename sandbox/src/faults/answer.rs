//! How each fault answers a request.

use std::future::pending;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use tokio::time::{Instant, sleep};
use tower::ServiceExt as _;

use super::pieces::{Pieces, Sent};
use super::routes::Faults;
use super::{Fault, LONGEST};
use crate::connection::Connection;
use crate::json::Object;
use crate::refusal::{Refusal, json_response};
use crate::routes::{SessionLifetime, bearer_token};
use crate::wire::ReceivedBytes;

/// What a fault does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Behaviour {
    /// Never answers.
    Silence,
    /// Answers 200 with a body that is never whole.
    Pieces(Pieces),
    /// Resets the connection.
    Reset,
    /// Answers with an HTML page.
    Page(StatusCode),
    /// Answers 200 with a text whose `Content-Type` is JSON.
    Text(&'static str),
    /// Sends the client to the real sign-in.
    Redirect,
    /// Answers with the documented error body.
    Refusal(StatusCode, Wait),
    /// Repeats a secret.
    Echo,
    /// Answers like the API, after its number of seconds.
    Late,
    /// Answers like the API, with sessions that live for its number of seconds.
    Expires,
    /// Answers like the API, every second time.
    EverySecond,
}

/// What `Retry-After` says.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wait {
    /// The header is absent.
    Untold,
    /// So many seconds.
    Seconds(u32),
    /// A date, so many seconds after the answer's `Date`.
    DateAfter(u32),
}

/// A request that meets a fault.
pub(super) struct Encounter<'a> {
    pub(super) fault: &'static Fault,
    pub(super) seconds: u32,
    pub(super) faults: &'a Faults,
    pub(super) connection: Connection,
    pub(super) body: Result<ReceivedBytes, Refusal>,
    /// The request with a path of the real API.
    pub(super) request: Request,
}

impl Encounter<'_> {
    pub(super) async fn answer(mut self) -> Response {
        match self.fault.behaviour {
            Behaviour::Silence => {
                self.bound();
                let _sent = Sent::nothing_yet(self.fault.name);
                pending().await
            }
            Behaviour::Pieces(pieces) => {
                self.bound();
                pieces.response(self.fault.name, self.faults.second)
            }
            Behaviour::Reset => {
                self.connection.reset();
                // The server notices the reset only when it tries to send something.
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
            Behaviour::Page(status) => page(status),
            Behaviour::Text(text) => json_response(text.to_owned()),
            Behaviour::Redirect => {
                (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "/v2/auth/signin")]).into_response()
            }
            Behaviour::Refusal(status, wait) => refusal(status, wait),
            Behaviour::Echo => self.echo(),
            Behaviour::Late => {
                sleep(self.faults.second.saturating_mul(self.seconds)).await;
                self.pass_on().await
            }
            Behaviour::Expires => {
                let lifetime = SessionLifetime(self.faults.second.saturating_mul(self.seconds));
                self.request.extensions_mut().insert(lifetime);
                self.pass_on().await
            }
            Behaviour::EverySecond => {
                if self.faults.flaky_requests.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
                    self.pass_on().await
                } else {
                    refusal(StatusCode::SERVICE_UNAVAILABLE, Wait::Untold)
                }
            }
        }
    }

    /// Sets an end to the connection, since a client that waits for ever, or never reads the body, would keep it open
    /// for ever.
    fn bound(&self) {
        self.connection.reset_at(Instant::now() + self.faults.second.saturating_mul(LONGEST));
    }

    async fn pass_on(self) -> Response {
        match self.faults.api.clone().oneshot(self.request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    fn echo(self) -> Response {
        let password = self.body.ok().and_then(|ReceivedBytes(body)| Object::parse(&body).ok()?.string("password"));
        let secret = password.or_else(|| bearer_token(self.request.headers()).map(str::to_owned));
        Refusal::bad_request(format!("“{}” is not accepted.", secret.unwrap_or_default())).into_response()
    }
}

fn page(status: StatusCode) -> Response {
    let title = match status {
        StatusCode::OK => "Welcome to this network",
        other => other.canonical_reason().unwrap_or("Error"),
    };
    (status, Html(format!("<!doctype html>\n<title>{title}</title>\n<h1>{title}</h1>\n"))).into_response()
}

fn refusal(status: StatusCode, wait: Wait) -> Response {
    let mut response = Refusal::new(status, "The sandbox was asked for this fault.").into_response();
    let headers = response.headers_mut();
    match wait {
        Wait::Untold => {}
        Wait::Seconds(seconds) => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        Wait::DateAfter(seconds) => {
            let now = SystemTime::now();
            for (name, time) in [(header::DATE, now), (header::RETRY_AFTER, now + Duration::from_secs(seconds.into()))]
            {
                if let Ok(date) = HeaderValue::try_from(httpdate::fmt_http_date(time)) {
                    headers.insert(name, date);
                }
            }
        }
    }
    response
}
