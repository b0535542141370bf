//! What a caller signs in with. Values of these types have been checked.

use std::fmt;

use zeroize::Zeroizing;

use crate::error::SignInError;

/// Declares a secret: its text is wiped when dropped, and Debug does not show it.
macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(Zeroizing<String>);

        impl $name {
            /// The secret itself. The caller is responsible for where it goes.
            #[must_use]
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

secret! {
    /// The application's key: `<type> <identifier> <id>`, or the bare `<id>`.
    ///
    /// It goes into a header, so it is visible ASCII with single spaces between its parts. The parts are not checked
    /// further: there is no closed list of types, and an id need not be a UUID.
    ApiKey
}

secret! {
    /// A non-empty password. It is sent unchanged, and never trimmed.
    Password
}

secret! {
    /// A session token, as the service gave it: visible ASCII without blanks, so that it fits the header
    /// `Authorization: Bearer …`.
    Token
}

/// The non-empty name that a user signs in with. It is sent unchanged, and need not be an e-mail address.
#[derive(Clone, PartialEq, Eq)]
pub struct Username(String);

impl ApiKey {
    /// Checks `text`, and keeps it as it is.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorCode::InvalidArgument) for `apiKey`.
    pub fn new(text: impl Into<Zeroizing<String>>) -> Result<Self, SignInError> {
        let text = text.into();
        // Split as bytes: splitting a `str` would take 2 KB of the module.
        let parts = || text.as_bytes().split(|byte| *byte == b' ');
        if matches!(parts().count(), 1 | 3) && parts().all(is_visible_ascii) {
            Ok(Self(text))
        } else {
            Err(SignInError::invalid_argument(
                "apiKey",
                "must be \"<type> <identifier> <id>\" or a bare \"<id>\", in visible ASCII with single spaces",
            ))
        }
    }
}

impl Username {
    /// Checks `text`, and keeps it as it is.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorCode::InvalidArgument) for `username`.
    pub fn new(text: impl AsRef<str>) -> Result<Self, SignInError> {
        let text = text.as_ref();
        if text.is_empty() {
            return Err(SignInError::invalid_argument("username", NOT_EMPTY));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Username(..)")
    }
}

impl Password {
    /// Checks `text`, and keeps it as it is. Pass a `Zeroizing<String>` if no copy may stay behind.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorCode::InvalidArgument) for `password`.
    pub fn new(text: impl Into<Zeroizing<String>>) -> Result<Self, SignInError> {
        let text = text.into();
        if text.is_empty() {
            return Err(SignInError::invalid_argument("password", NOT_EMPTY));
        }
        Ok(Self(text))
    }
}

impl Token {
    /// Checks `text`, and keeps it as it is.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorCode::InvalidArgument) for `token`.
    pub fn new(text: impl Into<Zeroizing<String>>) -> Result<Self, SignInError> {
        let text = text.into();
        if is_visible_ascii(text.as_bytes()) {
            Ok(Self(text))
        } else {
            Err(SignInError::invalid_argument("token", "must be visible ASCII without blanks"))
        }
    }
}

/// The identifier of a user, as the service gave it: a non-empty text that can be one segment of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsersId(String);

impl UsersId {
    /// Checks `text`, and keeps it as it is.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorCode::InvalidArgument) for `usersId`: it must not be empty, and not `.` or `..`,
    /// which a URL takes for steps in a path.
    pub fn new(text: impl Into<String>) -> Result<Self, SignInError> {
        let text = text.into();
        if matches!(text.as_str(), "" | "." | "..") {
            return Err(SignInError::invalid_argument("usersId", "must be non-empty, and neither \".\" nor \"..\""));
        }
        Ok(Self(text))
    }

    /// The identifier itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a user signs in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The application's key.
    pub api_key: ApiKey,
    /// The user's name.
    pub username: Username,
    /// The user's password.
    pub password: Password,
}

impl Credentials {
    /// The secrets that no text of the service may repeat.
    pub(crate) fn secrets(&self) -> [&[u8]; 3] {
        secrets(self.password.expose(), self.api_key.expose())
    }
}

/// What a session's requests carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    /// The application's key.
    pub api_key: ApiKey,
    /// The session's token.
    pub token: Token,
}

impl Authorization {
    /// The secrets that no text of the service may repeat.
    pub(crate) fn secrets(&self) -> [&[u8]; 3] {
        secrets(self.token.expose(), self.api_key.expose())
    }
}

/// The secrets that no text of the service may repeat: `secret`, which is a password or a token; its longest run of
/// ASCII letters and digits, which survives unforeseen escapes; and the key's id, which the service accepts as a key.
pub(crate) fn secrets<'a>(secret: &'a str, api_key: &'a str) -> [&'a [u8]; 3] {
    let secret = secret.as_bytes();
    let plain = secret.split(|byte| !byte.is_ascii_alphanumeric()).max_by_key(|part| part.len());
    // A run of three letters occurs in many texts by chance.
    let plain = plain.filter(|part| part.len() > 3).unwrap_or(secret);
    let id = api_key.as_bytes().rsplit(|byte| *byte == b' ').next();
    [secret, plain, id.unwrap_or_default()]
}

const NOT_EMPTY: &str = "must not be empty";

fn is_visible_ascii(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_graphic)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_api_key_has_one_part_or_three_in_visible_ascii() {
        for good in [
            "browser example.app 32a384f5-0000-4000-8000-000000000000",
            "32a384f5-0000-4000-8000-000000000000",
            "525ad5d6993247cccb083e5a",
            "server node-example x",
            "!~ !~ !~",
        ] {
            assert_eq!(ApiKey::new(good.to_string()).unwrap().expose(), good);
        }
        for bad in [
            "",
            " ",
            "a b",
            "a b c d",
            " a",
            "a ",
            " a b c",
            "a b c ",
            "a  b c",
            "a  c",
            "a\tb\tc",
            "k\n",
            "k\r",
            "k\0",
            "k\u{7f}",
            "schlüssel",
            "k\u{a0}",
            "a\u{3000}b c",
        ] {
            let error = ApiKey::new(bad.to_string()).unwrap_err();
            assert_eq!(error.argument(), Some("apiKey"), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn an_accepted_api_key_fits_a_header(text in "\\PC{0,20}|[ -~]{0,20}|[\\x00-\\xff]{0,20}") {
            let fits = text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
                && !text.starts_with(' ') && !text.ends_with(' ') && !text.is_empty();
            if ApiKey::new(text).is_ok() {
                prop_assert!(fits);
            }
        }

        #[test]
        fn usernames_and_passwords_are_kept_unchanged(text in ".{1,40}") {
            let username = Username::new(&text).unwrap();
            prop_assert_eq!(username.as_str(), &text);
            let password = Password::new(text.clone()).unwrap();
            prop_assert_eq!(password.expose(), &text);
        }
    }

    #[test]
    fn an_empty_username_or_password_is_refused_by_name() {
        assert_eq!(Username::new("").unwrap_err().argument(), Some("username"));
        assert_eq!(Password::new(String::new()).unwrap_err().argument(), Some("password"));
        assert_eq!(Password::new(String::new()).unwrap_err().to_string(), "password must not be empty.");
    }

    #[test]
    fn blanks_are_no_reason_to_refuse_or_to_trim() {
        assert_eq!(Username::new(" ").unwrap().as_str(), " ");
        assert_eq!(Password::new(" x ".to_string()).unwrap().expose(), " x ");
    }

    #[test]
    fn a_token_is_visible_ascii_without_blanks() {
        assert!(Token::new("25074b4e-bc7f-4ee3-aae0-f9ff0db1786e".to_string()).is_ok());
        for bad in ["", " ", "a b", "a\n", "ü", "\u{7f}"] {
            assert_eq!(Token::new(bad.to_string()).unwrap_err().argument(), Some("token"), "{bad:?}");
        }
    }

    #[test]
    fn a_users_id_can_be_one_segment_of_a_path() {
        for good in ["a564ef59-085b", "...", "a/b", " "] {
            assert_eq!(UsersId::new(good).unwrap().as_str(), good);
        }
        for bad in ["", ".", ".."] {
            assert_eq!(UsersId::new(bad).unwrap_err().argument(), Some("usersId"), "{bad:?}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!(
            "{:?} {:?} {:?} {:?}",
            ApiKey::new("canary".to_string()).unwrap(),
            Username::new("canary").unwrap(),
            Password::new("canary".to_string()).unwrap(),
            Token::new("canary".to_string()).unwrap(),
        );
        assert_eq!(shown, "ApiKey(..) Username(..) Password(..) Token(..)");
    }
}
