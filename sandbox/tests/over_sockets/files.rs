//! The static files next to the API.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::process::{Folder, Sandbox, run_in_vain};

const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' http://127.0.0.1:* http://localhost:* https:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

struct Served {
    sandbox: Sandbox,
    _folder: Folder,
}

fn served() -> Served {
    let folder = Folder::new();
    for name in ["site", "package"] {
        std::fs::create_dir(folder.path(name)).unwrap();
    }
    folder.write("secret.txt", "not to be served");
    folder.write("site/index.html", "<!doctype html><title>Sign in</title>");
    folder.write("site/app.js", "import '/pkg/index.js';");
    folder.write("package/index.js", "export {};");
    folder.write("package/engine.wasm", "\0asm");
    let sandbox = Sandbox::start_with(&["--site", &folder.text("site"), "--package", &folder.text("package")]);
    Served { sandbox, _folder: folder }
}

#[test]
fn the_site_is_at_the_root_and_the_package_under_pkg_each_with_its_type() {
    let served = served();
    for (path, kind, content) in [
        ("/", "text/html", "<!doctype html><title>Sign in</title>"),
        ("/index.html", "text/html", "<!doctype html><title>Sign in</title>"),
        ("/app.js", "text/javascript", "import '/pkg/index.js';"),
        ("/pkg/index.js", "text/javascript", "export {};"),
        ("/pkg/engine.wasm", "application/wasm", "\0asm"),
    ] {
        let answer = served.sandbox.client().key(None).get(path);
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, content), "{path}");
        assert_eq!(answer.header("content-type"), kind, "{path}");
    }
}

#[test]
fn files_carry_the_strict_policy_and_are_asked_for_again() {
    let served = served();
    for path in ["/", "/app.js", "/pkg/engine.wasm", "/missing.js", "/pkg/missing.js"] {
        let answer = served.sandbox.client().get(path);
        for (name, value) in [
            ("content-security-policy", POLICY),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-cache"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
    }
}

#[test]
fn a_missing_file_is_404_and_a_post_405_with_the_body_of_every_error() {
    let served = served();
    for path in ["/missing.js", "/pkg/missing.js", "/missing/"] {
        assert_eq!(served.sandbox.client().get(path).refused(404), ["There is no such route."]);
    }
    for path in ["/", "/app.js", "/pkg/index.js"] {
        served.sandbox.client().post(path, "{}").refused(405);
    }
    served.sandbox.client().get("/v2/nowhere").refused(404);
}

#[test]
fn nothing_outside_of_the_folders_is_served() {
    let served = served();
    for path in
        ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/pkg/../../secret.txt", "/pkg/%2e%2e/secret.txt"]
    {
        // By hand: a client would tidy the path up.
        let mut socket = TcpStream::connect(served.sandbox.address()).unwrap();
        write!(socket, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_said_before_anything_is_served() {
    let folder = Folder::new();
    let missing = folder.text("missing");
    for flag in ["--site", "--package"] {
        assert_eq!(
            run_in_vain(&["serve", "--port", "0", flag, &missing]),
            format!("sandbox: {missing} is not a folder")
        );
    }
}
