//! The engine: what to send, and what an answer means. Nothing in it waits, and it remembers nothing from
//! one step to the next: the shell sends, and asks again. So a call needs no executor, which would take a
//! sixth of the package, and those that wait for an answer outlive a trap.

mod convert;
#[cfg(feature = "wasm-pack")]
pub(crate) mod exports;
mod json;
mod shell;

use wasm_bindgen::prelude::*;

use self::json::Parsed;
use self::shell::{Call, Session};
use crate::credentials::{ApiKey, Authorization, Credentials, Password, Token, Username};
use crate::error::{ErrorCode, Route, SignInError};
use crate::request::{BaseUrl, Request};
use crate::response::{Answer, Body, refusal};
use crate::session::{read_sign_in, read_sign_out, read_user, read_verify};

/// The default one takes 4 KB more of the module.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// What a call asks of the engine. The numbers are those of `session.js`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Op {
    /// `first` is the username, `second` the password.
    SignIn,
    /// Of all others, `first` is the token.
    Resume,
    /// `second` is the user's identifier.
    Verify,
    SignOut,
    /// `second` is the path or the URL.
    Fetch,
}

/// One call's operation and its arguments, as they came. wasm-bindgen's own conversion to text throws,
/// reads a number as a pointer and takes an object for a string.
struct Task {
    op: Op,
    api_key: JsValue,
    first: JsValue,
    second: JsValue,
    call: Call,
}

/// The request to begin with, as `[url, init]`, after all checks of all arguments.
#[wasm_bindgen(skip_typescript)]
#[expect(unreachable_pub, reason = "for the package's JavaScript alone")]
pub fn ask(call: JsValue, op: u32, api_key: JsValue, first: JsValue, second: JsValue) -> Result<JsValue, JsValue> {
    Task::new(call, op, api_key, first, second)
        .and_then(|task| Ok(convert::request(&task.request()?, &task, &JsValue::UNDEFINED)))
        .map_err(|error| convert::error(&error))
}

/// The error that a status alone makes, while the body is still awaited; or undefined.
#[wasm_bindgen(skip_typescript)]
#[expect(unreachable_pub, reason = "for the package's JavaScript alone")]
#[expect(clippy::needless_pass_by_value, reason = "wasm-bindgen gives a text by value")]
pub fn refuse(op: u32, status: u16, retry_after: Option<String>) -> JsValue {
    let route = if op == 0 { Route::SignIn } else { Route::Session };
    let refusal = refusal(status, retry_after.as_deref(), convert::now_ms(), route);
    refusal.map_or(JsValue::UNDEFINED, |error| convert::error(&error))
}

/// What an answer means: the outcome, or another request, as `[url, init, usersId]`. `users_id` is whose
/// record was asked for. `body` is its text, or the number of a fault.
#[wasm_bindgen(skip_typescript)]
#[expect(unreachable_pub, reason = "for the package's JavaScript alone")]
#[expect(clippy::needless_pass_by_value, reason = "wasm-bindgen gives a text by value")]
#[expect(clippy::too_many_arguments, reason = "an object's members would each be an import")]
pub fn read(
    call: JsValue,
    op: u32,
    api_key: JsValue,
    first: JsValue,
    second: JsValue,
    users_id: Option<String>,
    status: Option<u16>,
    retry_after: Option<String>,
    body: JsValue,
) -> Result<JsValue, JsValue> {
    Task::new(call, op, api_key, first, second)
        .and_then(|task| task.read(convert::answer(status, retry_after, body)?, users_id.as_deref()))
        .map_err(|error| convert::error(&error))
}

impl Task {
    fn new(call: JsValue, op: u32, api_key: JsValue, first: JsValue, second: JsValue) -> Result<Self, SignInError> {
        let op = match op {
            0 => Op::SignIn,
            1 => Op::Resume,
            2 => Op::Verify,
            3 => Op::SignOut,
            4 => Op::Fetch,
            _ => return Err(SignInError::new(ErrorCode::Internal)),
        };
        Ok(Self { op, api_key, first, second, call: call.unchecked_into() })
    }

    fn request(&self) -> Result<Request, SignInError> {
        let base_url = self.base_url()?;
        if self.op == Op::SignIn {
            return Ok(Request::sign_in(&base_url, &self.credentials()?));
        }
        let authorization = self.authorization()?;
        Ok(match self.op {
            Op::SignOut => Request::sign_out(&base_url, &authorization),
            Op::Fetch => Request::authorized(base_url.resolve(&self.input()?)?, &authorization),
            _ => Request::verify(&base_url, &authorization),
        })
    }

    /// The arguments are read anew, so that no copy of the password waits for the answer.
    fn read(&self, answer: Answer<Parsed>, users_id: Option<&str>) -> Result<JsValue, SignInError> {
        let now_ms = convert::now_ms();
        if self.op == Op::SignIn {
            let token = read_sign_in(&answer, now_ms, &self.credentials()?)?;
            return Ok(self.session(answer, &token));
        }
        let authorization = self.authorization()?;
        match (self.op, users_id) {
            (Op::Resume, None) => {
                let id = read_verify(&answer, now_ms, &authorization, None)?;
                let id = id.ok_or(SignInError::new(ErrorCode::SignedOut).with_status(answer.status))?;
                let request = Request::user(&self.base_url()?, &authorization, &id);
                Ok(convert::request(&request, self, &JsValue::from_str(&id)))
            }
            (Op::Resume, Some(id)) => {
                read_user(&answer, now_ms, &authorization, id)?;
                Ok(self.session(answer, &authorization.token))
            }
            (Op::SignOut, _) => {
                read_sign_out(&answer, now_ms, &authorization)?;
                Ok(JsValue::UNDEFINED)
            }
            (Op::Fetch, _) => answer.passed_on().map(|()| JsValue::UNDEFINED),
            _ => {
                let id = read_verify(&answer, now_ms, &authorization, self.second.as_string().as_deref())?;
                Ok(id.is_some().into())
            }
        }
    }

    /// The very object that the service sent, and the token.
    fn session(&self, answer: Answer<Parsed>, token: &Token) -> JsValue {
        let user = match answer.body {
            Body::Json(user) => user.without("sessionToken"),
            _ => JsValue::UNDEFINED,
        };
        Session::new(&user, token.expose(), &self.api_key, &self.call).into()
    }

    fn credentials(&self) -> Result<Credentials, SignInError> {
        Ok(Credentials {
            api_key: self.api_key()?,
            username: Username::new(convert::secret(&self.first, "username")?.as_str())?,
            password: Password::new(convert::secret(&self.second, "password")?)?,
        })
    }

    fn authorization(&self) -> Result<Authorization, SignInError> {
        let api_key = self.api_key()?;
        let token = Token::new(convert::secret(&self.first, "token")?);
        let token = token.ok_or(SignInError::invalid_argument("token", "must be visible ASCII without blanks"))?;
        Ok(Authorization { api_key, token })
    }

    fn api_key(&self) -> Result<ApiKey, SignInError> {
        ApiKey::new(convert::secret(&self.api_key, "apiKey")?)
    }

    fn base_url(&self) -> Result<BaseUrl, SignInError> {
        BaseUrl::new(&String::from(self.call.base_url()))
    }

    fn input(&self) -> Result<String, SignInError> {
        self.second.as_string().ok_or(SignInError::invalid_argument("input", "must be a string or a URL"))
    }
}
