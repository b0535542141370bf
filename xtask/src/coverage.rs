//! Measures how many lines of the client's core its tests reach.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::apt;
use crate::steps::{run, say, step};
use crate::toolchain::{Toolchain, add_component, clean, host};

/// In per cent.
const FLOOR: f64 = 98.0;

/// Not counted: code that needs a JavaScript engine is tested in one, and the other packages have tests of their own.
const ELSEWHERE: &str = "src/client|src/exports|src/engine/mod|sandbox|xtask";

/// Runs the client's native tests with counters, and prints the share of lines.
pub(crate) fn measure() -> Result<()> {
    if apt::which("cargo-llvm-cov").is_none() {
        step("cargo install cargo-llvm-cov", || run(host("install").args(["--locked", "cargo-llvm-cov"])))?;
    }
    let (cov, profdata) = llvm_tools()?;
    let report = step("coverage of the native tests", || {
        run(host("llvm-cov")
            .args(["--package", "catalyze-signin", "--json", "--summary-only"])
            .args(["--ignore-filename-regex", ELSEWHERE])
            .env("LLVM_COV", cov)
            .env("LLVM_PROFDATA", profdata))
    })?;
    // The output of the tests comes before the report.
    let json = report.lines().find(|line| line.starts_with("{\"data\"")).context("llvm-cov gave no report")?;
    let report: serde_json::Value = serde_json::from_str(json)?;
    let totals = &report["data"][0]["totals"]["lines"];
    let percent = totals["percent"].as_f64().context("llvm-cov's report has no lines")?;
    say(&format!("lines covered: {percent:.2} % ({} of {})", totals["covered"], totals["count"]));
    ensure!(percent >= FLOOR, "under {FLOOR} %");
    Ok(())
}

/// rustup's LLVM tools, or those of the distribution's LLVM, if it has the version of the compiler's.
fn llvm_tools() -> Result<(PathBuf, PathBuf)> {
    let toolchain = Toolchain::active()?;
    let rustup = || Some((toolchain.tool("llvm-cov")?, toolchain.tool("llvm-profdata")?));
    if let Some(found) = rustup() {
        return Ok(found);
    }
    let version = run(clean(&mut Command::new("rustc")).arg("-vV"))?;
    let llvm = version
        .lines()
        .find_map(|line| line.strip_prefix("LLVM version: ")?.split('.').next())
        .context("rustc does not say its LLVM")?;
    let debian = || {
        let folder = PathBuf::from(format!("/usr/lib/llvm-{llvm}/bin"));
        let pair = (folder.join("llvm-cov"), folder.join("llvm-profdata"));
        (pair.0.is_file() && pair.1.is_file()).then_some(pair)
    };
    if let Some(found) = debian() {
        return Ok(found);
    }
    if add_component("llvm-tools")
        && let Some(found) = rustup()
    {
        return Ok(found);
    }
    apt::install(&[&format!("llvm-{llvm}")]).context("needs llvm-tools: rustup component add llvm-tools")?;
    debian().context("llvm-cov is not where its package should have put it")
}
