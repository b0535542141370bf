#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::arithmetic_side_effects,
        clippy::await_holding_refcell_ref
    )
)]
#![cfg_attr(test, allow(clippy::as_conversions))]

mod answer;
#[cfg(all(target_arch = "wasm32", feature = "client"))]
mod client;
mod credentials;
mod echo;
#[cfg(any(test, fuzzing, all(target_arch = "wasm32", feature = "engine")))]
mod engine;
mod error;
#[cfg(all(target_arch = "wasm32", feature = "wasm-pack"))]
mod exports;
mod json;
mod protocol;
mod request;
mod retry_after;
mod session;
mod shape;
mod user;

pub use answer::{MAX_BODY_BYTES, Response};
#[cfg(all(target_arch = "wasm32", feature = "client"))]
pub use client::Client;
pub use credentials::{ApiKey, Authorization, Credentials, Password, Token, Username, UsersId};
pub use error::{ErrorCode, ServerError, SignInError};
#[cfg(all(target_arch = "wasm32", feature = "wasm-pack"))]
pub use exports::{resume, sign_in};
pub use request::{BaseUrl, Request};
pub use retry_after::RetryAfter;
pub use session::Session;
pub use user::{Address, Email, Geocode, Guardian, HealthPlan, Language, Mrn, Name, PhoneNumber, SocialId, User};
