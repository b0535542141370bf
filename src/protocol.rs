//! The protocol: which request follows which answer, and what the last answer means.
//!
//! A sign-in is one request. Resuming a session takes two: `GET /v2/auth/verify` says which user a token belongs to,
//! and `GET /v2/users/{usersId}` returns that user's record. The code that sends the requests hands each answer to
//! [`interpret`] and does what the [`Step`] says. Nothing is remembered here between two answers.

use zeroize::Zeroizing;

use crate::answer::{Body, Content, Head};
use crate::credentials::{Token, UsersId};
use crate::error::{ErrorCode, SignInError};
use crate::json::Json;
use crate::shape::{Shaped, check};
use crate::user::User;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// `POST /v2/auth/signin`
    SignIn,
    /// `GET /v2/auth/verify`, to learn which user a token belongs to.
    Resume,
    /// `GET /v2/users/{usersId}`, for the record of the user whose session is resumed.
    User,
    /// `GET /v2/auth/verify`, by a session whose user is known.
    Verify,
    /// `GET /v2/auth/signout`
    SignOut,
    /// The application's own request.
    Fetch,
}

/// What to do after an answer that is not a failure.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Read the body, and interpret the answer with it. `otherwise` is the error if the body never comes.
    ReadBody { otherwise: Option<SignInError> },
    /// Ask for the record of this user: [`Operation::User`].
    ReadRecord(UsersId),
    /// The body is the user, and this is the session's token.
    SignedIn(Token),
    /// The body is the user whose session has been resumed.
    Resumed,
    /// The session is alive, and belongs to this user.
    Alive,
    /// The service does not know the session any more.
    Expired,
    /// The service has ended the session, now or before.
    SignedOut,
    /// The answer is the application's to read. `expired` says whether the session has ended.
    PassOn { expired: bool },
}

/// What an answer to `operation` means. `users_id` is the user that the answer must be about, if that is known. `body`
/// is `None` if it has not been read. Texts of the service that repeat one of `secrets` are withheld.
///
/// # Errors
/// The failure that the answer stands for.
pub(crate) fn interpret(
    operation: Operation,
    users_id: Option<&str>,
    head: Head<'_>,
    body: Option<Body<'_>>,
    secrets: &[&[u8]],
) -> Result<Step, SignInError> {
    if let Some(step) = meaning_of_status(operation, head.status)? {
        return Ok(step);
    }
    let content = body.map(Content::of);
    let error = code_of_status(operation, head.status, content).map(|code| head.error(code));
    let Some(content) = content else { return Ok(Step::ReadBody { otherwise: error }) };
    if let Some(error) = error {
        return Err(error.with_server_errors(content.server_errors(secrets)));
    }
    meaning_of_success(operation, users_id, content).map_err(|error| error.with_status(head.status))
}

/// The step or the error, if the status alone decides it.
fn meaning_of_status(operation: Operation, status: u16) -> Result<Option<Step>, SignInError> {
    let error = |code| Err(SignInError::new(code).with_status(status));
    match (operation, status) {
        // The redirects of the Fetch Standard. A browser hides them behind a status 0.
        (Operation::Fetch, 301 | 302 | 303 | 307 | 308) => error(ErrorCode::InvalidResponse),
        (Operation::Fetch, _) => Ok(Some(Step::PassOn { expired: status == 401 })),
        (Operation::Resume | Operation::User, 401) => error(ErrorCode::SignedOut),
        (Operation::Verify, 401) => Ok(Some(Step::Expired)),
        (Operation::SignOut, 401) => Ok(Some(Step::SignedOut)),
        _ => Ok(None),
    }
}

/// The code that a status stands for, if it is an error. `content` is `None` if the body has not been read.
fn code_of_status(operation: Operation, status: u16, content: Option<Content<'_>>) -> Option<ErrorCode> {
    Some(match (operation, status) {
        (_, 200..=299) => return None,
        // A page in place of the error body comes from a gateway: the address is wrong, not the password.
        (Operation::SignIn, 401) => match content {
            Some(Content::Text(_)) if !content.is_some_and(Content::is_blank) => ErrorCode::InvalidResponse,
            _ => ErrorCode::InvalidCredentials,
        },
        // The service answers 404 for an unknown user, but any server does for an unknown path.
        (Operation::SignIn, 404) => match content {
            Some(content) if content.is_documented_error() => ErrorCode::InvalidCredentials,
            _ => ErrorCode::InvalidResponse,
        },
        (_, 403) => ErrorCode::Forbidden,
        (_, 429) => ErrorCode::RateLimited,
        (_, 400..=499) => ErrorCode::BadRequest,
        (_, 500..=599) => ErrorCode::ServerError,
        _ => ErrorCode::InvalidResponse,
    })
}

fn meaning_of_success(operation: Operation, users_id: Option<&str>, content: Content<'_>) -> Result<Step, SignInError> {
    // The service answers `{}` to a sign-out, or nothing at all.
    if operation == Operation::SignOut && content.is_blank() {
        return Ok(Step::SignedOut);
    }
    let json = content.object()?;
    let (name, id) = match operation {
        Operation::SignOut | Operation::Fetch => return Ok(Step::SignedOut),
        Operation::SignIn => {
            let token = token(json)?;
            return check_user(json).map(|_| Step::SignedIn(token));
        }
        Operation::User => ("usersId", check_user(json)?),
        Operation::Resume | Operation::Verify => verified_user(json)?,
    };
    let id = id.as_str();
    let step = match operation {
        Operation::Resume => UsersId::new(id).map(Step::ReadRecord).map_err(|_| NON_EMPTY),
        _ if users_id != Some(id) => Err("this session's user"),
        Operation::User => Ok(Step::Resumed),
        _ => Ok(Step::Alive),
    };
    step.map_err(|expected| SignInError::invalid_response(name, expected))
}

const NON_EMPTY: &str = "non-empty string";

fn token(json: Json<'_>) -> Result<Token, SignInError> {
    let mismatch = |expected| SignInError::invalid_response("sessionToken", expected);
    let token = json.text_of("sessionToken").ok_or_else(|| mismatch("string"))?;
    Token::new(token).map_err(|_| mismatch("visible ASCII without blanks"))
}

/// The name of the member in which `GET /v2/auth/verify` names the user, and its value. The service says `userId` on
/// this route and `usersId` everywhere else.
fn verified_user(json: Json<'_>) -> Result<(&'static str, Zeroizing<String>), SignInError> {
    let found = ["userId", "usersId"].into_iter().find_map(|name| Some((name, json.text_of(name)?)));
    found.ok_or_else(|| SignInError::invalid_response("userId", NON_EMPTY))
}

/// Checks every known field of a user, and returns its `usersId`.
fn check_user(json: Json<'_>) -> Result<Zeroizing<String>, SignInError> {
    let id = json.text_of("usersId").filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| SignInError::invalid_response("usersId", NON_EMPTY))?;
    let mut path = String::new();
    let checked = check(json, <User as Shaped>::SHAPE, &mut path);
    checked.map_err(|expected| SignInError::invalid_response(path, expected))?;
    Ok(id)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    const ALL: [Operation; 6] = [
        Operation::SignIn,
        Operation::Resume,
        Operation::User,
        Operation::Verify,
        Operation::SignOut,
        Operation::Fetch,
    ];

    const fn head(status: u16) -> Head<'static> {
        Head { status, retry_after: Some("7"), date: None }
    }

    fn with_body(operation: Operation, status: u16, body: Body<'_>) -> Result<Step, SignInError> {
        interpret(operation, Some("u"), head(status), Some(body), &[])
    }

    fn with_text(operation: Operation, status: u16, body: &str) -> Result<Step, SignInError> {
        with_body(operation, status, Body::Bytes(body.as_bytes()))
    }

    fn code(step: Result<Step, SignInError>) -> Option<ErrorCode> {
        step.err().map(|error| error.code())
    }

    #[test]
    fn each_success_leads_to_the_step_of_its_operation() {
        let id = || UsersId::new("u").unwrap();
        for (operation, body, step) in [
            (
                Operation::SignIn,
                r#"{"usersId":"u","sessionToken":"t"}"#,
                Step::SignedIn(Token::new(String::from("t")).unwrap()),
            ),
            (Operation::Resume, r#"{"userId":"u"}"#, Step::ReadRecord(id())),
            (Operation::User, r#"{"usersId":"u"}"#, Step::Resumed),
            (Operation::Verify, r#"{"userId":"u"}"#, Step::Alive),
            (Operation::SignOut, "{}", Step::SignedOut),
        ] {
            let read_body = interpret(operation, Some("u"), head(200), None, &[]);
            assert_eq!(read_body, Ok(Step::ReadBody { otherwise: None }), "{operation:?}");
            assert_eq!(with_text(operation, 200, body), Ok(step));
        }
    }

    #[test]
    fn a_401_decides_at_once_for_a_session_and_waits_for_the_body_at_sign_in() {
        let at_once = |operation| interpret(operation, Some("u"), head(401), None, &[]);
        assert_eq!(code(at_once(Operation::Resume)), Some(ErrorCode::SignedOut));
        assert_eq!(code(at_once(Operation::User)), Some(ErrorCode::SignedOut));
        assert_eq!(at_once(Operation::Verify), Ok(Step::Expired));
        assert_eq!(at_once(Operation::SignOut), Ok(Step::SignedOut));
        assert_eq!(at_once(Operation::Fetch), Ok(Step::PassOn { expired: true }));
        let Ok(Step::ReadBody { otherwise: Some(error) }) = at_once(Operation::SignIn) else { panic!() };
        assert_eq!(error.code(), ErrorCode::InvalidCredentials);
    }

    #[test]
    fn a_wrong_address_is_no_wrong_password() {
        for (status, body, code) in [
            (401, "", ErrorCode::InvalidCredentials),
            (401, " \n", ErrorCode::InvalidCredentials),
            (401, "{}", ErrorCode::InvalidCredentials),
            (401, "5", ErrorCode::InvalidCredentials),
            (401, "<html>", ErrorCode::InvalidResponse),
            (401, "Unauthorized", ErrorCode::InvalidResponse),
            (404, r#"{"errors":[{"code":404,"message":"No such user."}]}"#, ErrorCode::InvalidCredentials),
            (404, r#"{"errors":["No such user."]}"#, ErrorCode::InvalidCredentials),
            (404, r#"{"errors":[5,{},{"message":""}]}"#, ErrorCode::InvalidCredentials),
            (404, r#"{"errors":[]}"#, ErrorCode::InvalidResponse),
            (404, r#"{"errors":[{"code":404}]}"#, ErrorCode::InvalidResponse),
            (404, r#"{"errors":{"message":"x"}}"#, ErrorCode::InvalidResponse),
            (404, r#"{"message":"Not Found"}"#, ErrorCode::InvalidResponse),
            (404, "[]", ErrorCode::InvalidResponse),
            (404, "", ErrorCode::InvalidResponse),
            (404, "<html>", ErrorCode::InvalidResponse),
        ] {
            let error = with_text(Operation::SignIn, status, body).unwrap_err();
            assert_eq!((error.code(), error.status()), (code, Some(status)), "{status} {body}");
        }
    }

    #[test]
    fn a_body_that_can_not_be_read_leaves_the_status_to_decide() {
        for body in [Body::TooLarge, Body::CutOff, Body::Unusable, Body::Bytes(b"\xff")] {
            for (status, expected) in [
                (400, ErrorCode::BadRequest),
                (401, ErrorCode::InvalidCredentials),
                (403, ErrorCode::Forbidden),
                (404, ErrorCode::InvalidResponse),
                (429, ErrorCode::RateLimited),
                (500, ErrorCode::ServerError),
            ] {
                let error = with_body(Operation::SignIn, status, body).unwrap_err();
                assert_eq!((error.code(), error.server_errors().len()), (expected, 0), "{status}");
                // The status decides if the body never comes, too.
                let waiting = interpret(Operation::SignIn, None, head(status), None, &[]);
                let Ok(Step::ReadBody { otherwise: Some(error) }) = waiting else { panic!("{status}") };
                assert_eq!(error.code(), expected, "{status}");
            }
        }
    }

    #[test]
    fn a_success_whose_body_can_not_be_read_says_why() {
        for (body, code, expected) in [
            (Body::CutOff, ErrorCode::Network, None),
            (Body::Unusable, ErrorCode::InvalidResponse, Some("JSON")),
            (Body::TooLarge, ErrorCode::InvalidResponse, Some("at most 1048576 bytes")),
            (Body::Bytes(b"\xff"), ErrorCode::InvalidResponse, Some("UTF-8")),
        ] {
            for operation in ALL.into_iter().filter(|operation| *operation != Operation::Fetch) {
                let error = with_body(operation, 200, body).unwrap_err();
                assert_eq!((error.code(), error.expected(), error.status()), (code, expected, Some(200)));
            }
        }
    }

    #[test]
    fn another_user_is_an_invalid_response() {
        for (operation, body, path) in [
            (Operation::Verify, r#"{"userId":"v"}"#, "userId"),
            (Operation::Verify, r#"{"usersId":"v"}"#, "usersId"),
            (Operation::User, r#"{"usersId":"v"}"#, "usersId"),
        ] {
            let error = with_text(operation, 200, body).unwrap_err();
            assert_eq!((error.path(), error.expected()), (Some(path), Some("this session's user")));
        }
    }

    #[test]
    fn every_status_but_a_redirect_is_the_applications_to_read() {
        let statuses: Vec<u16> = (100..600)
            .filter(|status| code(interpret(Operation::Fetch, None, head(*status), None, &[])).is_some())
            .collect();
        assert_eq!(statuses, [301, 302, 303, 307, 308]);
    }
}
