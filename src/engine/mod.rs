//! The engine of the npm package: the two functions that its JavaScript calls.
//!
//! Each function takes a message and replies with one ([`message`]); a body is passed as bytes. The engine never waits,
//! and remembers nothing between two calls. JavaScript sends and waits, so a request in flight survives a trap.

mod message;

#[cfg(all(target_arch = "wasm32", feature = "engine"))]
pub(crate) use self::bindings::{date, number};
pub use self::message::{interpret, request};

#[cfg(all(target_arch = "wasm32", feature = "engine"))]
mod bindings {
    use wasm_bindgen::prelude::*;
    use zeroize::Zeroizing;

    use super::message;

    /// The default allocator would make the module 4 KB larger.
    #[global_allocator]
    static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

    #[wasm_bindgen(module = "/js/messages.js")]
    extern "C" {
        /// Takes the reply to a call. The reply is lent rather than returned, since wasm-bindgen frees what it returns
        /// without wiping it.
        fn reply(message: &[u8]);

        /// The value of a JSON number.
        pub(crate) fn number(text: &[u8]) -> f64;

        /// An HTTP date in seconds since the start of 1970, or NaN for any other text.
        pub(crate) fn date(text: &[u8]) -> f64;
    }

    /// What to send for a task.
    #[wasm_bindgen(skip_typescript)]
    #[expect(unreachable_pub, reason = "for the package's JavaScript alone")]
    pub fn request(task: Vec<u8>) {
        reply(message::request(&Zeroizing::new(task)).as_bytes());
    }

    /// What an answer means. `body` is empty if it has not been read.
    #[wasm_bindgen(skip_typescript)]
    #[expect(unreachable_pub, reason = "for the package's JavaScript alone")]
    pub fn interpret(answer: Vec<u8>, body: Vec<u8>) {
        reply(message::interpret(&Zeroizing::new(answer), &Zeroizing::new(body)).as_bytes());
    }
}
