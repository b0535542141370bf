//! Fills `pkg/`: Rust → wasm32 → wasm-bindgen → wasm-opt; `js/` → esbuild.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use walrus::Module;
use wasm_bindgen_cli_support::Bindgen;

use crate::npm;
use crate::pack;
use crate::readme;
use crate::sizes;
use crate::steps::{run, say, step};
use crate::toolchain::{TARGET, Toolchain};
use crate::tree;

const NAME: &str = "catalyze_signin";

/// The compiler's flags, and why each is there:
///
/// - A panic traps without a message, so the code that formats messages is left out: a third of the module.
/// - rustc inlines before LLVM does, and across crates. At the level `z` it would not, or only small functions. Both
///   together make the compressed module 2 KB smaller. The thresholds are those that gave the smallest module.
/// - No reference types: the glue would set up a table for them that nothing uses.
/// - A stack of 4 KiB. Nothing recurses deeper than the user model, and no answer took more than about 1 KB. The linker
///   puts the stack at the start of memory, so a call that went deeper would trap. With the default of 1 MiB, every
///   page would need that memory, and addresses behind the stack would be a byte longer.
const RUSTFLAGS: &str = "-Zunstable-options -Cpanic=immediate-abort -Zfmt-debug=none -Zlocation-detail=none \
                         -Zinline-mir=yes -Zcross-crate-inline-threshold=always -Zinline-mir-threshold=20 \
                         -Zinline-mir-hint-threshold=15 -Cllvm-args=-inline-threshold=15 -Ctarget-feature=-reference-types \
                         -Clink-arg=-zstack-size=4096";

/// The flags of wasm-opt that gave the smallest module after compression.
///
/// The first kilobyte of memory is unused, since the linker puts the far end of the stack there. The feature section
/// must be removed last: until then it tells wasm-opt what the module may use.
const WASM_OPT: &[&str] = &[
    "--low-memory-unused",
    "-Oz",
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
];

/// Only the engine: the other exports of the package are JavaScript.
pub(crate) const FEATURES: [&str; 3] = ["--no-default-features", "--features", "engine"];

/// The files that are written by hand and published unchanged.
const COPIED: [&str; 7] = [
    "js/.attw.json",
    "js/index.d.ts",
    "js/package.json",
    "js/types.d.ts",
    "js/wasm.d.ts",
    "LICENSE-APACHE",
    "LICENSE-MIT",
];

/// Builds the whole package and prints its sizes.
pub(crate) fn make() -> Result<()> {
    npm::require()?;
    let toolchain = Toolchain::find()?;
    say(&format!("  {toolchain}"));
    let compiled = step("compile for wasm32", || compile(&toolchain))?;
    let glue = step("wasm-bindgen", || bind(&compiled))?;
    empty()?;
    step("wasm-opt", || optimise(&glue))?;
    step("bundle", || bundle(&glue))?;
    fs::write(tree::package().join("module.js"), pack::pack(&fs::read(module())?))?;
    for path in COPIED {
        let file = Path::new(path).file_name().context("a path of a file")?;
        fs::copy(tree::root().join(path), tree::package().join(file)).with_context(|| format!("{path} is missing"))?;
    }
    let manifest = serde_json::from_str(&fs::read_to_string(tree::package().join("package.json"))?)?;
    let text = fs::read_to_string(tree::root().join("README.md"))?;
    fs::write(tree::package().join("README.md"), readme::for_npm(&text, &manifest))?;
    sizes::show()
}

/// Removes from `pkg/` what an earlier build, or wasm-pack, has left there.
fn empty() -> Result<()> {
    fs::create_dir_all(tree::package())?;
    for entry in fs::read_dir(tree::package())? {
        let path = entry?.path();
        if path.is_dir() {
            fs::remove_dir_all(path)?;
        } else if !path.ends_with(".gitignore") {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn compile(toolchain: &Toolchain) -> Result<PathBuf> {
    run(toolchain
        .cargo("build")
        .args(["--package", "catalyze-signin", "--lib", "--release"])
        .args(FEATURES)
        .arg("-Zbuild-std-features=optimize_for_size")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", RUSTFLAGS))?;
    Ok(tree::wasm_target().join(format!("{TARGET}/release/{NAME}.wasm")))
}

/// Makes the glue, and the module that fits it. The loader around them is our own.
fn bind(compiled: &Path) -> Result<PathBuf> {
    let folder = tree::target().join("wasm-bindgen");
    // Otherwise the snippets of an earlier build would stay.
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut output = Bindgen::new().input_path(compiled).bundler(true)?.typescript(false).generate_output()?;
    let names = shorten(output.wasm_mut());
    output.emit(&folder)?;
    fs::write(folder.join("names.json"), serde_json::to_string_pretty(&names)?)?;
    Ok(folder)
}

/// The short names of what the module and the glue import from each other.
#[derive(Debug, Default, serde::Serialize)]
struct Names {
    imports: Vec<Import>,
    exports: BTreeMap<String, String>,
}

/// An import of the module: its short name, and where it comes from.
#[derive(Debug, serde::Serialize)]
struct Import {
    short: String,
    name: String,
    from: String,
}

/// Gives imports and exports short names. wasm-bindgen's names hold hashes and whole types, stand in the module and in
/// the glue, and take 2 KB after compression.
///
/// bundle.mjs gives the glue the same names.
fn shorten(module: &mut Module) -> Names {
    let mut names = Names::default();
    for import in module.imports.iter_mut() {
        let short = letters(names.imports.len());
        let name = std::mem::replace(&mut import.name, short.clone());
        // Imports of our own JavaScript too, so that one object holds all imports.
        let from = std::mem::replace(&mut import.module, format!("./{NAME}_bg.js"));
        names.imports.push(Import { short, name, from });
    }
    for export in module.exports.iter_mut() {
        // The functions that Rust exports keep their names.
        if export.name.starts_with("__") || export.name.starts_with("wasm_bindgen_") {
            let short = letters(names.exports.len());
            names.exports.insert(std::mem::replace(&mut export.name, short.clone()), short);
        }
    }
    names
}

/// A number in letters: `a`, `b`, … `z`, `ba`, `bb`, …
fn letters(number: usize) -> String {
    let last = char::from(b"abcdefghijklmnopqrstuvwxyz"[number % 26]);
    match number / 26 {
        0 => last.into(),
        rest => format!("{}{last}", letters(rest)),
    }
}

fn optimise(glue: &Path) -> Result<()> {
    let mut wasm_opt = npm::command("wasm-opt");
    run(wasm_opt.args(WASM_OPT).arg(glue.join(format!("{NAME}_bg.wasm"))).arg("-o").arg(module())).map(drop)
}

fn bundle(glue: &Path) -> Result<()> {
    run(npm::node("xtask/bundle.mjs").arg(glue).arg(tree::package())).map(drop)
}

fn module() -> PathBuf {
    tree::package().join(format!("{NAME}_bg.wasm"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_number_has_its_own_name() {
        let names: BTreeSet<_> = (0..2000).map(letters).collect();
        assert_eq!(names.len(), 2000);
        assert_eq!([letters(0), letters(25), letters(26)], ["a", "z", "ba"]);
    }
}
