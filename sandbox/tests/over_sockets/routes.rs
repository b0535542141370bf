//! What each route does when all is well.

use serde_json::{Value, json};

use crate::process::{Folder, KEY, KEY_ID, Sandbox, run_well};

/// The sample user of the documentation, with what is hard to keep: the order of the fields, an
/// unknown one, numbers that a double does not keep.
const SAMPLE: &str = r#"{"email":{"primary":"test@catalyze.io"},"name":{"firstName":"Test","lastName":"Test"},"extras":{"z":[1,{"deep":null}],"a":123456789012345678901234567890,"é":1.0},"active":false,"createdAt":"2014-06-03T16:36:21Z","updatedAt":"2014-06-03T16:36:21Z","usersId":"1f3e7a4c-9f5b-4f7b-8e59-0a2d1b3c4d5e","added next year":[0.10]}"#;

fn with_sample(folder: &Folder) -> Sandbox {
    let database = folder.text("baas.sqlite");
    let user = folder.write("user.json", SAMPLE);
    let account = ["--username", "test", "--password", "a password", "--user-json", &user];
    run_well(&[&["user", "add", "--database", &database], &account[..]].concat());
    Sandbox::start_with(&["--database", &database])
}

#[test]
fn signing_in_returns_the_stored_user_to_the_letter_with_a_session_token_added() {
    let folder = Folder::new();
    let answer = with_sample(&folder).client().sign_in("test", "a password");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json");
    let token = answer.json()["sessionToken"].as_str().unwrap().to_owned();
    assert_eq!(token.len(), 36, "shaped like a UUID");
    let start = SAMPLE.strip_suffix('}').unwrap();
    assert_eq!(answer.text, format!("{start},\"sessionToken\":\"{token}\"}}"));
}

#[test]
fn a_user_reads_the_own_record_to_the_letter_and_without_a_token() {
    let folder = Folder::new();
    let sandbox = with_sample(&folder);
    let token = sandbox.client().token("test", "a password");
    let answer = sandbox.client().bearer(&token).get("/v2/users/1f3e7a4c-9f5b-4f7b-8e59-0a2d1b3c4d5e");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text, SAMPLE);
}

#[test]
fn an_account_signs_in_although_its_json_says_it_is_not_active() {
    let folder = Folder::new();
    let answer = with_sample(&folder).client().sign_in("test", "a password");
    assert_eq!(answer.json()["active"], false);
}

#[test]
fn a_token_verifies_and_names_its_user() {
    let sandbox = Sandbox::start();
    let users_id = sandbox.sign_up("bob", "a password");
    let client = sandbox.client().bearer(&sandbox.client().token("bob", "a password"));
    for path in ["/v2/auth/verify", "/v2/auth/verify/"] {
        let answer = client.get(path);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json(), json!({ "userId": users_id }));
    }
}

#[test]
fn signing_out_ends_this_session_and_no_other() {
    let sandbox = Sandbox::start();
    sandbox.sign_up("bob", "a password");
    let first = sandbox.client().token("bob", "a password");
    let second = sandbox.client().token("bob", "a password");
    assert_ne!(first, second);

    let answer = sandbox.client().bearer(&first).get("/v2/auth/signout");
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, "{}"));

    sandbox.client().bearer(&first).get("/v2/auth/verify").refused(401);
    sandbox.client().bearer(&first).get("/v2/auth/signout").refused(401);
    assert_eq!(sandbox.client().bearer(&second).get("/v2/auth/verify").status, 200);
}

#[test]
fn who_signs_up_can_sign_in_and_gets_every_field_back() {
    let sandbox = Sandbox::start();
    let sent = json!({
        "username": "bob", "password": "a password",
        "email": { "primary": "bob@example.com" }, "name": {},
        "extras": ["any", { "json": 1.5 }], "age": null, "later": { "unknown": true },
    });
    let answer = sandbox.client().post("/v2/users", &sent.to_string());
    assert_eq!(answer.status, 200);
    let made = answer.json();
    for field in ["username", "email", "name", "extras", "age", "later"] {
        assert_eq!(made[field], sent[field], "{field}");
    }
    assert_eq!(made["active"], true);
    assert_eq!(made["createdAt"].as_str().unwrap().len(), "2014-06-03T16:36:21Z".len());
    assert_eq!(made["createdAt"], made["updatedAt"]);
    assert!(made.get("password").is_none() && made.get("sessionToken").is_none(), "{made}");

    let mut user = sandbox.client().sign_in("bob", "a password").json();
    assert!(user.as_object_mut().unwrap().remove("sessionToken").is_some());
    assert_eq!(user, made);
}

#[test]
fn what_is_the_servers_to_make_is_ignored_at_sign_up() {
    let sandbox = Sandbox::start();
    let answer = sandbox.client().post(
        "/v2/users",
        &json!({
            "username": "bob", "password": "a password", "email": { "primary": "bob@example.com" },
            "usersId": "mine", "active": false, "createdAt": "never", "updatedAt": "never",
            "sessionToken": "mine", "inviteCode": "",
        })
        .to_string(),
    );
    let made = answer.json();
    assert_ne!(made["usersId"], "mine");
    assert_ne!(made["createdAt"], "never");
    assert_eq!(made["active"], true);
    assert_eq!((&made["sessionToken"], &made["inviteCode"]), (&Value::Null, &Value::Null));
}

#[test]
fn the_bare_id_of_a_key_is_as_good_as_its_three_parts() {
    let sandbox = Sandbox::start();
    sandbox.sign_up("bob", "a password");
    let client = sandbox.client().key(Some(KEY_ID));
    let token = client.token("bob", "a password");
    assert_eq!(client.bearer(&token).get("/v2/auth/verify").status, 200);
}

#[test]
fn what_official_clients_send_needlessly_at_sign_in_does_no_harm() {
    let sandbox = Sandbox::start();
    sandbox.sign_up("bob", "a password");
    let body = r#"{"username":"bob","password":"a password","usersId":7,"active":false,"extras":[]}"#;
    for client in [
        sandbox.client().bearer("null"),
        sandbox.client().header("Authorization", "Bearer "),
        sandbox.client().header("Content-Type", "application/x-www-form-urlencoded"),
    ] {
        assert_eq!(client.post("/v2/auth/signin", body).status, 200);
    }
}

#[test]
fn a_page_of_any_origin_may_send_the_documented_headers_and_read_when_to_retry() {
    let sandbox = Sandbox::start();
    let page = sandbox.client().header("Origin", "https://example.app").key(None);
    let preflight = page
        .clone()
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "authorization,content-type,x-api-key")
        .send("OPTIONS", "/v2/auth/signin", None)
        .unwrap();
    assert_eq!(preflight.status, 200);
    assert_eq!(preflight.header("access-control-allow-origin"), "*");
    assert_eq!(preflight.header("access-control-allow-methods"), "GET,POST");
    assert_eq!(preflight.header("access-control-allow-headers"), "accept,authorization,content-type,x-api-key");
    assert_eq!(preflight.header("access-control-allow-credentials"), "");

    let refused = page.post("/v2/auth/signin", "{}");
    let too_large = page.clone().key(Some(KEY)).post("/v2/auth/signin", &" ".repeat(100_000));
    let nowhere = page.get("/v2/nowhere");
    let wrong_method = page.get("/v2/auth/signin");
    for (answer, status) in [(refused, 403), (too_large, 413), (nowhere, 404), (wrong_method, 405)] {
        answer.refused(status);
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("access-control-expose-headers"), "retry-after");
    }
}

#[test]
fn no_cache_keeps_an_answer_of_the_api() {
    let sandbox = Sandbox::start();
    sandbox.sign_up("bob", "a password");
    assert_eq!(sandbox.client().sign_in("bob", "a password").header("cache-control"), "no-store");
    assert_eq!(sandbox.client().sign_in("bob", "wrong").header("cache-control"), "no-store");
}
