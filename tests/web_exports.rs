//! What a plain `wasm-pack build` exports, in a real browser: `signIn` and `resume` as JavaScript calls them.
#![cfg(target_arch = "wasm32")]
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::as_conversions, clippy::indexing_slicing)]

mod web;

use catalyze_signin::{resume, sign_in};
use js_sys::{Array, JSON, JsString, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::AbortController;

use self::web::{Play, boxed, counted_signal, holds, inheriting, outcome, throwing};

wasm_bindgen_test_configure!(run_in_browser);

const KEY: &str = "browser a key-canary";

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap()
}

fn text(object: &JsValue, name: &str) -> Option<String> {
    get(object, name).as_string()
}

fn json(value: &JsValue) -> String {
    JSON::stringify(value).unwrap().into()
}

fn call(options: &JsValue) -> Promise {
    sign_in(&KEY.into(), &"bob".into(), &"password-canary".into(), options)
}

fn with_option(name: &str, value: &JsValue) -> JsValue {
    let options = Object::new();
    Reflect::set(&options, &name.into(), value).unwrap();
    options.into()
}

async fn settled(promise: Promise) -> JsValue {
    JsFuture::from(outcome(&promise)).await.unwrap()
}

/// The outcome of a sign-in whose `fetch` is the one of that name in web.js.
async fn with(fetch: &str) -> JsValue {
    let play = Play::new(fetch);
    let outcome = settled(call(&JsValue::UNDEFINED)).await;
    assert_eq!(play.timers_left(), 0);
    outcome
}

async fn error_with(fetch: &str) -> JsValue {
    get(&with(fetch).await, "error")
}

#[wasm_bindgen_test]
async fn a_sign_in_resolves_with_a_plain_object_of_user_and_token() {
    let value = get(&with("user").await, "value");
    assert_eq!(
        json(&value),
        r#"{"user":{"email":{"primary":"p"},"unknown":[1,null],"usersId":"u"},"token":"token-canary"}"#
    );
    let prototype: JsValue = Object::get_prototype_of(&get(&value, "user")).into();
    assert_eq!(prototype, get(&get(&js_sys::global(), "Object"), "prototype"));
}

#[wasm_bindgen_test]
async fn proto_is_an_own_property_and_changes_no_prototype() {
    let user = get(&get(&with("prototype").await, "value"), "user");
    assert_eq!(
        json(&user),
        r#"{"__proto__":{"isAdmin":true},"extras":{"__proto__":5,"constructor":6,"toString":null},"usersId":"u"}"#
    );
    assert!(get(&user, "isAdmin").is_undefined());
    let prototype: JsValue = Object::get_prototype_of(&user).into();
    assert_eq!(prototype, get(&get(&js_sys::global(), "Object"), "prototype"));
}

#[wasm_bindgen_test]
async fn numbers_are_those_of_json_parse() {
    let user = get(&get(&with("numbers").await, "value"), "user");
    assert_eq!(get(&user, "a"), 9_007_199_254_740_992.0);
    assert!(get(&user, "b").as_f64().unwrap().is_sign_negative());
    assert_eq!(json(&user), r#"{"a":9007199254740992,"b":0,"c":1,"d":18446744073709552000,"e":1e-7,"usersId":"u"}"#);
}

#[wasm_bindgen_test]
async fn a_session_is_resumed() {
    let play = Play::new("the service");
    let value = get(&settled(resume(&KEY.into(), &"token-canary".into(), &JsValue::UNDEFINED)).await, "value");
    assert_eq!(json(&value), r#"{"user":{"age":5,"usersId":"u"},"token":"token-canary"}"#);
    assert_eq!(play.paths(), "GET /v2/auth/verify, GET /v2/users/u");
}

#[wasm_bindgen_test]
async fn a_session_that_has_ended_is_signed_out() {
    let _play = Play::new("401");
    let outcome = settled(resume(&KEY.into(), &"token-canary".into(), &JsValue::UNDEFINED)).await;
    assert_eq!(text(&outcome, "code").unwrap(), "signed_out");
}

#[wasm_bindgen_test]
async fn a_token_that_fits_no_header_is_refused() {
    let play = Play::new("the service");
    for token in ["", "a b", "a\n", "ü"] {
        let outcome = settled(resume(&KEY.into(), &token.into(), &JsValue::UNDEFINED)).await;
        assert_eq!(text(&get(&outcome, "error"), "argument").unwrap(), "token");
    }
    assert_eq!(play.requests().length(), 0);
}

/// Each row is a test: the code of a sign-in, and that the error is one, with no secret in it.
macro_rules! codes {
    ($($name:ident: $fetch:literal => $code:literal,)*) => {$(
        #[wasm_bindgen_test]
        async fn $name() {
            let outcome = with($fetch).await;
            assert_eq!(text(&outcome, "code").unwrap(), $code);
            let error = get(&outcome, "error");
            assert!(error.is_instance_of::<js_sys::Error>());
            assert_eq!(text(&error, "name").unwrap(), "SignInError");
            assert_eq!(Array::is_array(&get(&error, "serverErrors")), true);
            let shown = text(&outcome, "text").unwrap();
            assert!(!shown.contains("canary"), "{shown}");
        }
    )*};
}

codes! {
    a_wrong_password_rejects: "401" => "invalid_credentials",
    an_echo_rejects_without_the_secret: "echo" => "bad_request",
    a_refusal_that_stalls_rejects: "stalled 403" => "forbidden",
    too_many_attempts_reject: "429" => "rate_limited",
    a_failing_service_rejects: "503" => "server_error",
    a_captive_portals_page_rejects: "page" => "invalid_response",
    no_response_rejects: "no response" => "invalid_response",
    a_silent_fetch_rejects: "silent" => "timeout",
    a_fetch_that_throws_rejects: "throws" => "network",
    a_fetch_that_rejects_with_a_symbol_rejects: "rejects with a symbol" => "network",
}

#[wasm_bindgen_test]
async fn an_error_has_the_fields_that_are_known_and_json_loses_none() {
    assert_eq!(
        json(&error_with("401").await),
        r#"{"message":"The username or the password is not right.","retryable":false,"code":"invalid_credentials","status":401,"serverErrors":[{"code":401,"message":"No."}],"name":"SignInError"}"#
    );
    let error = error_with("wrong type").await;
    assert_eq!(text(&error, "path").unwrap(), "addresses[1].city");
    assert_eq!(text(&error, "expected").unwrap(), "string");
    assert!(get(&error, "retryAfterMs").is_undefined());
}

#[wasm_bindgen_test]
async fn how_long_to_wait_is_told_in_milliseconds() {
    assert_eq!(get(&error_with("429").await, "retryAfterMs"), 7000);
    assert_eq!(get(&error_with("429 until a date of its own").await, "retryAfterMs"), 10_000);
    let error = error_with("429 until a date").await;
    let delay = get(&error, "retryAfterMs").as_f64().unwrap();
    assert!((0.0..=3_600_000.0).contains(&delay), "{delay}");
    assert!(get(&error, "retryAfterDate").is_undefined());
}

#[wasm_bindgen_test]
async fn is_sign_in_error_of_the_npm_package_knows_the_error() {
    let brand = js_sys::Symbol::for_("catalyze-signin.SignInError");
    assert_eq!(Reflect::get(&error_with("401").await, &brand).unwrap(), true);
}

fn wrong_texts() -> [JsValue; 9] {
    [
        JsValue::UNDEFINED,
        JsValue::NULL,
        5.into(),
        true.into(),
        JsValue::symbol(None),
        JsValue::bigint_from_str("5"),
        Object::new().into(),
        boxed("x"),
        Array::of1(&"x".into()).into(),
    ]
}

#[wasm_bindgen_test]
async fn arguments_of_other_types_are_refused_by_name_and_never_coerced() {
    let play = Play::new("user");
    for value in &wrong_texts() {
        for (index, name) in ["apiKey", "username", "password"].into_iter().enumerate() {
            let mut arguments: [JsValue; 3] = [KEY.into(), "bob".into(), "password-canary".into()];
            arguments[index].clone_from(value);
            let [api_key, username, password] = &arguments;
            let outcome = settled(sign_in(api_key, username, password, &JsValue::UNDEFINED)).await;
            assert_eq!(text(&outcome, "code").unwrap(), "invalid_argument");
            assert_eq!(text(&get(&outcome, "error"), "argument").unwrap(), name);
        }
        let outcome = settled(resume(&KEY.into(), value, &JsValue::UNDEFINED)).await;
        assert_eq!(text(&get(&outcome, "error"), "argument").unwrap(), "token");
    }
    assert_eq!(play.requests().length(), 0);
}

#[wasm_bindgen_test]
async fn a_key_that_fits_no_header_is_refused() {
    let play = Play::new("user");
    for key in ["a\nb", "a b", " a", "schlüssel", "a\0", ""] {
        let outcome = settled(sign_in(&key.into(), &"bob".into(), &"p".into(), &JsValue::UNDEFINED)).await;
        assert_eq!(text(&get(&outcome, "error"), "argument").unwrap(), "apiKey", "{key:?}");
    }
    assert_eq!(play.requests().length(), 0);
}

#[wasm_bindgen_test]
async fn options_are_refused_by_their_own_names() {
    let play = Play::new("user");
    for (name, value) in [
        ("timeoutMs", JsValue::from(0)),
        ("timeoutMs", JsValue::from(-1)),
        ("timeoutMs", JsValue::from(f64::NAN)),
        ("timeoutMs", JsValue::from(f64::INFINITY)),
        ("timeoutMs", JsValue::from("5")),
        ("timeoutMs", JsValue::NULL),
        ("signal", Object::new().into()),
        ("signal", JsValue::NULL),
        ("signal", inheriting(&AbortController::new().unwrap().signal())),
        ("baseUrl", JsValue::NULL),
        ("baseUrl", JsValue::from(5)),
        ("baseUrl", boxed("https://api.catalyze.io")),
        ("baseUrl", JsValue::from("/relative")),
        ("baseUrl", JsValue::from("http://api.catalyze.io")),
        ("baseUrl", JsValue::from("https://bob@api.catalyze.io")),
        ("baseUrl", JsValue::from("https://api.catalyze.io?x")),
        ("baseUrl", JsValue::from("https://api.catalyze.io/v2")),
    ] {
        let outcome = settled(call(&with_option(name, &value))).await;
        assert_eq!(text(&outcome, "code").unwrap(), "invalid_argument", "{name} {value:?}");
        assert_eq!(text(&get(&outcome, "error"), "argument").unwrap(), name);
    }
    for name in ["timeoutMs", "signal", "baseUrl"] {
        let outcome = settled(call(&throwing(name))).await;
        assert_eq!(text(&get(&outcome, "error"), "argument").unwrap(), name);
        assert!(!text(&outcome, "text").unwrap().contains("canary"));
    }
    for value in [
        JsValue::NULL,
        5.into(),
        "x".into(),
        true.into(),
        JsValue::symbol(None),
        js_sys::Function::new_no_args("").into(),
    ] {
        let outcome = settled(call(&value)).await;
        assert_eq!(text(&get(&outcome, "error"), "argument").unwrap(), "options");
    }
    assert_eq!(play.requests().length(), 0);
}

#[wasm_bindgen_test]
async fn options_count_where_they_are_own_inherited_or_undefined() {
    let url = "https://proxy.example/baas";
    let given = with_option("baseUrl", &url.into());
    for (options, expected) in [
        (given.clone(), url),
        (inheriting(&given), url),
        (with_option("baseUrl", &url_object(&format!("{url}///"))), url),
        (with_option("baseUrl", &JsValue::UNDEFINED), ""),
        (Object::new().into(), ""),
    ] {
        let play = Play::new("user");
        assert_eq!(text(&settled(call(&options)).await, "code").unwrap(), "");
        assert_eq!(play.paths(), format!("POST {expected}/v2/auth/signin"));
    }
}

fn url_object(text: &str) -> JsValue {
    let constructor: js_sys::Function = get(&js_sys::global(), "URL").unchecked_into();
    Reflect::construct(&constructor, &Array::of1(&text.into())).unwrap()
}

#[wasm_bindgen_test]
async fn a_polluted_prototype_sends_the_password_nowhere_else() {
    let root: Object = get(&get(&js_sys::global(), "Object"), "prototype").unchecked_into();
    Reflect::set(&root, &"baseUrl".into(), &"https://evil.example".into()).unwrap();
    let play = Play::new("user");
    for options in [JsValue::UNDEFINED, Object::new().into()] {
        assert_eq!(text(&settled(call(&options)).await, "code").unwrap(), "");
    }
    Reflect::delete_property(&root, &"baseUrl".into()).unwrap();
    assert_eq!(play.paths(), "POST /v2/auth/signin, POST /v2/auth/signin");
}

#[wasm_bindgen_test]
async fn a_lone_surrogate_is_refused_and_a_pair_is_sent() {
    let play = Play::new("user");
    let lone: JsValue = JsString::from_char_code1(0xd800).into();
    for (username, password, name) in [(&"bob".into(), &lone, "password"), (&lone, &"p".into(), "username")] {
        let outcome = settled(sign_in(&KEY.into(), username, password, &JsValue::UNDEFINED)).await;
        assert_eq!(text(&get(&outcome, "error"), "argument").unwrap(), name);
    }
    settled(sign_in(&KEY.into(), &"bób".into(), &"🔑".into(), &JsValue::UNDEFINED)).await;
    assert_eq!(play.requests().length(), 1);
    let request: web_sys::Request = play.requests().get(0).unchecked_into();
    assert_eq!(JsFuture::from(request.text().unwrap()).await.unwrap(), r#"{"username":"bób","password":"🔑"}"#);
}

#[wasm_bindgen_test]
async fn an_abort_ends_the_call_with_its_reason_untouched() {
    for reason in [JsValue::from("why"), JsValue::from(5), JsValue::NULL, Object::new().into()] {
        let play = Play::new("waiting");
        let controller = AbortController::new().unwrap();
        let signal = counted_signal(&controller);
        let promise = call(&with_option("signal", &signal));
        controller.abort_with_reason(&reason);
        let outcome = settled(promise).await;
        assert_eq!(text(&outcome, "code").unwrap(), "aborted");
        assert_eq!(get(&get(&outcome, "error"), "cause"), reason);
        assert_eq!(get(&signal, "listeners"), 0);

        let sent = play.requests().length();
        assert_eq!(text(&settled(call(&with_option("signal", &signal))).await, "code").unwrap(), "aborted");
        assert_eq!((play.requests().length(), play.timers_left()), (sent, 0));
    }
}

#[wasm_bindgen_test]
async fn a_call_takes_its_arguments_when_it_is_made() {
    let play = Play::new("user");
    let options = with_option("baseUrl", &"https://proxy.example".into());
    let promise = call(&options);
    Reflect::set(&options, &"baseUrl".into(), &"https://evil.example".into()).unwrap();
    settled(promise).await;
    assert_eq!(play.paths(), "POST https://proxy.example/v2/auth/signin");
}

#[wasm_bindgen_test]
async fn no_copy_of_the_password_of_ours_is_left_in_memory() {
    for name in ["user", "401", "echo", "silent", "throws"] {
        let _play = Play::new(name);
        for start in ["needle-", "nädel-"] {
            // Put together here, so that the test's own memory does not hold it in one piece.
            let password = JsString::from(start).concat(&js_sys::Math::random().to_string().into());
            settled(sign_in(&KEY.into(), &"bob".into(), &password, &JsValue::UNDEFINED)).await;
            assert!(!holds(&wasm_bindgen::memory(), &password), "{name}");
        }
    }
}

#[wasm_bindgen_test]
async fn no_copy_of_the_token_of_ours_is_left_in_memory() {
    let _play = Play::new("the service");
    let token = JsString::from("needle-").concat(&js_sys::Math::random().to_string().into());
    let outcome = settled(resume(&KEY.into(), &token, &JsValue::UNDEFINED)).await;
    assert_eq!(text(&outcome, "code").unwrap(), "");
    assert!(!holds(&wasm_bindgen::memory(), &token));
}

#[wasm_bindgen_test]
fn the_search_of_memory_finds_what_is_there() {
    assert!(holds(&wasm_bindgen::memory(), &"a text that this module holds".into()));
}
