//! Installs packages of the distribution: a compiler for wasm32, Node, Chromium.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Result, bail};

use crate::steps::{run, step};

/// Whether the package lists have been fetched in this run. Without them, a fresh container can install nothing.
static UPDATED: AtomicBool = AtomicBool::new(false);

/// Installs packages. If it can't, the error names the command that would.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    if !available() {
        bail!("needs {names} or what your system calls them: install them and try again");
    }
    if !root() {
        bail!("needs more packages: sudo apt-get install --no-install-recommends {names}");
    }
    update()?;
    step(&format!("apt-get install {names}"), || {
        run(apt_get().args(["install", "--yes", "--no-install-recommends"]).args(packages))?;
        Ok(())
    })
}

/// The available packages whose names match a regular expression.
pub(crate) fn offers(pattern: &str) -> Result<Vec<String>> {
    if !available() {
        return Ok(Vec::new());
    }
    if root() {
        update()?;
    }
    let listed = run(Command::new("apt-cache").args(["search", "--names-only", pattern]))?;
    Ok(listed.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect())
}

/// The path of a program that is on `PATH`.
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(program)).find(|path| path.is_file())
}

fn update() -> Result<()> {
    if UPDATED.swap(true, Ordering::Relaxed) {
        return Ok(());
    }
    step("apt-get update", || run(apt_get().arg("update"))).map(drop)
}

fn available() -> bool {
    Path::new("/usr/bin/apt-get").exists()
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

#[cfg(unix)]
fn root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn root() -> bool {
    false
}
