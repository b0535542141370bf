//! The client for web applications in Rust: it sends the core's requests with the platform's `fetch`, and interprets
//! the answers.

mod body;
mod call;

use std::time::Duration;

use gloo_net::http::{Headers, Method, RequestBuilder};
use js_sys::Reflect;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use web_sys::{
    AbortSignal, ReferrerPolicy, RequestCache, RequestCredentials, RequestInit, RequestMode, RequestRedirect,
    UrlSearchParams,
};

use self::body::Reading;
use self::call::Call;
use crate::answer::{Body, Head, Response};
use crate::credentials::{ApiKey, Authorization, Credentials, Password, Token, Username, UsersId};
use crate::error::{ErrorCode, SignInError};
use crate::protocol::{Operation, Step, interpret};
use crate::request::{BaseUrl, Request};
use crate::session::{Session, session};

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// A client for web pages and workers, over the platform's `fetch`. It holds the application's key, but no session.
///
/// No call sends a request twice. A call that is dropped early aborts its request. Nothing that the service or the
/// platform does makes a call panic or wait for ever.
///
/// ```no_run
/// use catalyze_signin::{ApiKey, Client, Password, Session, SignInError, Username};
///
/// async fn greeting(username: &str, password: String) -> Result<String, SignInError> {
///     let client = Client::new(ApiKey::new("browser example.app 32a384f5-5157-4e1f-9b8a-e7b5ba4ce5f2".to_owned())?);
///     let session: Session = client.sign_in(Username::new(username)?, Password::new(password)?).await?;
///     Ok(format!("Hello, {}", session.user.users_id))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    api_key: ApiKey,
    base_url: BaseUrl,
    timeout: Duration,
    signal: Option<AbortSignal>,
}

/// The last answer to a call.
struct Answered {
    step: Step,
    status: u16,
    body: Reading,
    response: JsValue,
}

impl Answered {
    fn session<Extras: DeserializeOwned>(&self, token: Token) -> Result<Session<Extras>, SignInError> {
        let body = self.body.bytes();
        session(&Response { status: self.status, retry_after: None, date: None, body }, token)
    }
}

impl Client {
    /// A client of the application that `api_key` names, for `https://api.catalyze.io`. Its calls take 30 s at most.
    #[must_use]
    pub fn new(api_key: ApiKey) -> Self {
        Self { api_key, base_url: BaseUrl::default(), timeout: DEFAULT_TIMEOUT, signal: None }
    }

    /// The same client for a service at another address.
    #[must_use]
    pub fn with_base_url(self, base_url: BaseUrl) -> Self {
        Self { base_url, ..self }
    }

    /// The same client with another deadline. It covers everything that a call does, the body of the answer included.
    /// Timers can't run longer than 24 days, so no deadline is later than that.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// The same client, but its calls end with [`Aborted`](ErrorCode::Aborted) when `signal` aborts. Dropping a call
    /// ends it too.
    #[must_use]
    pub fn with_signal(self, signal: AbortSignal) -> Self {
        Self { signal: Some(signal), ..self }
    }

    /// Signs in: `POST /v2/auth/signin`, sent once. `Extras` is the type of [`User::extras`](crate::User::extras), and
    /// [`serde_json::Value`] takes any JSON.
    ///
    /// # Errors
    /// Any code except [`InvalidArgument`](ErrorCode::InvalidArgument) and those that only the JavaScript package has.
    pub async fn sign_in<Extras: DeserializeOwned>(
        &self,
        username: Username,
        password: Password,
    ) -> Result<Session<Extras>, SignInError> {
        let credentials = Credentials { api_key: self.api_key.clone(), username, password };
        let request = Request::sign_in(&self.base_url, &credentials);
        let mut call = self.call()?;
        let answer = exchange(&mut call, Operation::SignIn, None, &request, &credentials.secrets()).await?;
        match &answer.step {
            Step::SignedIn(token) => answer.session(token.clone()),
            _ => Err(internal()),
        }
    }

    /// Resumes a session: verifies its token, then reads the user's record. One deadline covers both.
    ///
    /// # Errors
    /// [`SignedOut`](ErrorCode::SignedOut) for a session that has ended, or the code of any other failure.
    pub async fn resume<Extras: DeserializeOwned>(&self, token: Token) -> Result<Session<Extras>, SignInError> {
        let authorization = self.authorization(token);
        let mut call = self.call()?;
        let request = Request::verify(&self.base_url, &authorization);
        let answer = exchange(&mut call, Operation::Resume, None, &request, &authorization.secrets()).await?;
        match answer.step {
            Step::ReadRecord(users_id) => self.record(&mut call, authorization, &users_id).await,
            _ => Err(internal()),
        }
    }

    /// Whether `session` is still alive: `GET /v2/auth/verify`. `false` means that it has ended.
    ///
    /// # Errors
    /// The code of the failure, after which the session may still be alive.
    /// [`InvalidResponse`](ErrorCode::InvalidResponse) if the service names another user.
    pub async fn verify<Extras>(&self, session: &Session<Extras>) -> Result<bool, SignInError> {
        let authorization = self.authorization(session.token.clone());
        let request = Request::verify(&self.base_url, &authorization);
        let users_id = Some(session.user.users_id.as_str());
        let mut call = self.call()?;
        let answer = exchange(&mut call, Operation::Verify, users_id, &request, &authorization.secrets()).await?;
        match answer.step {
            Step::Alive => Ok(true),
            Step::Expired => Ok(false),
            _ => Err(internal()),
        }
    }

    /// Reads the user's record again: `GET /v2/users/{usersId}`. Returns the session with the new record and the same
    /// token.
    ///
    /// # Errors
    /// [`SignedOut`](ErrorCode::SignedOut) for a session that has ended, or the code of any other failure.
    pub async fn user<Extras: DeserializeOwned, Known>(
        &self,
        session: &Session<Known>,
    ) -> Result<Session<Extras>, SignInError> {
        let users_id = UsersId::new(session.user.users_id.as_str())?;
        let mut call = self.call()?;
        self.record(&mut call, self.authorization(session.token.clone()), &users_id).await
    }

    /// Ends the session at the service: `GET /v2/auth/signout`. The browser sends it even if the page is closing. The
    /// token is taken by value, because the application should not use it any more, whatever the result. A session
    /// that had ended before counts as signed out.
    ///
    /// # Errors
    /// The code of the failure, after which the token may still be alive, for 24 hours at most.
    pub async fn sign_out(&self, token: Token) -> Result<(), SignInError> {
        let authorization = self.authorization(token);
        let request = Request::sign_out(&self.base_url, &authorization);
        let mut call = self.call()?;
        let answer = exchange(&mut call, Operation::SignOut, None, &request, &authorization.secrets()).await?;
        match answer.step {
            Step::SignedOut => Ok(()),
            _ => Err(internal()),
        }
    }

    /// Sends a request of the application's own, as the user to whom `token` belongs.
    ///
    /// `input` is a path that starts with one slash, which is appended to the base URL, or a URL of the base URL's
    /// origin: the token must not go elsewhere. `init` is what the platform's `fetch` takes, but it can't change the
    /// key, the token, the signal, and how redirects and cookies are handled. `Accept` is `application/json` unless
    /// given.
    ///
    /// Returns the answer whatever its status. A 401 means that the session has ended. The deadline covers the headers;
    /// the body is the caller's to read.
    ///
    /// ```no_run
    /// # use catalyze_signin::{Client, Session, SignInError};
    /// # async fn save(client: &Client, session: &Session) -> Result<(), SignInError> {
    /// let init = web_sys::RequestInit::new();
    /// init.set_method("PUT");
    /// init.set_body(&r#"{"gender":"Female"}"#.into());
    /// let path = format!("/v2/users/{}", session.user.users_id);
    /// let response = client.fetch(&session.token, &path, &init).await?;
    /// # let _ = response; Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`InvalidArgument`](ErrorCode::InvalidArgument) for `input` and `init`,
    /// [`InvalidResponse`](ErrorCode::InvalidResponse) for a redirect, or the code of any other failure.
    pub async fn fetch(
        &self,
        token: &Token,
        input: &str,
        init: &RequestInit,
    ) -> Result<web_sys::Response, SignInError> {
        let request = Request::authorized(self.base_url.resolve(input)?, &self.authorization(token.clone()));
        let mut call = self.call()?;
        let own = own_request(&request, init, call.signal())
            .map_err(|_| SignInError::invalid_argument("init", "must be what the platform's fetch takes"))?;
        let answer = send(&mut call, Operation::Fetch, None, &own, &[]).await?;
        let response = answer.response.dyn_into().map_err(|_| SignInError::new(ErrorCode::InvalidResponse))?;
        // The body is the caller's now.
        call.release();
        Ok(response)
    }

    async fn record<Extras: DeserializeOwned>(
        &self,
        call: &mut Call,
        authorization: Authorization,
        users_id: &UsersId,
    ) -> Result<Session<Extras>, SignInError> {
        let request = Request::user(&self.base_url, &authorization, users_id);
        let id = Some(users_id.as_str());
        let answer = exchange(call, Operation::User, id, &request, &authorization.secrets()).await?;
        match answer.step {
            Step::Resumed => answer.session(authorization.token),
            _ => Err(internal()),
        }
    }

    fn call(&self) -> Result<Call, SignInError> {
        Call::begin(self.timeout, self.signal.as_ref())
    }

    fn authorization(&self, token: Token) -> Authorization {
        Authorization { api_key: self.api_key.clone(), token }
    }
}

/// The error for a step that the operation never leads to.
fn internal() -> SignInError {
    SignInError::new(ErrorCode::Internal)
}

/// The error for a failure of the platform. The platform's message is not passed on: it may quote a header, and with it
/// the key.
fn network() -> SignInError {
    SignInError::new(ErrorCode::Network)
}

/// Sends `request`, and interprets the answer.
async fn exchange(
    call: &mut Call,
    operation: Operation,
    users_id: Option<&str>,
    request: &Request,
    secrets: &[&[u8]],
) -> Result<Answered, SignInError> {
    let request = platform_request(request, call.signal()).map_err(|_| network())?;
    send(call, operation, users_id, &request, secrets).await
}

async fn send(
    call: &mut Call,
    operation: Operation,
    users_id: Option<&str>,
    request: &web_sys::Request,
    secrets: &[&[u8]],
) -> Result<Answered, SignInError> {
    let sent = if operation == Operation::SignOut { fetch_with(request, &keepalive()) } else { fetch(request) };
    let response = call.response(sent.map_err(|_| network())?).await?.map_err(|_| network())?;
    let status = status_of(&response).ok_or_else(|| SignInError::new(ErrorCode::InvalidResponse))?;
    // `Retry-After` counts only with these statuses.
    let waits = status == 429 || status >= 500;
    let header = |name| if waits { header_of(&response, name) } else { None };
    let (retry_after, date) = (header("Retry-After"), header("Date"));
    let head = Head { status, retry_after: retry_after.as_deref(), date: date.as_deref() };
    let otherwise = match interpret(operation, users_id, head, None, secrets)? {
        Step::ReadBody { otherwise } => otherwise,
        step => return Ok(Answered { step, status, body: Reading::Unusable, response }),
    };
    let body = body::read(&response, call).await.map_err(|error| match otherwise {
        Some(otherwise) if error.code() == ErrorCode::Timeout => otherwise,
        _ => error,
    })?;
    if let Reading::Complete(_) = body {
        call.release();
    }
    let step = interpret(operation, users_id, head, Some(body.as_body()), secrets)?;
    Ok(Answered { step, status, body, response })
}

impl Reading {
    fn as_body(&self) -> Body<'_> {
        match self {
            Self::Complete(bytes) => Body::Bytes(bytes),
            Self::TooLarge => Body::TooLarge,
            Self::CutOff => Body::CutOff,
            Self::Unusable => Body::Unusable,
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Complete(bytes) => bytes,
            _ => &[],
        }
    }
}

#[wasm_bindgen]
extern "C" {
    // gloo-net's own binding, which its `send` uses, panics if a replaced `fetch` throws, rejects with something that
    // is not an `Error`, or resolves with something that is not a `Response`.
    #[wasm_bindgen(catch)]
    fn fetch(request: &web_sys::Request) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = fetch)]
    fn fetch_with(request: &web_sys::Request, init: &RequestInit) -> Result<JsValue, JsValue>;
}

/// The platform's own request for `request`. With `redirect: "error"`, a browser would report a redirect as a broken
/// network.
fn platform_request(request: &Request, signal: &AbortSignal) -> Result<web_sys::Request, JsValue> {
    let headers = headers_of(request)?;
    // gloo-net panics if one of these constructors throws, so they are tried before it.
    UrlSearchParams::new()?;
    web_sys::Request::new_with_str(&request.url)?;
    let builder = RequestBuilder::new(&request.url)
        .method(request.method.parse::<Method>().map_err(|_| JsValue::UNDEFINED)?)
        .headers(Headers::from_raw(headers))
        .mode(RequestMode::Cors)
        .credentials(RequestCredentials::Omit)
        .cache(RequestCache::NoStore)
        .redirect(RequestRedirect::Manual)
        .referrer_policy(ReferrerPolicy::NoReferrer)
        .abort_signal(Some(signal));
    let built = if request.body.is_empty() { builder.build() } else { builder.body(request.body.as_str()) };
    built.map(Into::into).map_err(|_| JsValue::UNDEFINED)
}

/// The headers, without the help of gloo-net: its `header` panics if the platform rejects one.
fn headers_of(request: &Request) -> Result<web_sys::Headers, JsValue> {
    let headers = web_sys::Headers::new()?;
    for (name, value) in &request.headers {
        headers.set(name, value)?;
    }
    Ok(headers)
}

/// The application's own request, with what `request` adds to it.
fn own_request(request: &Request, init: &RequestInit, signal: &AbortSignal) -> Result<web_sys::Request, JsValue> {
    let own = web_sys::Request::new_with_str_and_init(&request.url, init)?;
    let headers = own.headers();
    for (name, value) in &request.headers {
        if *name != "Accept" || !headers.has(name)? {
            headers.set(name, value)?;
        }
    }
    let ours = RequestInit::new();
    ours.set_credentials(RequestCredentials::Omit);
    ours.set_redirect(RequestRedirect::Manual);
    ours.set_signal(Some(signal));
    web_sys::Request::new_with_request_and_init(&own, &ours)
}

/// The second argument of `fetch` for a request that must be sent even if the page is closing. A second argument resets
/// the referrer policy, so it is set again.
fn keepalive() -> RequestInit {
    let init = RequestInit::new();
    init.set_referrer_policy(ReferrerPolicy::NoReferrer);
    // web-sys has no setter for `keepalive`. Setting it on a new object can't fail.
    let _ = Reflect::set(&init, &"keepalive".into(), &JsValue::TRUE);
    init
}

/// The status. `None` for a value that is not a response, and for a redirect that the browser hides or has followed.
fn status_of(response: &JsValue) -> Option<u16> {
    if get(response, "redirected")?.is_truthy() {
        return None;
    }
    let status = get(response, "status")?;
    (100..=599).find(|known| status == *known)
}

fn header_of(response: &JsValue, name: &str) -> Option<String> {
    let headers = get(response, "headers")?;
    let method: js_sys::Function = get(&headers, "get")?.dyn_into().ok()?;
    method.call1(&headers, &name.into()).ok()?.as_string()
}

/// A member of any value. `None` if the value can't have members, or reading this one throws.
fn get(holder: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(holder, &name.into()).ok()
}
