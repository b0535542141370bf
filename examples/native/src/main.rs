//! Signs in and prints the user: `sign-in-natively <user name>`, the password from standard input, so that no history or
//! process list shows it. The crate makes the request and reads the answer, and ureq carries both.

use std::error::Error;
use std::io::{Read, stdin};
use std::process::ExitCode;
use std::time::Duration;

use catalyze_signin::{ApiKey, BaseUrl, Credentials, MAX_BODY_BYTES, Password, Request, Response, Session, Username};

fn main() -> ExitCode {
    match sign_in() {
        Ok(user) => println!("{user}"),
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn sign_in() -> Result<String, Box<dyn Error>> {
    // The service that `cargo xtask demo` starts, unless the environment says otherwise.
    let setting = |name, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    let api_key = setting("CATALYZE_API_KEY", "browser demo.example c0ffee00-5157-4e1f-9b8a-0c0ffee00001");
    let base_url = BaseUrl::new(&setting("CATALYZE_BASE_URL", "http://127.0.0.1:8080"))?;
    let mut password = String::new();
    stdin().read_to_string(&mut password)?;
    let credentials = Credentials {
        api_key: ApiKey::new(api_key)?,
        username: Username::new(std::env::args().nth(1).unwrap_or_default())?,
        password: Password::new(password.trim_end_matches(['\r', '\n']).to_owned())?,
    };

    // Every status is for the crate to read, and a redirect is not to be followed.
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(Duration::from_secs(10)))
        .build()
        .into();
    let request = Request::sign_in(&base_url, &credentials);
    let mut post = agent.post(&request.url);
    for (name, value) in &request.headers {
        post = post.header(*name, value.as_str());
    }
    let mut answer = post.send(request.body.as_str())?;
    let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (retry_after, date) = (header("Retry-After"), header("Date"));
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    answer.body_mut().as_reader().take(MAX_BODY_BYTES as u64 + 1).read_to_end(&mut body)?;
    let response = Response { status, retry_after: retry_after.as_deref(), date: date.as_deref(), body: &body };

    let session: Session = credentials.read_sign_in(&response)?;
    Ok(serde_json::to_string_pretty(&session.json)?)
}
