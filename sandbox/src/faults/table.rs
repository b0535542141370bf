//! The list of faults.

use axum::http::StatusCode;

use super::answer::{Behaviour, Wait};
use super::pieces::{BLANKS, Pieces};
use super::{Fault, LONGEST, Outcome, Seconds};

const START_OF_A_USER: &[u8] = br#"{"usersId":"a564ef59-085b-4803-b514-37288e32709e","email":{"primary":"#;

/// Every fault, in the order in which they are listed.
pub const FAULTS: &[Fault] = &[
    Fault {
        name: "silence",
        does: "Takes the request and never answers.",
        expected: &[Outcome::Timeout],
        seconds: None,
        behaviour: Behaviour::Silence,
    },
    Fault {
        name: "stall",
        does: "Sends the headers of a success, and then nothing.",
        expected: &[Outcome::Timeout],
        seconds: None,
        // The connection is reset before this pause ends.
        behaviour: Behaviour::Pieces(Pieces { piece: b" ", count: 1, pause: u32::MAX, content_length: None }),
    },
    Fault {
        name: "drip",
        does: "Sends a body of blanks, one byte a second.",
        expected: &[Outcome::Timeout],
        seconds: None,
        behaviour: Behaviour::Pieces(Pieces { piece: b" ", count: 100, pause: 1000, content_length: None }),
    },
    Fault {
        name: "cut",
        does: "Announces 1,000 bytes of JSON, sends the first few and closes the connection.",
        expected: &[Outcome::Network],
        seconds: None,
        behaviour: Behaviour::Pieces(Pieces { piece: START_OF_A_USER, count: 1, pause: 0, content_length: Some(1000) }),
    },
    Fault {
        name: "reset",
        does: "Takes the request and resets the connection.",
        expected: &[Outcome::Network],
        seconds: None,
        behaviour: Behaviour::Reset,
    },
    Fault {
        name: "html",
        does: "Answers 200 with an HTML page, like the sign-in page of a public network.",
        expected: &[Outcome::InvalidResponse],
        seconds: None,
        behaviour: Behaviour::Page(StatusCode::OK),
    },
    Fault {
        name: "empty",
        does: "Answers 200 with an empty body.",
        expected: &[Outcome::InvalidResponse],
        seconds: None,
        behaviour: Behaviour::Text(""),
    },
    Fault {
        name: "wrong-type",
        does: "Answers 200 with a user whose `email.primary` is a number.",
        expected: &[Outcome::InvalidResponse],
        seconds: None,
        behaviour: Behaviour::Text(
            r#"{"usersId":"a564ef59-085b-4803-b514-37288e32709e","sessionToken":"25074b4e-bc7f-4ee3-aae0-f9ff0db1786e","email":{"primary":7}}"#,
        ),
    },
    Fault {
        name: "no-token",
        does: "Answers 200 with a user, but without a `sessionToken`.",
        expected: &[Outcome::InvalidResponse],
        seconds: None,
        behaviour: Behaviour::Text(
            r#"{"usersId":"a564ef59-085b-4803-b514-37288e32709e","email":{"primary":"ada@example.com"}}"#,
        ),
    },
    Fault {
        name: "redirect",
        does: "Answers 307 with the address of the real sign-in; who follows it sends the password again.",
        expected: &[Outcome::InvalidResponse],
        seconds: None,
        behaviour: Behaviour::Redirect,
    },
    Fault {
        name: "400",
        does: "Answers 400 with the documented error body.",
        expected: &[Outcome::BadRequest],
        seconds: None,
        behaviour: Behaviour::Refusal(StatusCode::BAD_REQUEST, Wait::Untold),
    },
    Fault {
        name: "401-gateway",
        does: "Answers 401 with the HTML page of a gateway, which knows nothing of the password.",
        expected: &[Outcome::InvalidResponse],
        seconds: None,
        behaviour: Behaviour::Page(StatusCode::UNAUTHORIZED),
    },
    Fault {
        name: "403",
        does: "Answers 403 with the documented error body.",
        expected: &[Outcome::Forbidden],
        seconds: None,
        behaviour: Behaviour::Refusal(StatusCode::FORBIDDEN, Wait::Untold),
    },
    Fault {
        name: "404-gateway",
        does: "Answers 404 with the HTML page of a gateway, which knows nothing of the username.",
        expected: &[Outcome::InvalidResponse],
        seconds: None,
        behaviour: Behaviour::Page(StatusCode::NOT_FOUND),
    },
    Fault {
        name: "429",
        does: "Answers 429 with `Retry-After: 7`.",
        expected: &[Outcome::RateLimited],
        seconds: None,
        behaviour: Behaviour::Refusal(StatusCode::TOO_MANY_REQUESTS, Wait::Seconds(7)),
    },
    Fault {
        name: "500",
        does: "Answers 500 with the documented error body.",
        expected: &[Outcome::ServerError],
        seconds: None,
        behaviour: Behaviour::Refusal(StatusCode::INTERNAL_SERVER_ERROR, Wait::Untold),
    },
    Fault {
        name: "503",
        does: "Answers 503 with a date as `Retry-After`, two minutes after its `Date`.",
        expected: &[Outcome::ServerError],
        seconds: None,
        behaviour: Behaviour::Refusal(StatusCode::SERVICE_UNAVAILABLE, Wait::DateAfter(120)),
    },
    Fault {
        name: "endless",
        does: "Answers 200 with a body of blanks that goes on until the client has had enough.",
        expected: &[Outcome::InvalidResponse],
        seconds: None,
        // 64 MiB in half a minute. The first MiB, after which the clients stop reading, takes half a second.
        behaviour: Behaviour::Pieces(Pieces { piece: BLANKS, count: 1024, pause: 25, content_length: None }),
    },
    Fault {
        name: "echo",
        does: "Answers 400 with an error message that repeats the password, or the session token.",
        expected: &[Outcome::BadRequest],
        seconds: None,
        behaviour: Behaviour::Echo,
    },
    Fault {
        name: "late",
        does: "Answers as the real API does, but after ten seconds; after three under `late-3`.",
        expected: &[Outcome::Success],
        seconds: Some(Seconds { default: 10, most: LONGEST }),
        behaviour: Behaviour::Late,
    },
    Fault {
        name: "expires",
        does: "Answers as the real API does, but a session ends five seconds after its sign-in; after thirty under `expires-30`.",
        expected: &[Outcome::Success],
        seconds: Some(Seconds { default: 5, most: 86_400 }),
        behaviour: Behaviour::Expires,
    },
    Fault {
        name: "flaky",
        does: "Answers one request as the real API does and the next with 503, in turn, whoever asks.",
        expected: &[Outcome::Success, Outcome::ServerError],
        seconds: None,
        behaviour: Behaviour::EverySecond,
    },
];
