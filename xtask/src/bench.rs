//! The published comparison: how long a cold page takes to sign in, with this package and with others.

use anyhow::Result;

use crate::browser::Browser;
use crate::npm;
use crate::package;
use crate::sandbox;
use crate::steps::{run, say, step};
use crate::tree;

/// Measures the clients of bench/ in Chromium, and writes their table into `README.md`.
pub(crate) fn write(rounds: u16) -> Result<()> {
    package::make()?;
    npm::install(&tree::root().join("bench"))?;
    let chromium = Browser::find()?.chromium;
    let sandbox = step("build the sandbox", sandbox::build)?;
    let figures = step("cold starts in Chromium", || {
        run(npm::node("bench/bench.mjs")
            .arg(rounds.to_string())
            .arg(tree::root().join("README.md"))
            .env("CHROMIUM", chromium)
            .env("SANDBOX", sandbox))
    })?;
    say(figures.trim_end());
    Ok(())
}
