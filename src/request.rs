//! What goes on the wire: the address, the three headers, the two body keys.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::Serialize;
use zeroize::Zeroizing;

use crate::credentials::Credentials;
use crate::error::SignInError;

/// Where the service is, without the version part: `https://api.catalyze.io` unless told otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

impl Default for BaseUrl {
    fn default() -> Self {
        Self("https://api.catalyze.io".to_owned())
    }
}

impl BaseUrl {
    /// Checks `url`, which is written as the URL standard serialises it (so an international host
    /// name in its ASCII form). A path stays as a prefix of every route.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorCode::InvalidArgument) for `baseUrl`, unless `url` is an
    /// absolute `https:` URL, or an `http:` one of a loopback host, without credentials, query or
    /// fragment.
    pub fn new(url: &str) -> Result<Self, SignInError> {
        let Some((secure, rest)) = strip_scheme(url) else {
            return Err(refused("must be an absolute URL, https: or (on a loopback host) http:"));
        };
        let (authority, _) = rest.split_at_checked(position(rest, b'/')).unwrap_or((rest, ""));
        if position(authority, b'@') < authority.len() || !rest.bytes().all(is_plain) {
            return Err(refused("must have no credentials, query or fragment, and no character to be escaped"));
        }
        let host = host_of(authority).ok_or(refused("must name a host, and a port in digits if any"))?;
        if !(secure || is_loopback(host)) {
            return Err(refused("must be https:, or http: on a loopback host"));
        }
        let mut text = url.to_owned();
        while text.ends_with('/') {
            text.pop();
        }
        Ok(Self(text))
    }

    /// The address of `route`, which starts with a slash.
    fn join(&self, route: &str) -> String {
        let mut url = self.0.clone();
        url.push_str(route);
        url
    }
}

fn refused(rule: &'static str) -> SignInError {
    SignInError::invalid_argument("baseUrl", rule)
}

/// Whether the scheme is the secure one, and what follows it.
fn strip_scheme(url: &str) -> Option<(bool, &str)> {
    [(true, "https://"), (false, "http://")].into_iter().find_map(|(secure, scheme)| {
        let (start, rest) = url.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some((secure, rest))
    })
}

/// Where `byte` is first, or the end.
fn position(text: &str, byte: u8) -> usize {
    text.bytes().position(|other| other == byte).unwrap_or(text.len())
}

/// Whether `byte` stands for itself in an authority or a path.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic()
        && !matches!(byte, b'?' | b'#' | b'\\' | b'"' | b'<' | b'>' | b'^' | b'`' | b'{' | b'|' | b'}')
}

/// The host of an authority without credentials, where a port, if there is one, is a number.
fn host_of(authority: &str) -> Option<&str> {
    // The colons inside of brackets are the address's own.
    let end_of_address = if authority.starts_with('[') { position(authority, b']') } else { 0 };
    let colon = end_of_address.checked_add(position(authority.get(end_of_address..)?, b':'))?;
    let (host, port) = authority.split_at_checked(colon)?;
    let valid = !host.is_empty()
        && host.starts_with('[') == host.ends_with(']')
        && (port.is_empty() || port.get(1..)?.parse::<u16>().is_ok());
    valid.then_some(host)
}

/// Whether traffic to `host` stays on this machine, so that it can do without TLS.
fn is_loopback(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let dotted = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    host == "localhost"
        || host == "[::1]"
        || host.ends_with(".localhost")
        || host.strip_prefix("127.").is_some_and(dotted)
}

/// A request, ready for any HTTP client. Send it once: a password is not for retrying.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// `POST`.
    pub method: &'static str,
    /// The absolute URL.
    pub url: String,
    /// Names and values, all of them: there is no `Authorization` before there is a token.
    pub headers: [(&'static str, String); 3],
    /// JSON in UTF-8; it holds the password.
    pub body: Zeroizing<String>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("method", &self.method).field("url", &self.url).finish_non_exhaustive()
    }
}

impl Request {
    /// `POST /v2/auth/signin`.
    #[must_use]
    pub fn sign_in(base_url: &BaseUrl, credentials: &Credentials) -> Self {
        Self {
            method: "POST",
            url: base_url.join("/v2/auth/signin"),
            headers: [
                ("X-Api-Key", credentials.api_key.expose().to_owned()),
                ("Accept", "application/json".to_owned()),
                ("Content-Type", "application/json".to_owned()),
            ],
            body: SignInBody::of(credentials).to_json(),
        }
    }
}

#[derive(Serialize)]
struct SignInBody<'a> {
    username: &'a str,
    password: &'a str,
}

impl<'a> SignInBody<'a> {
    fn of(credentials: &'a Credentials) -> Self {
        Self { username: credentials.username.as_str(), password: credentials.password.expose() }
    }

    fn to_json(&self) -> Zeroizing<String> {
        // Room for the worst case, six bytes for one (`\u0000`): a buffer that grows leaves copies
        // of the password behind.
        let room = self.username.len().saturating_add(self.password.len()).saturating_mul(6).saturating_add(32);
        let mut json = Zeroizing::new(Vec::with_capacity(room));
        // Neither step can fail: memory takes all that is written, and JSON text is UTF-8.
        let _ = self.serialize(&mut serde_json::Serializer::new(&mut *json));
        Zeroizing::new(String::from_utf8(core::mem::take(&mut *json)).unwrap_or_default())
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::{ApiKey, Password, Username};
    use alloc::string::ToString;
    use proptest::prelude::*;

    fn credentials(username: &str, password: &str) -> Credentials {
        Credentials {
            api_key: ApiKey::new("browser example.app id".to_string()).unwrap(),
            username: Username::new(username).unwrap(),
            password: Password::new(password.to_string()).unwrap(),
        }
    }

    fn request(base_url: &str, username: &str, password: &str) -> Request {
        Request::sign_in(&BaseUrl::new(base_url).unwrap(), &credentials(username, password))
    }

    #[test]
    fn the_request_has_exactly_three_headers_and_two_body_keys() {
        let request = request("https://api.catalyze.io", "bob", "p\"w");
        assert_eq!(request.method, "POST");
        assert_eq!(request.url, "https://api.catalyze.io/v2/auth/signin");
        assert_eq!(
            request.headers.clone().map(|(name, value)| alloc::format!("{name}: {value}")),
            ["X-Api-Key: browser example.app id", "Accept: application/json", "Content-Type: application/json"]
        );
        assert_eq!(request.body.as_str(), r#"{"username":"bob","password":"p\"w"}"#);
    }

    #[test]
    fn debug_shows_neither_the_headers_nor_the_body() {
        let shown = alloc::format!("{:?}", request("https://h", "bob", "canary"));
        assert_eq!(shown, r#"Request { method: "POST", url: "https://h/v2/auth/signin", .. }"#);
    }

    #[test]
    fn a_base_url_keeps_its_prefix_and_loses_only_the_slash_at_its_end() {
        for (base, url) in [
            ("https://proxy.example/baas", "https://proxy.example/baas/v2/auth/signin"),
            ("https://proxy.example/baas/", "https://proxy.example/baas/v2/auth/signin"),
            ("https://h:8443/", "https://h:8443/v2/auth/signin"),
            ("HTTPS://H", "HTTPS://H/v2/auth/signin"),
            ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443/v2/auth/signin"),
            ("http://localhost:8080", "http://localhost:8080/v2/auth/signin"),
            ("http://api.localhost", "http://api.localhost/v2/auth/signin"),
            ("http://127.8.9.1:1", "http://127.8.9.1:1/v2/auth/signin"),
            ("http://[::1]:1", "http://[::1]:1/v2/auth/signin"),
        ] {
            assert_eq!(request(base, "u", "p").url, url);
        }
        assert_eq!(BaseUrl::default(), BaseUrl::new("https://api.catalyze.io").unwrap());
    }

    #[test]
    fn a_base_url_that_could_send_the_password_elsewhere_is_refused() {
        for bad in [
            "",
            "api.catalyze.io",
            "//api.catalyze.io",
            "/v2",
            "https:api.catalyze.io",
            "https://",
            "https:///v2",
            "http://api.catalyze.io",
            "http://128.0.0.1",
            "http://127.evil.example",
            "http://localhost.evil.example",
            "http://[::2]",
            "ftp://localhost",
            "file:///etc",
            "data://x",
            "https://user@h",
            "https://user:pw@h",
            "https://h?q",
            "https://h/?",
            "https://h#f",
            "https://h/#",
            "https://h\\@evil",
            "https://h:99999",
            "https://h:x",
            "https://h:",
            "https://a:b:1",
            "https://[::1",
            "https://h /",
            "https://h\n",
            "https://hé",
            "javascript:alert(1)",
            "https://h/\u{0}",
        ] {
            let error = BaseUrl::new(bad).unwrap_err();
            assert_eq!(error.argument(), Some("baseUrl"), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn the_body_is_json_that_gives_back_what_was_put_in(username in ".{1,40}", password in ".{1,40}") {
            let body = request("https://h", &username, &password).body;
            let json: serde_json::Value = serde_json::from_str(&body).unwrap();
            prop_assert_eq!(json, serde_json::json!({ "username": username, "password": password }));
        }

        #[test]
        fn the_body_fits_the_room_made_for_it(password in "[\\x00-\\x7f]{1,200}") {
            let room = (password.len() + 1) * 6 + 32;
            prop_assert!(SignInBody::of(&credentials("u", &password)).to_json().len() <= room);
        }
    }
}
