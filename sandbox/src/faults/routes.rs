//! The routes of the faults, under `/fault`.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::http::uri::{PathAndQuery, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use super::answer::Encounter;
use super::{Fault, listing};
use crate::connection::Connection;
use crate::refusal::{Refusal, json_response};
use crate::routes::no_such_route;
use crate::wire::ReceivedBytes;

/// The state that all faults share.
#[derive(Debug)]
pub(super) struct Faults {
    /// The real API, at `/v2`.
    pub(super) api: Router,
    /// How long a second lasts.
    pub(super) second: Duration,
    /// How many requests the fault `flaky` has had, which fails every second time.
    pub(super) flaky_requests: AtomicU64,
}

/// The routes, relative to `/fault`. They pass requests on to `api`, whose routes are relative to `/v2`. `second` is
/// how long a second lasts for the faults, so that tests need not wait.
pub fn routes(api: Router, second: Duration) -> Router {
    let faults = Faults {
        api: Router::new().nest("/v2", api).fallback(no_such_route),
        second,
        flaky_requests: AtomicU64::new(0),
    };
    Router::new().route("/", get(list)).fallback(meet).with_state(Arc::new(faults))
}

/// The list of faults, for a page that lets its visitors choose.
async fn list() -> Response {
    json_response(listing::json())
}

async fn meet(
    State(faults): State<Arc<Faults>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    body: Result<ReceivedBytes, Refusal>,
    mut request: Request,
) -> Response {
    let Some((segment, rest)) = split(request.uri()) else {
        return no_such_fault();
    };
    let Some((fault, seconds)) = Fault::named(segment) else {
        return no_such_fault();
    };
    *request.uri_mut() = rest;
    Encounter { fault, seconds, faults: &faults, connection, body, request }.answer().await
}

/// Splits `/silence/v2/users?a=b` into `silence` and `/v2/users?a=b`.
fn split(uri: &Uri) -> Option<(&str, Uri)> {
    let path = uri.path_and_query().map(PathAndQuery::as_str)?.strip_prefix('/')?;
    let end = path.find(['/', '?']).unwrap_or(path.len());
    let (segment, rest) = path.split_at_checked(end)?;
    let rest = if rest.starts_with('/') { rest.to_owned() } else { format!("/{rest}") };
    Some((segment, rest.parse().ok()?))
}

fn no_such_fault() -> Response {
    Refusal::new(StatusCode::NOT_FOUND, "There is no such fault. `sandbox faults` prints them all.").into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use tokio::time::Instant;
    use tower::ServiceExt as _;

    use super::*;

    /// How long an answer takes by the clock of the test, which is paused, and jumps to the end of the next timer.
    async fn answered_after(path: &str) -> Duration {
        let api = Router::new().route("/auth/verify", get(|| async { "right" }));
        let begun = Instant::now();
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = path.parse().expect("a path");
        request.extensions_mut().insert(ConnectInfo(Connection::default()));
        let router = Router::new().nest("/fault", routes(api, Duration::from_secs(1)));
        assert_eq!(router.oneshot(request).await.expect("an answer").status(), StatusCode::OK);
        begun.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_answer_takes_as_many_seconds_as_the_base_url_says() {
        for (path, seconds) in [("/fault/late", 10), ("/fault/late-3", 3), ("/fault/late-0", 0)] {
            assert_eq!(answered_after(&format!("{path}/v2/auth/verify")).await, Duration::from_secs(seconds));
        }
    }
}
