//! The messages between the engine and its JavaScript: flat objects of JSON, in UTF-8.
//!
//! A task is `{"operation", "baseUrl", "apiKey", …}`, and the reply to it `{"step": "send", "url", "method", "headers",
//! "body", "success"}`, where `success` is the step that any status of success leads to. An answer is `{"operation",
//! "usersId", "status", "retryAfter", "date", "body"}`, where `body` says how its reading went, and is absent while it has
//! not been read; with an error's body come the task's secrets, since no text of the service's may repeat them. Every
//! reply is a step by name, and a failure is `{"step": "failed", "error"}` with the fields of a `SignInError`.

use zeroize::Zeroizing;

use crate::answer::{Body, Head};
use crate::credentials::{ApiKey, Authorization, Credentials, Password, Token, Username, UsersId, secrets};
use crate::error::{ErrorCode, Field, ServerError, SignInError};
use crate::json::{Json, Kind, push_number, push_string, room, utf8};
use crate::protocol::{self, Operation, Step};
use crate::request::{BaseUrl, Request};

/// What is to be sent for `task`.
pub(crate) fn request(task: &[u8]) -> Zeroizing<String> {
    let reply = Message::parse(task).and_then(|task| Ok(send(&task.request()?, task.operation)));
    reply.unwrap_or_else(|error| failed(&error)).finish()
}

/// What `answer` means.
pub(crate) fn interpret(answer: &[u8], body: &[u8]) -> Zeroizing<String> {
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
        // What came is no response, or a redirect that a browser hides or has followed.
        let status = status.and_then(|status| u16::try_from(status).ok()).filter(|status| matches!(status, 100..=599));
        let status = status.ok_or_else(|| SignInError::new(ErrorCode::InvalidResponse))?;
        let (retry_after, date) = (self.json.text_of("retryAfter"), self.json.text_of("date"));
        let head = Head { status, retry_after: as_str(&retry_after), date: as_str(&date) };
        let body = self.json.member("body").map(|reading| match () {
            () if reading.is("complete") => Body::Bytes(body),
            () if reading.is("too_large") => Body::TooLarge,
            () if reading.is("cut_off") => Body::CutOff,
            () => Body::Unusable,
        });
        let users_id = self.json.text_of("usersId");
        // These come with an error's body alone: without them, no text of the service's is passed on.
        let secret = self.json.text_of("password").or_else(|| self.json.text_of("token")).unwrap_or_default();
        let api_key = self.json.text_of("apiKey").unwrap_or_default();
        protocol::interpret(self.operation, as_str(&users_id), head, body, &secrets(&secret, &api_key))
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

    /// JavaScript has parsed it, and written it anew.
    fn base_url(&self) -> Result<BaseUrl, SignInError> {
        BaseUrl::of_serialised(std::mem::take(&mut *self.text("baseUrl")?))
    }

    /// The text of an argument. A lone surrogate is refused: as U+FFFD it would silently be another password.
    fn text(&self, argument: &'static str) -> Result<Zeroizing<String>, SignInError> {
        let value = self.json.member(argument).filter(|value| value.kind() == Kind::String);
        let value = value.ok_or_else(|| SignInError::invalid_argument(argument, "must be a string"))?;
        value.well_formed_text().ok_or_else(|| SignInError::invalid_argument(argument, "must be well-formed UTF-16"))
    }
}

fn as_str(text: &Option<Zeroizing<String>>) -> Option<&str> {
    text.as_ref().map(|text| text.as_str())
}

/// A message to JavaScript, while it is written.
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

    /// Once, and not inlined wherever something is written.
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

fn send(request: &Request, operation: Operation) -> Reply {
    let [(_, first), (_, second), (_, third)] = &request.headers;
    let mut reply = Reply::new("send", room(&[&request.url, first, second, third, &request.body]));
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
    // Every status of success leads to this step: it spares a question.
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

    #[test]
    fn the_step_that_a_success_is_said_to_lead_to_is_the_one_it_leads_to() {
        for (operation, _) in OPERATIONS {
            let arguments = r#""baseUrl":"https://h","apiKey":"k","username":"u","password":"p","token":"t","usersId":"u","input":"/""#;
            let reply = request(format!(r#"{{"operation":"{operation}",{arguments}}}"#).as_bytes());
            for status in 200..300 {
                let step = interpret(format!(r#"{{"operation":"{operation}","status":{status}}}"#).as_bytes(), b"");
                let is_said = reply.contains(r#""success":"read_body""#);
                assert_eq!(step.as_str() == r#"{"step":"read_body"}"#, is_said, "{operation} {status}");
            }
        }
    }
}
