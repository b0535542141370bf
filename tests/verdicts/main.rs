//! What the core makes of each answer in the fuzz corpus, for the built module to agree with.
#![cfg(not(target_arch = "wasm32"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use catalyze_signin::{ApiKey, Credentials, Password, Response, Session, Username};
use serde_json::{Value, json};

/// verdicts.json holds the verdicts; verdicts.test.mjs compares the module's with them.
#[test]
fn the_verdicts_on_the_corpus_are_those_that_the_module_is_held_to() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let verdicts: BTreeMap<String, Value> = fs::read_dir(root.join("fuzz/corpus/answers"))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_string_lossy().into_owned(), verdict(&fs::read(path).unwrap()))
        })
        .collect();
    assert!(verdicts.len() > 80);
    let text = serde_json::to_string_pretty(&verdicts).unwrap() + "\n";
    let file = root.join("tests/verdicts/verdicts.json");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, &text).unwrap();
    }
    assert_eq!(fs::read_to_string(&file).unwrap_or_default(), text, "run `UPDATE=1 cargo test --test verdicts`");
}

/// An input is a line with the status, a line with the header `Retry-After`, and the body.
fn verdict(input: &[u8]) -> Value {
    let parts: Vec<&[u8]> = input.splitn(3, |byte| *byte == b'\n').collect();
    let text = |part: usize| std::str::from_utf8(parts[part]).unwrap();
    let credentials = Credentials {
        api_key: ApiKey::new("Q7canary7Q".to_owned()).unwrap(),
        username: Username::new("bob").unwrap(),
        password: Password::new("Q7canary7Q".to_owned()).unwrap(),
    };
    let response = Response {
        status: text(0).parse().unwrap(),
        retry_after: Some(text(1)).filter(|header| !header.is_empty()),
        date: Some("Tue, 14 Nov 2023 22:13:20 GMT"),
        body: parts[2],
    };
    match credentials.read_sign_in(&response) {
        Ok(Session::<Value> { token, json, .. }) => json!({ "user": json, "token": token.expose() }),
        Err(error) => serde_json::to_value(error).unwrap(),
    }
}
