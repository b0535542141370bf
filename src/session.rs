//! A session, for Rust applications: the answers of the service as typed values.

use serde::de::DeserializeOwned;
use serde_json::Value;
use zeroize::Zeroize;

use crate::answer::{Body, Response, text_of};
use crate::credentials::{Authorization, Credentials, Token, UsersId};
use crate::error::{ErrorCode, SignInError};
use crate::json::exact_integer;
use crate::protocol::{Operation, Step, interpret};
use crate::user::User;

/// A user who is signed in. `Extras` is the type of [`User::extras`].
#[derive(Clone, Debug, PartialEq)]
pub struct Session<Extras = Value> {
    /// The user, checked field by field.
    pub user: User<Extras>,
    /// The session's token, for `Authorization: Bearer …`. It lives 24 hours at most.
    pub token: Token,
    /// The user as the service sent it, with the fields that [`User`] does not know, without the token.
    pub json: Value,
}

impl Credentials {
    /// Reads the answer to [`Request::sign_in`](crate::Request::sign_in) with these credentials.
    ///
    /// # Errors
    /// The code that the status stands for, or [`InvalidResponse`](ErrorCode::InvalidResponse).
    pub fn read_sign_in<Extras: DeserializeOwned>(
        &self,
        response: &Response<'_>,
    ) -> Result<Session<Extras>, SignInError> {
        match read(Operation::SignIn, None, response, &self.secrets())? {
            Step::SignedIn(token) => session(response, token),
            _ => Err(SignInError::new(ErrorCode::Internal)),
        }
    }
}

impl Authorization {
    /// Reads the answer to [`Request::verify`](crate::Request::verify): the user to whom the session belongs, or `None`
    /// if the session has ended.
    ///
    /// # Errors
    /// The code that the status stands for, or [`InvalidResponse`](ErrorCode::InvalidResponse).
    pub fn read_verify(&self, response: &Response<'_>) -> Result<Option<UsersId>, SignInError> {
        match read(Operation::Resume, None, response, &self.secrets()) {
            Ok(Step::ReadRecord(users_id)) => Ok(Some(users_id)),
            Err(error) if error.code() == ErrorCode::SignedOut => Ok(None),
            Err(error) => Err(error),
            Ok(_) => Err(SignInError::new(ErrorCode::Internal)),
        }
    }

    /// Reads the answer to [`Request::user`](crate::Request::user) for `users_id`.
    ///
    /// # Errors
    /// The code that the status stands for: [`SignedOut`](ErrorCode::SignedOut) for a 401. Or
    /// [`InvalidResponse`](ErrorCode::InvalidResponse), also for another user's record.
    pub fn read_user<Extras: DeserializeOwned>(
        &self,
        response: &Response<'_>,
        users_id: &UsersId,
    ) -> Result<Session<Extras>, SignInError> {
        read(Operation::User, Some(users_id.as_str()), response, &self.secrets())?;
        session(response, self.token.clone())
    }

    /// Reads the answer to [`Request::sign_out`](crate::Request::sign_out). A session that had ended before counts as
    /// signed out.
    ///
    /// # Errors
    /// The code that the status stands for, or [`InvalidResponse`](ErrorCode::InvalidResponse) for the page of a captive
    /// portal. After an error, the token may still be alive.
    pub fn read_sign_out(&self, response: &Response<'_>) -> Result<(), SignInError> {
        read(Operation::SignOut, None, response, &self.secrets()).map(drop)
    }
}

fn read(
    operation: Operation,
    users_id: Option<&str>,
    response: &Response<'_>,
    secrets: &[&[u8]],
) -> Result<Step, SignInError> {
    interpret(operation, users_id, response.head(), Some(Body::Bytes(response.body)), secrets)
}

/// The session of the user in `response`. The user has been checked already.
pub(crate) fn session<Extras: DeserializeOwned>(
    response: &Response<'_>,
    token: Token,
) -> Result<Session<Extras>, SignInError> {
    let invalid = |path, expected| move |_| SignInError::invalid_response(path, expected).with_status(response.status);
    // serde_json can't hold all that JavaScript can: not 1e999, no lone surrogates, and no more than 128 levels.
    let text = text_of(response.body).unwrap_or_default();
    let mut json: Value = serde_json::from_str(text).map_err(invalid("", "JSON"))?;
    if let Some(object) = json.as_object_mut()
        && let Some(Value::String(mut token)) = object.remove("sessionToken")
    {
        token.zeroize();
    }
    let mut decoded = json.clone();
    // To serde_json, 1e3 is no integer.
    if let Some(age) = decoded.get_mut("age")
        && let Some(years) = age.as_f64().and_then(exact_integer)
    {
        *age = years.into();
    }
    // All other fields have been checked, so only the caller's own type can fail to fit.
    let user = serde_json::from_value(decoded).map_err(invalid("extras", "the application's own type"))?;
    Ok(Session { user, token, json })
}

#[cfg(all(test, not(target_arch = "wasm32")))]
pub(crate) mod tests {
    use super::*;
    use crate::json::Json;
    use crate::shape::{Shaped, check};
    use crate::{ApiKey, Password, Username};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn credentials(api_key: &str, password: &str) -> Credentials {
        Credentials {
            api_key: ApiKey::new(api_key.to_string()).unwrap(),
            username: Username::new("bob").unwrap(),
            password: Password::new(password.to_string()).unwrap(),
        }
    }

    pub(crate) fn read(status: u16, retry_after: Option<&str>, body: &[u8]) -> Result<Session, SignInError> {
        let response = Response { status, retry_after, date: None, body };
        credentials("browser a key-canary", "pw\"canary").read_sign_in(&response)
    }

    pub(crate) fn error_of(status: u16, body: &str) -> SignInError {
        read(status, None, body.as_bytes()).unwrap_err()
    }

    #[test]
    fn the_sample_user_comes_back_field_by_field_without_the_token() {
        let sample = include_str!("../tests/sample-user.json");
        let mut sample: Value = serde_json::from_str(sample).unwrap();
        let mut answer = sample.clone();
        answer["sessionToken"] = json!("25074b4e-bc7f-4ee3-aae0-f9ff0db1786e");
        answer["unknown"] = json!({"deep": [1, null]});
        sample["unknown"] = answer["unknown"].clone();
        let session = read(200, None, answer.to_string().as_bytes()).unwrap();
        assert_eq!(session.token.expose(), "25074b4e-bc7f-4ee3-aae0-f9ff0db1786e");
        assert_eq!(session.json, sample);
        assert_eq!(session.user.users_id, "a564ef59-085b-4803-b514-37288e32709e");
        assert_eq!(session.user.active, Some(false));
        assert_eq!(session.user.email.unwrap().work.as_deref(), Some("work@email.com"));
        assert_eq!(session.user.name.unwrap().maiden_name.as_deref(), Some("maiden name"));
        assert_eq!(session.user.extras.unwrap()["extra2"], "value2");
        assert_eq!(session.user.created_at.as_deref(), Some("2013-11-07T12:00:00Z"));
    }

    #[test]
    fn extras_can_be_of_the_applications_own_type() {
        #[derive(Debug, serde::Deserialize)]
        struct Extras {
            extra1: String,
        }
        let body = r#"{"usersId":"u","sessionToken":"t","extras":{"extra1":"value1"}}"#;
        let response = answer(200, body);
        let credentials = credentials("k", "p");
        let session: Session<Extras> = credentials.read_sign_in(&response).unwrap();
        assert_eq!(session.user.extras.unwrap().extra1, "value1");
        let error = credentials.read_sign_in::<u8>(&response).unwrap_err();
        assert_eq!(error.path(), Some("extras"));
    }

    #[test]
    fn an_age_is_an_integer_however_it_is_spelled() {
        for (age, years) in [("36", 36), ("36.0", 36), ("36e0", 36), ("3.6e1", 36), ("-0", 0)] {
            let body = format!(r#"{{"usersId":"u","sessionToken":"t","age":{age}}}"#);
            assert_eq!(read(200, None, body.as_bytes()).unwrap().user.age, Some(years), "{age}");
        }
    }

    #[test]
    fn a_success_that_is_none_is_an_invalid_response_with_its_path() {
        let long = format!("{{\"x\":\"{}\"}}", "x".repeat(1_048_576));
        for (body, path, expected) in [
            (&b""[..], "", "JSON"),
            (b"<html>", "", "JSON"),
            (b"{", "", "JSON"),
            (b"null", "", "object"),
            (b"[]", "", "object"),
            (b"\"x\"", "", "object"),
            (b"5", "", "object"),
            (b"{}", "sessionToken", "string"),
            (br#"{"sessionToken":null}"#, "sessionToken", "string"),
            (br#"{"sessionToken":5}"#, "sessionToken", "string"),
            (br#"{"sessionToken":""}"#, "sessionToken", "visible ASCII without blanks"),
            (br#"{"sessionToken":"a b"}"#, "sessionToken", "visible ASCII without blanks"),
            (br#"{"sessionToken":"t"}"#, "usersId", "non-empty string"),
            (br#"{"sessionToken":"t","usersId":""}"#, "usersId", "non-empty string"),
            (br#"{"sessionToken":"t","usersId":7}"#, "usersId", "non-empty string"),
            (br#"{"sessionToken":"t","usersId":"u","age":1.5}"#, "age", "integer"),
            (br#"{"sessionToken":"t","usersId":"u","addresses":[{},{"city":1}]}"#, "addresses[1].city", "string"),
            (b"\xff{}", "", "UTF-8"),
            (long.as_bytes(), "", "at most 1048576 bytes"),
        ] {
            let error = read(200, None, body).unwrap_err();
            let shown = String::from_utf8_lossy(&body[..body.len().min(60)]);
            assert_eq!(error.code(), ErrorCode::InvalidResponse, "{shown}");
            assert_eq!((error.path(), error.expected()), (Some(path), Some(expected)), "{shown}");
            assert_eq!(error.status(), Some(200));
        }
    }

    #[test]
    fn a_body_of_exactly_the_limit_and_one_with_a_byte_order_mark_are_read() {
        let start = r#"{"sessionToken":"t","usersId":"u","x":""#;
        let full = format!("{start}{}\"}}", "x".repeat(1_048_576 - start.len() - 2));
        assert_eq!(full.len(), 1_048_576);
        assert!(read(200, None, full.as_bytes()).is_ok());
        assert!(read(200, None, b"\xef\xbb\xbf{\"sessionToken\":\"t\",\"usersId\":\"u\"}").is_ok());
    }

    #[test]
    fn a_wrong_password_and_an_unknown_user_read_alike() {
        let [wrong, unknown] = [401, 404].map(|status| error_of(status, r#"{"errors":["No."]}"#).to_string());
        assert_eq!(wrong, unknown);
    }

    fn authorization() -> Authorization {
        Authorization {
            api_key: ApiKey::new("browser a key-canary".to_string()).unwrap(),
            token: Token::new("token-canary".to_string()).unwrap(),
        }
    }

    const fn answer(status: u16, body: &str) -> Response<'_> {
        Response { status, retry_after: None, date: None, body: body.as_bytes() }
    }

    fn verify(status: u16, body: &str) -> Result<Option<UsersId>, SignInError> {
        authorization().read_verify(&answer(status, body))
    }

    #[test]
    fn verifying_names_the_user_whose_session_it_is() {
        for (status, body, id) in [
            (200, r#"{"userId":"u"}"#, Some("u")),
            (200, r#"{"usersId":"u"}"#, Some("u")),
            (200, r#"{"userId":"u","usersId":"v"}"#, Some("u")),
            (200, r#"{"userId":null,"usersId":"v"}"#, Some("v")),
            (299, r#"{"userId":"u","more":[]}"#, Some("u")),
            (401, "", None),
            (401, "<html>", None),
        ] {
            assert_eq!(verify(status, body).unwrap().as_ref().map(UsersId::as_str), id, "{body}");
        }
        for (body, path, expected) in [
            ("", "", "JSON"),
            ("<html>", "", "JSON"),
            ("null", "", "object"),
            ("{}", "userId", "non-empty string"),
            (r#"{"userId":5}"#, "userId", "non-empty string"),
            (r#"{"userId":""}"#, "userId", "non-empty string"),
            (r#"{"userId":".."}"#, "userId", "non-empty string"),
        ] {
            let error = verify(200, body).unwrap_err();
            assert_eq!((error.path(), error.expected(), error.status()), (Some(path), Some(expected), Some(200)));
        }
    }

    #[test]
    fn a_resumed_session_has_the_record_of_its_own_user_and_its_own_token() {
        let id = UsersId::new("u").unwrap();
        let read = |status, body: &str| authorization().read_user::<Value>(&answer(status, body), &id);
        let session = read(200, r#"{"usersId":"u","sessionToken":"another","age":5,"new":1}"#).unwrap();
        assert_eq!((session.token.expose(), session.user.age), ("token-canary", Some(5)));
        assert_eq!(session.json, json!({"usersId": "u", "age": 5, "new": 1}));
        for (body, path, expected) in [
            (r#"{"usersId":"v"}"#, "usersId", "this session's user"),
            ("{}", "usersId", "non-empty string"),
            (r#"{"usersId":"u","age":"5"}"#, "age", "integer"),
            ("[]", "", "object"),
            ("", "", "JSON"),
        ] {
            let error = read(200, body).unwrap_err();
            assert_eq!((error.path(), error.expected(), error.status()), (Some(path), Some(expected), Some(200)));
        }
        assert_eq!(read(401, "").unwrap_err().code(), ErrorCode::SignedOut);
    }

    #[test]
    fn signed_out_is_what_the_service_says_is_and_no_captive_portals_page() {
        let read = |status, body| authorization().read_sign_out(&answer(status, body));
        for (status, body) in [(200, "{}"), (200, ""), (204, ""), (200, " \r\n"), (401, ""), (401, "<html>")] {
            assert_eq!(read(status, body), Ok(()), "{status} {body}");
        }
        for (status, body, code) in [
            (200, "<html>", ErrorCode::InvalidResponse),
            (200, "null", ErrorCode::InvalidResponse),
            (302, "", ErrorCode::InvalidResponse),
            (404, "", ErrorCode::BadRequest),
            (403, "{}", ErrorCode::Forbidden),
            (500, "{}", ErrorCode::ServerError),
        ] {
            let error = read(status, body).unwrap_err();
            assert_eq!((error.code(), error.status()), (code, Some(status)), "{body}");
        }
    }

    #[test]
    fn an_unknown_route_is_no_wrong_password_to_a_session() {
        assert_eq!(verify(404, "").unwrap_err().code(), ErrorCode::BadRequest);
        assert_eq!(verify(429, "").unwrap_err().code(), ErrorCode::RateLimited);
    }

    #[test]
    fn a_server_that_echoes_the_token_or_the_key_is_not_passed_on() {
        for echo in ["Bearer token-canary", "token%2dcanary", "no key key-canary"] {
            let body = json!({"errors": [{"code": 1, "message": echo}, "fine"]}).to_string();
            let error = verify(500, &body).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
            assert_eq!(error.server_errors()[1].message, "fine");
        }
    }

    proptest! {
        #[test]
        fn an_accepted_user_is_one_to_serde_too(
            field in prop_oneof!["name|email|phoneNumber|addresses|age|active|mrns|gender|extras|guardians"],
            value in prop_oneof![
                Just(json!(null)), Just(json!("x")), Just(json!(5)), Just(json!(1.5)), Just(json!(true)), Just(json!([])),
                Just(json!({})), Just(json!([{}])), Just(json!([null])), Just(json!({"work": 1})),
                Just(json!([{"geocode": {"latitude": 5, "longitude": 1e3}}])), Just(json!([{"viewPhi": true, "mrn": "x"}])),
            ],
        ) {
            let mut user = json!({"usersId": "u"});
            user[&field] = value;
            let decoded: Result<User, _> = serde_json::from_value(user.clone());
            let text = user.to_string();
            let checked = check(Json::parse(&text).unwrap(), <User as Shaped>::SHAPE, &mut String::new());
            prop_assert_eq!(checked.is_ok(), decoded.is_ok(), "{} {:?}", user, checked);
        }
    }
}
