//! `pkg/` is output only: neither build leaves a trace in Git, and each works after the other.

use std::fs;
use std::io::ErrorKind;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::steps::run;
use crate::tree;

/// Leaves `pkg/` as wasm-pack 0.15 does (`create_pkg_dir` and `write_package_json` in its source): it deletes a
/// `package.json` that it finds, and writes its own, a `.gitignore`, the module and its glue.
pub(crate) fn as_wasm_pack_leaves_it() -> Result<()> {
    let package = tree::package();
    fs::create_dir_all(&package)?;
    match fs::remove_file(package.join("package.json")) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    for (name, content) in [
        (".gitignore", "*"),
        ("package.json", "{ \"name\": \"catalyze-signin\", \"type\": \"module\" }"),
        ("catalyze_signin.js", ""),
        ("catalyze_signin.d.ts", ""),
        ("catalyze_signin_bg.wasm", ""),
        ("catalyze_signin_bg.wasm.d.ts", ""),
    ] {
        fs::write(package.join(name), content)?;
    }
    is_unchanged()
}

/// That Git sees no change in `pkg/`. Outside a checkout there is nothing to see.
pub(crate) fn is_unchanged() -> Result<()> {
    if !tree::root().join(".git").exists() {
        return Ok(());
    }
    let changes = run(Command::new("git").current_dir(tree::root()).args(["status", "--porcelain", "--", "pkg"]))?;
    ensure!(changes.trim().is_empty(), "the build has left a trace:\n{changes}");
    Ok(())
}
