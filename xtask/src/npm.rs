//! Node and the development tools that npm brings.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::apt;
use crate::steps::{run, step};
use crate::tree;

/// The oldest Node that is still looked after and that the package promises to run on.
const OLDEST_NODE: u64 = 20;

/// Node itself, and the development tools.
pub(crate) fn require() -> Result<()> {
    if apt::which("node").is_none() || apt::which("npm").is_none() {
        apt::install(&["nodejs", "npm"]).context("needs Node 20 or newer, with npm")?;
    }
    let version = run(Command::new("node").arg("--version"))?;
    let version = version.trim();
    let major = version.trim_start_matches('v').split('.').next();
    if major.and_then(|major| major.parse().ok()) < Some(OLDEST_NODE) {
        bail!("needs Node {OLDEST_NODE} or newer, and this is {version}");
    }
    install(tree::root())
}

/// The `node_modules` of a folder as its lock file wants it.
pub(crate) fn install(folder: &Path) -> Result<()> {
    if installed(folder) {
        return Ok(());
    }
    step("npm ci", || {
        // The scripts of these packages only look for what their optional dependencies brought.
        run(Command::new("npm").args(["ci", "--ignore-scripts"]).current_dir(folder)).map(drop)
    })
}

/// `node <script>`, in the root; the script is a path there.
pub(crate) fn node(script: &str) -> Command {
    let mut command = Command::new("node");
    command.current_dir(tree::root()).arg(script);
    command
}

/// A command that npm installed, in the root.
///
/// Not through `node`: some are scripts and some are not.
pub(crate) fn command(name: &str) -> Command {
    let mut command = Command::new(tree::root().join("node_modules/.bin").join(name));
    command.current_dir(tree::root());
    command
}

/// npm writes this file last: older than the lock file, it tells of another state.
fn installed(folder: &Path) -> bool {
    let changed = |path: &Path| fs::metadata(path).and_then(|file| file.modified());
    let done = changed(&folder.join("node_modules/.package-lock.json"));
    let wanted = changed(&folder.join("package-lock.json"));
    matches!((done, wanted), (Ok(done), Ok(wanted)) if done >= wanted)
}
