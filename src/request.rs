//! What goes on the wire: the address, the three headers, the two body keys.

use std::fmt;

use zeroize::Zeroizing;

use crate::credentials::{ApiKey, Authorization, Credentials, UsersId};
use crate::error::SignInError;
use crate::json::{digits_to_number, push_hex, push_string, room};

/// Where the service is, without the version part. The default is `https://api.catalyze.io`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

impl Default for BaseUrl {
    fn default() -> Self {
        Self("https://api.catalyze.io".to_owned())
    }
}

impl BaseUrl {
    /// Checks `url`, which must be written as the URL standard serialises it: scheme and host in lower case, an
    /// international host name in its ASCII form. A path stays as a prefix of every route.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorCode::InvalidArgument) for `baseUrl`, unless `url` is an
    /// absolute `https:` URL, or an `http:` one of a loopback host, without credentials, query,
    /// fragment, or the version `/v2` at its end.
    pub fn new(url: &str) -> Result<Self, SignInError> {
        let base_url = Self::of_serialised(url.trim_end_matches('/').to_owned())?;
        if strip_scheme(url.as_bytes()).is_some_and(|(_, rest)| names_a_host(authority(rest))) {
            Ok(base_url)
        } else {
            Err(invalid("must name a host, and a port in digits if any"))
        }
    }

    /// Checks a `url` that has been serialised as the URL standard says, and has no slashes at its end.
    pub(crate) fn of_serialised(url: String) -> Result<Self, SignInError> {
        // Bytes throughout: every slice of a `str` is checked for character boundaries, which takes 1 KB of the module.
        let Some((secure, rest)) = strip_scheme(url.as_bytes()) else {
            return Err(invalid("must be an absolute URL, https: or (on a loopback host) http:"));
        };
        let authority = authority(rest);
        if authority.contains(&b'@') || !rest.iter().copied().all(is_plain) {
            return Err(invalid("must have no credentials, query or fragment, and no character to be escaped"));
        }
        if !(secure || is_loopback(authority)) {
            return Err(invalid("must be https:, or http: on a loopback host"));
        }
        if rest.ends_with(b"/v2") {
            return Err(invalid("must be without the version: leave out the /v2 at its end"));
        }
        Ok(Self(url))
    }

    /// The address that `input` names: a path, which is appended, or an absolute URL of the same origin, written as the
    /// URL standard serialises it. The token must not go elsewhere.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorCode::InvalidArgument) for `input`.
    pub fn resolve(&self, input: &str) -> Result<String, SignInError> {
        match input.as_bytes() {
            // To a browser, each of these names another host.
            [b'/', b'/' | b'\\', ..] => {}
            [b'/', ..] => return Ok(self.join(input)),
            url if self.is_origin_of(url) => return Ok(input.to_owned()),
            _ => {}
        }
        Err(SignInError::invalid_argument(
            "input",
            "must be a path that starts with one slash, or a URL of the base URL's own origin",
        ))
    }

    fn is_origin_of(&self, url: &[u8]) -> bool {
        let base = self.0.as_bytes();
        // The third slash is the first after the host.
        let mut slashes = base.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        let end = slashes.nth(2).map_or(base.len(), |(index, _)| index);
        let Some((origin, _)) = base.split_at_checked(end) else { return false };
        url.strip_prefix(origin).is_some_and(|rest| matches!(rest.first(), None | Some(b'/' | b'?' | b'#')))
    }

    pub(crate) fn verify(&self) -> String {
        self.join("/v2/auth/verify")
    }

    pub(crate) fn sign_out(&self) -> String {
        self.join("/v2/auth/signout")
    }

    pub(crate) fn user(&self, users_id: &UsersId) -> String {
        let mut url = self.join("/v2/users/");
        push_segment(users_id.as_str(), &mut url);
        url
    }

    /// The address of `route`, which starts with a slash.
    #[inline(never)]
    fn join(&self, route: &str) -> String {
        let mut url = self.0.clone();
        url.push_str(route);
        url
    }
}

fn invalid(rule: &'static str) -> SignInError {
    SignInError::invalid_argument("baseUrl", rule)
}

/// Whether the scheme is `https:`, and what follows it.
fn strip_scheme(url: &[u8]) -> Option<(bool, &[u8])> {
    let insecure = || Some((false, url.strip_prefix(b"http://")?));
    url.strip_prefix(b"https://").map(|rest| (true, rest)).or_else(insecure)
}

/// Whether `byte` stands for itself in an authority or a path.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic()
        && !matches!(byte, b'?' | b'#' | b'\\' | b'"' | b'<' | b'>' | b'^' | b'`' | b'{' | b'|' | b'}')
}

/// The authority: what comes before the path.
fn authority(rest: &[u8]) -> &[u8] {
    rest.split(|byte| *byte == b'/').next().unwrap_or_default()
}

/// Whether an authority without credentials has a host, and a number as its port, if there is one.
fn names_a_host(authority: &[u8]) -> bool {
    // Colons inside brackets belong to an IPv6 address.
    let end = authority.iter().rposition(|byte| matches!(byte, b':' | b']')).unwrap_or_default();
    let (host, port) = match authority.split_at_checked(end) {
        Some((host, [b':', port @ ..])) => (host, Some(port)),
        _ => (authority, None),
    };
    let is_port = |port: &[u8]| !port.is_empty() && digits_to_number(port, 10).is_some_and(|number| number <= 65_535);
    let is_address = host.starts_with(b"[") && host.ends_with(b"]");
    let is_name = !host.iter().any(|byte| matches!(byte, b':' | b'[' | b']'));
    port.is_none_or(is_port) && !host.is_empty() && (is_address || is_name)
}

/// Whether traffic to the host of `authority` stays on this machine, so that it can do without TLS.
fn is_loopback(authority: &[u8]) -> bool {
    let host = authority.split(|byte| *byte == b':').next().unwrap_or_default();
    let name = host.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    let dotted = |rest: &[u8]| rest.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    name == b"localhost" || authority.starts_with(b"[::1]") || host.strip_prefix(b"127.").is_some_and(dotted)
}

/// A request, ready for any HTTP client. Send it once: a password should never be sent again automatically.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// `POST` or `GET`.
    pub method: &'static str,
    /// The absolute URL.
    pub url: String,
    /// All headers, as names and values. A sign-in has no `Authorization`: there is no token yet.
    pub headers: [(&'static str, Zeroizing<String>); 3],
    /// JSON in UTF-8, which holds the password; empty if there is no body to send.
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
            headers: headers(&credentials.api_key, "Content-Type", &["application/json"]),
            body: sign_in_body(credentials),
        }
    }

    /// `GET /v2/auth/verify`: which user the session belongs to, and whether it is alive.
    #[must_use]
    pub fn verify(base_url: &BaseUrl, authorization: &Authorization) -> Self {
        Self::authorized(base_url.verify(), authorization)
    }

    /// `GET /v2/users/{usersId}`.
    #[must_use]
    pub fn user(base_url: &BaseUrl, authorization: &Authorization, users_id: &UsersId) -> Self {
        Self::authorized(base_url.user(users_id), authorization)
    }

    /// `GET /v2/auth/signout`: ends the session.
    #[must_use]
    pub fn sign_out(base_url: &BaseUrl, authorization: &Authorization) -> Self {
        Self::authorized(base_url.sign_out(), authorization)
    }

    /// `GET` of a URL that a [`BaseUrl`] has made, with the session's token.
    pub(crate) fn authorized(url: String, authorization: &Authorization) -> Self {
        Self {
            method: "GET",
            url,
            headers: headers(&authorization.api_key, "Authorization", &["Bearer ", authorization.token.expose()]),
            body: Zeroizing::default(),
        }
    }
}

/// The two headers that every request has, and a third one, whose value is given in parts.
fn headers(api_key: &ApiKey, name: &'static str, value: &[&str]) -> [(&'static str, Zeroizing<String>); 3] {
    [("X-Api-Key", text(&[api_key.expose()])), ("Accept", text(&["application/json"])), (name, text(value))]
}

/// Joins `parts` to one text, which is wiped when dropped. Its buffer has its size from the start: one that grows
/// leaves copies behind.
#[inline(never)]
fn text(parts: &[&str]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(parts.iter().map(|part| part.len()).sum()));
    for part in parts {
        text.push_str(part);
    }
    text
}

/// Writes `text` as one segment of a path (RFC 3986, section 2.3).
fn push_segment(text: &str, url: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            url.push(char::from(byte));
        } else {
            url.push('%');
            push_hex(byte, url);
        }
    }
}

/// `{"username":…,"password":…}`
fn sign_in_body(credentials: &Credentials) -> Zeroizing<String> {
    let username = credentials.username.as_str();
    let password = credentials.password.expose();
    // Room for the worst case: a buffer that grows leaves copies of the password behind.
    let mut json = Zeroizing::new(String::with_capacity(room(&[username, password])));
    json.push_str("{\"username\":");
    push_string(username, &mut json);
    json.push_str(",\"password\":");
    push_string(password, &mut json);
    json.push('}');
    json
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::{Password, Token, Username};
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
            request.headers.clone().map(|(name, value)| format!("{name}: {}", value.as_str())),
            ["X-Api-Key: browser example.app id", "Accept: application/json", "Content-Type: application/json"]
        );
        assert_eq!(request.body.as_str(), r#"{"username":"bob","password":"p\"w"}"#);
    }

    #[test]
    fn debug_shows_neither_the_headers_nor_the_body() {
        let shown = format!("{:?}", request("https://h", "bob", "canary"));
        assert_eq!(shown, r#"Request { method: "POST", url: "https://h/v2/auth/signin", .. }"#);
    }

    #[test]
    fn a_base_url_keeps_its_prefix_and_loses_only_the_slash_at_its_end() {
        for (base, url) in [
            ("https://proxy.example/baas", "https://proxy.example/baas/v2/auth/signin"),
            ("https://proxy.example/baas/", "https://proxy.example/baas/v2/auth/signin"),
            ("https://h:8443/", "https://h:8443/v2/auth/signin"),
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
            "https://h/v2",
            "https://h/baas/v2/",
            "HTTPS://h",
            "http://LOCALHOST",
        ] {
            let error = BaseUrl::new(bad).unwrap_err();
            assert_eq!(error.argument(), Some("baseUrl"), "{bad:?}");
        }
    }

    fn authorization() -> Authorization {
        Authorization {
            api_key: ApiKey::new("browser example.app id".to_string()).unwrap(),
            token: Token::new("canary".to_string()).unwrap(),
        }
    }

    #[test]
    fn a_sessions_request_has_exactly_three_headers_and_no_body() {
        let base_url = BaseUrl::new("https://proxy.example/baas").unwrap();
        let user = |id| Request::user(&base_url, &authorization(), &UsersId::new(id).unwrap());
        for (request, path) in [
            (Request::verify(&base_url, &authorization()), "auth/verify"),
            (Request::sign_out(&base_url, &authorization()), "auth/signout"),
            (user("a564ef59-085b"), "users/a564ef59-085b"),
            (user("a/../b?c#d é%"), "users/a%2F..%2Fb%3Fc%23d%20%C3%A9%25"),
        ] {
            assert_eq!((request.method, request.body.as_str()), ("GET", ""));
            assert_eq!(request.url, format!("https://proxy.example/baas/v2/{path}"));
            assert_eq!(
                request.headers.clone().map(|(name, value)| format!("{name}: {}", value.as_str())),
                ["X-Api-Key: browser example.app id", "Accept: application/json", "Authorization: Bearer canary"]
            );
            assert!(!format!("{request:?}").contains("canary"));
        }
    }

    #[test]
    fn a_path_is_appended_to_the_base_url_whose_prefix_stays() {
        for (base, input, url) in [
            ("https://h", "/v2/users/x", "https://h/v2/users/x"),
            ("https://h/baas/", "/v2/x?q=1#f", "https://h/baas/v2/x?q=1#f"),
            ("https://h", "/", "https://h/"),
            ("https://h", "/@evil", "https://h/@evil"),
            ("https://h/baas", "https://h/baas/x", "https://h/baas/x"),
            ("https://h/baas", "https://h/other", "https://h/other"),
            ("https://h/baas", "https://h", "https://h"),
            ("https://h:8443", "https://h:8443?q", "https://h:8443?q"),
            ("https://h", "https://h#f", "https://h#f"),
            ("http://[::1]:80/b", "http://[::1]:80/x", "http://[::1]:80/x"),
        ] {
            assert_eq!(BaseUrl::new(base).unwrap().resolve(input).unwrap(), url);
        }
    }

    #[test]
    fn another_origin_never_gets_the_token() {
        for (base, input) in [
            ("https://h", "https://evil/x"),
            ("https://h", "http://h/x"),
            ("https://h", "https://h:8443/x"),
            ("https://h:8443", "https://h/x"),
            ("https://h", "https://h.evil/x"),
            ("https://h", "https://h@evil/x"),
            ("https://h", "https://h:pw@evil/x"),
            ("https://h", "https://user@h/x"),
            ("https://h", "https://h\\@evil"),
            ("https://h", "//evil/x"),
            ("https://h", "//h/x"),
            ("https://h", "/\\evil"),
            ("https://h", "\\\\evil"),
            ("https://h", "\\/evil"),
            ("https://h", ""),
            ("https://h", "x"),
            ("https://h", " /x"),
            ("https://h", "\t//evil"),
            ("https://h", "?q"),
            ("https://h", ".evil/x"),
            ("https://h", "https:"),
            ("https://h", "blob:https://h/x"),
            ("https://h", "javascript:alert(1)"),
            ("https://h/baas", "https://h.evil/baas"),
        ] {
            let error = BaseUrl::new(base).unwrap().resolve(input).unwrap_err();
            assert_eq!(error.argument(), Some("input"), "{input:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_resolved_stays_within_the_origin(input in "\\PC{0,20}|(https?:)?[/\\\\@h:.a-z0-9]{0,12}") {
            if let Ok(url) = BaseUrl::new("https://h/b").unwrap().resolve(&input) {
                let rest = url.strip_prefix("https://h").unwrap();
                prop_assert!(rest.is_empty() || rest.starts_with(['/', '?', '#']), "{}", url);
            }
        }

        #[test]
        fn the_body_is_json_that_gives_back_what_was_put_in(username in ".{1,40}", password in ".{1,40}") {
            let body = request("https://h", &username, &password).body;
            let json: serde_json::Value = serde_json::from_str(&body).unwrap();
            prop_assert_eq!(json, serde_json::json!({ "username": username, "password": password }));
        }

        #[test]
        fn the_body_never_outgrows_the_room_made_for_it(password in "[\\x00-\\x7f]{1,200}") {
            let body = sign_in_body(&credentials("u", &password));
            let room = room(&["u", &password]);
            prop_assert!(body.len() <= room && body.capacity() >= room && body.capacity() < 2 * room);
        }
    }
}
