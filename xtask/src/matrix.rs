//! The published matrix: every hostile case in every host, from a real run.

use anyhow::{Context, Result};

use crate::apt;
use crate::browser::Browser;
use crate::npm;
use crate::package;
use crate::steps::{run, step};
use crate::tree;

const HOSTS: [&str; 4] = ["node", "chromium", "firefox", "webkit"];

/// Runs the table of tests/hostile in all hosts and writes `docs/matrix.md`.
pub(crate) fn write() -> Result<()> {
    package::make()?;
    require_browsers()?;
    let chromium = Browser::find()?.chromium;
    let folder = tree::target().join("hostile");
    for host in HOSTS {
        step(&format!("hostile cases in {host}"), || {
            let file = format!("tests/hostile/{host}.test.mjs");
            run(npm::node("--test").arg(file).env("MATRIX", &folder).env("CHROMIUM", &chromium)).map(drop)
        })?;
    }
    run(npm::node("tests/hostile/matrix.mjs").arg(&folder).arg(tree::root().join("docs/matrix.md"))).map(drop)
}

/// Installs Firefox, and `WebKit` with its driver and a virtual display, if they are missing.
pub(crate) fn require_browsers() -> Result<()> {
    let wanted = [
        ("firefox-esr", "firefox-esr"),
        ("WebKitWebDriver", "webkit2gtk-driver"),
        ("xvfb-run", "xvfb"),
        ("xauth", "xauth"),
    ];
    let missing: Vec<&str> =
        wanted.iter().filter(|(program, _)| apt::which(program).is_none()).map(|&(_, package)| package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    apt::install(&missing).context("needs Firefox and WebKit's driver to prove the promises in them")
}
