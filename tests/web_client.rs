//! The client in a real browser, against whatever a page, a service or a replaced `fetch` may do.
#![cfg(target_arch = "wasm32")]
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::as_conversions)]

mod web;

/// What README shows.
#[allow(dead_code, unused_variables)]
#[path = "web/from_rust.rs"]
mod from_rust;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use catalyze_signin::{
    ApiKey, BaseUrl, Client, ErrorCode, Password, RetryAfter, Session, SignInError, Token, Username,
};
use js_sys::{JSON, Object, Reflect};
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{AbortController, RequestInit};

use self::web::{Play, break_platform, counted_signal, settle_down};

wasm_bindgen_test_configure!(run_in_browser);

fn client() -> Client {
    Client::new(ApiKey::new("browser a key-canary".to_owned()).unwrap())
}

fn password() -> Password {
    Password::new("password-canary".to_owned()).unwrap()
}

fn token() -> Token {
    Token::new("token-canary".to_owned()).unwrap()
}

async fn sign_in_with(client: &Client) -> Result<Session, SignInError> {
    client.sign_in(Username::new("bob").unwrap(), password()).await
}

async fn sign_in() -> Result<Session, SignInError> {
    sign_in_with(&client()).await
}

async fn session() -> Session {
    let _play = Play::new("user");
    sign_in().await.unwrap()
}

fn code<T>(outcome: &Result<T, SignInError>) -> &'static str {
    outcome.as_ref().err().map_or("", |error| error.code().as_str())
}

/// Each row is a test: what a sign-in makes of that `fetch` of web.js, that it asked once, and that nothing is left.
macro_rules! sign_ins {
    ($($name:ident: $fetch:literal => $code:literal,)*) => {$(
        #[wasm_bindgen_test]
        async fn $name() {
            let play = Play::new($fetch);
            let outcome = sign_in().await;
            assert_eq!(code(&outcome), $code, "{outcome:?}");
            assert_eq!((play.requests().length(), play.timers_left()), (1, 0));
            shows_no_secret(&outcome);
        }
    )*};
}

fn shows_no_secret(outcome: &Result<Session, SignInError>) {
    let Err(error) = outcome else { return };
    let source = std::error::Error::source(error).map(ToString::to_string);
    let shown = format!("{error} {error:?} {source:?} {}", serde_json::to_string(error).unwrap());
    assert!(!shown.contains("canary"), "{shown}");
}

sign_ins! {
    a_user_is_signed_in: "user" => "",
    a_byte_order_mark_is_no_fault: "mark" => "",
    a_body_of_exactly_the_limit_is_read: "as long as can be" => "",
    a_body_may_come_byte_by_byte: "in pieces" => "",
    a_stream_may_use_its_buffer_again: "a buffer used again" => "",
    a_fetch_may_give_a_promise: "a promise" => "",
    a_fetch_may_give_a_thenable: "thenable" => "",
    a_then_may_call_back_twice: "a then that calls back twice" => "",
    a_look_alike_with_a_text_is_read: "a look-alike with a text" => "",
    a_look_alike_with_a_buffer_is_read: "a look-alike with a buffer" => "",
    a_look_alike_with_json_is_read: "a look-alike with json" => "",
    another_librarys_body_is_read: "an iterable body" => "",

    a_success_needs_a_token: "no token" => "invalid_response",
    a_wrong_type_is_no_user: "wrong type" => "invalid_response",
    a_captive_portals_page_is_no_user: "page" => "invalid_response",
    an_empty_body_is_no_user: "empty" => "invalid_response",
    no_content_is_no_user: "no content" => "invalid_response",
    an_array_is_no_user: "array" => "invalid_response",
    a_null_is_no_user: "null" => "invalid_response",
    bytes_that_are_not_utf_8_are_refused: "not utf-8" => "invalid_response",
    a_redirect_is_refused: "302" => "invalid_response",
    an_opaque_answer_is_refused: "an opaque answer" => "invalid_response",
    an_answer_after_a_redirect_is_refused: "followed" => "invalid_response",
    a_401_with_a_gateways_page_is_no_wrong_password: "401 with a page" => "invalid_response",
    a_404_of_another_server_is_no_wrong_password: "404 of another server" => "invalid_response",
    a_404_that_stalls_is_no_wrong_password: "stalled 404" => "invalid_response",
    a_number_is_no_response: "no response" => "invalid_response",
    undefined_is_no_response: "nothing" => "invalid_response",
    null_is_no_response: "a null" => "invalid_response",
    a_symbol_is_no_response: "a symbol" => "invalid_response",
    a_plain_object_is_no_response: "a plain object" => "invalid_response",
    an_object_whose_members_throw_is_no_response: "members that throw" => "invalid_response",
    a_body_whose_getter_throws_can_not_be_read: "a body that throws" => "invalid_response",
    a_success_without_a_body_is_refused: "a success alone" => "invalid_response",
    a_status_is_a_number: "a status in words" => "invalid_response",
    a_status_is_an_integer: "a status between" => "invalid_response",
    json_that_is_none_is_refused: "json that is none" => "invalid_response",
    a_long_text_is_refused: "a long text" => "invalid_response",
    a_body_that_was_read_before_is_refused: "read before" => "invalid_response",
    a_locked_body_is_refused: "locked" => "invalid_response",
    a_buffer_that_was_given_away_is_refused: "a buffer given away" => "invalid_response",
    chunks_of_numbers_are_refused: "chunks of numbers" => "invalid_response",
    a_number_that_serde_can_not_hold_is_refused: "infinite" => "invalid_response",

    a_wrong_password_is_told: "401" => "invalid_credentials",
    an_unknown_user_is_told_alike: "404" => "invalid_credentials",
    a_401_that_stalls_is_a_wrong_password: "stalled 401" => "invalid_credentials",
    an_echo_of_the_secrets_is_withheld: "echo" => "bad_request",
    another_4xx_is_a_bad_request: "409" => "bad_request",
    a_bare_status_decides: "a status alone" => "forbidden",
    a_403_that_stalls_is_forbidden: "stalled 403" => "forbidden",
    a_429_is_rate_limited: "429" => "rate_limited",
    a_503_is_not_sent_again: "503" => "server_error",

    a_fetch_that_throws_is_the_network: "throws" => "network",
    a_fetch_that_throws_a_text_is_the_network: "throws a text" => "network",
    a_rejection_with_an_error_is_the_network: "rejects with an error" => "network",
    a_rejection_with_a_text_is_the_network: "rejects with a text" => "network",
    a_rejection_with_undefined_is_the_network: "rejects with nothing" => "network",
    a_rejection_with_null_is_the_network: "rejects with null" => "network",
    a_rejection_with_a_symbol_is_the_network: "rejects with a symbol" => "network",
    an_abort_that_nobody_asked_for_is_the_network: "rejects with an abort" => "network",
    a_then_that_throws_is_the_network: "a then that throws" => "network",
    a_promise_whose_then_throws_is_the_network: "a promise whose then throws" => "network",
    a_body_that_breaks_off_is_the_network: "broken off" => "network",
    a_text_that_fails_is_the_network: "a text that fails" => "network",
    a_reader_that_gives_nothing_is_the_network: "a reader that gives nothing" => "network",
    a_reader_that_throws_is_the_network: "a reader that throws" => "network",

    the_deadline_ends_a_silent_fetch: "silent" => "timeout",
    the_deadline_ends_a_stalled_body: "stalled" => "timeout",
    the_deadline_ends_a_body_whose_chunks_are_always_ready: "blanks for ever" => "timeout",
}

#[wasm_bindgen_test]
async fn a_session_has_the_typed_user_the_token_and_the_unknown_fields() {
    let session = session().await;
    assert_eq!(session.user.users_id, "u");
    assert_eq!(session.user.email.unwrap().primary.as_deref(), Some("p"));
    assert_eq!(session.token.expose(), "token-canary");
    assert_eq!(session.json, json!({"usersId": "u", "email": {"primary": "p"}, "unknown": [1, null]}));
}

#[wasm_bindgen_test]
async fn debug_of_a_client_and_a_session_shows_no_secret() {
    let shown = format!("{:?} {:?}", client(), session().await);
    assert!(!shown.contains("canary"), "{shown}");
}

#[wasm_bindgen_test]
async fn the_request_is_the_documented_one() {
    let play = Play::new("user");
    sign_in().await.unwrap();
    let request: web_sys::Request = play.requests().get(0).unchecked_into();
    let header = |name| request.headers().get(name).unwrap();
    assert_eq!(play.paths(), "POST /v2/auth/signin");
    assert_eq!(header("X-Api-Key").as_deref(), Some("browser a key-canary"));
    assert_eq!(header("Accept").as_deref(), Some("application/json"));
    assert_eq!(header("Content-Type").as_deref(), Some("application/json"));
    assert_eq!(header("Authorization"), None);
    let body = JsFuture::from(request.text().unwrap()).await.unwrap();
    assert_eq!(body, r#"{"username":"bob","password":"password-canary"}"#);
    let members = ["credentials", "cache", "redirect", "referrerPolicy", "mode"];
    let said = members.map(|name| Reflect::get(&request, &name.into()).unwrap().as_string().unwrap());
    assert_eq!(said, ["omit", "no-store", "manual", "no-referrer", "cors"]);
}

#[wasm_bindgen_test]
async fn a_base_url_keeps_its_prefix() {
    let play = Play::new("user");
    let client = client().with_base_url(BaseUrl::new("https://proxy.example/baas/").unwrap());
    sign_in_with(&client).await.unwrap();
    assert_eq!(play.paths(), "POST https://proxy.example/baas/v2/auth/signin");
}

#[wasm_bindgen_test]
async fn extras_are_of_the_applications_own_type() {
    let _play = Play::new("user");
    let session: Session<Vec<u8>> = client().sign_in(Username::new("bob").unwrap(), password()).await.unwrap();
    assert_eq!(session.user.extras, None);
}

#[wasm_bindgen_test]
async fn an_error_knows_what_the_answer_said() {
    let limited = {
        let _play = Play::new("429");
        sign_in().await.unwrap_err()
    };
    assert_eq!(limited.status(), Some(429));
    assert_eq!(limited.retry_after(), Some(RetryAfter::Delay(std::time::Duration::from_secs(7))));
    let _play = Play::new("401");
    assert_eq!(sign_in().await.unwrap_err().server_errors().first().unwrap().message, "No.");
}

#[wasm_bindgen_test]
async fn a_date_to_wait_for_counts_from_the_answers_own() {
    let _play = Play::new("429 until a date of its own");
    let wait = sign_in().await.unwrap_err().retry_after();
    assert_eq!(wait, Some(RetryAfter::Delay(std::time::Duration::from_secs(10))));
}

#[wasm_bindgen_test]
async fn a_body_that_is_too_long_is_cancelled_and_read_no_further() {
    let play = Play::new("endless");
    assert_eq!(sign_in().await.unwrap_err().expected(), Some("at most 1048576 bytes"));
    settle_down().await;
    assert_eq!((play.reads(), play.cancelled(), play.is_aborted()), (17, 1, true));
}

#[wasm_bindgen_test]
async fn the_deadline_aborts_the_request_and_cancels_the_body() {
    let play = Play::new("stalled");
    assert_eq!(code(&sign_in().await), "timeout");
    settle_down().await;
    assert_eq!((play.cancelled(), play.is_aborted()), (1, true));
}

#[wasm_bindgen_test]
async fn an_answer_that_was_read_to_its_end_aborts_nothing() {
    let play = Play::new("user");
    sign_in().await.unwrap();
    assert!(!play.is_aborted());
}

#[wasm_bindgen_test]
async fn a_response_that_comes_after_the_end_is_cancelled() {
    let play = Play::new("late");
    let mut call = Box::pin(sign_in());
    assert!(poll(&mut call).is_pending());
    play.expire();
    assert_eq!(code(&call.await), "timeout");
    play.bring();
    settle_down().await;
    assert_eq!(play.cancelled(), 1);
}

fn poll<F: Future>(future: &mut std::pin::Pin<Box<F>>) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

#[wasm_bindgen_test]
async fn a_call_that_nobody_polls_sends_nothing() {
    let play = Play::new("user");
    drop(sign_in());
    settle_down().await;
    assert_eq!((play.requests().length(), play.timers_left()), (0, 0));
}

#[wasm_bindgen_test]
async fn a_call_dropped_before_the_headers_aborts_its_request_and_leaves_no_timer() {
    let play = Play::new("waiting");
    let mut call = Box::pin(sign_in());
    assert!(poll(&mut call).is_pending());
    assert_eq!((play.requests().length(), play.timers_left(), play.is_aborted()), (1, 1, false));
    drop(call);
    assert_eq!((play.timers_left(), play.is_aborted()), (0, true));
}

#[wasm_bindgen_test]
async fn a_call_dropped_in_the_body_cancels_it() {
    let play = Play::new("waiting in the body");
    let mut call = Box::pin(sign_in());
    while play.reads() == 0 {
        assert!(poll(&mut call).is_pending());
        settle_down().await;
    }
    drop(call);
    settle_down().await;
    assert_eq!((play.timers_left(), play.cancelled(), play.is_aborted()), (0, 1, true));
}

#[wasm_bindgen_test]
async fn a_signal_ends_the_call_whatever_its_reason_is() {
    for reason in [JsValue::from("why"), JsValue::from(5), JsValue::NULL, JsValue::UNDEFINED, Object::new().into()] {
        let play = Play::new("waiting");
        let controller = AbortController::new().unwrap();
        let signal = counted_signal(&controller);
        let client = client().with_signal(signal.clone());
        let mut call = Box::pin(sign_in_with(&client));
        assert!(poll(&mut call).is_pending());
        controller.abort_with_reason(&reason);
        assert_eq!(code(&call.await), "aborted");
        assert_eq!((play.timers_left(), play.is_aborted()), (0, true));
        assert_eq!(Reflect::get(&signal, &"listeners".into()).unwrap(), 0);
    }
}

#[wasm_bindgen_test]
async fn a_signal_ends_the_call_in_the_body_too_and_is_heard_over_the_status() {
    let play = Play::new("waiting in the body");
    let controller = AbortController::new().unwrap();
    let client = client().with_signal(controller.signal());
    let mut call = Box::pin(sign_in_with(&client));
    while play.reads() == 0 {
        assert!(poll(&mut call).is_pending());
        settle_down().await;
    }
    controller.abort();
    assert_eq!(code(&call.await), "aborted");
    settle_down().await;
    assert_eq!(play.cancelled(), 1);
}

#[wasm_bindgen_test]
async fn a_signal_that_has_aborted_already_sends_nothing() {
    let play = Play::new("user");
    let controller = AbortController::new().unwrap();
    controller.abort();
    assert_eq!(code(&sign_in_with(&client().with_signal(controller.signal())).await), "aborted");
    assert_eq!((play.requests().length(), play.timers_left()), (0, 0));
}

#[wasm_bindgen_test]
async fn a_settled_call_leaves_no_listener_on_the_signal() {
    let _play = Play::new("user");
    let signal = counted_signal(&AbortController::new().unwrap());
    sign_in_with(&client().with_signal(signal.clone())).await.unwrap();
    assert_eq!(Reflect::get(&signal, &"listeners".into()).unwrap(), 0);
}

/// gloo-net alone panics in the first four of these.
#[wasm_bindgen_test]
async fn a_platform_that_refuses_to_make_the_request_is_an_error() {
    for (name, code) in [
        ("headers refuse", ErrorCode::Network),
        ("no Headers", ErrorCode::Network),
        ("no URLSearchParams", ErrorCode::Network),
        ("requests throw a text", ErrorCode::Network),
        ("no AbortController", ErrorCode::Internal),
        ("no fetch", ErrorCode::Network),
    ] {
        let play = Play::new("user");
        break_platform(&play, name);
        let outcome = sign_in().await;
        assert_eq!(outcome.as_ref().unwrap_err().code(), code, "{name}");
        shows_no_secret(&outcome);
        assert_eq!((play.requests().length(), play.timers_left()), (0, 0), "{name}");
    }
}

#[wasm_bindgen_test]
async fn a_session_is_resumed_by_two_requests() {
    let play = Play::new("the service");
    let session: Session = client().resume(token()).await.unwrap();
    assert_eq!((session.user.age, session.token.expose()), (Some(5), "token-canary"));
    assert_eq!(play.paths(), "GET /v2/auth/verify, GET /v2/users/u");
    let request: web_sys::Request = play.requests().get(1).unchecked_into();
    assert_eq!(request.headers().get("Authorization").unwrap().as_deref(), Some("Bearer token-canary"));
    assert_eq!((request.headers().get("Content-Type").unwrap(), play.timers_left()), (None, 0));
}

#[wasm_bindgen_test]
async fn one_deadline_is_over_both_requests_of_resuming() {
    let play = Play::new("a record that stalls");
    assert_eq!(code(&client().resume::<Value>(token()).await), "timeout");
    assert_eq!(play.paths(), "GET /v2/auth/verify, GET /v2/users/u");
}

#[wasm_bindgen_test]
async fn a_session_that_has_ended_can_not_be_resumed() {
    let play = Play::new("401");
    let outcome = client().resume::<Value>(token()).await;
    assert_eq!((code(&outcome), play.requests().length()), ("signed_out", 1));
}

#[wasm_bindgen_test]
async fn another_users_record_resumes_no_session() {
    let _play = Play::new("the record of another");
    let error = client().resume::<Value>(token()).await.unwrap_err();
    assert_eq!((error.path(), error.expected()), (Some("usersId"), Some("this session's user")));
}

#[wasm_bindgen_test]
async fn verifying_says_whether_the_session_is_alive() {
    let session = session().await;
    for (fetch, alive) in [
        ("the service", Ok(true)),
        ("401", Ok(false)),
        ("the service of another", Err(ErrorCode::InvalidResponse)),
        ("503", Err(ErrorCode::ServerError)),
    ] {
        let play = Play::new(fetch);
        let verified = client().verify(&session).await.map_err(|error| error.code());
        assert_eq!(verified, alive, "{fetch}");
        assert_eq!((play.paths(), play.timers_left()), ("GET /v2/auth/verify".to_owned(), 0));
    }
}

#[wasm_bindgen_test]
async fn the_user_is_read_anew() {
    let session = session().await;
    let play = Play::new("the service");
    let now: Session = client().user(&session).await.unwrap();
    assert_eq!((now.user.age, now.token.expose()), (Some(5), "token-canary"));
    assert_eq!(play.paths(), "GET /v2/users/u");
}

#[wasm_bindgen_test]
async fn signing_out_is_told_to_the_service_even_by_a_page_that_closes() {
    for (fetch, code) in [
        ("the service", ""),
        ("401", ""),
        ("empty", ""),
        ("no content", ""),
        ("page", "invalid_response"),
        ("throws", "network"),
        ("silent", "timeout"),
    ] {
        let play = Play::new(fetch);
        assert_eq!(self::code(&client().sign_out(token()).await), code, "{fetch}");
        assert_eq!((play.paths(), play.timers_left()), ("GET /v2/auth/signout".to_owned(), 0));
        let init = String::from(JSON::stringify(&play.inits().get(0)).unwrap());
        assert_eq!(init, r#"{"referrerPolicy":"no-referrer","keepalive":true}"#);
    }
}

fn put(headers: &[(&str, &str)]) -> RequestInit {
    let init = RequestInit::new();
    init.set_method("PUT");
    init.set_body(&"text".into());
    let given = web_sys::Headers::new().unwrap();
    for (name, value) in headers {
        given.set(name, value).unwrap();
    }
    init.set_headers(&given);
    init
}

#[wasm_bindgen_test]
async fn the_applications_own_request_carries_the_token_and_what_it_was_given() {
    let play = Play::new("the service");
    let init = put(&[("X-Mine", "1"), ("Authorization", "Basic x"), ("X-Api-Key", "x"), ("Accept", "text/plain")]);
    let response = client().fetch(&token(), "/v2/users/u", &init).await.unwrap();
    assert_eq!(play.paths(), "PUT /v2/users/u");
    let request: web_sys::Request = play.requests().get(0).unchecked_into();
    let headers =
        ["X-Mine", "Authorization", "X-Api-Key", "Accept"].map(|name| request.headers().get(name).unwrap().unwrap());
    assert_eq!(headers, ["1", "Bearer token-canary", "browser a key-canary", "text/plain"]);
    assert_eq!(JsFuture::from(request.text().unwrap()).await.unwrap(), "text");
    let members =
        ["credentials", "redirect"].map(|name| Reflect::get(&request, &name.into()).unwrap().as_string().unwrap());
    assert_eq!(members, ["omit", "manual"]);
    assert_eq!(JsFuture::from(response.text().unwrap()).await.unwrap(), r#"{"usersId":"u","age":5}"#);
    assert_eq!((play.timers_left(), play.is_aborted()), (0, false));
}

#[wasm_bindgen_test]
async fn the_applications_own_request_accepts_json_unless_told_otherwise() {
    let play = Play::new("the service");
    client().fetch(&token(), "/v2/users/u", &RequestInit::new()).await.unwrap();
    let request: web_sys::Request = play.requests().get(0).unchecked_into();
    assert_eq!(request.headers().get("Accept").unwrap().as_deref(), Some("application/json"));
}

#[wasm_bindgen_test]
async fn every_status_but_a_redirect_is_the_applications_to_read() {
    for (fetch, code) in [
        ("401", ""),
        ("503", ""),
        ("302", "invalid_response"),
        ("an opaque answer", "invalid_response"),
        ("a look-alike with a text", "invalid_response"),
        ("no response", "invalid_response"),
        ("throws", "network"),
        ("silent", "timeout"),
    ] {
        let play = Play::new(fetch);
        let outcome = client().fetch(&token(), "/x", &RequestInit::new()).await;
        assert_eq!(self::code(&outcome), code, "{fetch}");
        assert_eq!((play.requests().length(), play.timers_left()), (1, 0), "{fetch}");
    }
}

#[wasm_bindgen_test]
async fn the_token_goes_to_the_base_urls_origin_alone() {
    let play = Play::new("the service");
    for input in ["https://evil.example/x", "//evil.example", "/\\evil.example", "http://api.catalyze.io/x", "x", ""] {
        let error = client().fetch(&token(), input, &RequestInit::new()).await.unwrap_err();
        assert_eq!(error.argument(), Some("input"), "{input}");
    }
    assert_eq!(play.requests().length(), 0);
}

#[wasm_bindgen_test]
async fn what_the_platforms_fetch_would_not_take_is_refused() {
    let play = Play::new("the service");
    let get_with_a_body = RequestInit::new();
    get_with_a_body.set_body(&"x".into());
    let bad_method = RequestInit::new();
    bad_method.set_method("not a method");
    for init in [get_with_a_body, bad_method] {
        let error = client().fetch(&token(), "/x", &init).await.unwrap_err();
        assert_eq!(error.argument(), Some("init"));
    }
    assert_eq!((play.requests().length(), play.timers_left()), (0, 0));
}

#[wasm_bindgen_test]
async fn a_body_of_the_applications_own_is_not_ended_by_the_deadline() {
    let play = Play::new("waiting in the body");
    let response = client().fetch(&token(), "/x", &RequestInit::new()).await.unwrap();
    play.expire();
    settle_down().await;
    assert_eq!((play.cancelled(), play.is_aborted(), response.status()), (0, false, 200));
}

#[wasm_bindgen_test]
async fn two_calls_at_once_are_two_requests() {
    let play = Play::new("user");
    let client = client();
    let (mut first, mut second) = (pin!(sign_in_with(&client)), pin!(sign_in_with(&client)));
    let mut context = Context::from_waker(Waker::noop());
    assert!(first.as_mut().poll(&mut context).is_pending());
    assert!(second.as_mut().poll(&mut context).is_pending());
    assert_eq!((code(&first.await), code(&second.await)), ("", ""));
    assert_eq!((play.requests().length(), play.timers_left()), (2, 0));
}
