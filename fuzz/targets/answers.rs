//! Any status, header and bytes give a session or an error with a code. The error holds no secret, and its path leads
//! to what is wrong.
//!
//! An input is a line with the status, a line with the header `Retry-After`, and the body.
#![no_main]

use catalyze_signin::{ApiKey, Credentials, ErrorCode, Password, Response, Session, SignInError, Username};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const CANARY: &str = "Q7canary7Q";

fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(3, |byte| *byte == b'\n');
    let status = parts.next().and_then(|line| std::str::from_utf8(line).ok()?.parse().ok()).unwrap_or(200);
    let retry_after = parts.next().and_then(|line| std::str::from_utf8(line).ok()).filter(|line| !line.is_empty());
    let body = parts.next().unwrap_or_default();
    let credentials = Credentials {
        api_key: ApiKey::new(CANARY.to_owned()).unwrap(),
        username: Username::new("bob").unwrap(),
        password: Password::new(CANARY.to_owned()).unwrap(),
    };
    match credentials.read_sign_in(&Response { status, retry_after, date: None, body }) {
        Ok(session) => check_session(status, &session),
        Err(error) => check_error(status, body, &error),
    }
});

fn check_session(status: u16, session: &Session) {
    assert!((200..300).contains(&status));
    assert!(!session.user.users_id.is_empty());
    assert!(session.token.expose().bytes().all(|byte| byte.is_ascii_graphic()));
    assert!(session.json.get("sessionToken").is_none());
}

fn check_error(status: u16, body: &[u8], error: &SignInError) {
    assert_eq!(error.status(), Some(status));
    let shown = format!("{error} {error:?} {}", serde_json::to_string(error).unwrap());
    assert!(!shown.contains(CANARY));
    if let (Some(path), Some(expected)) = (error.path(), error.expected()) {
        assert_eq!(error.code(), ErrorCode::InvalidResponse);
        let Ok(json) = serde_json::from_slice::<Value>(body) else { return };
        let pointer = path.replace(['.', '['], "/").replace(']', "");
        let pointer = if pointer.is_empty() { pointer } else { format!("/{pointer}") };
        let fault = json.pointer(&pointer).unwrap_or(&Value::Null);
        let fits = match expected {
            "object" => fault.is_object(),
            "array" => fault.is_array(),
            "string" => fault.is_string(),
            "non-empty string" => fault.as_str().is_some_and(|text| !text.is_empty()),
            "visible ASCII without blanks" => {
                fault.as_str().is_some_and(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()))
            }
            "boolean" => fault.is_boolean(),
            "number" => fault.is_number(),
            "integer" => fault.as_f64().is_some_and(|number| number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0),
            "at most 1048576 bytes" => body.len() <= 1_048_576,
            other => panic!("{other} at {path}"),
        };
        assert!(!fits, "{path} is {expected} already");
    }
}
