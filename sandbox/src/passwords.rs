//! Passwords: argon2id, on threads for blocking work, with a bound on how many hashes are computed at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::{Error, PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::refusal::Refusal;

/// 19 MiB, two passes, one lane: the minimum that OWASP's Password Storage Cheat Sheet asks for.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Hashes a password with a fresh salt. It blocks for some tens of milliseconds.
///
/// # Errors
///
/// If the system has no randomness or no memory.
pub fn hash(password: &str) -> Result<String, String> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| error.to_string())?;
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt).map_err(|error| error.to_string())?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|error| error.to_string())
}

/// Whether a password is the one that was hashed. The parameters come from the hash.
fn matches(password: &str, hash: &str) -> Result<bool, String> {
    match Argon2::default().verify_password(password.as_bytes(), hash) {
        Ok(()) => Ok(true),
        Err(Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(error.to_string()),
    }
}

/// The queue for argon2 work. At most as many hashes are computed at once as there are processors: more would not be
/// faster, and each takes 19 MiB.
#[derive(Clone, Debug)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    nobody: Arc<str>,
    computed: Arc<AtomicU64>,
}

impl Passwords {
    /// A queue.
    ///
    /// # Errors
    ///
    /// Those of [`hash`].
    pub fn new() -> Result<Self, String> {
        let at_once = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Ok(Self {
            turns: Arc::new(Semaphore::new(at_once)),
            nobody: hash(&crate::uuid::random().map_err(|error| error.to_string())?)?.into(),
            computed: Arc::default(),
        })
    }

    /// How many hashes have been computed for requests. The log reports it at the end, so that a test can count the
    /// work of a request instead of measuring its time.
    #[must_use]
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    /// A hash that no password matches, and that takes as long to check as any other: an unknown username must take as
    /// long as a wrong password.
    #[must_use]
    pub fn nobody(&self) -> String {
        self.nobody.as_ref().to_owned()
    }

    /// Waits for a turn.
    ///
    /// # Errors
    ///
    /// None in practice: the queue is never closed.
    pub async fn turn(&self) -> Result<Turn, Refusal> {
        let turns = Arc::clone(&self.turns);
        let permit = turns.acquire_owned().await.map_err(Refusal::defect)?;
        Ok(Turn { _permit: permit, computed: Arc::clone(&self.computed) })
    }
}

/// The permission to compute one hash.
#[derive(Debug)]
#[must_use = "dropping a turn gives it to somebody else"]
pub struct Turn {
    _permit: OwnedSemaphorePermit,
    computed: Arc<AtomicU64>,
}

impl Turn {
    /// See [`hash`].
    ///
    /// # Errors
    ///
    /// A 500.
    pub async fn hash(self, password: String) -> Result<String, Refusal> {
        self.spend(move || hash(&password)).await.map(|(hash, _)| hash)
    }

    /// Whether the password is the one that was hashed. Returns the turn too: the caller holds it until a failure has
    /// been counted, so that the next guess is checked against the new count.
    ///
    /// # Errors
    ///
    /// A 500 if `hash` is not a hash.
    pub async fn matches(self, password: String, hash: String) -> Result<(bool, Self), Refusal> {
        self.spend(move || matches(&password, &hash)).await
    }

    async fn spend<T: Send + 'static>(
        self,
        work: impl FnOnce() -> Result<T, String> + Send + 'static,
    ) -> Result<(T, Self), Refusal> {
        // The turn moves to the thread: a client that hangs up cancels the caller, but not the work, which must still
        // count towards the bound.
        tokio::task::spawn_blocking(move || {
            self.computed.fetch_add(1, Ordering::Relaxed);
            work().map(|done| (done, self))
        })
        .await
        .map_err(Refusal::defect)?
        .map_err(Refusal::defect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_argon2id_with_the_minimum_of_owasp_and_a_salt_of_its_own() {
        let first = hash("correct horse").expect("a hash");
        assert!(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{first}");
        assert_ne!(first, hash("correct horse").expect("a hash"));
        assert_eq!(matches("correct horse", &first), Ok(true));
        assert_eq!(matches("battery staple", &first), Ok(false));
        assert!(matches("correct horse", "no hash").is_err());
    }

    #[test]
    fn the_hash_for_an_unknown_username_costs_what_every_other_costs() {
        let nobody = Passwords::new().expect("a queue").nobody();
        assert!(nobody.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{nobody}");
        assert_eq!(matches("correct horse", &nobody), Ok(false));
    }
}
