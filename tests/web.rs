//! The shell in a real browser: each test is one promise of docs/promises.md.
#![cfg(target_arch = "wasm32")]
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::as_conversions)]

use catalyze_signin::{ErrorCode, resume, sign_in};
use js_sys::{Array, Function, JSON, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(module = "/tests/web.js")]
extern "C" {
    #[wasm_bindgen(js_name = fetchOf)]
    fn fetch_of(name: &str) -> Function;
    fn counting(fetch: &Function) -> Function;
    fn options(fetch: &Function, more: &JsValue) -> JsValue;
    fn outcome(promise: Promise) -> Promise;
    fn holds(memory: &JsValue, text: &str) -> bool;
    fn boxed(text: &str) -> JsValue;
}

#[wasm_bindgen]
extern "C" {
    type AbortController;
    #[wasm_bindgen(constructor)]
    fn new() -> AbortController;
    #[wasm_bindgen(method, getter)]
    fn signal(this: &AbortController) -> JsValue;
    #[wasm_bindgen(method)]
    fn abort(this: &AbortController, reason: &JsValue);
}

const KEY: &str = "browser a key-canary";
const PASSWORD: &str = "password-canary";

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap()
}

fn text(object: &JsValue, name: &str) -> Option<String> {
    get(object, name).as_string()
}

async fn settled(promise: Promise) -> JsValue {
    JsFuture::from(outcome(promise)).await.unwrap()
}

fn started(api_key: &JsValue, username: &JsValue, password: &JsValue, options: &JsValue) -> Promise {
    future_to_promise(sign_in(api_key.clone(), username.clone(), password.clone(), options.clone()))
}

fn call(fetch: &Function, more: &JsValue) -> Promise {
    started(&KEY.into(), &"bob".into(), &PASSWORD.into(), &options(fetch, more))
}

/// The outcome of a sign-in whose `fetch` is the one of that name in web.js.
async fn with(name: &str) -> JsValue {
    settled(call(&fetch_of(name), &JsValue::UNDEFINED)).await
}

#[wasm_bindgen_test]
async fn the_session_holds_the_very_object_that_the_server_sent_without_the_token() {
    let outcome = with("user").await;
    let session = get(&outcome, "session");
    assert_eq!(text(&session, "token").unwrap(), "token-canary");
    assert_eq!(
        String::from(JSON::stringify(&session).unwrap()),
        r#"{"user":{"usersId":"u","email":{"primary":"p"},"unknown":[1,null]}}"#
    );
    assert_eq!(Object::keys::<JsValue>(session.unchecked_ref()).length(), 1);
}

/// What a method of the session resolves with.
async fn method(session: &JsValue, name: &str, argument: &JsValue) -> JsValue {
    let method: Function = get(session, name).unchecked_into();
    JsFuture::from(method.call1(session, argument).unwrap().unchecked_into::<Promise>()).await.unwrap()
}

#[wasm_bindgen_test]
async fn a_session_is_resumed_used_checked_and_signed_out() {
    let fetch = counting(&fetch_of("the service"));
    let undefined = JsValue::UNDEFINED;
    let session = get(&settled(call(&fetch, &undefined)).await, "session");
    assert_eq!(method(&session, "verify", &undefined).await, true);
    let response = method(&session, "fetch", &"/v2/users/u".into()).await;
    assert_eq!(get(&response, "status"), 200);
    let token = get(&session, "token");
    let resumed =
        get(&settled(future_to_promise(resume(KEY.into(), token, options(&fetch, &undefined)))).await, "session");
    assert_eq!(text(&resumed, "token").unwrap(), "token-canary");
    assert_eq!(text(&get(&resumed, "user"), "usersId").unwrap(), "u");
    assert_eq!(get(&method(&session, "signOut", &undefined).await, "confirmed"), true);
    assert_eq!(text(&session, "token").unwrap(), "");
    let requests: Array = get(&fetch, "requests").unchecked_into();
    let paths: Array = requests.iter().map(|request| request.unchecked_into::<Array>().get(0)).collect();
    assert_eq!(
        String::from(paths.join(" ")).replace("https://api.catalyze.io/v2/", ""),
        "auth/signin auth/verify users/u auth/verify users/u auth/signout"
    );
}

#[wasm_bindgen_test]
async fn the_request_is_the_documented_one_and_is_sent_once() {
    let fetch = counting(&fetch_of("user"));
    settled(call(&fetch, &JsValue::UNDEFINED)).await;
    let requests: Array = get(&fetch, "requests").unchecked_into();
    assert_eq!(requests.length(), 1);
    let request: Array = requests.get(0).unchecked_into();
    assert_eq!(request.get(0), "https://api.catalyze.io/v2/auth/signin");
    let init = request.get(1);
    assert!(Reflect::delete_property(init.unchecked_ref::<Object>(), &"signal".into()).unwrap());
    let init = String::from(JSON::stringify(&init).unwrap());
    assert_eq!(
        init,
        concat!(
            r#"{"method":"POST","headers":{"X-Api-Key":"browser a key-canary","Accept":"application/json","#,
            r#""Content-Type":"application/json"},"#,
            r#""body":"{\"username\":\"bob\",\"password\":\"password-canary\"}","mode":"cors","credentials":"omit","#,
            r#""cache":"no-store","redirect":"manual","referrerPolicy":"no-referrer"}"#
        )
    );
}

#[wasm_bindgen_test]
async fn every_answer_and_every_fetch_has_its_code() {
    for (name, code) in [
        ("user", ""),
        ("mark", ""),
        ("a look-alike", ""),
        ("an iterable body", ""),
        ("no promise", ""),
        ("no token", "invalid_response"),
        ("wrong type", "invalid_response"),
        ("page", "invalid_response"),
        ("empty", "invalid_response"),
        ("not utf-8", "invalid_response"),
        ("too long", "invalid_response"),
        ("302", "invalid_response"),
        ("followed", "invalid_response"),
        ("no response", "invalid_response"),
        ("nothing", "invalid_response"),
        ("a status in words", "invalid_response"),
        ("a success alone", "invalid_response"),
        ("401", "invalid_credentials"),
        ("404", "invalid_credentials"),
        ("echo", "bad_request"),
        ("a status alone", "forbidden"),
        ("stalled 403", "forbidden"),
        ("429", "rate_limited"),
        ("503", "server_error"),
        ("throws", "network"),
        ("rejects with a text", "network"),
        ("rejects with nothing", "network"),
        ("broken off", "network"),
        ("stalled", "timeout"),
        ("silent", "timeout"),
    ] {
        assert_eq!(text(&with(name).await, "code").as_deref(), Some(code), "{name}");
    }
}

#[wasm_bindgen_test]
async fn an_endless_body_whose_chunks_are_always_ready_ends() {
    let code = text(&with("endless").await, "code").unwrap();
    assert!(["timeout", "invalid_response"].contains(&code.as_str()), "{code}");
}

#[wasm_bindgen_test]
async fn no_failure_holds_a_secret() {
    for name in ["echo", "throws", "rejects with a text", "no token", "wrong type", "401", "silent"] {
        let shown = text(&with(name).await, "text").unwrap();
        assert!(!shown.contains("canary"), "{name}: {shown}");
    }
}

#[wasm_bindgen_test]
async fn an_error_is_an_error_and_knows_what_there_is_to_know() {
    let error = get(&with("429").await, "error");
    assert!(error.is_instance_of::<js_sys::Error>());
    assert_eq!(text(&error, "name").unwrap(), "SignInError");
    assert_eq!(get(&error, "status"), 429);
    assert_eq!(get(&error, "retryAfterMs"), 7000);
    assert_eq!(get(&error, "retryable"), true);
    let error = get(&with("wrong type").await, "error");
    assert_eq!(text(&error, "path").unwrap(), "addresses[1].city");
    assert_eq!(text(&error, "expected").unwrap(), "string");
    let error = get(&with("401").await, "error");
    assert_eq!(
        String::from(JSON::stringify(&get(&error, "serverErrors")).unwrap()),
        r#"[{"code":401,"message":"No."}]"#
    );
}

#[wasm_bindgen_test]
async fn arguments_of_other_types_are_refused_by_name_and_never_coerced() {
    let wrong = [
        JsValue::UNDEFINED,
        JsValue::NULL,
        5.into(),
        true.into(),
        JsValue::symbol(None),
        Object::new().into(),
        boxed("x"),
        Array::of1(&"x".into()).into(),
    ];
    for value in &wrong {
        for (index, name) in ["apiKey", "username", "password"].into_iter().enumerate() {
            let mut arguments: [JsValue; 3] = [KEY.into(), "bob".into(), PASSWORD.into()];
            arguments[index].clone_from(value);
            let [api_key, username, password] = arguments;
            let options = options(&fetch_of("user"), &JsValue::UNDEFINED);
            let outcome = settled(started(&api_key, &username, &password, &options)).await;
            assert_eq!(text(&outcome, "code").unwrap(), "invalid_argument");
            assert_eq!(text(&get(&outcome, "error"), "argument").unwrap(), name);
        }
    }
}

#[wasm_bindgen_test]
async fn options_are_refused_by_their_own_names() {
    let fetch = fetch_of("user");
    for (name, value) in [
        ("timeoutMs", JsValue::from(0)),
        ("timeoutMs", JsValue::from(-1)),
        ("timeoutMs", JsValue::from(f64::NAN)),
        ("timeoutMs", JsValue::from(f64::INFINITY)),
        ("timeoutMs", JsValue::from("5")),
        ("timeoutMs", JsValue::NULL),
        ("signal", Object::new().into()),
        ("signal", JsValue::NULL),
        ("fetch", Object::new().into()),
        ("fetch", JsValue::NULL),
        ("baseUrl", JsValue::from(5)),
        ("baseUrl", JsValue::from("/relative")),
        ("baseUrl", JsValue::from("http://api.catalyze.io")),
        ("baseUrl", JsValue::from("https://bob@api.catalyze.io")),
        ("baseUrl", JsValue::from("https://api.catalyze.io?x")),
    ] {
        let more = Object::new();
        Reflect::set(&more, &name.into(), &value).unwrap();
        let outcome = settled(call(&fetch, &more)).await;
        assert_eq!(text(&outcome, "code").unwrap(), "invalid_argument", "{name}");
        assert_eq!(text(&get(&outcome, "error"), "argument").unwrap(), name);
    }
    for value in [JsValue::NULL, 5.into(), "x".into()] {
        let outcome = settled(started(&KEY.into(), &"bob".into(), &PASSWORD.into(), &value)).await;
        assert_eq!(text(&get(&outcome, "error"), "argument").unwrap(), "options");
    }
}

#[wasm_bindgen_test]
async fn a_lone_surrogate_is_refused_and_a_pair_is_sent() {
    let lone = js_sys::JsString::from_char_code1(0xd800);
    let fetch = fetch_of("user");
    let options = |fetch| options(fetch, &JsValue::UNDEFINED);
    let refused = started(&KEY.into(), &"bob".into(), &lone.into(), &options(&fetch));
    assert_eq!(text(&get(&settled(refused).await, "error"), "argument").unwrap(), "password");
    let fetch = counting(&fetch);
    settled(started(&KEY.into(), &"bób".into(), &"🔑".into(), &options(&fetch))).await;
    let request: Array = get(&fetch, "requests").unchecked_into::<Array>().get(0).unchecked_into();
    assert_eq!(text(&request.get(1), "body").unwrap(), r#"{"username":"bób","password":"🔑"}"#);
}

#[wasm_bindgen_test]
async fn an_abort_ends_the_call_with_its_reason_untouched() {
    for reason in [JsValue::from("why"), JsValue::from(5), JsValue::NULL, Object::new().into()] {
        let controller = AbortController::new();
        let more = Object::new();
        Reflect::set(&more, &"signal".into(), &controller.signal()).unwrap();
        let promise = call(&fetch_of("silent"), &more);
        controller.abort(&reason);
        let outcome = settled(promise).await;
        assert_eq!(text(&outcome, "code").unwrap(), "aborted");
        assert_eq!(get(&get(&outcome, "error"), "cause"), reason);

        let fetch = counting(&fetch_of("user"));
        assert_eq!(text(&settled(call(&fetch, &more)).await, "code").unwrap(), "aborted");
        assert_eq!(get(&get(&fetch, "requests"), "length"), 0);
    }
}

#[wasm_bindgen_test]
async fn two_identical_calls_in_flight_share_one_request_and_another_password_does_not() {
    let fetch = counting(&fetch_of("user"));
    let other = started(&KEY.into(), &"bob".into(), &"another".into(), &options(&fetch, &JsValue::UNDEFINED));
    let [first, second] = [call(&fetch, &JsValue::UNDEFINED), call(&fetch, &JsValue::UNDEFINED)];
    for promise in [first, second, other] {
        assert_eq!(text(&settled(promise).await, "code").unwrap(), "");
    }
    assert_eq!(get(&get(&fetch, "requests"), "length"), 2);
}

#[wasm_bindgen_test]
async fn aborting_one_of_two_identical_calls_leaves_the_other_alone() {
    let fetch = counting(&fetch_of("stalled 403"));
    let controller = AbortController::new();
    let more = Object::new();
    Reflect::set(&more, &"signal".into(), &controller.signal()).unwrap();
    let [first, second] = [call(&fetch, &more), call(&fetch, &JsValue::UNDEFINED)];
    controller.abort(&JsValue::NULL);
    assert_eq!(text(&settled(first).await, "code").unwrap(), "aborted");
    assert_eq!(text(&settled(second).await, "code").unwrap(), "forbidden");
}

#[wasm_bindgen_test]
async fn no_copy_of_the_password_of_ours_is_left_in_memory() {
    for name in ["user", "401", "echo", "silent", "throws"] {
        // Put together here, so that the test's own memory does not hold it in one piece.
        let password = js_sys::JsString::from("needle-").concat(&js_sys::Math::random().to_string().into());
        let fetch = fetch_of(name);
        let options = options(&fetch, &JsValue::UNDEFINED);
        settled(started(&KEY.into(), &"bob".into(), &password.clone().into(), &options)).await;
        assert!(!password_in_memory(&password), "{name}");
    }
}

fn password_in_memory(password: &js_sys::JsString) -> bool {
    #[wasm_bindgen(module = "/tests/web.js")]
    extern "C" {
        #[wasm_bindgen(js_name = holds)]
        fn holds_string(memory: &JsValue, text: &js_sys::JsString) -> bool;
    }
    holds_string(&wasm_bindgen::memory(), password)
}

#[wasm_bindgen_test]
fn the_search_of_memory_finds_what_is_there() {
    assert!(holds(&wasm_bindgen::memory(), "a text that this module holds"));
}

#[wasm_bindgen_test]
async fn the_codes_that_the_shell_makes_alone_are_those_of_the_core() {
    let by_name = |name: &str| ErrorCode::ALL.into_iter().find(|code| code.as_str() == name).unwrap();
    let error = get(&with("silent").await, "error");
    let core = by_name("timeout");
    assert_eq!(get(&error, "retryable"), core.retryable());
}
