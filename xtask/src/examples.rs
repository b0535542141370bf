//! The examples in Rust, linted and built for the tests that use them. Each is a workspace of its own.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use wasm_bindgen_cli_support::Bindgen;

use crate::steps::{run, step};
use crate::toolchain::{TARGET, Toolchain, host, host_tool};
use crate::tree;

/// The web applications.
const WEB: [&str; 2] = ["leptos", "yew"];

/// A page that starts the application next to it.
const PAGE: &str = "<!doctype html>\n<meta charset=\"utf-8\" />\n<title>Sign in</title>\n\
                    <script type=\"module\">\n  import init from \"./app.js\";\n  init({ module_or_path: \"app_bg.wasm\" });\n</script>\n";

/// Lints and builds all examples, each into a folder of its own. Returns the folder that holds those folders.
pub(crate) fn build() -> Result<PathBuf> {
    let folder = tree::target().join("examples");
    let toolchain = Toolchain::find()?;
    toolchain.require_clippy()?;
    for name in WEB {
        step(&format!("examples/{name}"), || web(&toolchain, name, &folder.join(name)))?;
    }
    step("examples/native", || {
        let manifest = ["--manifest-path", "examples/native/Cargo.toml", "--locked"];
        let target = folder.join("native");
        run(host_tool("clippy")?.args(manifest).arg("--target-dir").arg(&target).args(["--", "-D", "warnings"]))?;
        run(host("build").args(manifest).arg("--target-dir").arg(&target))
    })?;
    Ok(folder)
}

fn web(toolchain: &Toolchain, name: &str, folder: &Path) -> Result<()> {
    let manifest = format!("examples/{name}/Cargo.toml");
    let target = folder.join("target");
    let cargo = |subcommand| {
        let mut command = toolchain.cargo_in(&target, subcommand);
        command.args(["--manifest-path", &manifest, "--locked"]);
        command
    };
    run(cargo("clippy").args(["--", "-D", "warnings"]))?;
    run(&mut cargo("build"))?;
    fs::create_dir_all(folder)?;
    let module = target.join(format!("{TARGET}/debug/sign-in-with-{name}.wasm"));
    Bindgen::new().input_path(module).web(true)?.typescript(false).out_name("app").generate(folder)?;
    fs::write(folder.join("index.html"), PAGE)?;
    Ok(())
}
