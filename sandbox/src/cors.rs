//! What a web page of another origin may send and read.

use std::time::Duration;

use axum::http::{HeaderName, Method, header};
use tower_http::cors::{Any, CorsLayer};

/// The header of the API key.
pub const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Any origin, without credentials: the service never used cookies.
pub fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::ACCEPT, header::AUTHORIZATION, header::CONTENT_TYPE, X_API_KEY])
        // A page may read this header only if the server exposes it.
        .expose_headers([header::RETRY_AFTER])
        .max_age(Duration::from_mins(10))
}
