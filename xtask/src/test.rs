//! Every check that a change must pass.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;

use crate::browser::Browser;
use crate::examples;
use crate::fuzz;
use crate::matrix;
use crate::nodes;
use crate::npm;
use crate::package;
use crate::sandbox;
use crate::sizes;
use crate::steps::{Failure, run, say, step, time};
use crate::toolchain::{TARGET, Toolchain, host, host_tool};
use crate::tree;
use crate::wasm_pack;

/// The checks, in the order in which they run: the cheap ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Check {
    /// rustfmt for the workspace, Prettier for the JavaScript
    Format,
    /// The TypeScript compiler, for the JavaScript that ships and the published types
    Types,
    /// clippy for the workspace, with warnings denied; ESLint for the JavaScript
    Lint,
    /// rustdoc for the workspace, with warnings denied
    Docs,
    /// The Rust tests that run on the host, including those in the documentation
    Native,
    /// The fuzz targets, some seconds each
    Fuzz,
    /// clippy for the client on wasm32, with warnings denied
    LintWasm,
    /// The examples in Rust: clippy, and tests/examples/*.test.mjs, which sign in with each
    Examples,
    /// tests/web*.rs in headless Chromium, through wasm-bindgen
    Browser,
    /// The same in headless Firefox
    Firefox,
    /// A plain `wasm-pack build` for three targets: used in Node, tried with every fault in Chromium, before and after
    /// the package's own build
    WasmPack,
    /// Build pkg/
    Package,
    /// Only for --quick: the hostile, session and package tests that need nothing but the active Node
    Node,
    /// The package's size against xtask/budget.json
    Budget,
    /// tests/**/*.test.mjs: the built package, the demo page in Chromium, the sandbox behind them
    Javascript,
    /// tests/hostile/*.test.mjs: the promises under hostile conditions, in four versions of Node and three browsers
    Hostile,
    /// tests/session/*.test.mjs: the promises about sessions, one by one, in the same hosts
    Session,
    /// tests/environments/*.test.mjs: the package on platforms that lack or replace something, with garbage collection,
    /// and compiled by other compilers, in four versions of Node and Chromium
    Environments,
    /// tests/auth/*.test.mjs: the promises about `createAuth`, one by one, in the same hosts
    Auth,
    /// tests/packaging/*.test.mjs: the packed package in the projects of its users, and what is published
    Packaging,
}

/// The checks of --quick: the most important ones for a change of the code, in some minutes.
pub(crate) const QUICK: [Check; 7] =
    [Check::Format, Check::Types, Check::Lint, Check::Native, Check::Package, Check::Budget, Check::Node];

/// Long enough to run every seed and some thousand inputs of each kind.
const FUZZ_SECONDS: u32 = 5;

/// How long a file of tests in Node may take. Without a limit, a promise that never settles or a loop that never yields
/// would stop the run for ever. The longest file takes some minutes on a busy machine.
const NODE_FILE: Duration = Duration::from_mins(15);

/// How many tests of a check passed and failed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
}

/// Runs the checks, and prints the counts in the last line.
pub(crate) fn all(only: &[Check]) -> Result<()> {
    let started = Instant::now();
    let checks: Vec<Check> = Check::value_variants().iter().copied().filter(|check| chosen(*check, only)).collect();
    let mut total = Counts::default();
    let mut failures = Vec::new();
    let mut package = None;
    for (number, &check) in checks.iter().enumerate() {
        let name = format!("{} ({} of {})", name(check), number + 1, checks.len());
        let result = step(&name, || {
            if check >= Check::Package {
                let made = *package.get_or_insert_with(|| match package::make() {
                    Ok(()) => true,
                    Err(error) => {
                        say(&format!("{error:#}"));
                        false
                    }
                });
                ensure!(made, "the package cannot be built");
            }
            perform(check)
        });
        let counts = match &result {
            // A check without counts counts as one.
            Ok(text) => counts(text).unwrap_or(Counts { passed: 1, failed: 0 }),
            Err(error) => {
                say(&format!("{error:#}"));
                let counted = error.downcast_ref().and_then(|failure: &Failure| counts(&failure.output));
                let Counts { passed, failed } = counted.unwrap_or_default();
                failures.push(name);
                Counts { passed, failed: failed.max(1) }
            }
        };
        say(&format!("  {} passed, {} failed", counts.passed, counts.failed));
        total.passed += counts.passed;
        total.failed += counts.failed;
    }
    say("");
    for name in &failures {
        say(&format!("✗ {name}"));
    }
    say(&format!("{} checks in {}", checks.len(), time(started.elapsed())));
    say(&format!("{} passed, {} failed", total.passed, total.failed));
    if failures.is_empty() {
        Ok(())
    } else {
        // The counts must be the last line.
        std::process::exit(1)
    }
}

/// Whether a check runs. Without a choice all do, except `Node`, whose tests are among the hostile and session tests.
fn chosen(check: Check, only: &[Check]) -> bool {
    if only.is_empty() { check != Check::Node } else { only.contains(&check) }
}

fn name(check: Check) -> String {
    check.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

/// Runs a check, and returns what it printed.
fn perform(check: Check) -> Result<String> {
    match check {
        Check::Format => {
            run(host_tool("fmt")?.args(["--all", "--check"]))?;
            npm::require()?;
            run(npm::command("prettier").args(["--check", "**/*.{js,mjs,cjs,jsx,ts,css}"]))
        }
        Check::Types => {
            npm::require()?;
            run(npm::command("tsc").args(["--project", "js"]))?;
            run(npm::command("tsc").args(["--noEmit", "--project", "tests/types"]))
        }
        Check::Lint => {
            run(host_tool("clippy")?.args(["--workspace", "--all-targets", "--", "-D", "warnings"]))?;
            npm::require()?;
            run(npm::command("eslint").args(["--config", "xtask/eslint.config.js", "."]))
        }
        Check::Docs => run(host("doc").args(["--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings")),
        Check::Native => native(),
        Check::Fuzz => fuzz::all(FUZZ_SECONDS).map(|()| String::new()),
        Check::LintWasm => {
            let toolchain = Toolchain::find()?;
            toolchain.require_clippy()?;
            let lint = || {
                let mut lint = toolchain.cargo("clippy");
                lint.args(["--package", "catalyze-signin", "--lib"]);
                lint
            };
            // With the features of the npm package, and with those of wasm-pack.
            run(lint().args(package::FEATURES).args(["--", "-D", "warnings"]))?;
            run(lint().args(web_tests()?).args(["--", "-D", "warnings"]))
        }
        Check::Examples => {
            let examples = examples::build()?;
            let (chromium, sandbox) = (Browser::find()?.chromium, sandbox::build()?);
            let mut node = Command::new("node");
            run_tests(node.env("CHROMIUM", chromium).env("EXAMPLES", examples), &tests_in("tests/examples")?, &sandbox)
        }
        Check::Browser => in_chromium(),
        Check::Firefox => in_firefox(),
        Check::WasmPack => wasm_pack::check(|| javascript("tests/wasm-pack")),
        // Made before.
        Check::Package => Ok(String::new()),
        Check::Node => {
            let files = ["tests/hostile", "tests/session"].map(in_node).into_iter().collect::<Result<Vec<_>>>()?;
            let files: Vec<PathBuf> = files.into_iter().flatten().chain(tests_in("tests/package")?).collect();
            run_tests(&mut Command::new("node"), &files, &sandbox::build()?)
        }
        Check::Budget => sizes::check().map(|()| String::new()),
        Check::Javascript => javascript("tests"),
        Check::Hostile => {
            matrix::require_browsers()?;
            in_all_hosts("tests/hostile")
        }
        Check::Session => {
            matrix::require_browsers()?;
            in_all_hosts("tests/session")
        }
        Check::Environments => in_all_hosts("tests/environments"),
        Check::Auth => {
            matrix::require_browsers()?;
            in_all_hosts("tests/auth")
        }
        Check::Packaging => javascript("tests/packaging"),
    }
}

/// Tests package by package: together they would share one set of features, and much would be compiled again.
fn native() -> Result<String> {
    let test = |package| run(host("test").args(["--package", package, "--no-fail-fast"]));
    together(["catalyze-signin", "sandbox", "xtask"].map(test))
}

/// Joins the outputs of the parts of a check. If one part failed, the others' outputs are kept too, so that they count.
fn together(parts: impl IntoIterator<Item = Result<String>>) -> Result<String> {
    let (mut passed, mut failed) = (String::new(), String::new());
    for part in parts {
        match part {
            Ok(output) => passed.push_str(&output),
            Err(error) => match error.downcast::<Failure>() {
                Ok(failure) => failed.push_str(&failure.output),
                Err(error) => return Err(error),
            },
        }
    }
    if failed.is_empty() {
        return Ok(passed);
    }
    // The failures come last, since only the last lines are shown.
    Err(Failure::new("a part of this failed:", passed + &failed).into())
}

fn in_chromium() -> Result<String> {
    let this = std::env::current_exe()?;
    let runner = [&this.display().to_string(), "wasm-test-runner"];
    let driver = Browser::find()?.driver;
    web(&runner, |test| {
        test.env("CHROMEDRIVER", driver)
            // The defaults of 20 and 5 seconds are too short for a busy machine.
            .env("WASM_BINDGEN_TEST_TIMEOUT", "120")
            .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "30");
    })
}

fn in_firefox() -> Result<String> {
    matrix::require_browsers()?;
    npm::require()?;
    let this = std::env::current_exe()?;
    let script = tree::root().join("tests/web/in-firefox.mjs");
    web(&["node", &script.display().to_string()], |test| {
        test.env("XTASK", this);
    })
}

/// Runs the tests of the client that need a browser, each file with `runner`.
fn web(runner: &[&str], set: impl FnOnce(&mut Command)) -> Result<String> {
    let tests = web_tests()?;
    ensure!(!tests.is_empty(), "tests/ holds no web*.rs");
    // Passed as a list: the environment variable would be split at the blanks in a path.
    let runner = format!("target.{TARGET}.runner={runner:?}");
    let mut test = Toolchain::find()?.cargo("test");
    test.args(["--config", &runner, "--package", "catalyze-signin", "--no-fail-fast"])
        .args(tests)
        .env("WASM_BINDGEN_TEST_ONLY_WEB", "1");
    set(&mut test);
    let output = run(&mut test)?;
    ensure!(counts(&output).is_some(), "no test ran in the browser:\n{output}");
    Ok(output)
}

/// The tests of the client that need a browser, as arguments of cargo: tests/web*.rs.
fn web_tests() -> Result<Vec<String>> {
    let mut arguments = Vec::new();
    for entry in fs::read_dir(tree::root().join("tests")).context("tests/ is missing")? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        if let Some(stem) = name.strip_suffix(".rs").filter(|stem| stem.starts_with("web")) {
            arguments.extend(["--test".to_owned(), stem.to_owned()]);
        }
    }
    Ok(arguments)
}

/// The tests of a folder that need nothing but Node.
const IN_NODE: [&str; 8] = [
    "collection.test.mjs",
    "compiled.test.mjs",
    "globals.test.mjs",
    "memory.test.mjs",
    "network.test.mjs",
    "node.test.mjs",
    "timers.test.mjs",
    "traps.test.mjs",
];

/// Runs the tests of a folder. Those that need nothing but Node also run in its other versions.
fn in_all_hosts(folder: &str) -> Result<String> {
    let others = nodes::others()?;
    let sandbox = sandbox::build()?;
    let in_node = in_node(folder)?;
    let here = javascript(folder);
    // All at once, since they spend most of their time waiting for deadlines.
    let elsewhere = thread::scope(|scope| {
        let (files, sandbox) = (&in_node, &sandbox);
        let start = |node| scope.spawn(move || run_tests(&mut Command::new(node), files, sandbox));
        let running: Vec<_> = others.iter().map(start).collect();
        running.into_iter().map(|run| run.join().unwrap_or_else(|_| bail!("a thread panicked"))).collect::<Vec<_>>()
    });
    together(std::iter::once(here).chain(elsewhere))
}

fn in_node(folder: &str) -> Result<Vec<PathBuf>> {
    Ok(tests_in(folder)?.into_iter().filter(|file| IN_NODE.iter().any(|name| file.ends_with(name))).collect())
}

fn javascript(folder: &str) -> Result<String> {
    let chromium = Browser::find()?.chromium;
    let sandbox = sandbox::build()?;
    run_tests(Command::new("node").env("CHROMIUM", chromium), &tests_in(folder)?, &sandbox)
}

/// Runs files of tests in the Node of the command `node`.
fn run_tests(node: &mut Command, files: &[PathBuf], sandbox: &Path) -> Result<String> {
    // The files are named one by one, since Node 20 takes a folder here, but Node 22 a pattern. If a file takes too
    // long, Node ends its process and counts it as cancelled.
    let output = run(node
        .current_dir(tree::root())
        .args(["--test", "--test-reporter=spec"])
        .arg(format!("--test-timeout={}", NODE_FILE.as_millis()))
        .args(files)
        .env("SANDBOX", sandbox))?;
    ensure!(counts(&output).is_some(), "no test ran in Node:\n{output}");
    Ok(output)
}

fn tests_in(folder: &str) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    find_tests(&tree::root().join(folder), &mut files)?;
    files.sort();
    ensure!(!files.is_empty(), "{folder} holds no *.test.mjs");
    Ok(files)
}

fn find_tests(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            // The other folders are checks of their own, since they take long.
            if !["node_modules", "examples", "wasm-pack", "hostile", "session", "environments", "auth", "packaging"]
                .iter()
                .any(|name| path.ends_with(name))
            {
                find_tests(&path, files)?;
            }
        } else if path.to_string_lossy().ends_with(".test.mjs") {
            files.push(path);
        }
    }
    Ok(())
}

/// Sums the results that the test runners of Rust, wasm-bindgen and Node print. `None` if there are none.
fn counts(output: &str) -> Option<Counts> {
    let mut sum = Counts::default();
    for line in output.lines() {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("test result: ") {
            sum.passed += number_before(rest, " passed").unwrap_or_default();
            sum.failed += number_before(rest, " failed").unwrap_or_default();
        } else if let Some(rest) = line.strip_prefix("ℹ ").or_else(|| line.strip_prefix("# ")) {
            let number = |label: &str| rest.strip_prefix(label)?.parse::<u64>().ok();
            sum.passed += number("pass ").unwrap_or_default();
            // Node counts a test that took too long only here.
            sum.failed += number("fail ").or_else(|| number("cancelled ")).unwrap_or_default();
        }
    }
    (sum != Counts::default()).then_some(sum)
}

fn number_before(text: &str, label: &str) -> Option<u64> {
    text.split_once(label)?.0.rsplit(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rusts_results_are_summed_over_its_targets() {
        let output = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured\n\
                      test result: FAILED. 3 passed; 2 failed; 0 ignored\n";
        assert_eq!(counts(output), Some(Counts { passed: 15, failed: 2 }));
    }

    #[test]
    fn nodes_results_are_read_from_both_of_its_reporters() {
        assert_eq!(counts("ℹ tests 4\nℹ pass 3\nℹ fail 1\n"), Some(Counts { passed: 3, failed: 1 }));
        assert_eq!(counts("# pass 2\n# fail 0\n# cancelled 1\n"), Some(Counts { passed: 2, failed: 1 }));
    }

    #[test]
    fn an_output_without_results_counts_nothing() {
        assert_eq!(counts("Finished in 3 s\n"), None);
        assert_eq!(counts("test result: ok. 0 passed; 0 failed\n"), None);
    }
}
