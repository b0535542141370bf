//! Bodies that mean harm, and secrets where they must not be.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};

use serde_json::json;

use crate::process::{Folder, KEY, KEY_ID, Sandbox};

#[test]
fn a_huge_body_is_413_and_the_client_gets_to_read_that() {
    let sandbox = Sandbox::start();
    for path in ["/v2/auth/signin", "/v2/users"] {
        for size in [64 * 1024 + 1, 1024 * 1024, 10 * 1024 * 1024] {
            let body = json!({ "username": "bob", "password": "x".repeat(size) }).to_string();
            let answer = sandbox.client().post(path, &body);
            assert_eq!(answer.refused(413), ["The body is larger than 65536 bytes."]);
        }
    }
}

#[test]
fn a_body_of_just_the_limit_is_read() {
    let sandbox = Sandbox::start();
    let body = r#"{"username":"nobody","password":"a password"}"#;
    let body = format!("{body}{}", " ".repeat(64 * 1024 - body.len()));
    sandbox.client().post("/v2/auth/signin", &body).refused(404);
}

#[test]
fn a_body_that_is_no_object_with_two_strings_is_told_what_is_wrong_and_never_repeated() {
    let sandbox = Sandbox::start();
    let both_missing: &[&str] =
        &["`username` is missing; it must be a string.", "`password` is missing; it must be a string."];
    let cases: &[(&[u8], &[&str])] = &[
        (b"", &["The body must be a JSON object, but is empty."]),
        (b"hunter2", &["The body must be a JSON object, but is not JSON (line 1, column 1)."]),
        (b"username=bob&password=hunter2", &["The body must be a JSON object, but is not JSON (line 1, column 1)."]),
        (
            b"{\"username\":\"bob\",\"password\":\"hunter2\"",
            &["The body must be a JSON object, but is not JSON (line 1, column 38)."],
        ),
        (
            b"{\"username\":\"bob\",\"password\":\"hunter2\"} hunter2",
            &["The body must be a JSON object, but is not JSON (line 1, column 41)."],
        ),
        (
            b"{\"username\":\"bob\",\"password\":\"hunter2\xff\"}",
            &["The body must be a JSON object, but is not UTF-8."],
        ),
        (
            b"{\"username\":\"bob\",\"password\":\"hunter2\0\"}",
            &["The body must be a JSON object, but is not JSON (line 1, column 37)."],
        ),
        (b"\0\0\0\0", &["The body must be a JSON object, but is not JSON (line 1, column 1)."]),
        (b"\"hunter2\"", &["The body must be a JSON object, not a string."]),
        (b"[\"bob\",\"hunter2\"]", &["The body must be a JSON object, not an array."]),
        (b"null", &["The body must be a JSON object, not null."]),
        (b"{}", both_missing),
        (b"{\"Username\":\"bob\",\"user\":\"hunter2\"}", both_missing),
        (
            b"{\"username\":7,\"password\":{\"hunter2\":1}}",
            &["`username` must be a string, not a number.", "`password` must be a string, not an object."],
        ),
        (
            b"{\"username\":null,\"password\":[\"hunter2\"]}",
            &["`username` must be a string, not null.", "`password` must be a string, not an array."],
        ),
        (
            b"{\"username\":true,\"password\":\"\"}",
            &["`username` must be a string, not a boolean.", "`password` must not be empty."],
        ),
        (b"{\"username\":\"\",\"password\":\"hunter2\"}", &["`username` must not be empty."]),
        (
            b"{\"username\":\"bob\\u0000\",\"password\":\"hunter2\\u0000\"}",
            &["`username` must not hold the character U+0000.", "`password` must not hold the character U+0000."],
        ),
        (b"{\"username\":\"\\ud800\",\"password\":\"hunter2\"}", &["`username` is not a well-formed string."]),
    ];
    for (body, messages) in cases {
        let answer = sandbox.client().send("POST", "/v2/auth/signin", Some(body)).unwrap();
        assert_eq!(answer.refused(400), *messages, "{:?}", String::from_utf8_lossy(body));
        assert!(!answer.text.contains("hunter2"));
        let answer = sandbox.client().send("POST", "/v2/users", Some(body)).unwrap();
        answer.refused(400);
        assert!(!answer.text.contains("hunter2"));
    }
}

#[test]
fn sql_in_a_username_is_a_name_like_any_other() {
    let sandbox = Sandbox::start();
    sandbox.sign_up("bob", "a password");
    let names = ["' OR '1'='1", "bob' --", "'; DROP TABLE accounts; --", "bob\" OR \"\"=\"", "%", "b_b"];
    for name in names {
        assert_eq!(sandbox.client().sign_in(name, "a password").refused(404), ["No user found."]);
    }
    sandbox.sign_up(names[2], "another password");
    sandbox.client().token(names[2], "another password");
    sandbox.client().token("bob", "a password");
}

#[test]
fn nesting_to_the_limit_of_the_body_is_stored_and_returned() {
    let sandbox = Sandbox::start();
    let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    let body = format!(
        r#"{{"username":"bob","password":"a password","email":{{"primary":"b@example.com"}},"extras":{deep}}}"#
    );
    assert_eq!(sandbox.client().post("/v2/users", &body).status, 200);
    assert!(sandbox.client().sign_in("bob", "a password").text.contains(&deep));
}

#[test]
fn a_client_that_hangs_up_in_its_body_harms_nobody() {
    let sandbox = Sandbox::start();
    sandbox.sign_up("bob", "a password");
    for _ in 0..20 {
        let mut socket = TcpStream::connect(sandbox.address()).unwrap();
        write!(
            socket,
            "POST /v2/auth/signin HTTP/1.1\r\nHost: x\r\nX-Api-Key: {KEY}\r\nContent-Length: 1000\r\n\r\n{{\"user"
        )
        .unwrap();
        socket.shutdown(Shutdown::Write).unwrap();
        let mut rest = Vec::new();
        // An answer or a reset: both will do.
        let _ = socket.read_to_end(&mut rest);
    }
    sandbox.client().token("bob", "a password");
}

#[test]
fn a_key_that_is_not_ascii_is_403() {
    let sandbox = Sandbox::start();
    let mut socket = TcpStream::connect(sandbox.address()).unwrap();
    socket
        .write_all(b"GET /v2/auth/verify HTTP/1.1\r\nHost: x\r\nX-Api-Key: \xc3\xa9\xff\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    assert!(answer.contains("{\"errors\":[{\"message\":\"The X-Api-Key header must be"), "{answer}");
}

#[test]
fn neither_the_log_nor_the_database_holds_a_password_a_token_or_a_header() {
    let folder = Folder::new();
    let sandbox = Sandbox::start_with(&["--database", &folder.text("baas.sqlite")]);
    sandbox.sign_up("bob", "correct horse battery");
    let token = sandbox.client().token("bob", "correct horse battery");
    let client = sandbox.client().bearer(&token);
    client.get("/v2/auth/verify?access_token=query-secret");
    sandbox.client().sign_in("bob", "wrong-secret").refused(401);
    sandbox.client().post("/v2/auth/signin", r#"{"username":"bob","password":["typed-secret"]}"#).refused(400);
    sandbox.client().key(Some("browser example.app key-secret")).get("/v2/auth/verify").refused(403);

    let mut kept = Vec::new();
    for name in ["baas.sqlite", "baas.sqlite-wal"] {
        kept.extend(std::fs::read(folder.path(name)).unwrap());
    }
    let kept = String::from_utf8_lossy(&kept).into_owned();
    assert!(kept.contains("$argon2id$") && kept.contains("bob@example.com"), "it is the file that was written");
    client.get("/v2/auth/signout");
    let log = sandbox.stop().stderr;
    assert!(log.contains("method=POST path=\"/v2/auth/signin\" status=401 ms="), "{log}");
    for secret in ["correct horse battery", &token, "wrong-secret", "typed-secret", "query-secret", "key-secret"] {
        assert!(!kept.contains(secret), "{secret}");
        assert!(!log.contains(secret), "{secret}");
    }
    assert!(!log.contains(KEY_ID) && !log.contains("bob"), "{log}");
}
