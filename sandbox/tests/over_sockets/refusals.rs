//! What each route refuses, and how.

use serde_json::json;

use crate::process::{A_DAY, Folder, KEY, Sandbox, run_well};

#[test]
fn a_wrong_password_is_401_and_an_unknown_username_404() {
    let sandbox = Sandbox::start();
    sandbox.sign_up("bob", "a password");
    assert_eq!(sandbox.client().sign_in("bob", "another").refused(401), ["The password is wrong."]);
    assert_eq!(sandbox.client().sign_in("Bob", "a password").refused(404), ["No user found."]);
}

#[test]
fn an_inactive_account_is_403_and_only_its_owner_learns_that() {
    let folder = Folder::new();
    let database = folder.text("baas.sqlite");
    let account = ["--username", "bob", "--password", "a password", "--inactive"];
    run_well(&[&["user", "add", "--database", &database], &account[..]].concat());
    let sandbox = Sandbox::start_with(&["--database", &database]);
    assert_eq!(sandbox.client().sign_in("bob", "a password").refused(403), ["This account is not active."]);
    sandbox.client().sign_in("bob", "another").refused(401);
}

#[test]
fn every_route_asks_for_a_registered_key_and_never_echoes_what_it_got() {
    let sandbox = Sandbox::start();
    sandbox.sign_up("bob", "a password");
    let token = sandbox.client().token("bob", "a password");
    let bad = [
        None,
        Some("browser example.app 00000000-0000-4000-8000-000000000000"),
        Some("00000000-0000-4000-8000-000000000000"),
        Some("ios example.app 32a384f5-5d11-4214-812e-b35ced9af4d7"),
        Some("browser other.example 32a384f5-5d11-4214-812e-b35ced9af4d7"),
        Some("browser 32a384f5-5d11-4214-812e-b35ced9af4d7"),
        Some("browser  example.app 32a384f5-5d11-4214-812e-b35ced9af4d7"),
        Some("' OR 1=1 --"),
    ];
    for key in bad {
        let client = sandbox.client().key(key).bearer(&token);
        for answer in [
            client.sign_in("bob", "a password"),
            client.post("/v2/users", "{}"),
            client.get("/v2/auth/signout"),
            client.get("/v2/auth/verify"),
            client.get("/v2/users/anybody"),
        ] {
            let messages = answer.refused(403);
            assert!(messages[0].contains("X-Api-Key"), "{messages:?}");
            let id = key.and_then(|key| key.split(' ').next_back()).unwrap_or("no id");
            assert!(!answer.text.contains(id), "{messages:?}");
        }
    }
    assert_eq!(sandbox.client().bearer(&token).get("/v2/auth/verify").status, 200, "no refusal signed out");
}

#[test]
fn a_route_of_a_session_refuses_whatever_is_no_live_token() {
    let sandbox = Sandbox::start();
    let users_id = sandbox.sign_up("bob", "a password");
    let token = sandbox.client().token("bob", "a password");
    let basic = format!("Basic {token}");
    for authorization in [None, Some("Bearer "), Some("Bearer null"), Some("Bearer (null)"), Some(&token), Some(&basic)]
    {
        let client = match authorization {
            Some(value) => sandbox.client().header("Authorization", value),
            None => sandbox.client(),
        };
        for path in ["/v2/auth/signout", "/v2/auth/verify", &format!("/v2/users/{users_id}")] {
            client.get(path).refused(401);
        }
    }
}

#[test]
fn an_expired_token_is_401() {
    let sandbox = Sandbox::start_with(&["--session-seconds", "0"]);
    let users_id = sandbox.sign_up("bob", "a password");
    let client = sandbox.client().bearer(&sandbox.client().token("bob", "a password"));
    for path in ["/v2/auth/signout", "/v2/auth/verify", &format!("/v2/users/{users_id}")] {
        assert_eq!(client.get(path).refused(401), ["The session token is invalid or has expired."]);
    }
}

#[test]
fn another_users_record_is_403_and_nobodys_404() {
    let sandbox = Sandbox::start();
    sandbox.sign_up("bob", "a password");
    let alice = sandbox.sign_up("alice", "a password");
    let bob = sandbox.client().bearer(&sandbox.client().token("bob", "a password"));
    assert_eq!(
        bob.get(&format!("/v2/users/{alice}")).refused(403),
        ["Insufficient privileges to perform the requested action."]
    );
    for nobody in ["bob", "00000000-0000-4000-8000-000000000000", "%00", "'%20OR%201=1"] {
        bob.get(&format!("/v2/users/{nobody}")).refused(404);
    }
    assert_eq!(bob.get("/v2/users/%ff").refused(400), ["The path is not UTF-8."]);
}

#[test]
fn a_taken_username_is_400_and_the_first_account_stays() {
    let sandbox = Sandbox::start();
    sandbox.sign_up("bob", "a password");
    let body = json!({ "username": "bob", "password": "another", "email": { "primary": "b@example.com" } });
    assert_eq!(sandbox.client().post("/v2/users", &body.to_string()).refused(400), ["The username is taken."]);
    sandbox.client().token("bob", "a password");
}

#[test]
fn a_sign_up_is_told_every_field_that_is_wrong_at_once() {
    let sandbox = Sandbox::start();
    let body = json!({ "password": "", "email": {}, "name": "Bob", "dob": 19_700_101, "mrns": {}, "age": "7" });
    assert_eq!(
        sandbox.client().post("/v2/users", &body.to_string()).refused(400),
        [
            "`username` is missing; it must be a string.",
            "`password` must not be empty.",
            "`name` must be an object, not a string.",
            "`mrns` must be an array, not an object.",
            "`age` must be a number, not a string.",
            "`dob` must be a string, not a number.",
            "`email.primary` is missing; it must be a string.",
        ]
    );
    let messages = |email| {
        let body = json!({ "username": "bob", "password": "a password", "email": email });
        sandbox.client().post("/v2/users", &body.to_string()).refused(400)
    };
    assert_eq!(messages(json!(null)), ["`email.primary` is missing; it must be a string."]);
    assert_eq!(messages(json!("b@example.com")), ["`email` must be an object, not a string."]);
    assert_eq!(messages(json!({ "primary": ["b@example.com"] })), ["`email.primary` must be a string, not an array."]);
}

#[test]
fn repeated_failures_for_one_account_are_429_with_the_seconds_to_wait() {
    let sandbox = Sandbox::start_with(&["--max-failures", "2", "--failure-seconds", A_DAY]);
    sandbox.sign_up("bob", "a password");
    sandbox.sign_up("alice", "a password");
    for _ in 0..2 {
        sandbox.client().sign_in("bob", "wrong").refused(401);
    }
    let answer = sandbox.client().sign_in("bob", "a password");
    assert_eq!(
        answer.refused(429),
        ["Too many failed attempts to sign in to this account. Try again later."],
        "the right password does not help any more"
    );
    let seconds: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=86_400).contains(&seconds), "{seconds}");
    sandbox.client().token("alice", "a password");
}

#[test]
fn an_unknown_username_is_braked_like_a_known_one() {
    let sandbox = Sandbox::start_with(&["--max-failures", "1", "--failure-seconds", A_DAY]);
    sandbox.client().sign_in("nobody", "a password").refused(404);
    sandbox.client().sign_in("nobody", "a password").refused(429);
}

#[test]
fn a_right_password_makes_earlier_failures_forgotten() {
    let sandbox = Sandbox::start_with(&["--max-failures", "2", "--failure-seconds", A_DAY]);
    sandbox.sign_up("bob", "a password");
    for _ in 0..3 {
        sandbox.client().sign_in("bob", "wrong").refused(401);
        sandbox.client().token("bob", "a password");
    }
}

#[test]
fn without_the_flag_the_eleventh_guess_is_refused() {
    let sandbox = Sandbox::start_with(&["--failure-seconds", A_DAY]);
    for _ in 0..10 {
        sandbox.client().sign_in("nobody", "a password").refused(404);
    }
    sandbox.client().sign_in("nobody", "a password").refused(429);
}

#[test]
fn a_path_that_leads_nowhere_is_404_and_a_wrong_method_405_with_the_same_body() {
    let sandbox = Sandbox::start();
    for path in ["/", "/v2", "/v2/", "/v2/auth", "/v2/auth/signin/", "/v3/auth/signin", "/pkg/", "/index.html"] {
        assert_eq!(sandbox.client().get(path).refused(404), ["There is no such route."], "{path}");
    }
    for (method, path, allowed) in [
        ("GET", "/v2/auth/signin", "POST"),
        ("POST", "/v2/auth/signout", "GET,HEAD"),
        ("DELETE", "/v2/auth/verify", "GET,HEAD"),
        ("PUT", "/v2/users", "POST"),
        ("PUT", "/v2/users/anybody", "GET,HEAD"),
    ] {
        let answer =
            sandbox.client().send(method, path, (method != "GET" && method != "DELETE").then_some(b"{}")).unwrap();
        assert_eq!(answer.refused(405), ["This route does not answer this method."]);
        assert_eq!(answer.header("allow"), allowed);
    }
}

#[test]
fn a_key_with_an_id_of_24_hex_digits_works_like_any_other() {
    let sandbox = Sandbox::start_with(&["--key", "browser api.catalyze.io 525ad5d6993247cccb083e5a"]);
    sandbox.sign_up("bob", "a password");
    for key in ["browser api.catalyze.io 525ad5d6993247cccb083e5a", "525ad5d6993247cccb083e5a", KEY] {
        sandbox.client().key(Some(key)).token("bob", "a password");
    }
}

#[test]
fn an_unknown_username_costs_as_many_password_hashes_as_a_wrong_password() {
    let hashes = |username: &str, status: u16| {
        let sandbox = Sandbox::start();
        sandbox.sign_up("bob", "a password");
        for _ in 0..3 {
            sandbox.client().sign_in(username, "wrong").refused(status);
        }
        sandbox.stop().password_hashes()
    };
    // One for the sign-up.
    assert_eq!((hashes("bob", 401), hashes("nobody", 404)), (1 + 3, 1 + 3));
}
