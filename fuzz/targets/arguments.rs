//! Arguments that are accepted fit where they are used: in a header, a URL or the body.
//!
//! An input is four texts in four lines: API key, base URL, username, password.
#![no_main]

use catalyze_signin::{ApiKey, BaseUrl, Credentials, Password, Request, Token, Username};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let mut lines = text.splitn(4, '\n').map(str::to_owned);
    let [api_key, base_url, username, password] = [(); 4].map(|()| lines.next().unwrap_or_default());

    let key = ApiKey::new(api_key.clone());
    let parts: Vec<&str> = api_key.split(' ').collect();
    let fits = matches!(parts.len(), 1 | 3)
        && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| (0x21..0x7f).contains(&byte)));
    assert_eq!(key.is_ok(), fits);
    assert_eq!(Token::new(api_key.clone()).is_ok(), fits && parts.len() == 1);

    let base = BaseUrl::new(&base_url);
    if base.is_ok() {
        let lower = base_url.to_ascii_lowercase();
        assert!(lower.starts_with("https://") || lower.starts_with("http://"));
        assert!(base_url.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#\\".contains(&byte)));
        let authority = lower.split('/').nth(2).unwrap();
        assert!(!authority.is_empty() && !authority.contains('@'));
        if lower.starts_with("http:") {
            assert!(["localhost", "127.", "[::1]"].iter().any(|host| authority.contains(host)));
        }
    }

    let (Ok(api_key), Ok(base_url)) = (key, base) else { return };
    let (Ok(name), Ok(secret)) = (Username::new(&username), Password::new(password.clone())) else {
        assert!(username.is_empty() || password.is_empty());
        return;
    };
    let request = Request::sign_in(&base_url, &Credentials { api_key, username: name, password: secret });
    let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!(body, serde_json::json!({ "username": username, "password": password }));
    assert!(request.url.ends_with("/v2/auth/signin"));
});
