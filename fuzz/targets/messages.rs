//! Any message and any body give a reply in JSON, which holds no secret.
//!
//! An input is a line with the message, and the body.
#![no_main]

use catalyze_signin::engine::{interpret, request};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(2, |byte| *byte == b'\n');
    let message = parts.next().unwrap_or_default();
    let body = parts.next().unwrap_or_default();
    for reply in [request(message), interpret(message, body)] {
        let reply: Value = serde_json::from_str(&reply).unwrap();
        assert!(reply["step"].is_string());
        assert_eq!(reply["step"] == "failed", reply["error"]["code"].is_string());
    }
});
