//! A sign-in form in Yew. The crate makes the request and reads the answer, and gloo-net carries both.

use std::time::{Duration, SystemTime};

use catalyze_signin::{
    ApiKey, BaseUrl, Credentials, ErrorCode, Password, Request, Response, Session, SignInError, Username,
};
use web_sys::{FormData, HtmlFormElement, ReferrerPolicy, RequestCache, RequestCredentials, RequestRedirect};
use yew::platform::spawn_local;
use yew::prelude::*;

/// The key and the address of the service that `cargo xtask demo` starts.
const API_KEY: &str = "browser demo.example c0ffee00-5157-4e1f-9b8a-0c0ffee00001";
const BASE_URL: &str = "http://127.0.0.1:8080";

/// What keeps a visitor from being signed in.
enum Fault {
    Refused(SignInError),
    Unreachable,
}

impl From<SignInError> for Fault {
    fn from(error: SignInError) -> Self {
        Self::Refused(error)
    }
}

impl From<gloo_net::Error> for Fault {
    // The platform's own words may quote a header, so the API key.
    fn from(_: gloo_net::Error) -> Self {
        Self::Unreachable
    }
}

async fn sign_in(username: &str, password: String) -> Result<Session, Fault> {
    let credentials = Credentials {
        api_key: ApiKey::new(API_KEY.to_owned())?,
        username: Username::new(username)?,
        password: Password::new(password)?,
    };
    let request = Request::sign_in(&BaseUrl::new(BASE_URL)?, &credentials);
    let mut post = gloo_net::http::Request::post(&request.url)
        .credentials(RequestCredentials::Omit)
        .cache(RequestCache::NoStore)
        .redirect(RequestRedirect::Manual)
        .referrer_policy(ReferrerPolicy::NoReferrer);
    for (name, value) in &request.headers {
        post = post.header(name, value);
    }
    let answer = post.body(request.body.as_str())?.send().await?;
    let retry_after = answer.headers().get("Retry-After");
    let body = answer.binary().await?;
    let response = Response { status: answer.status(), retry_after: retry_after.as_deref(), body: &body };
    Ok(credentials.read_sign_in(&response, now())?)
}

/// `SystemTime::now()` panics in a browser.
fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs_f64(js_sys::Date::now() / 1000.0)
}

fn explain(fault: &Fault) -> String {
    match fault {
        Fault::Refused(error) if error.code() == ErrorCode::InvalidCredentials => {
            "The user name or the password is wrong.".to_owned()
        }
        Fault::Refused(error) => error.message(),
        Fault::Unreachable => "The service can't be reached.".to_owned(),
    }
}

#[component]
fn SignIn() -> Html {
    let outcome = use_state(|| None);
    let busy = use_state(|| false);
    let onsubmit = {
        let (outcome, busy) = (outcome.clone(), busy.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Some(fields) =
                event.target_dyn_into::<HtmlFormElement>().and_then(|form| FormData::new_with_form(&form).ok())
            else {
                return;
            };
            let field = |name| fields.get(name).as_string().unwrap_or_default();
            let (username, password) = (field("username"), field("password"));
            let (outcome, busy) = (outcome.clone(), busy.clone());
            busy.set(true);
            spawn_local(async move {
                outcome.set(Some(sign_in(&username, password).await));
                busy.set(false);
            });
        })
    };
    if let Some(Ok(session)) = &*outcome {
        return html! { <p>{ format!("Signed in as {}", session.user.users_id) }</p> };
    }
    html! {
        <form {onsubmit}>
            <label>{ "User name " }<input name="username" autocomplete="username" required=true /></label>
            <label>{ "Password " }<input name="password" type="password" autocomplete="current-password" required=true /></label>
            <button disabled={*busy}>{ "Sign in" }</button>
            if let Some(Err(fault)) = &*outcome {
                <p role="alert">{ explain(fault) }</p>
            }
        </form>
    }
}

fn main() {
    yew::Renderer::<SignIn>::new().render();
}
