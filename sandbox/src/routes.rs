//! The documented routes, under `/v2`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router, http::HeaderMap};
use serde_json::json;

use crate::accounts::{self, Existing, NewAccount, NotStored};
use crate::cors::X_API_KEY;
use crate::credentials::{Credentials, SignUp};
use crate::database::Database;
use crate::json::Object;
use crate::keys::{self, PresentedKey};
use crate::passwords::Passwords;
use crate::refusal::{Refusal, json_response};
use crate::sessions::{self, TokenHash};
use crate::throttle::{Subject, Throttle};
use crate::wire::ReceivedBytes;

/// The state that all routes share.
#[derive(Debug)]
pub struct Baas {
    /// Accounts, sessions, keys.
    pub database: Database,
    /// The queue for argon2 work.
    pub passwords: Passwords,
    /// The limit on guessing.
    pub throttle: Throttle,
    /// How long a session lives, unless its sign-in says otherwise.
    pub session_lifetime: SessionLifetime,
}

/// How long a session lives. As an extension of a request, it replaces [`Baas::session_lifetime`] for
/// the session that the request starts.
#[derive(Clone, Copy, Debug)]
pub struct SessionLifetime(pub Duration);

/// The routes. Paths are relative to `/v2`.
pub fn routes(baas: Arc<Baas>) -> Router {
    Router::new()
        .route("/auth/signin", post(sign_in))
        .route("/auth/signout", get(sign_out))
        .route("/auth/verify", get(verify))
        // An official SDK requests the path with this slash.
        .route("/auth/verify/", get(verify))
        .route("/users", post(sign_up))
        .route("/users/{users_id}", get(read_user))
        .fallback(no_such_route)
        .method_not_allowed_fallback(no_such_method)
        .with_state(baas)
}

/// A 404, for a path without a route.
pub async fn no_such_route() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "There is no such route.")
}

/// A 405, for a path that has a route for another method.
pub async fn no_such_method() -> Refusal {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "This route does not answer this method.")
}

async fn sign_in(
    State(baas): State<Arc<Baas>>,
    key: RegisteredKey,
    lifetime: Option<Extension<SessionLifetime>>,
    ReceivedBytes(body): ReceivedBytes,
) -> Result<Response, Refusal> {
    let Credentials { username, password } = Credentials::read(&body)?;
    let subject = Subject::new(&key.id, &username);
    let check_limit = || match baas.throttle.wait(subject, Instant::now()) {
        Some(wait) => Err(Refusal::too_many_failures(wait)),
        None => Ok(()),
    };
    check_limit()?;
    let turn = baas.passwords.turn().await?;
    // Checked again, since many guesses may have waited for their turns together.
    check_limit()?;
    let account = baas.database.run(move |connection| accounts::find(connection, &username)).await?;
    let hash = account.as_ref().map_or_else(|| baas.passwords.nobody(), |account| account.password_hash.clone());
    let (right, turn) = turn.matches(password, hash).await?;
    let Some(account) = account else {
        baas.throttle.failed(subject, Instant::now());
        return Err(Refusal::new(StatusCode::NOT_FOUND, "No user found."));
    };
    let wrong_password = || Refusal::new(StatusCode::UNAUTHORIZED, "The password is wrong.");
    if !right {
        baas.throttle.failed(subject, Instant::now());
        return Err(wrong_password());
    }
    baas.throttle.succeeded(subject);
    drop(turn);
    if !account.active {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "This account is not active."));
    }
    let mut user = Object::parse(account.user_json.as_bytes()).map_err(Refusal::defect)?;
    let token = crate::uuid::random().map_err(Refusal::defect)?;
    user.set("sessionToken", &token).map_err(Refusal::defect)?;
    let SessionLifetime(lifetime) = lifetime.map_or(baas.session_lifetime, |Extension(lifetime)| lifetime);
    let started = baas
        .database
        .run(move |connection| {
            sessions::start(connection, TokenHash::of(&token), &account.users_id, &account.password_hash, lifetime)
        })
        .await?;
    if !started {
        return Err(wrong_password());
    }
    user.to_json().map(json_response).map_err(Refusal::defect)
}

async fn sign_out(State(baas): State<Arc<Baas>>, _: RegisteredKey, session: LiveSession) -> Result<Response, Refusal> {
    baas.database.run(move |connection| sessions::end(connection, session.token)).await?;
    Ok(json_response("{}".to_owned()))
}

async fn verify(_: RegisteredKey, session: LiveSession) -> Response {
    // `userId`, not `usersId`: only on this route, the service has this name.
    json_response(json!({ "userId": session.users_id }).to_string())
}

async fn read_user(
    State(baas): State<Arc<Baas>>,
    _: RegisteredKey,
    session: LiveSession,
    users_id: Result<Path<String>, PathRejection>,
) -> Result<Response, Refusal> {
    let Ok(Path(users_id)) = users_id else {
        return Err(Refusal::bad_request("The path is not UTF-8."));
    };
    let own = users_id == session.users_id;
    let user = baas.database.run(move |connection| accounts::user_json(connection, &users_id)).await?;
    match user {
        None => Err(Refusal::new(StatusCode::NOT_FOUND, "No user found.")),
        Some(_) if !own => {
            Err(Refusal::new(StatusCode::FORBIDDEN, "Insufficient privileges to perform the requested action."))
        }
        Some(user) => Ok(json_response(user)),
    }
}

async fn sign_up(
    State(baas): State<Arc<Baas>>,
    _: RegisteredKey,
    ReceivedBytes(body): ReceivedBytes,
) -> Result<Response, Refusal> {
    let SignUp { credentials: Credentials { username, password }, user } = SignUp::read(&body)?;
    let password_hash = baas.passwords.turn().await?.hash(password).await?;
    let account = NewAccount { username, password_hash, active: true, user };
    let stored = baas.database.run(move |connection| Ok(accounts::store(connection, account, Existing::Keep))).await?;
    match stored {
        Ok(user) => Ok(json_response(user)),
        Err(NotStored::UsernameTaken) => Err(Refusal::bad_request("The username is taken.")),
        Err(NotStored::UsersIdTaken) => Err(Refusal::defect("a random usersId came twice")),
        Err(NotStored::Failed(cause)) => Err(Refusal::defect(cause)),
    }
}

/// Proof that the request came with a registered API key.
#[derive(Debug)]
struct RegisteredKey {
    id: String,
}

impl FromRequestParts<Arc<Baas>> for RegisteredKey {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, baas: &Arc<Baas>) -> Result<Self, Refusal> {
        let forbidden = |why| Err(Refusal::new(StatusCode::FORBIDDEN, why));
        let Some(value) = parts.headers.get(X_API_KEY) else {
            return forbidden("The X-Api-Key header is missing.");
        };
        let Some(key) = value.to_str().ok().and_then(PresentedKey::parse) else {
            return forbidden("The X-Api-Key header must be `<type> <identifier> <id>` or the bare id.");
        };
        let id = key.id().to_owned();
        let registered = baas
            .database
            .run({
                let id = id.clone();
                move |connection| keys::find(connection, &id)
            })
            .await?;
        match registered {
            None => forbidden("The X-Api-Key header names no registered key."),
            Some(registered) if !key.agrees_with(&registered) => {
                forbidden("The X-Api-Key header's type or identifier is not the one this key was registered with.")
            }
            Some(_) => Ok(Self { id }),
        }
    }
}

/// Proof that the request came with the token of a session that is alive.
#[derive(Debug)]
struct LiveSession {
    token: TokenHash,
    users_id: String,
}

impl FromRequestParts<Arc<Baas>> for LiveSession {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, baas: &Arc<Baas>) -> Result<Self, Refusal> {
        let Some(token) = bearer_token(&parts.headers) else {
            return Err(Refusal::new(
                StatusCode::UNAUTHORIZED,
                "The Authorization header must be `Bearer <session token>`.",
            ));
        };
        let token = TokenHash::of(token);
        let users_id = baas.database.run(move |connection| sessions::find(connection, token)).await?;
        users_id
            .map(|users_id| Self { token, users_id })
            .ok_or_else(|| Refusal::new(StatusCode::UNAUTHORIZED, "The session token is invalid or has expired."))
    }
}

/// The session token in the `Authorization` header.
pub(crate) fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    // RFC 9110, 11.1: the name of a scheme is case-insensitive.
    (scheme.eq_ignore_ascii_case("Bearer") && !token.is_empty()).then_some(token)
}
