//! Node and the development tools that npm brings.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::apt;
use crate::steps::{run, step};
use crate::tree;

/// The oldest Node that the package promises to run on.
const OLDEST_NODE: u64 = 20;

/// Installs Node and the development tools if they are missing.
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

/// Makes the `node_modules` of a folder agree with its lock file.
pub(crate) fn install(folder: &Path) -> Result<()> {
    if installed(folder) {
        return Ok(());
    }
    step("npm ci", || {
        // The install scripts of these packages only check their optional dependencies, so they are not needed.
        run(Command::new("npm").args(["ci", "--ignore-scripts"]).current_dir(folder)).map(drop)
    })
}

/// `node <script>` in the root of the repository. The path of the script is relative to it.
pub(crate) fn node(script: &str) -> Command {
    let mut command = Command::new("node");
    command.current_dir(tree::root()).arg(script);
    command
}

/// A command that npm has installed, in the root of the repository.
///
/// It is not run through `node`, since not every command is a script.
pub(crate) fn command(name: &str) -> Command {
    let mut command = Command::new(tree::root().join("node_modules/.bin").join(name));
    command.current_dir(tree::root());
    command
}

/// Whether `node_modules` is up to date. npm writes its `.package-lock.json` last, so that file must not be older than
/// the lock file.
fn installed(folder: &Path) -> bool {
    let changed = |path: &Path| fs::metadata(path).and_then(|file| file.modified());
    let done = changed(&folder.join("node_modules/.package-lock.json"));
    let wanted = changed(&folder.join("package-lock.json"));
    matches!((done, wanted), (Ok(done), Ok(wanted)) if done >= wanted)
}
