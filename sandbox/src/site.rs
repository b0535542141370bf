//! Static files next to the API: the demo page at `/` and the package under `/pkg/`.

use std::path::Path;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use tower_http::services::ServeDir;

use crate::routes::{no_such_method, no_such_route};
use crate::wire::BODY_LIMIT;

/// `wasm-unsafe-eval` lets a page compile WebAssembly and nothing else. `https:` and the loopback ports are for pages
/// that sign in at another base URL.
const HEADERS: [(HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; \
         connect-src 'self' http://127.0.0.1:* http://localhost:* https:; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    // So that a reload shows a page that has been rebuilt.
    (header::CACHE_CONTROL, "no-cache"),
];

/// The files of both folders, and 404 for a folder that is not given.
pub fn site(site: Option<&Path>, package: Option<&Path>) -> Router {
    let mut router = Router::new();
    if let Some(folder) = package {
        router = router.nest_service("/pkg", files(folder));
    }
    router = match site {
        Some(folder) => router.fallback_service(files(folder)),
        None => router.fallback(no_such_file),
    };
    router.layer(map_response(with_headers))
}

fn files(folder: &Path) -> ServeDir<axum::routing::MethodRouter> {
    ServeDir::new(folder).call_fallback_on_method_not_allowed(true).fallback(any(no_such_file))
}

async fn no_such_file(request: Request) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        no_such_route().await.into_response()
    } else {
        // The body is read because the server closes a connection with an unread body, and the client's next request on
        // it would fail.
        let _ = to_bytes(request.into_body(), BODY_LIMIT).await;
        no_such_method().await.into_response()
    }
}

async fn with_headers(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
