//! A password that the service sends back is withheld, however it is spelled and whatever stands around it, and only
//! what repeats it is.
//!
//! An input is a line of letters, each a way to spell what the ways before it have made; the password; the text
//! before it; and the text after it. The lines end with line breaks.
#![no_main]

use catalyze_signin::{ApiKey, Credentials, Password, Response, SignInError, Username};
use libfuzzer_sys::fuzz_target;

/// Neither a letter nor an escape, so that the password alone decides whether it is one.
const HARMLESS: &str = "☃";
/// What an escape begins with.
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

    // Nothing hides the password itself.
    check(&format!("{before}{password}{after}"), password, &credentials);

    // A blank on both sides, lest the text around it make another escape of it: "%" before "41" is an "A".
    let mut spelled = password.to_owned();
    // Escapes of escapes of escapes are as far as it goes, and escapes in the password itself count.
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
    let [told, other] = errors(entries.to_string()).try_into().unwrap();
    assert_eq!(told, WITHHELD, "{text:?}");
    // An escape may stand for it.
    if !password.contains(ESCAPES) && !HARMLESS.contains(password) {
        assert_eq!(other, HARMLESS, "{password:?}");
    }
    // A body that is no JSON.
    assert_eq!(errors(format!("<{text}")), [WITHHELD], "{text:?}");
}

fn shows_nothing(error: &SignInError, password: &str) {
    let shown = format!("{error} {error:?} {}", serde_json::to_string(error).unwrap());
    // What is short may be one of our own words.
    let known = format!(
        "{error} {WITHHELD} bad_request retryable false message serverErrors [{{\"code\":-1, status: Some(400)"
    );
    assert!(password.len() < 6 || known.contains(password) || !shown.contains(password), "{shown}");
}

/// One more layer of escapes. Only the first takes letters by their names, since what an escape begins with has names
/// that nobody uses.
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
