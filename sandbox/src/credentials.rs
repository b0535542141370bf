//! The two bodies that the API takes: credentials to sign in, and a user object to sign up.
//!
//! A refusal names the field and the expected type, and never the value.

use axum::http::StatusCode;
use serde_json::value::RawValue;

use crate::json::{Object, type_of};
use crate::refusal::Refusal;

/// A username and a password, both non-empty. Not `Debug`, so that no password gets into a log.
#[expect(missing_debug_implementations, reason = "it holds a password")]
pub struct Credentials {
    /// Any string: a word, an e-mail address, a telephone number.
    pub username: String,
    /// Any string.
    pub password: String,
}

impl Credentials {
    /// Reads the body of `POST /auth/signin`. Other fields are ignored: the reference page's own
    /// sample posts a whole user object.
    ///
    /// # Errors
    ///
    /// A 400 that names every field that is wrong.
    pub fn read(body: &[u8]) -> Result<Self, Refusal> {
        let mut wrong = Vec::new();
        let credentials = Self::of(&object(body)?, &mut wrong);
        refuse(wrong)?;
        Ok(credentials)
    }

    fn of(object: &Object, wrong: &mut Vec<String>) -> Self {
        Self { username: text(object, "username", wrong), password: text(object, "password", wrong) }
    }
}

/// A user who signs up, without the fields that the server makes.
#[expect(missing_debug_implementations, reason = "it holds a password")]
pub struct SignUp {
    /// What to sign in with.
    pub credentials: Credentials,
    /// The user object to store.
    pub user: Object,
}

/// Fields that are ignored in a request: secrets, the invitation, and the fields that the server makes. They are no
/// error, since the reference page's sample posts them.
const IGNORED: [&str; 7] = ["password", "sessionToken", "inviteCode", "usersId", "active", "createdAt", "updatedAt"];

/// The documented fields with a type of their own. `extras` may be anything.
const TYPES: [(&str, &str); 24] = [
    ("email", "an object"),
    ("name", "an object"),
    ("phoneNumber", "an object"),
    ("addresses", "an array"),
    ("guardians", "an array"),
    ("languages", "an array"),
    ("socialIds", "an array"),
    ("mrns", "an array"),
    ("healthPlans", "an array"),
    ("age", "a number"),
    ("dob", "a string"),
    ("gender", "a string"),
    ("maritalStatus", "a string"),
    ("religion", "a string"),
    ("race", "a string"),
    ("ethnicity", "a string"),
    ("confCode", "a string"),
    ("avatar", "a string"),
    ("profilePhoto", "a string"),
    ("ssn", "a string"),
    ("type", "a string"),
    ("inviteCode", "a string"),
    ("createdAt", "a string"),
    ("updatedAt", "a string"),
];

impl SignUp {
    /// Reads the body of `POST /users`.
    ///
    /// # Errors
    ///
    /// A 400 that names every field that is wrong.
    pub fn read(body: &[u8]) -> Result<Self, Refusal> {
        let mut user = object(body)?;
        let mut wrong = Vec::new();
        let credentials = Credentials::of(&user, &mut wrong);
        for (field, expected) in TYPES {
            let found = user.get(field).map_or("null", type_of);
            if found != expected && found != "null" {
                wrong.push(wrong_type(field, expected, found));
            }
        }
        match user.get("email").filter(|email| type_of(email) == "an object") {
            Some(email) => {
                text_at(&object(email.get().as_bytes())?, "primary", "email.primary", &mut wrong);
            }
            None if user.get("email").is_none_or(|email| type_of(email) == "null") => {
                wrong.push("`email.primary` is missing; it must be a string.".to_owned());
            }
            None => {} // reported above
        }
        refuse(wrong)?;
        for field in IGNORED {
            user.remove(field);
        }
        Ok(Self { credentials, user })
    }
}

fn object(body: &[u8]) -> Result<Object, Refusal> {
    Object::parse(body).map_err(|why| Refusal::bad_request(format!("The body {why}.")))
}

fn refuse(wrong: Vec<String>) -> Result<(), Refusal> {
    if wrong.is_empty() { Ok(()) } else { Err(Refusal::because(StatusCode::BAD_REQUEST, wrong)) }
}

fn text(object: &Object, field: &str, wrong: &mut Vec<String>) -> String {
    text_at(object, field, field, wrong)
}

/// The non-empty string at `path`. If there is none, returns the empty string and adds a reason to `wrong`. A NUL is
/// not allowed, since C libraries and logs would cut the text there.
fn text_at(object: &Object, field: &str, path: &str, wrong: &mut Vec<String>) -> String {
    let Some(value) = object.get(field) else {
        wrong.push(format!("`{path}` is missing; it must be a string."));
        return String::new();
    };
    match string(value) {
        Ok(text) if text.is_empty() => wrong.push(format!("`{path}` must not be empty.")),
        Ok(text) if text.contains('\0') => {
            wrong.push(format!("`{path}` must not hold the character U+0000."));
        }
        Ok(text) => return text,
        Err("a string") => wrong.push(format!("`{path}` is not a well-formed string.")),
        Err(found) => wrong.push(wrong_type(path, "a string", found)),
    }
    String::new()
}

fn string(value: &RawValue) -> Result<String, &'static str> {
    serde_json::from_str(value.get()).map_err(|_| type_of(value))
}

fn wrong_type(path: &str, expected: &str, found: &str) -> String {
    format!("`{path}` must be {expected}, not {found}.")
}
