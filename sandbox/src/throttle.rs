//! The limit on guessing: after so many failures in a row for one account, 429 for a while.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

/// How many accounts are remembered. At 48 bytes each, this is well under a megabyte. An attacker pays an argon2 hash
/// for each entry.
const REMEMBERED: usize = 10_000;

/// What failures are counted for: one username under one API key. Hashed, so that all entries have one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subject([u8; 32]);

impl Subject {
    /// The username under the key's id.
    #[must_use]
    pub fn new(key_id: &str, username: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(key_id.as_bytes());
        // No key id holds a line feed, so no two pairs give the same text.
        hash.update(b"\n");
        hash.update(username.as_bytes());
        Self(hash.finalize().into())
    }
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    forgotten_at: Instant,
}

/// Counts failures in a row.
#[derive(Debug)]
pub struct Throttle {
    max_failures: u32,
    window: Duration,
    failures: Mutex<HashMap<Subject, Failures>>,
}

impl Throttle {
    /// Makes a subject wait after `max_failures` in a row, until `window` has passed since the last one.
    #[must_use]
    pub fn new(max_failures: u32, window: Duration) -> Self {
        Self { max_failures, window, failures: Mutex::default() }
    }

    /// How long the subject must wait, if it must.
    #[must_use]
    pub fn wait(&self, subject: Subject, now: Instant) -> Option<Duration> {
        let failures = *self.entries().get(&subject)?;
        let left = failures.forgotten_at.checked_duration_since(now)?;
        (failures.count >= self.max_failures && !left.is_zero()).then_some(left)
    }

    /// Counts a failure.
    pub fn failed(&self, subject: Subject, now: Instant) {
        let mut entries = self.entries();
        if entries.len() >= REMEMBERED && !entries.contains_key(&subject) {
            entries.retain(|_, failures| failures.forgotten_at > now);
            let oldest = entries.iter().min_by_key(|(_, failures)| failures.forgotten_at).map(|(subject, _)| *subject);
            if let Some(oldest) = oldest.filter(|_| entries.len() >= REMEMBERED) {
                entries.remove(&oldest);
            }
        }
        let entry = entries.entry(subject).or_insert(Failures { count: 0, forgotten_at: now });
        let before = if entry.forgotten_at > now { entry.count } else { 0 };
        *entry = Failures { count: before.saturating_add(1), forgotten_at: now + self.window };
    }

    /// Forgets the failures, because the right password was given.
    pub fn succeeded(&self, subject: Subject) {
        self.entries().remove(&subject);
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<Subject, Failures>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_mins(1);

    fn failed(times: u32, now: Instant) -> (Throttle, Subject) {
        let throttle = Throttle::new(3, WINDOW);
        let subject = Subject::new("key", "bob");
        for _ in 0..times {
            throttle.failed(subject, now);
        }
        (throttle, subject)
    }

    #[test]
    fn it_refuses_after_the_last_allowed_failure_and_not_before() {
        let now = Instant::now();
        let (throttle, subject) = failed(2, now);
        assert_eq!(throttle.wait(subject, now), None);
        throttle.failed(subject, now);
        assert_eq!(throttle.wait(subject, now), Some(WINDOW));
    }

    #[test]
    fn the_wait_ends_with_the_window_and_counting_starts_again() {
        let now = Instant::now();
        let (throttle, subject) = failed(3, now);
        assert_eq!(throttle.wait(subject, now + WINDOW), None);
        let later = now + WINDOW + Duration::from_millis(1);
        throttle.failed(subject, later);
        assert_eq!(throttle.wait(subject, later), None);
    }

    #[test]
    fn a_success_resets_the_count() {
        let now = Instant::now();
        let (throttle, subject) = failed(2, now);
        throttle.succeeded(subject);
        throttle.failed(subject, now);
        throttle.failed(subject, now);
        assert_eq!(throttle.wait(subject, now), None);
    }

    #[test]
    fn another_username_or_another_key_is_not_affected() {
        let now = Instant::now();
        let (throttle, _) = failed(3, now);
        assert_eq!(throttle.wait(Subject::new("key", "alice"), now), None);
        assert_eq!(throttle.wait(Subject::new("other", "bob"), now), None);
    }

    #[test]
    fn ever_new_usernames_do_not_grow_it_without_bound() {
        let now = Instant::now();
        let (throttle, bob) = failed(3, now);
        for number in 0..REMEMBERED + 10 {
            let subject = Subject::new("key", &number.to_string());
            throttle.failed(subject, now + Duration::from_millis(1));
        }
        assert_eq!(throttle.entries().len(), REMEMBERED);
        assert_eq!(throttle.wait(bob, now), None, "the oldest is forgotten first");
    }
}
