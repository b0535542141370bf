//! Checks the plain `wasm-pack build`: that it works, and that it and the package's own build can both use `pkg/`
//! without changing what git tracks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::apt;
use crate::npm;
use crate::package;
use crate::sizes;
use crate::steps::{run, say, step};
use crate::toolchain::{BUILD_STD, TARGET, Toolchain};
use crate::tree;

const TARGETS: [&str; 3] = ["web", "bundler", "nodejs"];

/// Exactly what wasm-pack writes into the `.gitignore` of `pkg/`.
const IGNORED: &str = "*";

/// Builds for each target as wasm-pack does, and signs in with each build. Then the package's build must work, and
/// after it wasm-pack's again. None of them may change what git tracks. `in_chromium` tests the build for the web.
pub(crate) fn check(in_chromium: impl FnOnce() -> Result<String>) -> Result<String> {
    npm::require()?;
    let before = status()?;
    let toolchain = Toolchain::find()?;
    let wasm_pack = apt::which("wasm-pack");
    if wasm_pack.is_none() {
        say("  wasm-pack is not installed: what it does is done without it");
    }
    let build = |target: &str| {
        step(&format!("wasm-pack build --target {target}"), || {
            match &wasm_pack {
                Some(program) => build(program, &toolchain, target),
                None => imitate(&toolchain, target),
            }?;
            unchanged(&before)
        })
    };
    for target in TARGETS {
        build(target)?;
        step(&format!("sign in with --target {target}"), || sign_in(target))?;
        if target == "web" {
            step("check its declarations", declarations)?;
            let read = |name: &str| fs::read(tree::package().join(name)).with_context(|| format!("pkg/{name}"));
            let names = ["catalyze_signin_bg.wasm", "catalyze_signin.js"];
            sizes::table(&[(names[0], read(names[0])?), (names[1], read(names[1])?)])?;
        }
    }
    package::make()?;
    unchanged(&before)?;
    build("web")?;
    // The checks that follow need the package, even if this one fails.
    let tested = in_chromium();
    package::make()?;
    unchanged(&before)?;
    tested
}

/// The git status of the files that a build may write.
fn status() -> Result<String> {
    run(Command::new("git").current_dir(tree::root()).args(["status", "--porcelain", "--", "pkg", "Cargo.lock"]))
}

fn unchanged(before: &str) -> Result<()> {
    let after = status()?;
    ensure!(before == after, "git status says\n{after}instead of\n{before}");
    Ok(())
}

/// Runs wasm-pack itself, with the compiler, the tools and the flags that need no download. The mode `force` makes it
/// accept a compiler without the target's standard library, which is built as well.
fn build(wasm_pack: &Path, toolchain: &Toolchain, target: &str) -> Result<()> {
    let tools = tree::target().join("wasm-pack");
    fs::create_dir_all(&tools)?;
    let wasm_bindgen = tools.join("wasm-bindgen");
    let this = std::env::current_exe()?;
    fs::write(&wasm_bindgen, format!("#!/bin/sh\nexec '{}' wasm-bindgen \"$@\"\n", this.display()))?;
    run(Command::new("chmod").arg("+x").arg(&wasm_bindgen))?;
    let bins = [tools, toolchain.bin().to_owned(), tree::root().join("node_modules/.bin")];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(bins.into_iter().chain(std::env::split_paths(&path)))?;
    run(toolchain
        .for_wasm(&mut Command::new(wasm_pack))
        .args(["build", ".", "--mode", "force", "--target", target, "--", BUILD_STD, "--target-dir"])
        .arg(tree::wasm_target())
        .env("PATH", path))
    .map(drop)
}

/// Does to `pkg/` what wasm-pack 0.15 does, in the same order.
fn imitate(toolchain: &Toolchain, target: &str) -> Result<()> {
    run(toolchain.cargo("build").args(["--package", "catalyze-signin", "--lib", "--release"]))?;
    let package = tree::package();
    fs::create_dir_all(&package)?;
    let manifest = package.join("package.json");
    if manifest.exists() {
        fs::remove_file(&manifest)?;
    }
    fs::write(package.join(".gitignore"), IGNORED)?;
    let module = tree::wasm_target().join(format!("{TARGET}/release/catalyze_signin.wasm"));
    let this = std::env::current_exe()?;
    run(Command::new(this).arg("wasm-bindgen").arg(module).arg("--out-dir").arg(&package).args(["--target", target]))?;
    let module = package.join("catalyze_signin_bg.wasm");
    run(npm::command("wasm-opt").arg(&module).arg("-o").arg(&module).arg("-O"))?;
    let kind = if target == "nodejs" { "commonjs" } else { "module" };
    fs::write(manifest, format!("{{\n  \"name\": \"catalyze-signin\",\n  \"type\": \"{kind}\"\n}}\n"))?;
    for name in ["README.md", "LICENSE-APACHE", "LICENSE-MIT"] {
        fs::copy(tree::root().join(name), package.join(name))?;
    }
    Ok(())
}

fn sign_in(target: &str) -> Result<()> {
    let mut node = Command::new("node");
    // Bundlers do this by themselves.
    if target == "bundler" {
        node.arg("--experimental-wasm-modules");
    }
    run(node.current_dir(tree::root()).args(["tests/wasm-pack/use.mjs", target])).map(drop)
}

fn declarations() -> Result<()> {
    let usage: PathBuf = tree::root().join("tests/wasm-pack/usage.ts");
    let lib = ["--lib", "es2022,dom", "--types", "", "--skipLibCheck", "false"];
    run(npm::command("tsc")
        .args(["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022"])
        .args(lib)
        .arg(usage))
    .map(drop)
}
