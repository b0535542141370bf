//! Faults on demand: under `/fault/<name>` the whole API answers with a fault, so that any client
//! meets it by changing nothing but its base URL.
//!
//! [`FAULTS`] is the one list. The routes, the printed table, `docs/faults.md` and the JSON for the
//! tests of clients all come from it.

mod answer;
mod listing;
mod pieces;
mod routes;
mod table;

pub use listing::{json, markdown, text};
pub use routes::routes;
pub use table::FAULTS;

use answer::Behaviour;

/// How long a fault keeps its client waiting at most, in seconds: four times the default deadline of the clients.
const LONGEST: u32 = 120;

/// A fault.
#[derive(Debug)]
pub struct Fault {
    /// What follows `/fault/` in the base URL.
    pub name: &'static str,
    /// What the sandbox does, in a sentence.
    pub does: &'static str,
    /// How a sign-in with the right credentials should end for a client: one entry, or one for each
    /// request in turn.
    pub expected: &'static [Outcome],
    /// The number of seconds, for a fault that has one.
    pub seconds: Option<Seconds>,
    behaviour: Behaviour,
}

/// A number of seconds that the base URL may choose: `/fault/late-3`.
#[derive(Clone, Copy, Debug)]
pub struct Seconds {
    /// The number if the base URL has none.
    pub default: u32,
    /// The largest number that is accepted.
    pub most: u32,
}

/// How a sign-in ends for a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With a session.
    Success,
    /// With `bad_request`.
    BadRequest,
    /// With `forbidden`.
    Forbidden,
    /// With `invalid_response`.
    InvalidResponse,
    /// With `network`.
    Network,
    /// With `rate_limited`.
    RateLimited,
    /// With `server_error`.
    ServerError,
    /// With `timeout`.
    Timeout,
}

impl Outcome {
    /// The client's error code, or `success`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::BadRequest => "bad_request",
            Self::Forbidden => "forbidden",
            Self::InvalidResponse => "invalid_response",
            Self::Network => "network",
            Self::RateLimited => "rate_limited",
            Self::ServerError => "server_error",
            Self::Timeout => "timeout",
        }
    }
}

impl Fault {
    /// The fault that a segment of the path names, and its number of seconds, which is 0 for a fault without one.
    fn named(segment: &str) -> Option<(&'static Self, u32)> {
        let with_name = |name: &str| FAULTS.iter().find(|fault| fault.name == name);
        if let Some(fault) = with_name(segment) {
            return Some((fault, fault.seconds.map_or(0, |seconds| seconds.default)));
        }
        let (name, number) = segment.rsplit_once('-')?;
        let (fault, number) = (with_name(name)?, number.parse().ok()?);
        (number <= fault.seconds?.most).then_some((fault, number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(segment: &str) -> Option<(&'static str, u32)> {
        Fault::named(segment).map(|(fault, seconds)| (fault.name, seconds))
    }

    #[test]
    fn a_number_of_seconds_goes_at_the_end_of_the_name() {
        assert_eq!(named("silence"), Some(("silence", 0)));
        assert_eq!(named("late"), Some(("late", 10)));
        assert_eq!(named("late-3"), Some(("late", 3)));
        assert_eq!(named("late-0"), Some(("late", 0)));
        assert_eq!(named("expires-86400"), Some(("expires", 86_400)));
        for nothing in ["", "late-", "late--1", "late-121", "expires-86401", "silence-3", "401", "401-", "Silence"] {
            assert_eq!(named(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn every_name_is_a_segment_of_a_path_and_stands_once() {
        for (index, fault) in FAULTS.iter().enumerate() {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(!fault.name.is_empty() && fault.name.chars().all(plain), "{}", fault.name);
            assert!(FAULTS.iter().skip(index + 1).all(|other| other.name != fault.name), "{}", fault.name);
            assert!(!fault.expected.is_empty(), "{}", fault.name);
        }
    }
}
