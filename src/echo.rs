//! Whether a text of the service repeats a secret, however the secret is escaped.

use zeroize::Zeroizing;

use crate::json::{digits_to_number, push, unescape};

/// How many layers of escapes are removed at most. Four cover JSON inside JSON inside HTML inside a URL. Two more are
/// for a secret such as `%41`, which looks like an escape itself.
const LAYERS: usize = 6;

/// Stands for any character that HTML has a name for, as `&sol;` for `/`. A table of the two thousand names would be
/// too large, and no letter or digit of ASCII has one. This byte never occurs in UTF-8.
const NAMED: u8 = 0xff;

/// Only the first bytes of a longer secret are searched for, so that no search takes long.
const LONGEST: usize = 256;

/// Whether `text` repeats one of `secrets`: as it is, or escaped for JSON, a URL or HTML. In capitals or not: a UUID is the
/// same one either way, and many databases print it in the other.
pub(crate) fn repeats(text: &str, secrets: &[&[u8]]) -> bool {
    let texts = forms(text.as_bytes());
    secrets.iter().any(|secret| {
        // If a part of the secret looks like an escape, it is removed from the text, so it is removed here too.
        let secrets = forms(trimmed(secret.get(..LONGEST).unwrap_or(secret)));
        texts.iter().any(|text| secrets.iter().any(|secret| occurs(secret, text)))
    })
}

/// The secret without the backslashes at its end: in the text, they may look like an escape of what comes next.
fn trimmed(mut secret: &[u8]) -> &[u8] {
    while let [rest @ .., b'\\'] = secret
        && !rest.is_empty()
    {
        secret = rest;
    }
    secret
}

/// Compares byte by byte: the standard library's search would take 1.5 KB of the module.
fn occurs(secret: &[u8], text: &[u8]) -> bool {
    (0..text.len()).any(|start| text.get(start..).is_some_and(|text| begins(text, secret)))
}

fn begins(text: &[u8], mut secret: &[u8]) -> bool {
    for byte in text {
        let Some((own, rest)) = secret.split_first() else { return true };
        secret = rest;
        match byte {
            _ if byte.eq_ignore_ascii_case(own) => {}
            // In a form's data, a plus is a space.
            b'+' if *own == b' ' => {}
            &NAMED if !own.is_ascii_alphanumeric() => {
                while let [0x80..=0xbf, rest @ ..] = secret {
                    secret = rest;
                }
            }
            _ => return false,
        }
    }
    secret.is_empty()
}

/// The text itself, and the text after each removal of a layer of escapes. Wiped when dropped.
fn forms(text: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let mut forms = Vec::with_capacity(LAYERS);
    let mut form = Zeroizing::new(text.to_owned());
    for _ in 0..LAYERS {
        let plain = unescaped(&form);
        let done = plain == form;
        forms.push(form);
        if done {
            break;
        }
        form = plain;
    }
    forms
}

fn unescaped(text: &[u8]) -> Zeroizing<Vec<u8>> {
    // Large enough, since no escape is shorter than what it stands for: a buffer that grows would leave copies behind.
    let mut plain = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match take_escape(*first, after, &mut plain) {
            Some(after) => rest = after,
            None => plain.push(*first),
        }
    }
    plain
}

/// Writes what an escape that starts with `first` stands for, and returns what comes after it. `None` if `first` starts
/// no escape.
fn take_escape<'a>(first: u8, after: &'a [u8], plain: &mut Vec<u8>) -> Option<&'a [u8]> {
    let (character, after) = match (first, after) {
        (b'%', digits) | (b'\\', [b'x', digits @ ..]) => {
            let (digits, after) = digits.split_at_checked(2)?;
            plain.push(digits_to_number(digits, 16)?.try_into().ok()?);
            return Some(after);
        }
        (b'&', _) => return take_entity(after, plain),
        // Before a character outside of ASCII, a backslash means nothing.
        (b'\\', [0x80..=0xff, ..]) => return Some(after),
        (b'\\', _) => unescape(after)?,
        _ => return None,
    };
    push(character?, plain);
    Some(after)
}

/// The same for what follows an ampersand: `amp;`, `#39;` or `#x27;`.
fn take_entity<'a>(text: &'a [u8], plain: &mut Vec<u8>) -> Option<&'a [u8]> {
    let end = text.iter().take(10).position(|byte| *byte == b';')?;
    let (name, after) = text.split_at_checked(end)?;
    let character = |digits, radix| char::from_u32(digits_to_number(digits, radix)?);
    match name {
        [b'#', b'x' | b'X', digits @ ..] => push(character(digits, 16)?, plain),
        [b'#', digits @ ..] => push(character(digits, 10)?, plain),
        // An escape that is escaped itself begins with `&amp;`.
        b"amp" => plain.push(b'&'),
        [_, ..] if name.iter().all(u8::is_ascii_alphanumeric) => plain.push(NAMED),
        _ => return None,
    }
    after.get(1..)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_secret_is_found_in_every_escape() {
        for (secret, text) in [
            ("ab/cd", "sent ab/cd."),
            ("ab/cd", r"sent ab\/cd."),
            ("ab/cd", "sent ab%2Fcd."),
            ("ab/cd", "sent ab%2fcd."),
            ("ab/cd", "sent ab%252Fcd."),
            ("ab/cd", "sent ab&#x2F;cd."),
            ("ab/cd", "sent ab&#47;cd."),
            ("ab/cd", r"sent ab\u002Fcd."),
            ("ab/cd", r"sent ab\x2fcd."),
            ("ab/cd", r#"{"sent":"{\"password\":\"ab\\/cd\"}"}"#),
            (r#"a"b"#, r#"a\\\"b"#),
            (r#"a"b"#, "a&amp;quot;b"),
            ("a b", "q=a+b&x"),
            ("a\nb", r"a\nb"),
            ("<&>'", "&lt;&amp;&gt;&apos;"),
            ("32a384f5-ab", "the key 32A384F5-AB"),
            ("aB/cd", "Ab%2FCD"),
            ("ab/cd", "ab&sol;cd"),
            ("ä€/", "&auml;&euro;&sol;"),
            ("a\u{a0}b", "a&amp;nbsp;b"),
            ("ä€😀", r"\u00e4\u20ac\ud83d\ude00"),
            ("ä€😀", "%C3%A4%E2%82%AC%F0%9F%98%80"),
            ("ä€😀", "&#228;&#8364;&#x1F600;"),
            (r"a\b", r"a\\b"),
            ("a%20b\"c", "a%20b\\\"c"),
            ("%41", "%41"),
            (r#"a"b\\"#, r#"a&quot;b\\""#),
            (r"\", r"\"),
            ("%2F\\a\"", "%252F%255C%255Ca%255C%2522"),
            ("%252F\\\\\"", "%252F&amp;#92;&amp;#92;&amp;#92;&amp;#92;&amp;#92;&amp;quot;"),
        ] {
            assert!(repeats(text, &[b"another", secret.as_bytes()]), "{secret} in {text}");
        }
    }

    #[test]
    fn a_text_without_the_secret_is_passed_on() {
        for (secret, text) in [
            ("ab/cd", ""),
            ("ab/cd", "ab/c"),
            ("ab/cd", "ab-cd, 100 %, R&D; \\"),
            ("ab/cd", r"\u12 \ud800 \ud800\u0041 \x %2 &#x110000; &# &nosuch; \u"),
            ("a+b", "a b"),
            ("ab/cd", "ab&sol;c &sol;cd ab&so l;cd ab&;cd"),
            ("abc", "a&b;c"),
            ("ä€/", "&auml;&euro;"),
        ] {
            assert!(!repeats(text, &[secret.as_bytes()]), "{secret} in {text}");
        }
    }

    #[test]
    fn a_long_secret_is_found_by_its_start() {
        let secret = "x".repeat(300);
        assert!(repeats(&"x".repeat(256), &[secret.as_bytes()]));
        assert!(!repeats(&"x".repeat(255), &[secret.as_bytes()]));
    }

    proptest! {
        #[test]
        fn no_way_to_escape_a_secret_hides_it(
            secret in "\\PC{1,12}", by_name in any::<bool>(), ways in prop::collection::vec(0..4, 0..3),
        ) {
            let name = |character: char| if character.is_ascii_alphanumeric() { character.into() } else { "&name;".to_owned() };
            let mut text = if by_name { secret.chars().map(name).collect::<Vec<_>>().concat() } else { secret.clone() };
            for way in ways {
                text = match way {
                    0 => serde_json::to_string(&text).unwrap(),
                    1 => text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat(),
                    2 => text.chars().map(|character| format!("&#{};", u32::from(character))).collect::<Vec<_>>().concat(),
                    _ => text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>().concat(),
                };
            }
            let text = format!("say <{text}>");
            prop_assert!(repeats(&text, &[secret.as_bytes()]), "{}", text);
        }

        #[test]
        fn what_stands_around_a_secret_does_not_hide_it(
            before in "\\PC{0,40}|[\\\\&%;#ux0-9a-f]{0,40}", secret in ".{1,8}", after in ".{0,8}",
        ) {
            let text = format!("{before}{secret}{after}");
            prop_assert!(repeats(&text, &[secret.as_bytes()]), "{}", text);
        }
    }
}
