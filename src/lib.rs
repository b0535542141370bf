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

extern crate alloc;

mod credentials;
mod echo;
mod error;
mod json;
mod request;
mod response;
mod session;
mod user;
#[cfg(all(target_arch = "wasm32", feature = "npm"))]
mod wasm;

pub use credentials::{ApiKey, Authorization, Credentials, Password, Token, Username};
pub use error::{ErrorCode, ServerError, SignInError};
pub use request::{BaseUrl, Request};
pub use response::{MAX_BODY_BYTES, Response};
pub use session::Session;
pub use user::{Address, Email, Geocode, Guardian, HealthPlan, Language, Mrn, Name, PhoneNumber, SocialId, User};
#[cfg(all(target_arch = "wasm32", feature = "wasm-pack"))]
pub use wasm::exports::{resume, sign_in};
