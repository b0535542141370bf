//! Each fault, met by changing the base URL.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::process::{Folder, KEY, Sandbox, run, run_well};

/// What a sign-in should end with under each fault. It is written down here once more, so that the
/// list does not change by mistake.
const EXPECTED: [(&str, &[&str]); 22] = [
    ("silence", &["timeout"]),
    ("stall", &["timeout"]),
    ("drip", &["timeout"]),
    ("cut", &["network"]),
    ("reset", &["network"]),
    ("html", &["invalid_response"]),
    ("empty", &["invalid_response"]),
    ("wrong-type", &["invalid_response"]),
    ("no-token", &["invalid_response"]),
    ("redirect", &["invalid_response"]),
    ("400", &["bad_request"]),
    ("401-gateway", &["invalid_response"]),
    ("403", &["forbidden"]),
    ("404-gateway", &["invalid_response"]),
    ("429", &["rate_limited"]),
    ("500", &["server_error"]),
    ("503", &["server_error"]),
    ("endless", &["invalid_response"]),
    ("echo", &["bad_request"]),
    ("late", &["success"]),
    ("expires", &["success"]),
    ("flaky", &["success", "server_error"]),
];

/// The faults that send no headers.
const WITHOUT_HEADERS: [&str; 2] = ["silence", "reset"];

/// A sandbox whose faults take a hundredth of their time.
fn hurried() -> Sandbox {
    Sandbox::start_with(&["--fault-second-ms", "10"])
}

/// Sends a sign-in without a client that might tidy the answer up.
fn sign_in_at(sandbox: &Sandbox, base: &str) -> TcpStream {
    let body = r#"{"username":"bob","password":"a password"}"#;
    let mut socket = TcpStream::connect(sandbox.address()).unwrap();
    write!(
        socket,
        "POST {base}/v2/auth/signin HTTP/1.1\r\nHost: x\r\nOrigin: https://example.app\r\nX-Api-Key: {KEY}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    socket
}

/// What arrives until the connection is closed, and how it is closed.
fn until_the_end(mut socket: TcpStream) -> (String, io::Result<usize>) {
    let mut bytes = Vec::new();
    let end = socket.read_to_end(&mut bytes);
    (String::from_utf8(bytes).unwrap(), end)
}

#[track_caller]
fn assert_reset(end: &io::Result<usize>) {
    assert_eq!(end.as_ref().map_err(io::Error::kind), Err(io::ErrorKind::ConnectionReset));
}

/// The head of an answer, and its body as it was on the wire.
fn split(answer: &str) -> (&str, &str) {
    answer.split_once("\r\n\r\n").unwrap()
}

#[test]
fn the_page_in_docs_is_the_table_that_the_command_prints() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/faults.md")).unwrap();
    assert_eq!(
        page,
        run_well(&["faults", "--markdown"]),
        "`cargo run --package sandbox -- faults --markdown` makes it"
    );
}

#[test]
fn the_list_names_each_fault_with_its_path_and_the_expected_outcomes() {
    let list: Vec<Value> = serde_json::from_str(&run_well(&["faults", "--json"])).unwrap();
    assert_eq!(list.len(), EXPECTED.len());
    for (fault, (name, expected)) in list.iter().zip(EXPECTED) {
        assert_eq!((&fault["name"], &fault["expected"]), (&json!(name), &json!(expected)));
        assert_eq!(fault["path"], format!("/fault/{name}"));
    }
    let text = run_well(&["faults"]);
    let names: Vec<_> = text.lines().skip(1).map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(names, EXPECTED.map(|(name, _)| name));
    for (line, fault) in text.lines().skip(1).zip(&list) {
        assert!(line.ends_with(fault["does"].as_str().unwrap()), "{line}");
    }
    assert_eq!(run(&["faults", "--json", "--markdown"]).status.code(), Some(2));
}

#[test]
fn the_sandbox_serves_the_list_that_the_command_prints() {
    let served = hurried().client().get("/fault");
    assert_eq!(served.status, 200);
    assert_eq!(served.json(), serde_json::from_str::<Value>(&run_well(&["faults", "--json"])).unwrap());
}

#[test]
fn a_page_of_any_origin_may_send_its_request_to_every_fault() {
    let sandbox = hurried();
    for (name, _) in EXPECTED {
        let page = sandbox.client().under(&format!("/fault/{name}")).key(None).header("Origin", "https://example.app");
        let preflight = page
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "content-type,x-api-key")
            .send("OPTIONS", "/v2/auth/signin", None)
            .unwrap();
        assert_eq!(preflight.status, 200, "{name}");
        assert_eq!(preflight.header("access-control-allow-origin"), "*", "{name}");
        assert_eq!(preflight.header("access-control-allow-headers"), "accept,authorization,content-type,x-api-key");
    }
}

#[test]
fn a_page_of_any_origin_may_read_whatever_answers() {
    let sandbox = hurried();
    sandbox.sign_up("bob", "a password");
    for (name, _) in EXPECTED.iter().filter(|(name, _)| !WITHOUT_HEADERS.contains(name)) {
        let mut socket = sign_in_at(&sandbox, &format!("/fault/{name}"));
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            socket.read_exact(&mut byte).unwrap_or_else(|error| panic!("{name}: {error}"));
            head.extend(byte);
        }
        let head = String::from_utf8(head).unwrap();
        for line in
            ["access-control-allow-origin: *", "access-control-expose-headers: retry-after", "cache-control: no-store"]
        {
            assert!(head.contains(&format!("\r\n{line}\r\n")), "{name}: {head}");
        }
    }
}

#[test]
fn every_route_answers_with_the_fault() {
    let sandbox = hurried();
    for (name, status) in [("html", 200), ("400", 400), ("401-gateway", 401), ("403", 403), ("429", 429), ("503", 503)]
    {
        let client = sandbox.client().under(&format!("/fault/{name}")).key(None);
        for answer in [
            client.post("/v2/auth/signin", "{}"),
            client.get("/v2/auth/verify"),
            client.get("/v2/auth/signout"),
            client.get("/v2/users/anybody?a=b"),
            client.post("/v2/users", "{}"),
            client.get(""),
            client.get("/"),
        ] {
            assert_eq!(answer.status.as_u16(), status, "{name}");
        }
    }
}

#[test]
fn silence_ends_some_day_and_without_a_byte() {
    let (answer, end) = until_the_end(sign_in_at(&hurried(), "/fault/silence"));
    assert_eq!(answer, "");
    assert_reset(&end);
}

#[test]
fn a_stall_is_a_head_without_a_body_and_ends_some_day() {
    let (answer, end) = until_the_end(sign_in_at(&hurried(), "/fault/stall"));
    let (head, body) = split(&answer);
    assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("content-type: application/json"), "{head}");
    assert_eq!(body, "");
    assert_reset(&end);
}

#[test]
fn a_drip_comes_in_single_bytes_and_is_never_whole() {
    let sandbox = hurried();
    let (answer, _) = until_the_end(sign_in_at(&sandbox, "/fault/drip"));
    let (head, body) = split(&answer);
    assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("transfer-encoding: chunked"), "{head}");
    let chunks = body.strip_prefix("1\r\n \r\n").expect(body).replace("1\r\n \r\n", "");
    assert_eq!(chunks, "", "one blank a chunk, and no last chunk");
    assert!(stopped(&sandbox, "drip") <= 100);
}

#[test]
fn a_cut_ends_in_the_middle_of_the_announced_body() {
    let (answer, end) = until_the_end(sign_in_at(&hurried(), "/fault/cut"));
    let (head, body) = split(&answer);
    assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("content-length: 1000"), "{head}");
    assert!(body.starts_with("{\"usersId\":\"") && body.len() < 1000, "{body}");
    assert!(end.is_ok(), "closed, not reset: {end:?}");
}

#[test]
fn a_reset_is_a_reset_and_not_a_proper_end() {
    let (answer, end) = until_the_end(sign_in_at(&hurried(), "/fault/reset"));
    assert_eq!(answer, "");
    assert_reset(&end);
}

#[test]
fn an_answer_of_a_gateway_is_an_html_page_whatever_its_status() {
    let sandbox = hurried();
    for (name, status) in [("html", 200), ("401-gateway", 401), ("404-gateway", 404)] {
        let answer = sandbox.client().under(&format!("/fault/{name}")).sign_in("bob", "a password");
        assert_eq!(answer.status.as_u16(), status);
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert!(answer.text.starts_with("<!doctype html>"), "{}", answer.text);
    }
}

#[test]
fn a_success_may_be_empty_or_without_a_token_or_have_a_wrong_type() {
    let sandbox = hurried();
    let answer = |name: &str| {
        let answer = sandbox.client().under(&format!("/fault/{name}")).sign_in("bob", "a password");
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
        answer
    };
    assert_eq!(answer("empty").text, "");
    let no_token = answer("no-token").json();
    assert!(no_token["usersId"].is_string() && no_token.get("sessionToken").is_none(), "{no_token}");
    let wrong_type = answer("wrong-type").json();
    assert!(wrong_type["usersId"].is_string() && wrong_type["sessionToken"].is_string(), "{wrong_type}");
    assert!(wrong_type["email"]["primary"].is_number(), "{wrong_type}");
}

#[test]
fn a_redirect_leads_to_the_real_sign_in() {
    let sandbox = hurried();
    let mut socket = sign_in_at(&sandbox, "/fault/redirect");
    let mut start = [0; 100];
    socket.read_exact(&mut start).unwrap();
    let start = String::from_utf8_lossy(&start);
    assert!(start.starts_with("HTTP/1.1 307 ") && start.contains("\r\nlocation: /v2/auth/signin\r\n"), "{start}");
}

#[test]
fn a_refusal_has_the_documented_body_and_says_when_to_retry_where_it_should() {
    let sandbox = hurried();
    let answer = |status: u16| {
        let answer = sandbox.client().under(&format!("/fault/{status}")).sign_in("bob", "a password");
        answer.refused(status);
        answer
    };
    for status in [400, 403, 500] {
        assert_eq!(answer(status).header("retry-after"), "");
    }
    assert_eq!(answer(429).header("retry-after"), "7");
    let unavailable = answer(503);
    let date = |name: &str| httpdate::parse_http_date(unavailable.header(name)).unwrap();
    assert_eq!(date("retry-after").duration_since(date("date")).unwrap().as_secs(), 120);
}

#[test]
fn an_echo_repeats_the_password_or_else_the_token_to_the_client_and_not_to_the_log() {
    let sandbox = hurried();
    let client = sandbox.client().under("/fault/echo");
    let answer = client.sign_in("bob", "a \"password\"");
    assert_eq!(answer.refused(400), ["“a \"password\"” is not accepted."]);
    let answer = client.bearer("a-token").get("/v2/auth/verify");
    assert_eq!(answer.refused(400), ["“a-token” is not accepted."]);
    let log = sandbox.stop().stderr;
    assert!(log.contains("/fault/echo/v2/auth/verify"), "{log}");
    assert!(!log.contains("a-token") && !log.contains("password\\"), "{log}");
}

/// Waits until a fault has stopped sending; how many bytes of a body it has sent.
fn stopped(sandbox: &Sandbox, fault: &str) -> usize {
    let line = sandbox.logged(&format!("stopped sending fault=\"{fault}\" bytes="));
    line.rsplit_once('=').unwrap().1.parse().unwrap()
}

#[test]
fn a_fault_that_takes_time_stops_when_the_client_leaves() {
    // Their bounds are hours away.
    let sandbox = Sandbox::start_with(&["--fault-second-ms", "100000"]);
    for name in ["silence", "stall", "drip"] {
        let socket = sign_in_at(&sandbox, &format!("/fault/{name}"));
        sandbox.logged(&format!("started sending fault=\"{name}\""));
        drop(socket);
        assert_eq!(stopped(&sandbox, name), 0);
    }
}

#[test]
fn an_endless_body_stops_when_the_client_leaves() {
    let sandbox = Sandbox::start();
    let mut socket = sign_in_at(&sandbox, "/fault/endless");
    let mut taken = vec![0; 2 * 1024 * 1024];
    socket.read_exact(&mut taken).unwrap();
    drop(socket);
    let sent = stopped(&sandbox, "endless");
    assert!((taken.len() - 1024..64 * 1024 * 1024).contains(&sent), "{sent}");
}

#[test]
fn an_endless_body_stops_when_the_client_takes_nothing() {
    let sandbox = hurried();
    let socket = sign_in_at(&sandbox, "/fault/endless");
    let sent = stopped(&sandbox, "endless");
    assert!(sent < 64 * 1024 * 1024, "{sent}");
    let (_, end) = until_the_end(socket);
    assert_reset(&end);
}

#[test]
fn a_late_answer_is_that_of_the_real_api() {
    let sandbox = hurried();
    let users_id = sandbox.sign_up("bob", "a password");
    for base in ["/fault/late", "/fault/late-0"] {
        let client = sandbox.client().under(base);
        client.sign_in("bob", "wrong").refused(401);
        client.clone().key(None).sign_in("bob", "a password").refused(403);
        let client = client.clone().bearer(&client.token("bob", "a password"));
        assert_eq!(client.get("/v2/auth/verify").json(), json!({ "userId": users_id }));
        assert_eq!(client.get(&format!("/v2/users/{users_id}")).json()["usersId"], users_id.as_str());
        client.get("/v2/nowhere").refused(404);
        client.get("/nowhere").refused(404);
    }
}

#[test]
fn a_session_lives_for_as_long_as_the_base_url_says() {
    let sandbox = hurried();
    sandbox.sign_up("bob", "a password");
    let verify = |base: &str| {
        let client = sandbox.client().under(base);
        client.clone().bearer(&client.token("bob", "a password"))
    };
    verify("/fault/expires-0").get("/v2/auth/verify").refused(401);
    // 864 s, as a second lasts for 10 ms here.
    assert_eq!(verify("/fault/expires-86400").get("/v2/auth/verify").status, 200);
    let client = verify("/fault/expires");
    while client.get("/v2/auth/verify").status == 200 {}
    client.get("/v2/auth/verify").refused(401);
    assert_eq!(verify("").get("/v2/auth/verify").status, 200, "other base URLs keep their lifetime");
}

#[test]
fn every_second_request_fails() {
    let sandbox = hurried();
    let users_id = sandbox.sign_up("bob", "a password");
    let client = sandbox.client().under("/fault/flaky");
    let token = client.token("bob", "a password");
    for _ in 0..2 {
        client.sign_in("bob", "a password").refused(503);
        let verified = client.clone().bearer(&token).get("/v2/auth/verify");
        assert_eq!(verified.json(), json!({ "userId": users_id }));
    }
}

#[test]
fn a_name_that_is_none_is_404() {
    let sandbox = hurried();
    for base in ["/fault", "/fault/", "/fault/nothing", "/fault/late-121"] {
        let messages = sandbox.client().under(base).sign_in("bob", "a password").refused(404);
        assert_eq!(messages, ["There is no such fault. `sandbox faults` prints them all."], "{base}");
    }
}

#[test]
fn a_request_that_meets_a_fault_is_recorded_with_its_whole_path() {
    let folder = Folder::new();
    let record = folder.text("record");
    let sandbox = Sandbox::start_with(&["--record", &record, "--fault-second-ms", "10"]);
    for name in ["400", "late-0"] {
        sandbox.client().under(&format!("/fault/{name}")).get("/v2/auth/verify?a=b");
    }
    assert_reset(&until_the_end(sign_in_at(&sandbox, "/fault/reset")).1);
    let text = std::fs::read_to_string(&record).unwrap();
    let paths: Vec<_> = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["path"].clone()).collect();
    assert_eq!(
        paths,
        ["/fault/400/v2/auth/verify?a=b", "/fault/late-0/v2/auth/verify?a=b", "/fault/reset/v2/auth/signin"]
    );
}

#[test]
fn other_machines_meet_faults_only_where_a_flag_says_so() {
    let remote = ["--host", "0.0.0.0", "--allow-remote-connections"];
    for (arguments, message) in [
        (&remote[..], "There is no such route."),
        (&[&remote[..], &["--allow-remote-faults"]].concat(), "The sandbox was asked for this fault."),
    ] {
        let sandbox = Sandbox::start_with(arguments);
        let answer = sandbox.client().under("/fault/400").get("/v2/auth/verify");
        assert_eq!(answer.json()["errors"][0]["message"], message);
    }
}
