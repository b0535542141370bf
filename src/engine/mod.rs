//! The engine of the npm package: the two functions that its JavaScript calls.
//!
//! Each call is one message in and one message out ([`message`]), and a body goes in as its bytes. Nothing here waits
//! and nothing is remembered between two calls: JavaScript sends and waits, so a request in flight outlives a trap.

mod message;

#[cfg(all(target_arch = "wasm32", feature = "engine"))]
pub(crate) use self::bindings::{date, number};
pub use self::message::{interpret, request};

#[cfg(all(target_arch = "wasm32", feature = "engine"))]
mod bindings {
    use wasm_bindgen::prelude::*;
    use zeroize::Zeroizing;

    use super::message;

    /// The default allocator takes 4 KB more of the module.
    #[global_allocator]
    static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

    #[wasm_bindgen(module = "/js/messages.js")]
    extern "C" {
        /// Takes the message that answers the call. Lent and not returned: what wasm-bindgen returns, it frees without
        /// wiping it.
        fn reply(message: &[u8]);

        /// The value of a number in JSON.
        pub(crate) fn number(text: &[u8]) -> f64;

        /// The seconds from 1970 to a date of HTTP, or NaN.
        pub(crate) fn date(text: &[u8]) -> f64;
    }

    /// What is to be sent for a task.
    #[wasm_bindgen(skip_typescript)]
    #[expect(unreachable_pub, reason = "for the package's JavaScript alone")]
    pub fn request(task: Vec<u8>) {
        reply(message::request(&Zeroizing::new(task)).as_bytes());
    }

    /// What an answer means. `body` is empty where there is none yet.
    #[wasm_bindgen(skip_typescript)]
    #[expect(unreachable_pub, reason = "for the package's JavaScript alone")]
    pub fn interpret(answer: Vec<u8>, body: Vec<u8>) {
        reply(message::interpret(&Zeroizing::new(answer), &Zeroizing::new(body)).as_bytes());
    }
}
