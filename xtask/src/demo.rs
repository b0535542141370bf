//! The demo page with a local service behind it.

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::package;
use crate::sandbox;
use crate::steps::{run, say, step};
use crate::tree;

/// The key that the page holds. The API key of a web page is public: it names the application and opens nothing.
const KEY: [&str; 3] = ["browser", "demo.example", "c0ffee00-5157-4e1f-9b8a-0c0ffee00001"];
const USERNAME: &str = "demo";
const PASSWORD: &str = "correct horse battery staple";

/// Builds what the demo needs and serves it until Ctrl-C.
pub(crate) fn serve(port: u16) -> Result<()> {
    // Checked before the build, which takes minutes.
    if let Err(error) = TcpListener::bind(("127.0.0.1", port)) {
        ensure!(error.kind() != ErrorKind::AddrInUse, "port {port} is taken: choose another with --port");
        bail!("port {port} cannot be used ({error}): choose another with --port");
    }
    package::make()?;
    let sandbox = step("build the sandbox", sandbox::build)?;
    // A folder for each port, so that demos on two ports do not share their accounts.
    let folder = tree::target().join("demo").join(port.to_string());
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    fs::create_dir_all(&folder)?;
    let database = folder.join("sandbox.db");
    step("add the demo's key and account", || furnish(&sandbox, &database))?;

    // From here on, Ctrl-C ends the sandbox. The sandbox has a process group of its own, so that a terminal's Ctrl-C
    // does not reach it twice.
    let (stop, stopped) = mpsc::channel();
    ctrlc::set_handler(move || {
        // Sending fails only if the receiver is gone, and then this program is ending anyway.
        let _ = stop.send(());
    })?;
    let mut command = Command::new(&sandbox);
    command
        .current_dir(tree::root())
        .args(["serve", "--port", &port.to_string(), "--site", "www", "--package", "pkg", "--database"])
        .arg(&database)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().context("the sandbox does not start")?;
    relay(&mut child)?;
    loop {
        match stopped.recv_timeout(Duration::from_millis(100)) {
            Err(RecvTimeoutError::Timeout) => {
                if let Some(status) = child.try_wait()? {
                    bail!("the sandbox ended with {status}");
                }
            }
            Ok(()) | Err(RecvTimeoutError::Disconnected) => {
                interrupt(&mut child)?;
                child.wait()?;
                say("\nstopped");
                return Ok(());
            }
        }
    }
}

fn furnish(sandbox: &Path, database: &Path) -> Result<()> {
    let [kind, identifier, id] = KEY;
    let command = |words: [&str; 2]| {
        let mut command = Command::new(sandbox);
        command.args(words).arg("--database").arg(database);
        command
    };
    run(command(["key", "add"]).args(["--type", kind, "--identifier", identifier, "--id", id]))?;
    run(command(["user", "add"]).args(["--username", USERNAME, "--password", PASSWORD, "--replace"]).args([
        "--email",
        "demo@example.com",
        "--first-name",
        "Ada",
        "--last-name",
        "Lovelace",
    ]))?;
    Ok(())
}

/// Passes on what the sandbox prints. Its first line means that it is ready.
fn relay(child: &mut Child) -> Result<()> {
    let output = child.stdout.take().context("the sandbox has no output")?;
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            match line.strip_prefix("listening on ") {
                Some(url) => welcome(url),
                None => say(&line),
            }
        }
    });
    Ok(())
}

fn welcome(url: &str) {
    let key = KEY.join(" ");
    say(&format!(
        "\n  The demo is at  {url}\n  Try to break it {url}/faults.html\n\n  API key         {key}\n  \
         username        {USERNAME}\n  password        {PASSWORD}\n\n  Ctrl-C stops it.\n"
    ));
}

#[cfg(unix)]
fn interrupt(child: &mut Child) -> Result<()> {
    use rustix::process::{Pid, Signal, kill_process};
    let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw).context("the sandbox has no process id")?;
    kill_process(id, Signal::INT)?;
    Ok(())
}

#[cfg(not(unix))]
fn interrupt(child: &mut Child) -> Result<()> {
    child.kill()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_hold_the_key_and_the_account_that_the_demo_adds() -> Result<()> {
        let page = |name| fs::read_to_string(tree::root().join("www").join(name));
        let key = KEY.join(" ");
        assert!(page("index.html")?.contains(&format!("value=\"{key}\"")));
        for (id, text) in [("api-key", key.as_str()), ("username", USERNAME), ("password", PASSWORD)] {
            assert!(page("faults.html")?.contains(&format!("<code id=\"{id}\">{text}</code>")), "{id}");
        }
        Ok(())
    }
}
