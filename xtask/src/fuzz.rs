//! Fuzzes the pure core with libFuzzer.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::apt;
use crate::steps::{run, say, step};
use crate::toolchain::clean;
use crate::tree;

const TARGETS: [&str; 4] = ["answers", "arguments", "echoes", "messages"];

/// The flags that `cargo fuzz` uses too. All of them are stable, so neither a nightly compiler nor another tool is
/// needed.
const RUSTFLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                         -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
                         -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";

/// Runs each target for `seconds`, starting with its seeds, and prints the number of executions.
///
/// New inputs that reach new code are kept in `target/fuzz`, and the next run starts with them.
pub(crate) fn all(seconds: u32) -> Result<()> {
    if apt::which("c++").is_none() {
        apt::install(&["g++"]).context("needs a C++ compiler: libFuzzer is in that language")?;
    }
    let target = tree::target().join("fuzz");
    let host = run(clean(&mut Command::new("rustc")).args(["--print", "host-tuple"]))?;
    let host = host.trim();
    step("build the fuzz targets", || {
        run(clean(&mut Command::new("cargo"))
            .current_dir(tree::root())
            .args(["build", "--release", "--manifest-path", "fuzz/Cargo.toml", "--target", host, "--target-dir"])
            .arg(&target)
            .env("RUSTFLAGS", RUSTFLAGS))
    })?;
    for name in TARGETS {
        step(&format!("fuzz {name}"), || {
            let found = target.join("found").join(name);
            fs::create_dir_all(&found)?;
            let dictionary = tree::root().join(format!("fuzz/{name}.dict"));
            let mut command = Command::new(target.join(host).join("release").join(name));
            command
                .arg(&found)
                .arg(tree::root().join("fuzz/corpus").join(name))
                .arg(format!("-max_total_time={seconds}"))
                .args(["-timeout=60", "-max_len=4096", "-print_final_stats=1"])
                .arg(format!("-artifact_prefix={}/{name}-", target.display()));
            if dictionary.is_file() {
                command.arg(format!("-dict={}", dictionary.display()));
            }
            let output = run(&mut command)?;
            let executions = output.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
            say(&format!("  {} executions", executions.context("libFuzzer does not say what it did")?.trim()));
            Ok(())
        })?;
    }
    Ok(())
}
