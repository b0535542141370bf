//! The command line of the sandbox.

#![forbid(unsafe_code)]

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use clap::{Args, Parser, Subcommand};
use sandbox::accounts::{self, Existing, NewAccount, NotStored};
use sandbox::cors::cors;
use sandbox::database::Database;
use sandbox::json::Object;
use sandbox::keys::{self, ThreePartKey};
use sandbox::passwords::{self, Passwords};
use sandbox::routes::{self, Baas, SessionLifetime};
use sandbox::throttle::Throttle;
use sandbox::wire::{Record, receive};
use sandbox::{faults, server, site, uuid};
use serde_json::json;
use tokio::net::TcpListener;

/// A local Catalyze BaaS for development, the demo and the tests.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
enum Command {
    /// Serve the API under /v2, and static files next to it if asked to.
    Serve(Serve),
    /// Accounts that can sign in.
    #[command(subcommand)]
    User(User),
    /// API keys, the X-Api-Key of every request.
    #[command(subcommand)]
    Key(Key),
    /// Print the faults that the API answers with under /fault/<name>.
    Faults(Faults),
}

#[derive(Subcommand)]
enum User {
    /// Create an account.
    Add(Box<UserAdd>),
}

#[derive(Subcommand)]
enum Key {
    /// Register a key and print it in its three parts. The same key again is no error.
    Add(KeyAdd),
}

#[derive(Args)]
struct Serve {
    /// The port to listen on; 0 takes any free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The address to listen on. Anything but loopback needs --allow-remote-connections.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// Let --host be an address that other machines can reach. They can then sign in, sign up and
    /// guess passwords here, over plain HTTP: anyone on the network path can read passwords and tokens.
    #[arg(long)]
    allow_remote_connections: bool,
    /// The database file. It is created if it does not exist. Without this option, everything is kept in memory
    /// and ends with the process.
    #[arg(long, value_name = "PATH")]
    database: Option<PathBuf>,
    /// Register this API key at the start, "<type> <identifier> <id>". May be repeated. It is the only way to
    /// get a key into a database in memory.
    #[arg(long, value_name = "KEY")]
    key: Vec<ThreePartKey>,
    /// A folder to serve at /, index.html first.
    #[arg(long, value_name = "DIR")]
    site: Option<PathBuf>,
    /// A folder to serve at /pkg/.
    #[arg(long, value_name = "DIR")]
    package: Option<PathBuf>,
    /// Serve the faults under /fault even if other machines can reach them. `sandbox faults` lists them.
    #[arg(long)]
    allow_remote_faults: bool,
    /// How many milliseconds a second lasts for the faults, so that tests need not wait.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    fault_second_ms: u32,
    /// How long a session lives. With 0, every token has expired as soon as it is issued.
    #[arg(long, value_name = "N", default_value_t = 86_400)]
    session_seconds: u32,
    /// After this many failed sign-ins in a row for one account, answer 429.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    max_failures: u32,
    /// How long failures count after the last one.
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    failure_seconds: u32,
    /// FOR TESTS ONLY: append every API request to this file, one JSON object per line with
    /// method, path, headers and body. WARNING: passwords, tokens and keys are in it in plain text.
    #[arg(long, value_name = "PATH")]
    record: Option<PathBuf>,
}

#[derive(Args)]
struct UserAdd {
    /// The database file. It is created if it does not exist.
    #[arg(long, value_name = "PATH")]
    database: PathBuf,
    /// The name to sign in with.
    #[arg(long)]
    username: String,
    /// The password. Every user of this machine can see it in the process list, so prefer
    /// --password-stdin.
    #[arg(long, required_unless_present = "password_stdin")]
    password: Option<String>,
    /// Read the password from standard input, without the line break at its end.
    #[arg(long, conflicts_with = "password")]
    password_stdin: bool,
    /// email.primary of the user object.
    #[arg(long)]
    email: Option<String>,
    /// name.firstName of the user object.
    #[arg(long)]
    first_name: Option<String>,
    /// name.lastName of the user object.
    #[arg(long)]
    last_name: Option<String>,
    /// A file with the whole user object that sign-in will return. usersId, active, createdAt and updatedAt
    /// are added if they are absent. It must not hold a password or a sessionToken.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["email", "first_name", "last_name"])]
    user_json: Option<PathBuf>,
    /// Create an account that can't sign in: it gets 403.
    #[arg(long)]
    inactive: bool,
    /// Replace an account of this name, and end its sessions.
    #[arg(long)]
    replace: bool,
}

#[derive(Args)]
struct KeyAdd {
    /// The database file. It is created if it does not exist.
    #[arg(long, value_name = "PATH")]
    database: PathBuf,
    /// browser, ios, android, server, or another word.
    #[arg(long = "type", value_name = "TYPE")]
    kind: String,
    /// A string of your choice without blanks, such as example.app.
    #[arg(long)]
    identifier: String,
    /// The id, a UUID. A new one if not given.
    #[arg(long, value_name = "UUID")]
    id: Option<String>,
}

#[derive(Args)]
#[group(multiple = false)]
struct Faults {
    /// Print the page docs/faults.md.
    #[arg(long)]
    markdown: bool,
    /// Print a JSON array for tests: {name, path, does, expected} for each fault.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let done = match Command::parse() {
        Command::Serve(serve) => serve.run(),
        Command::User(User::Add(user)) => user.run(),
        Command::Key(Key::Add(key)) => key.run(),
        Command::Faults(faults) => faults.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            // If stderr is closed, the message can't be shown.
            let _ = writeln!(std::io::stderr(), "sandbox: {sentence}");
            ExitCode::FAILURE
        }
    }
}

impl Serve {
    fn run(self) -> Result<(), String> {
        if !self.host.is_loopback() && !self.allow_remote_connections {
            return Err(format!(
                "{} can be reached from other machines; \
                 --allow-remote-connections permits that, and its help says what it means",
                self.host
            ));
        }
        tracing_subscriber::fmt().with_writer(std::io::stderr).with_target(false).init();
        tokio::runtime::Runtime::new()
            .map_err(|error| format!("the runtime can't start: {error}"))?
            .block_on(self.listen())
    }

    async fn listen(self) -> Result<(), String> {
        let address = SocketAddr::new(self.host, self.port);
        // Before the database is opened, so that no new file is left behind if the port is taken.
        let listener = TcpListener::bind(address).await.map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                format!("another process listens on {address} already; --port 0 takes any free port")
            }
            _ => format!("can't listen on {address}: {error}"),
        })?;
        let passwords = Passwords::new()?;
        let router = self.router(passwords.clone())?;
        let address = listener.local_addr().map_err(|error| format!("the port can't be read: {error}"))?;
        // Before the line is printed: its reader may send a signal at once.
        let stop = server::asked_to_stop().map_err(|error| format!("signals can't be caught: {error}"))?;
        say(&format!("listening on http://{address}"))?;
        let served = server::serve(listener, router, stop).await;
        tracing::info!(password_hashes = passwords.computed(), "stopped");
        served.map_err(|error| format!("the server failed: {error}"))
    }

    fn router(&self, passwords: Passwords) -> Result<Router, String> {
        for folder in [&self.site, &self.package].into_iter().flatten() {
            if !folder.is_dir() {
                return Err(format!("{} is not a folder", folder.display()));
            }
        }
        let database = match &self.database {
            Some(path) => open(path)?,
            None => Database::in_memory().map_err(failed)?,
        };
        for key in &self.key {
            register(&database, key)?;
        }
        if !database.with(|connection| keys::any(connection)).map_err(failed)? {
            tracing::warn!("no API key is registered, so every request gets 403: see --key and `key add`");
        }
        let record = match &self.record {
            None => None,
            Some(path) => {
                tracing::warn!("recording every request, secrets included");
                let record =
                    Record::open(path).map_err(|error| format!("{} can't be written: {error}", path.display()))?;
                Some(Arc::new(record))
            }
        };
        let baas = Baas {
            database,
            passwords,
            throttle: Throttle::new(self.max_failures, Duration::from_secs(self.failure_seconds.into())),
            session_lifetime: SessionLifetime(Duration::from_secs(self.session_seconds.into())),
        };
        let api = routes::routes(Arc::new(baas));
        let mut router = Router::new().nest("/v2", api.clone());
        if self.host.is_loopback() || self.allow_remote_faults {
            let second = Duration::from_millis(self.fault_second_ms.into());
            router = router.nest("/fault", faults::routes(api, second));
        }
        Ok(router
            .layer(cors())
            .layer(from_fn_with_state(record, receive))
            .merge(site::site(self.site.as_deref(), self.package.as_deref())))
    }
}

impl UserAdd {
    fn run(self) -> Result<(), String> {
        let user = self.user()?;
        let password = match self.password {
            Some(password) => password,
            None => password_from_stdin()?,
        };
        if self.username.is_empty() || password.is_empty() {
            return Err("neither the username nor the password may be empty".to_owned());
        }
        let account = NewAccount {
            username: self.username,
            password_hash: passwords::hash(&password)?,
            active: !self.inactive,
            user,
        };
        let existing = if self.replace { Existing::Replace } else { Existing::Keep };
        open(&self.database)?.with(|connection| accounts::store(connection, account, existing)).map(|_| ()).map_err(
            |error| match error {
                NotStored::UsernameTaken => {
                    "there is an account of this name already; --replace replaces it".to_owned()
                }
                NotStored::UsersIdTaken => "another account has the usersId in this user object".to_owned(),
                NotStored::Failed(cause) => failed(cause),
            },
        )
    }

    fn user(&self) -> Result<Object, String> {
        let Some(path) = &self.user_json else {
            let mut user = json!({ "username": self.username, "name": {}, "extras": {} });
            for (object, field, value) in [
                ("email", "primary", &self.email),
                ("name", "firstName", &self.first_name),
                ("name", "lastName", &self.last_name),
            ] {
                if let Some(value) = value {
                    user[object][field] = value.as_str().into();
                }
            }
            return Object::parse(user.to_string().as_bytes()).map_err(failed);
        };
        let text = std::fs::read(path).map_err(|error| format!("{} can't be read: {error}", path.display()))?;
        let user = Object::parse(&text).map_err(|why| format!("{} {why}", path.display()))?;
        for secret in ["password", "sessionToken"] {
            if user.get(secret).is_some() {
                return Err(format!("{} holds a `{secret}`, which is no part of a stored user", path.display()));
            }
        }
        if user.get("usersId").is_some() && user.string("usersId").is_none_or(|id| id.is_empty()) {
            return Err(format!("`usersId` in {} must be a string that is not empty", path.display()));
        }
        Ok(user)
    }
}

impl KeyAdd {
    fn run(self) -> Result<(), String> {
        let id = match self.id {
            Some(id) => id,
            None => uuid::random().map_err(failed)?,
        };
        let key = ThreePartKey::new(&self.kind, &self.identifier, &id)?;
        register(&open(&self.database)?, &key)?;
        say(&key.to_string())
    }
}

impl Faults {
    fn run(self) -> Result<(), String> {
        let listing = match self {
            Self { markdown: true, .. } => faults::markdown(),
            Self { json: true, .. } => faults::json(),
            _ => faults::text(),
        };
        say(listing.trim_end())
    }
}

fn register(database: &Database, key: &ThreePartKey) -> Result<(), String> {
    let registered = database.with(|connection| keys::register(connection, key)).map_err(failed)?;
    if registered == *key {
        Ok(())
    } else {
        Err("a key with this id is registered with another type or identifier".to_owned())
    }
}

fn open(path: &Path) -> Result<Database, String> {
    Database::open(path).map_err(|error| format!("the database {} can't be opened: {error}", path.display()))
}

fn password_from_stdin() -> Result<String, String> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| format!("the password can't be read from standard input: {error}"))?;
    // `echo` and editors put a line break at the end, which is not part of the password.
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

fn say(line: &str) -> Result<(), String> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}")
        .and_then(|()| stdout.flush())
        .map_err(|error| format!("standard output can't be written: {error}"))
}

fn failed(cause: impl std::fmt::Display) -> String {
    format!("the sandbox failed: {cause}")
}
