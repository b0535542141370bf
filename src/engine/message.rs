//! The messages between the engine and its JavaScript: flat JSON objects in UTF-8.
//!
//! - A task is `{"operation", "baseUrl", "apiKey", …}`. The reply to it is `{"step": "send", "url", "method",
//!   "headers", "body", "success"}`, where `success` is the step that follows any 2xx status.
//! - An answer is `{"operation", "usersId", "status", "retryAfter", "date", "body"}`. Here `body` says how reading the
//!   body ended, and is absent before that. The body of an error comes with the task's secrets, so that texts that
//!   repeat one of them can be withheld. The reply names the next step.
//! - The reply to a message that fails is `{"step": "failed", "error"}`, with the fields of a `SignInError`.

use zeroize::Zeroizing;

use crate::answer::{Body, Head};
use crate::credentials::{ApiKey, Authorization, Credentials, Password, Token, Username, UsersId, secrets};
use crate::error::{ErrorCode, Field, ServerError, SignInError};
use crate::json::{Json, Kind, push_number, push_string, room, utf8};
use crate::protocol::{self, Operation, Step};
use crate::request::{BaseUrl, Request};

/// What to send for `task`.
#[must_use]
pub fn request(task: &[u8]) -> Zeroizing<String> {
    let reply = Message::parse(task).and_then(|task| Ok(send(&task.request()?, task.operation)));
    reply.unwrap_or_else(|error| failed(&error)).finish()
}

/// What `answer` means. `body` is empty if it has not been read.
#[must_use]
pub fn interpret(answer: &[u8], body: &[u8]) -> Zeroizing<String> {
    let step = Message::parse(answer).and_then(|answer| answer.interpret(body));
    step.map_or_else(|error| failed(&error), |step| reply(&step)).finish()
}

const READ_BODY: &str = "read_body";

static OPERATIONS: [(&str, Operation); 6] = [
    ("sign_in", Operation::SignIn),
    ("resume", Operation::Resume),
    ("user", Operation::User),
    ("verify", Operation::Verify),
    ("sign_out", Operation::SignOut),
    ("fetch", Operation::Fetch),
];

/// A message that JavaScript has sent.
struct Message<'a> {
    json: Json<'a>,
    operation: Operation,
}

impl<'a> Message<'a> {
    fn parse(text: &'a [u8]) -> Result<Self, SignInError> {
        let internal = SignInError::new(ErrorCode::Internal);
        let Some(json) = utf8(text).and_then(Json::parse) else { return Err(internal) };
        let name = json.member("operation");
        let operation = OPERATIONS.iter().find(|(known, _)| name.is_some_and(|name| name.is(known)));
        operation.map(|(_, operation)| Self { json, operation: *operation }).ok_or(internal)
    }

    fn request(&self) -> Result<Request, SignInError> {
        if self.operation == Operation::SignIn {
            let credentials = self.credentials()?;
            return Ok(Request::sign_in(&self.base_url()?, &credentials));
        }
        let authorization = self.authorization()?;
        let base_url = self.base_url()?;
        let url = match self.operation {
            Operation::User => base_url.user(&UsersId::new(self.text("usersId")?.as_str())?),
            Operation::SignOut => base_url.sign_out(),
            Operation::Fetch => base_url.resolve(&self.text("input")?)?,
            _ => base_url.verify(),
        };
        Ok(Request::authorized(url, &authorization))
    }

    fn interpret(&self, body: &[u8]) -> Result<Step, SignInError> {
        let status = self.json.member("status").and_then(Json::integer);
        // Without a status, it is not a response, or a redirect that a browser hides or has followed.
        let status = status.and_then(|status| u16::try_from(status).ok()).filter(|status| matches!(status, 100..=599));
        let status = status.ok_or_else(|| SignInError::new(ErrorCode::InvalidResponse))?;
        let (retry_after, date) = (self.json.text_of("retryAfter"), self.json.text_of("date"));
        let head = Head { status, retry_after: as_str(retry_after.as_ref()), date: as_str(date.as_ref()) };
        let body = self.json.member("body").map(|reading| match () {
            () if reading.is("complete") => Body::Bytes(body),
            () if reading.is("too_large") => Body::TooLarge,
            () if reading.is("cut_off") => Body::CutOff,
            () => Body::Unusable,
        });
        let users_id = self.json.text_of("usersId");
        // The secrets come only with the body of an error, since no other body has texts that are passed on.
        let secret = self.json.text_of("password").or_else(|| self.json.text_of("token")).unwrap_or_default();
        let api_key = self.json.text_of("apiKey").unwrap_or_default();
        protocol::interpret(self.operation, as_str(users_id.as_ref()), head, body, &secrets(&secret, &api_key))
    }

    fn credentials(&self) -> Result<Credentials, SignInError> {
        Ok(Credentials {
            api_key: self.api_key()?,
            username: Username::new(self.text("username")?.as_str())?,
            password: Password::new(self.text("password")?)?,
        })
    }

    fn authorization(&self) -> Result<Authorization, SignInError> {
        Ok(Authorization { api_key: self.api_key()?, token: Token::new(self.text("token")?)? })
    }

    fn api_key(&self) -> Result<ApiKey, SignInError> {
        ApiKey::new(self.text("apiKey")?)
    }

    /// The base URL, which JavaScript has parsed and serialised.
    fn base_url(&self) -> Result<BaseUrl, SignInError> {
        BaseUrl::of_serialised(std::mem::take(&mut *self.text("baseUrl")?))
    }

    /// The text of an argument. A lone surrogate is an error: as U+FFFD it would silently make another password.
    fn text(&self, argument: &'static str) -> Result<Zeroizing<String>, SignInError> {
        let value = self.json.member(argument).filter(|value| value.kind() == Kind::String);
        let value = value.ok_or_else(|| SignInError::invalid_argument(argument, "must be a string"))?;
        value.well_formed_text().ok_or_else(|| SignInError::invalid_argument(argument, "must be well-formed UTF-16"))
    }
}

fn as_str(text: Option<&Zeroizing<String>>) -> Option<&str> {
    text.map(|text| text.as_str())
}

/// A message to JavaScript that is being written.
struct Reply(Zeroizing<String>);

impl Reply {
    /// The step is always the first member. A message that may hold a secret needs its whole capacity from the start: a
    /// buffer that grows leaves copies behind.
    fn new(step: &str, capacity: usize) -> Self {
        let mut reply = Self(Zeroizing::new(String::with_capacity(capacity)));
        reply.write("{");
        reply.text("step", step);
        reply
    }

    /// Begins a member.
    #[inline(never)]
    fn member(&mut self, name: &str) -> &mut String {
        if !self.0.as_bytes().ends_with(b"{") {
            self.write(",");
        }
        push_string(name, &mut self.0);
        self.write(":");
        &mut self.0
    }

    /// Not inlined, to keep the module small.
    #[inline(never)]
    fn write(&mut self, text: &str) {
        self.0.push_str(text);
    }

    #[inline(never)]
    fn text(&mut self, name: &str, value: &str) {
        push_string(value, self.member(name));
    }

    fn error(&mut self, name: &str, error: &SignInError) {
        self.member(name);
        self.write("{");
        error.each_field(&mut |name, field| {
            let json = self.member(name);
            match field {
                Field::Text(text) => push_string(text, json),
                Field::Number(number) => push_number(number, json),
                Field::List(errors) => self.server_errors(errors),
            }
        });
        self.write("}");
    }

    fn server_errors(&mut self, errors: &[ServerError]) {
        self.write("[");
        for (index, error) in errors.iter().enumerate() {
            self.write(if index == 0 { "{" } else { ",{" });
            push_number(error.code.into(), self.member("code"));
            self.text("message", &error.message);
            self.write("}");
        }
        self.write("]");
    }

    fn finish(mut self) -> Zeroizing<String> {
        self.write("}");
        self.0
    }
}

fn failed(error: &SignInError) -> Reply {
    let mut reply = Reply::new("failed", 0);
    reply.error("error", error);
    reply
}

/// Room for all parts of a request, each written as a string.
fn room_for(request: &Request) -> usize {
    let [(_, first), (_, second), (_, third)] = &request.headers;
    room(&[&request.url, first, second, third, &request.body])
}

fn send(request: &Request, operation: Operation) -> Reply {
    let mut reply = Reply::new("send", room_for(request));
    reply.text("url", &request.url);
    reply.text("method", request.method);
    reply.member("headers");
    reply.write("{");
    for (name, value) in &request.headers {
        reply.text(name, value);
    }
    reply.write("}");
    if !request.body.is_empty() {
        reply.text("body", &request.body);
    }
    // Any 2xx status leads to this step. To say so here saves JavaScript a question.
    if operation != Operation::Fetch {
        reply.text("success", READ_BODY);
    }
    reply
}

fn reply(step: &Step) -> Reply {
    let name = match step {
        Step::ReadBody { .. } => READ_BODY,
        Step::ReadRecord(_) => "read_record",
        Step::SignedIn(_) => "signed_in",
        Step::Resumed => "resumed",
        Step::Alive => "alive",
        Step::Expired => "expired",
        Step::SignedOut => "signed_out",
        Step::PassOn { expired: false } => "pass_on",
        Step::PassOn { expired: true } => "pass_on_and_expire",
    };
    let secret = if let Step::SignedIn(token) = step { token.expose() } else { "" };
    let mut reply = Reply::new(name, room(&[secret]));
    match step {
        Step::ReadBody { otherwise: Some(error) } => reply.error("otherwise", error),
        Step::ReadRecord(users_id) => reply.text("usersId", users_id.as_str()),
        Step::SignedIn(token) => reply.text("token", token.expose()),
        _ => {}
    }
    reply
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn parsed(reply: &str) -> Value {
        serde_json::from_str(reply).unwrap()
    }

    /// The reply to a task with these members, a base URL and an API key.
    fn requested(members: &Value) -> Value {
        let mut task = json!({"baseUrl": "https://h/b", "apiKey": "browser a id"});
        task.as_object_mut().unwrap().append(&mut members.clone().as_object().unwrap().clone());
        parsed(&request(task.to_string().as_bytes()))
    }

    fn interpreted(answer: &Value, body: &str) -> Value {
        parsed(&interpret(answer.to_string().as_bytes(), body.as_bytes()))
    }

    #[test]
    fn each_operation_has_its_request() {
        for (members, method, url) in [
            (json!({"operation": "sign_in", "username": "u", "password": "p"}), "POST", "https://h/b/v2/auth/signin"),
            (json!({"operation": "resume", "token": "t"}), "GET", "https://h/b/v2/auth/verify"),
            (json!({"operation": "verify", "token": "t", "usersId": "x"}), "GET", "https://h/b/v2/auth/verify"),
            (json!({"operation": "user", "token": "t", "usersId": "x/y"}), "GET", "https://h/b/v2/users/x%2Fy"),
            (json!({"operation": "sign_out", "token": "t"}), "GET", "https://h/b/v2/auth/signout"),
            (json!({"operation": "fetch", "token": "t", "input": "/x?y"}), "GET", "https://h/b/x?y"),
            (json!({"operation": "fetch", "token": "t", "input": "https://h/z"}), "GET", "https://h/z"),
        ] {
            let reply = requested(&members);
            assert_eq!(
                (&reply["step"], &reply["method"], &reply["url"]),
                (&json!("send"), &json!(method), &json!(url))
            );
            let headers = reply["headers"].as_object().unwrap();
            assert_eq!((headers.len(), &headers["X-Api-Key"]), (3, &json!("browser a id")));
            assert_eq!(headers.get("Authorization"), (method == "GET").then_some(&json!("Bearer t")));
            assert_eq!(reply.get("body"), (method == "POST").then_some(&json!(r#"{"username":"u","password":"p"}"#)));
        }
    }

    #[test]
    fn an_argument_that_breaks_a_rule_is_refused_by_its_name() {
        let sign_in = json!({"operation": "sign_in", "username": "u", "password": "p"});
        let with_token = |operation| json!({"operation": operation, "token": "t", "usersId": "x", "input": "/"});
        for (task, argument, values) in [
            (&sign_in, "apiKey", vec![json!(null), json!(5), json!(""), json!("a b")]),
            (&sign_in, "username", vec![json!(null), json!(5), json!("")]),
            (&sign_in, "password", vec![json!(null), json!(5), json!("")]),
            (&sign_in, "baseUrl", vec![json!(null), json!("x"), json!("https://h/v2"), json!("http://h")]),
            (&with_token("resume"), "token", vec![json!(null), json!(5), json!(""), json!("a b")]),
            (&with_token("user"), "usersId", vec![json!(null), json!(""), json!("..")]),
            (&with_token("fetch"), "input", vec![json!(null), json!(5), json!("//evil"), json!("https://evil/")]),
        ] {
            for value in values {
                let mut task = task.clone();
                task[argument] = value;
                let reply = requested(&task);
                assert_eq!(
                    (&reply["step"], &reply["error"]["argument"]),
                    (&json!("failed"), &json!(argument)),
                    "{task}"
                );
                assert_eq!(reply["error"]["code"], "invalid_argument");
            }
        }
    }

    #[test]
    fn a_lone_surrogate_is_refused_and_a_pair_is_sent() {
        let task = |password: &str| {
            format!(
                r#"{{"operation":"sign_in","baseUrl":"https://h","apiKey":"k","username":"u","password":"{password}"}}"#
            )
        };
        let reply = |password| parsed(&request(task(password).as_bytes()));
        assert_eq!(reply(r"\ud83d")["error"]["rule"], "must be well-formed UTF-16");
        assert_eq!(reply(r"\ud83d\ude00")["body"], r#"{"username":"u","password":"😀"}"#);
        assert_eq!(reply(r"\\ud83d")["body"], r#"{"username":"u","password":"\\ud83d"}"#);
    }

    #[test]
    fn each_answer_has_its_step() {
        let user = r#"{"usersId":"u","sessionToken":"t"}"#;
        for (operation, status, body, step) in [
            ("sign_in", 200, user, json!({"step": "signed_in", "token": "t"})),
            ("resume", 200, r#"{"userId":"u"}"#, json!({"step": "read_record", "usersId": "u"})),
            ("user", 200, r#"{"usersId":"u"}"#, json!({"step": "resumed"})),
            ("verify", 200, r#"{"userId":"u"}"#, json!({"step": "alive"})),
            ("verify", 401, "", json!({"step": "expired"})),
            ("sign_out", 200, "{}", json!({"step": "signed_out"})),
            ("fetch", 200, "", json!({"step": "pass_on"})),
            ("fetch", 401, "", json!({"step": "pass_on_and_expire"})),
        ] {
            let mut answer = json!({"operation": operation, "status": status, "usersId": "u"});
            let without_a_body = interpreted(&answer, "");
            if status == 200 && operation != "fetch" {
                assert_eq!(without_a_body, json!({"step": "read_body"}), "{operation}");
            }
            answer["body"] = json!("complete");
            assert_eq!(interpreted(&answer, body), step, "{operation}");
        }
    }

    #[test]
    fn an_error_says_all_that_is_known_and_repeats_no_secret() {
        let mut answer = json!({"operation": "sign_in", "status": 429, "retryAfter": "7"});
        let waiting = json!({"code": "rate_limited", "status": 429, "retryAfterMs": 7000, "serverErrors": []});
        assert_eq!(interpreted(&answer, ""), json!({"step": "read_body", "otherwise": waiting}));
        for (name, text) in
            [("body", "complete"), ("apiKey", "key-canary"), ("username", "u"), ("password", "pw-canary")]
        {
            answer[name] = json!(text);
        }
        let body = r#"{"errors":[{"code":1,"message":"no pw-canary"},"no key-canary","fine"]}"#;
        let reply = interpreted(&answer, body);
        assert!(!reply.to_string().contains("canary"), "{reply}");
        assert_eq!(reply["error"]["serverErrors"][2], json!({"code": -1, "message": "fine"}));
        assert_eq!(reply["error"]["retryAfterMs"], 7000);
        let echo =
            json!({"operation": "verify", "status": 500, "apiKey": "k", "token": "token-canary", "body": "complete"});
        assert!(!interpreted(&echo, "no token-canary").to_string().contains("canary"));
    }

    #[test]
    fn a_reading_that_went_wrong_has_its_error() {
        for (reading, code) in
            [("too_large", "invalid_response"), ("cut_off", "network"), ("unusable", "invalid_response")]
        {
            let reply = interpreted(&json!({"operation": "sign_in", "status": 200, "body": reading}), "");
            assert_eq!((&reply["step"], &reply["error"]["code"]), (&json!("failed"), &json!(code)), "{reading}");
        }
    }

    #[test]
    fn what_has_no_status_is_no_response() {
        for status in [json!(null), json!(0), json!(99), json!(600), json!(-1), json!(1.5), json!("200"), json!(1e9)] {
            let reply = interpreted(&json!({"operation": "sign_in", "status": status}), "");
            assert_eq!(reply["error"]["code"], "invalid_response", "{status}");
        }
    }

    #[test]
    fn a_message_that_is_none_is_a_defect() {
        for message in ["", "x", "[]", "{}", r#"{"operation":"other"}"#, r#"{"operation":5}"#, "\u{feff}{}"] {
            assert_eq!(parsed(&request(message.as_bytes()))["error"]["code"], "internal", "{message}");
            assert_eq!(parsed(&interpret(message.as_bytes(), b""))["error"]["code"], "internal", "{message}");
        }
        assert_eq!(parsed(&request(b"\xff"))["error"]["code"], "internal");
    }

    #[test]
    fn the_step_that_a_success_is_said_to_lead_to_is_the_one_it_leads_to() {
        let arguments =
            r#""baseUrl":"https://h","apiKey":"k","username":"u","password":"p","token":"t","usersId":"u","input":"/""#;
        for (operation, _) in OPERATIONS {
            let reply = request(format!(r#"{{"operation":"{operation}",{arguments}}}"#).as_bytes());
            let is_said = reply.contains(r#""success":"read_body""#);
            for status in 200..300 {
                let step = interpret(format!(r#"{{"operation":"{operation}","status":{status}}}"#).as_bytes(), b"");
                assert_eq!(step.as_str() == r#"{"step":"read_body"}"#, is_said, "{operation} {status}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_reply_that_holds_a_password_never_outgrows_its_room(password in "[\\x00-\\x7f]{1,100}|\\PC{1,60}") {
            let task = json!({
                "operation": "sign_in", "baseUrl": "https://h", "apiKey": "k", "username": "u", "password": password,
            });
            let request = Message::parse(task.to_string().as_bytes()).unwrap().request().unwrap();
            let reply = send(&request, Operation::SignIn).finish();
            // A buffer that had grown would have another capacity.
            prop_assert_eq!(reply.capacity(), room_for(&request));
            let body: Value = serde_json::from_str(parsed(&reply)["body"].as_str().unwrap()).unwrap();
            prop_assert_eq!(&body["password"], &json!(password));
        }

        #[test]
        fn any_bytes_have_a_reply(message in prop::collection::vec(any::<u8>(), 0..60), body in prop::collection::vec(any::<u8>(), 0..60)) {
            prop_assert!(parsed(&request(&message))["step"].is_string());
            prop_assert!(parsed(&interpret(&message, &body))["step"].is_string());
        }

        #[test]
        fn any_answer_has_a_reply(status in 0..700, reading in "complete|cut_off|x", body in "\\PC{0,60}|[\\[\\]{}:,\"errosmg]{0,20}") {
            for (operation, _) in OPERATIONS {
                let answer = json!({"operation": operation, "status": status, "body": reading, "usersId": "u"});
                prop_assert!(interpreted(&answer, &body)["step"].is_string());
            }
        }
    }
}
