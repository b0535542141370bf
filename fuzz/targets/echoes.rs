//! A text of the service that repeats the password is withheld, however the password is escaped and whatever is around
//! it. Any other text is passed on.
//!
//! An input has four parts, each of which ends with a line break but the last: a line of letters, each of which is one
//! more layer of escapes; the password; the text before it; and the text after it.
#![no_main]

use catalyze_signin::{ApiKey, Credentials, Password, Response, SignInError, Username};
use libfuzzer_sys::fuzz_target;

/// Neither a letter nor a part of an escape, so that only the password decides whether there is an escape.
const HARMLESS: &str = "☃";
/// The characters that an escape begins with.
const ESCAPES: [char; 3] = ['%', '&', '\\'];
const WITHHELD: &str = "(withheld: it repeats a secret)";

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let mut lines = text.splitn(4, '\n');
    let [ways, password, before, after] = [(); 4].map(|()| lines.next().unwrap_or_default());
    let Ok(secret) = Password::new(password.to_owned()) else { return };
    let credentials = Credentials {
        api_key: ApiKey::new("Q7key7Q".to_owned()).unwrap(),
        username: Username::new("bob").unwrap(),
        password: secret,
    };

    // The unescaped password is found whatever is around it.
    check(&format!("{before}{password}{after}"), password, &credentials);

    // With a blank on both sides, so that the text around it can't make another escape: "%" before "41" is an "A".
    let mut spelled = password.to_owned();
    // Only three layers of escapes are promised, and an escape in the password itself is one of them.
    let escapes = password.contains(ESCAPES);
    if escapes && password.len() > 6 {
        return;
    }
    for (depth, way) in ways.bytes().take(if escapes { 2 } else { 3 }).enumerate() {
        spelled = spell(&spelled, way, depth == 0);
    }
    check(&format!("{before} {spelled} {after}"), password, &credentials);
});

/// Answers with `text`.
fn check(text: &str, password: &str, credentials: &Credentials) {
    let errors = |body: String| {
        let response = Response { status: 400, retry_after: None, date: None, body: body.as_bytes() };
        let error = credentials.read_sign_in::<serde_json::Value>(&response).unwrap_err();
        shows_nothing(&error, password);
        error.server_errors().iter().map(|error| error.message.clone()).collect::<Vec<String>>()
    };
    let entries = serde_json::json!({ "errors": [{ "message": text }, HARMLESS] });
    let [withheld, other] = errors(entries.to_string()).try_into().unwrap();
    assert_eq!(withheld, WITHHELD, "{text:?}");
    // A password that looks like an escape may stand for the other text.
    if !password.contains(ESCAPES) && !HARMLESS.contains(password) {
        assert_eq!(other, HARMLESS, "{password:?}");
    }
    // A body that is not JSON.
    assert_eq!(errors(format!("<{text}")), [WITHHELD], "{text:?}");
}

fn shows_nothing(error: &SignInError, password: &str) {
    let shown = format!("{error} {error:?} {}", serde_json::to_string(error).unwrap());
    // A short password may be a part of one of our own words.
    let known = format!(
        "{error} {WITHHELD} bad_request retryable false message serverErrors [{{\"code\":-1, status: Some(400)"
    );
    assert!(password.len() < 6 || known.contains(password) || !shown.contains(password), "{shown}");
}

/// Adds a layer of escapes. Only the first layer uses the named characters of HTML: a later one would have to name the
/// characters that escapes begin with, which nobody does.
fn spell(text: &str, way: u8, first: bool) -> String {
    let each = |spell: &dyn Fn(char) -> String| text.chars().map(spell).collect::<String>();
    let plain = |character: char| character.is_ascii_alphanumeric();
    let units = |character: char| character.encode_utf16(&mut [0; 2]).to_vec();
    match way {
        b'j' => serde_json::to_string(text).unwrap(),
        b'/' => serde_json::to_string(text).unwrap().replace('/', "\\/"),
        b'u' => each(&|character| units(character).iter().map(|unit| format!("\\u{unit:04x}")).collect()),
        b'U' => each(&|character| match character {
            _ if plain(character) => character.into(),
            _ => units(character).iter().map(|unit| format!("\\u{unit:04X}")).collect(),
        }),
        b'%' => text.bytes().map(|byte| format!("%{byte:02X}")).collect(),
        b'p' => text
            .bytes()
            .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).into() } else { format!("%{byte:02x}") })
            .collect(),
        b'+' => text
            .bytes()
            .map(|byte| match byte {
                b' ' => "+".to_owned(),
                _ if byte.is_ascii_alphanumeric() => char::from(byte).into(),
                _ => format!("%{byte:02X}"),
            })
            .collect(),
        b'#' => each(&|character| format!("&#{};", u32::from(character))),
        b'x' => each(&|character| {
            if plain(character) { character.into() } else { format!("&#x{:x};", u32::from(character)) }
        }),
        b'h' => each(&|character| match character {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            '\'' => "&#39;".to_owned(),
            _ => character.into(),
        }),
        b'n' if first => each(&|character| if plain(character) { character.into() } else { "&name;".to_owned() }),
        _ => text.to_owned(),
    }
}
