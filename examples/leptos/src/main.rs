//! A sign-in form in Leptos.

use catalyze_signin::{ApiKey, BaseUrl, Client, ErrorCode, Password, Session, SignInError, Username};
use leptos::prelude::*;
use leptos::task::spawn_local;

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
fn SignIn() -> impl IntoView {
    let outcome = RwSignal::new(None::<Result<Session, SignInError>>);
    let busy = RwSignal::new(false);
    let (username, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        spawn_local(async move {
            outcome.set(Some(sign_in(&username.get_untracked(), password.get_untracked()).await));
            busy.set(false);
        });
    };
    let user = move || outcome.with(|outcome| Some(outcome.as_ref()?.as_ref().ok()?.user.users_id.clone()));
    let fault = move || outcome.with(|outcome| Some(explain(outcome.as_ref()?.as_ref().err()?)));
    view! {
        <Show
            when=move || user().is_none()
            fallback=move || view! { <p>"Signed in as " {user}</p> }
        >
            <form on:submit=submit>
                <label>
                    "User name "
                    <input name="username" autocomplete="username" required bind:value=username />
                </label>
                <label>
                    "Password "
                    <input name="password" type="password" autocomplete="current-password" required bind:value=password />
                </label>
                <button disabled=busy>"Sign in"</button>
                {move || fault().map(|fault| view! { <p role="alert">{fault}</p> })}
            </form>
        </Show>
    }
}

fn main() {
    mount_to_body(SignIn);
}
