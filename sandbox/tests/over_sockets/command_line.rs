//! The commands: what they print, what they refuse, how they end.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::process::{BINARY, Folder, KEY, KEY_ID, Sandbox, run, run_in_vain, run_well};

#[test]
fn every_command_explains_itself() {
    for (arguments, sentence) in [
        (&["--help"][..], "A local Catalyze BaaS"),
        (&["serve", "--help"], "anyone on the network path can read passwords and tokens"),
        (&["serve", "--help"], "FOR TESTS ONLY"),
        (&["serve", "--help"], "WARNING: passwords, tokens and keys are in it in plain text"),
        (&["serve", "--help"], "failed sign-ins in a row for one account, answer 429 [default: 10]"),
        (&["serve", "--help"], "How long failures count after the last one [default: 60]"),
        (&["user", "add", "--help"], "can see it in the process list"),
        (&["key", "add", "--help"], "print it in its three parts"),
    ] {
        let help = run_well(arguments);
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(help.contains(sentence), "{arguments:?}: {help}");
    }
}

#[test]
fn a_server_prints_one_line_and_ends_well_on_either_signal() {
    for signal in ["TERM", "INT"] {
        let sandbox = Sandbox::start();
        let line = format!("listening on {}\n", sandbox.url);
        assert!(line.starts_with("listening on http://127.0.0.1:"), "{line}");
        sandbox.signal(signal);
        let ended = sandbox.ended();
        assert_eq!((ended.code, ended.stdout), (Some(0), line), "{}", ended.stderr);
    }
}

#[test]
fn a_client_that_stopped_in_mid_request_does_not_keep_the_server_from_ending() {
    let sandbox = Sandbox::start();
    let _idle = TcpStream::connect(sandbox.address()).unwrap();
    let mut half = TcpStream::connect(sandbox.address()).unwrap();
    let head = "POST /v2/auth/signin HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n";
    half.write_all(head.as_bytes()).unwrap();
    // The word to go on: from here the server waits for the body.
    half.read_exact(&mut [0; 12]).unwrap();
    assert_eq!(sandbox.stop().code, Some(0));
}

#[test]
fn a_taken_port_is_told_in_one_sentence() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    assert_eq!(
        run_in_vain(&["serve", "--port", &port]),
        format!("sandbox: another process listens on 127.0.0.1:{port} already; --port 0 takes any free port")
    );
}

#[test]
fn it_listens_beyond_loopback_only_when_told_to() {
    for host in ["0.0.0.0", "::"] {
        let sentence = run_in_vain(&["serve", "--port", "0", "--host", host]);
        assert!(sentence.contains("--allow-remote-connections"), "{sentence}");
    }
    let sandbox = Sandbox::start_with(&["--host", "0.0.0.0", "--allow-remote-connections"]);
    assert!(sandbox.url.starts_with("http://0.0.0.0:"), "{}", sandbox.url);
}

#[test]
fn the_same_key_twice_is_printed_twice_and_another_under_its_id_refused() {
    let folder = Folder::new();
    let database = folder.text("baas.sqlite");
    let add = ["key", "add", "--database", &database, "--id", KEY_ID, "--identifier", "example.app", "--type"];
    for _ in 0..2 {
        assert_eq!(run_well(&[&add[..], &["browser"]].concat()), format!("{KEY}\n"));
    }
    assert_eq!(
        run_in_vain(&[&add[..], &["ios"]].concat()),
        "sandbox: a key with this id is registered with another type or identifier"
    );
    let made = run_well(&["key", "add", "--database", &database, "--type", "ios", "--identifier", "io.example"]);
    let made = made.trim_end();
    let sandbox = Sandbox::start_with(&["--database", &database]);
    sandbox.sign_up("bob", "a password");
    sandbox.client().key(Some(made)).token("bob", "a password");
    assert_eq!(
        run_in_vain(&["key", "add", "--database", &database, "--type", "ios", "--identifier", "io example"]),
        "sandbox: the key's identifier must be visible ASCII without blanks"
    );
}

#[test]
fn an_account_can_be_added_and_replaced_while_the_server_runs() {
    let folder = Folder::new();
    let database = folder.text("baas.sqlite");
    let sandbox = Sandbox::start_with(&["--database", &database]);
    let add = ["user", "add", "--database", &database, "--username", "bob", "--password"];
    let details = ["first", "--email", "bob@example.com", "--first-name", "Bob", "--last-name", "Builder"];
    run_well(&[&add[..], &details].concat());
    let user = sandbox.client().sign_in("bob", "first").json();
    assert_eq!(user["email"], json!({ "primary": "bob@example.com" }));
    assert_eq!(user["name"], json!({ "firstName": "Bob", "lastName": "Builder" }));
    assert_eq!(user["username"], "bob");

    assert_eq!(
        run_in_vain(&[&add[..], &["second"]].concat()),
        "sandbox: there is an account of this name already; --replace replaces it"
    );
    let token = sandbox.client().token("bob", "first");
    run_well(&[&add[..], &["second", "--replace"]].concat());
    sandbox.client().bearer(&token).get("/v2/auth/verify").refused(401);
    sandbox.client().sign_in("bob", "first").refused(401);
    sandbox.client().token("bob", "second");
}

#[test]
fn a_password_can_come_by_standard_input() {
    let folder = Folder::new();
    let database = folder.text("baas.sqlite");
    let mut child = Command::new(BINARY)
        .args(["user", "add", "--database", &database, "--username", "bob", "--password-stdin"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b" a pass word \r\n").unwrap();
    assert!(child.wait().unwrap().success());
    Sandbox::start_with(&["--database", &database]).client().token("bob", " a pass word ");
}

#[test]
fn a_user_object_with_a_secret_or_a_strange_id_is_refused_and_the_secret_not_told() {
    let folder = Folder::new();
    let database = folder.text("baas.sqlite");
    let file = folder.text("user.json");
    for (content, why) in [
        (r#"{"password":"hunter2"}"#, format!("{file} holds a `password`, which is no part of a stored user")),
        (r#"{"sessionToken":"hunter2"}"#, format!("{file} holds a `sessionToken`, which is no part of a stored user")),
        (r#"{"usersId":7}"#, format!("`usersId` in {file} must be a string that is not empty")),
        (r#"["hunter2"]"#, format!("{file} must be a JSON object, not an array")),
        ("hunter2", format!("{file} must be a JSON object, but is not JSON (line 1, column 1)")),
    ] {
        folder.write("user.json", content);
        let sentence = run_in_vain(&[
            "user",
            "add",
            "--database",
            &database,
            "--username",
            "bob",
            "--password",
            "a password",
            "--user-json",
            &file,
        ]);
        assert_eq!(sentence, format!("sandbox: {why}"));
    }
}

#[test]
fn two_accounts_can_not_have_one_users_id() {
    let folder = Folder::new();
    let database = folder.text("baas.sqlite");
    let file = folder.write("user.json", r#"{"usersId":"one"}"#);
    let add = ["user", "add", "--database", &database, "--password", "a password", "--user-json", &file, "--username"];
    run_well(&[&add[..], &["bob"]].concat());
    assert_eq!(
        run_in_vain(&[&add[..], &["alice"]].concat()),
        "sandbox: another account has the usersId in this user object"
    );
    run_well(&[&add[..], &["bob", "--replace"]].concat());
}

#[test]
fn a_database_that_is_none_is_told_in_one_sentence() {
    let folder = Folder::new();
    let file = folder.write("no.sqlite", &"this is a letter and no database".repeat(100));
    let sentence = run_in_vain(&["serve", "--port", "0", "--database", &file]);
    assert!(sentence.starts_with(&format!("sandbox: the database {file} can't be opened: ")), "{sentence}");
}

#[test]
fn sessions_and_accounts_outlive_a_restart_on_the_same_file() {
    let folder = Folder::new();
    let database = folder.text("baas.sqlite");
    let sandbox = Sandbox::start_with(&["--database", &database]);
    sandbox.sign_up("bob", "a password");
    let token = sandbox.client().token("bob", "a password");
    assert_eq!(sandbox.stop().code, Some(0));
    let sandbox = Sandbox::start_with(&["--database", &database]);
    assert_eq!(sandbox.client().bearer(&token).get("/v2/auth/verify").status, 200);
}

#[test]
fn a_record_has_each_api_request_just_as_it_was_on_the_wire() {
    let folder = Folder::new();
    let record = folder.text("record");
    let sandbox = Sandbox::start_with(&["--record", &record]);
    let body = r#"{"username":"bob", "password":"a \"password\""}"#;
    sandbox.client().header("Accept", "application/json").post("/v2/auth/signin", body).refused(404);
    sandbox.client().key(None).get("/v2/nowhere?a=b").refused(404);
    sandbox.client().get("/not-the-api").refused(404);

    let text = std::fs::read_to_string(&record).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert_eq!((&lines[0]["method"], &lines[0]["path"]), (&json!("POST"), &json!("/v2/auth/signin")));
    assert_eq!(lines[0]["body"], body);
    let headers = lines[0]["headers"].as_array().unwrap();
    let place = |name: &str, value: &str| headers.iter().position(|header| *header == json!([name, value])).unwrap();
    assert!(place("x-api-key", KEY) < place("accept", "application/json"), "in the order sent");
    assert_eq!((&lines[1]["path"], &lines[1]["body"]), (&json!("/v2/nowhere?a=b"), &Value::Null));
    assert!(sandbox.stop().stderr.contains("recording every request, secrets included"));
}

#[cfg(unix)]
#[test]
fn a_record_is_for_its_owners_eyes_only() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    let _sandbox = Sandbox::start_with(&["--record", &folder.text("record")]);
    assert_eq!(std::fs::metadata(folder.path("record")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn nonsense_on_the_command_line_is_a_usage_error() {
    for arguments in [
        &["serve", "--max-failures", "0"][..],
        &["serve", "--host", "example.app"],
        &["serve", "--key", "only-an-id"],
        &["user", "add", "--database", "x", "--username", "bob"],
        &["user", "add", "--database", "x", "--username", "bob", "--password", "p", "--password-stdin"],
    ] {
        assert_eq!(run(arguments).status.code(), Some(2), "{arguments:?}");
    }
}
