//! The JavaScript side of the client: arguments in, promise out. It decides nothing that the core
//! could decide.

mod convert;
#[cfg(feature = "wasm-pack")]
pub(crate) mod exports;
mod fetch;
mod json;
mod shell;

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use self::fetch::{Next, exchange, now_ms};
use self::json::Parsed;
use self::shell::{Call, Session};
use crate::credentials::{ApiKey, Authorization, Credentials, Password, Token, Username};
use crate::error::{ErrorCode, Route, SignInError};
use crate::request::{BaseUrl, Request};
use crate::response::{Answer, Body};
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

const OPS: [Op; 5] = [Op::SignIn, Op::Resume, Op::Verify, Op::SignOut, Op::Fetch];

/// Does what the operation of number `op` says, for `call`, which settles the caller's promise.
#[wasm_bindgen(skip_typescript)]
#[expect(unreachable_pub, reason = "for the package's JavaScript alone")]
pub fn run(call: JsValue, op: u32, api_key: JsValue, first: JsValue, second: JsValue) -> Promise {
    let key = Array::of4(&op.into(), &api_key, &first, &second);
    let op = usize::try_from(op).ok().and_then(|op| OPS.get(op));
    let begun = op.ok_or(SignInError::new(ErrorCode::Internal)).and_then(|&op| {
        let task = Task { op, api_key, first, second, call: call.unchecked_into() };
        Ok((task.request()?, task))
    });
    let (request, task) = match begun {
        Ok(begun) => begun,
        Err(error) => return Promise::reject(&convert::error(&error)),
    };
    key.push(&JsValue::from_str(&request.url));
    let call = task.call.clone();
    let mut once = Some((request, task));
    shell::share(&key, &call, &mut |flight| {
        let once = once.take();
        future_to_promise(async move {
            let (request, task) = once.ok_or(JsValue::UNDEFINED)?;
            exchange(request, &task, &flight).await.map_err(|error| convert::error(&error))
        })
    })
}

/// One call's operation and its arguments, as they came.
struct Task {
    op: Op,
    api_key: JsValue,
    first: JsValue,
    second: JsValue,
    call: Call,
}

impl Task {
    /// The first request, after all checks of all arguments.
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

    const fn route(&self) -> Route {
        match self.op {
            Op::SignIn => Route::SignIn,
            _ => Route::Session,
        }
    }

    /// What an answer means: the outcome, or another request. `users_id` is whose record was asked
    /// for. The arguments are read anew, so that no copy of the password waits for the answer.
    fn read(&self, answer: Answer<Parsed>, users_id: Option<&str>) -> Result<Next, SignInError> {
        if self.op == Op::SignIn {
            let token = read_sign_in(&answer, now_ms(), &self.credentials()?)?;
            return Ok(self.session(answer, &token));
        }
        let authorization = self.authorization()?;
        match (self.op, users_id) {
            (Op::Resume, None) => {
                let id = read_verify(&answer, now_ms(), &authorization, None)?;
                let id = id.ok_or(SignInError::new(ErrorCode::SignedOut).with_status(answer.status))?;
                Ok(Next::Ask(Request::user(&self.base_url()?, &authorization, &id), id))
            }
            (Op::Resume, Some(id)) => {
                read_user(&answer, now_ms(), &authorization, id)?;
                Ok(self.session(answer, &authorization.token))
            }
            (Op::SignOut, _) => {
                read_sign_out(&answer, now_ms(), &authorization)?;
                Ok(Next::Done(JsValue::UNDEFINED))
            }
            _ => {
                let id = read_verify(&answer, now_ms(), &authorization, self.second.as_string().as_deref())?;
                Ok(Next::Done(id.is_some().into()))
            }
        }
    }

    /// The very object that the service sent, and the token.
    fn session(&self, answer: Answer<Parsed>, token: &Token) -> Next {
        let user = match answer.body {
            Body::Json(user) => user.without("sessionToken"),
            _ => JsValue::UNDEFINED,
        };
        Next::Done(Session::new(&user, token.expose(), &self.api_key, &self.call).into())
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
