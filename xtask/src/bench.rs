//! The published comparison of what signing in costs with this package and with others.

use anyhow::Result;
use clap::ValueEnum;

use crate::browser::Browser;
use crate::npm;
use crate::package;
use crate::sandbox;
use crate::sizes;
use crate::steps::{run, say, step};
use crate::tree;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// The bytes of the smallest application
    Sizes,
    /// Cold starts in Chromium: the time until the token is there, and the CPU time of the main thread
    Starts,
    /// Calls after the first, with the answer made in the page
    Calls,
    /// `init()` in the Node on PATH, and in those that `NODES` names
    Init,
    /// The memory of an instance
    Memory,
}

/// Measures the clients of bench/. Writes all tables into `README.md`, or only prints those of the parts in `only`.
pub(crate) fn write(rounds: u16, only: &[Part]) -> Result<()> {
    let wanted = |part| only.is_empty() || only.contains(&part);
    package::make()?;
    npm::install(&tree::root().join("bench"))?;
    let mut bench = npm::node("bench/bench.mjs");
    bench.arg("--rounds").arg(rounds.to_string());
    if only.is_empty() {
        bench.arg("--readme").arg(tree::root().join("README.md"));
    }
    for part in only {
        bench.args(part.to_possible_value().map(|part| format!("--only={}", part.get_name())));
    }
    if wanted(Part::Sizes) {
        bench.arg("--sizes").arg(serde_json::to_string(&sizes::of_clients()?)?);
    }
    if wanted(Part::Starts) {
        bench.env("SANDBOX", step("build the sandbox", sandbox::build)?);
    }
    bench.env("CHROMIUM", Browser::find()?.chromium);
    let figures = step("measure", || run(&mut bench))?;
    say(figures.trim_end());
    Ok(())
}
