//! A sign-in form in Yew.

use catalyze_signin::{ApiKey, BaseUrl, Client, ErrorCode, Password, Session, SignInError, Username};
use web_sys::{FormData, HtmlFormElement};
use yew::platform::spawn_local;
use yew::prelude::*;

/// The key and the address of the service that `cargo xtask demo` starts.
const API_KEY: &str = "browser demo.example c0ffee00-5157-4e1f-9b8a-0c0ffee00001";
const BASE_URL: &str = "http://127.0.0.1:8080";

async fn sign_in(username: &str, password: String) -> Result<Session, SignInError> {
    let client = Client::new(ApiKey::new(API_KEY.to_owned())?).with_base_url(BaseUrl::new(BASE_URL)?);
    client.sign_in(Username::new(username)?, Password::new(password)?).await
}

fn explain(error: &SignInError) -> String {
    match error.code() {
        ErrorCode::InvalidCredentials => "The user name or the password is wrong.".to_owned(),
        ErrorCode::Network => "The service can't be reached.".to_owned(),
        _ => error.message(),
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
            if let Some(Err(error)) = &*outcome {
                <p role="alert">{ explain(error) }</p>
            }
        </form>
    }
}

fn main() {
    yew::Renderer::<SignIn>::new().render();
}
