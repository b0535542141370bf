//! A running sandbox, a folder of its own, and a small HTTP client.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread::JoinHandle;

use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::{HeaderMap, Request, StatusCode};

pub(crate) const KEY_ID: &str = "32a384f5-5d11-4214-812e-b35ced9af4d7";
pub(crate) const KEY: &str = "browser example.app 32a384f5-5d11-4214-812e-b35ced9af4d7";
/// As `--failure-seconds`: failures are still counted at the end of a test, however slow the machine is.
pub(crate) const A_DAY: &str = "86400";
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_sandbox");

/// A folder that goes with the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn write(&self, name: &str, content: &str) -> String {
        std::fs::write(self.path(name), content).unwrap();
        self.text(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs a command of the sandbox to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    Command::new(BINARY).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// The same, where it must succeed; what it printed.
pub(crate) fn run_well(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The same, where it must fail with one sentence; the sentence.
pub(crate) fn run_in_vain(arguments: &[&str]) -> String {
    let output = run(arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert_eq!(output.stdout, b"");
    stderr.trim_end().to_owned()
}

/// A sandbox that serves.
pub(crate) struct Sandbox {
    child: Child,
    pub(crate) url: String,
    stdout: Option<JoinHandle<String>>,
    stderr: Option<JoinHandle<String>>,
    log: Receiver<String>,
    agent: Agent,
}

/// What a sandbox left behind.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// How many password hashes all requests together have cost.
    pub(crate) fn password_hashes(&self) -> u64 {
        let (_, count) = self.stderr.rsplit_once("stopped password_hashes=").expect(&self.stderr);
        count.trim_end().parse().unwrap()
    }
}

impl Sandbox {
    /// In memory, with [`KEY`].
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same, with more arguments.
    pub(crate) fn start_with(arguments: &[&str]) -> Self {
        let mut child = Command::new(BINARY)
            .args(["serve", "--port", "0", "--key", KEY])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (logged, log) = mpsc::channel();
        let stderr = std::thread::spawn(move || {
            let mut text = String::new();
            for line in stderr.lines().map(Result::unwrap) {
                text.push_str(&line);
                text.push('\n');
                // Few tests read along.
                let _ = logged.send(line);
            }
            text
        });
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let url = line
            .strip_prefix("listening on ")
            .unwrap_or_else(|| panic!("{line:?}, {}", child.wait().unwrap()))
            .trim_end()
            .to_owned();
        let stdout = std::thread::spawn(move || {
            stdout.read_to_string(&mut line).unwrap();
            line
        });
        let agent = Agent::new_with_config(Agent::config_builder().http_status_as_error(false).build());
        Self { child, url, stdout: Some(stdout), stderr: Some(stderr), log, agent }
    }

    /// Waits for a line of the log that holds this text.
    pub(crate) fn logged(&self, text: &str) -> String {
        self.log.iter().find(|line| line.contains(text)).expect("the log ended without that line")
    }

    pub(crate) fn address(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    pub(crate) fn client(&self) -> Client {
        Client { url: self.url.clone(), agent: self.agent.clone(), key: Some(KEY.to_owned()), headers: Vec::new() }
    }

    /// Creates an account through the API; its `usersId`.
    pub(crate) fn sign_up(&self, username: &str, password: &str) -> String {
        let body = json!({ "username": username, "password": password, "email": { "primary": "bob@example.com" } });
        let answer = self.client().post("/v2/users", &body.to_string());
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["usersId"].as_str().unwrap().to_owned()
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for the end.
    pub(crate) fn ended(mut self) -> Ended {
        let code = self.child.wait().unwrap().code();
        Ended {
            code,
            stdout: self.stdout.take().unwrap().join().unwrap(),
            stderr: self.stderr.take().unwrap().join().unwrap(),
        }
    }

    /// Asks it to end, and waits.
    pub(crate) fn stop(self) -> Ended {
        self.signal("TERM");
        self.ended()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends requests; it can be cloned into threads.
#[derive(Clone)]
pub(crate) struct Client {
    url: String,
    agent: Agent,
    key: Option<String>,
    headers: Vec<(String, String)>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Client {
    /// With another `X-Api-Key`, or none.
    pub(crate) fn key(mut self, key: Option<&str>) -> Self {
        self.key = key.map(str::to_owned);
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a base URL that goes on with this path.
    pub(crate) fn under(mut self, path: &str) -> Self {
        self.url.push_str(path);
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).unwrap()
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> Answer {
        self.send("POST", path, Some(body.as_bytes())).unwrap()
    }

    pub(crate) fn sign_in(&self, username: &str, password: &str) -> Answer {
        self.post("/v2/auth/signin", &json!({ "username": username, "password": password }).to_string())
    }

    /// Signs in, where that must succeed; the token.
    pub(crate) fn token(&self, username: &str, password: &str) -> String {
        let answer = self.sign_in(username, password);
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["sessionToken"].as_str().unwrap().to_owned()
    }

    pub(crate) fn send(&self, method: &str, path: &str, body: Option<&[u8]>) -> Result<Answer, ureq::Error> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        if let Some(key) = &self.key {
            request = request.header("X-Api-Key", key);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let mut response = match body {
            Some(body) => self.agent.run(request.body(body).unwrap())?,
            None => self.agent.run(request.body(()).unwrap())?,
        };
        let text = response.body_mut().read_to_string()?;
        Ok(Answer { status: response.status(), headers: response.headers().clone(), text })
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The messages of a refusal, once its whole shape is checked.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16) -> Vec<String> {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/json");
        let body = self.json();
        assert_eq!(body.as_object().unwrap().len(), 1, "{body}");
        let errors = body["errors"].as_array().unwrap();
        assert!(!errors.is_empty());
        errors
            .iter()
            .map(|error| {
                assert_eq!(error.as_object().unwrap().len(), 2, "{body}");
                assert_eq!(error["code"], status);
                error["message"].as_str().unwrap().to_owned()
            })
            .collect()
    }
}
