//! Many at once, and the worst moment to die.

use std::collections::HashSet;
use std::sync::{Arc, Barrier, mpsc};
use std::thread;

use crate::process::{A_DAY, Folder, Sandbox};

#[test]
fn two_hundred_sign_ins_at_once_all_succeed_with_tokens_of_their_own() {
    let folder = Folder::new();
    let sandbox = Sandbox::start_with(&["--database", &folder.text("baas.sqlite")]);
    sandbox.sign_up("bob", "a password");
    let start = Arc::new(Barrier::new(200));
    let clients: Vec<_> = (0..200)
        .map(|_| {
            let (start, client) = (Arc::clone(&start), sandbox.client());
            thread::spawn(move || {
                start.wait();
                client.token("bob", "a password")
            })
        })
        .collect();
    let tokens: HashSet<String> = clients.into_iter().map(|client| client.join().unwrap()).collect();
    assert_eq!(tokens.len(), 200);
    for token in tokens {
        assert_eq!(sandbox.client().bearer(&token).get("/v2/auth/verify").status, 200);
    }
}

#[test]
fn a_kill_in_mid_load_loses_no_session_that_a_client_has_heard_of() {
    let folder = Folder::new();
    let database = folder.text("baas.sqlite");
    let sandbox = Sandbox::start_with(&["--database", &database]);
    let users_id = sandbox.sign_up("bob", "a password");
    let (received, tokens) = mpsc::channel();
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let (received, client) = (received.clone(), sandbox.client());
            thread::spawn(move || {
                let body = br#"{"username":"bob","password":"a password"}"#;
                // Until the server is gone.
                while let Ok(answer) = client.send("POST", "/v2/auth/signin", Some(body)) {
                    received.send(answer.json()["sessionToken"].as_str().unwrap().to_owned()).unwrap();
                }
            })
        })
        .collect();
    drop(received);
    let mut heard: Vec<String> = tokens.iter().take(20).collect();
    sandbox.signal("KILL");
    assert_eq!(sandbox.ended().code, None, "killed, with no word");
    for client in clients {
        client.join().unwrap();
    }
    heard.extend(tokens.iter());

    let sandbox = Sandbox::start_with(&["--database", &database]);
    for token in &heard {
        let answer = sandbox.client().bearer(token).get("/v2/auth/verify");
        assert_eq!(answer.status, 200, "one of {}", heard.len());
        assert_eq!(answer.json()["userId"], users_id.as_str());
    }
    sandbox.client().token("bob", "a password");
}

#[test]
fn guesses_that_arrive_together_are_braked_like_those_in_a_row() {
    let sandbox = Sandbox::start_with(&["--max-failures", "3", "--failure-seconds", A_DAY]);
    sandbox.sign_up("bob", "a password");
    let start = Arc::new(Barrier::new(40));
    let guesses: Vec<_> = (0..40)
        .map(|_| {
            let (start, client) = (Arc::clone(&start), sandbox.client());
            thread::spawn(move || {
                start.wait();
                client.sign_in("bob", "wrong").status.as_u16()
            })
        })
        .collect();
    let answers: Vec<u16> = guesses.into_iter().map(|guess| guess.join().unwrap()).collect();
    assert!(answers.iter().all(|status| matches!(status, 401 | 429)), "{answers:?}");
    let tried = answers.iter().filter(|status| **status == 401).count();
    // As many may be at work when the last failure counts as there are processors.
    let processors = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    assert!((3..3 + processors).contains(&tried), "{tried} guesses were tried");
}
