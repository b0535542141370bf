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
mod credentials;
mod echo;
#[doc(hidden)]
pub mod engine;
mod error;
mod json;
mod protocol;
mod request;
mod retry_after;
mod session;
mod shape;
mod user;

pub use answer::{MAX_BODY_BYTES, Response};
pub use credentials::{ApiKey, Authorization, Credentials, Password, Token, Username, UsersId};
pub use error::{ErrorCode, ServerError, SignInError};
pub use request::{BaseUrl, Request};
pub use retry_after::RetryAfter;
pub use session::Session;
pub use user::{Address, Email, Geocode, Guardian, HealthPlan, Language, Mrn, Name, PhoneNumber, SocialId, User};
