use catalyze_signin::{ApiKey, Client, Password, Session, SignInError, Token, Username};

async fn sign_in(username: &str, password: String) -> Result<Session, SignInError> {
    let client = Client::new(ApiKey::new("browser example.app 32a384f5-5157-4e1f-9b8a-e7b5ba4ce5f2".to_owned())?);
    client.sign_in(Username::new(username)?, Password::new(password)?).await
}

async fn later(client: &Client, session: Session, stored: Token) -> Result<(), SignInError> {
    let alive: bool = client.verify(&session).await?;
    let anew: Session = client.user(&session).await?;
    let resumed: Session = client.resume(stored).await?;
    let response = client.fetch(&session.token, "/v2/users/me", &web_sys::RequestInit::new()).await?;
    client.sign_out(session.token).await
}
