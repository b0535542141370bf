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

/// A panic traps and says nothing: no message, no place, no formatting of either. A third of the module goes.
///
/// Inlining before LLVM is what rustc does at any other level than `z`, and across crates it only does with small
/// functions: both together take 2 KB off the compressed module. The thresholds are the smallest by measure.
///
/// Without WebAssembly's reference types: the glue would set up a table for them that nothing uses.
///
/// A stack of 4 KiB: nothing here recurses deeper than the user model, and the most that any answer took was about 1 KB. The
/// linker puts it at the start of memory, so a call that went deeper would trap. What lies behind it has addresses that are a
/// byte shorter than behind the default of 1 MiB, which would be memory of each page besides.
const RUSTFLAGS: &str = "-Zunstable-options -Cpanic=immediate-abort -Zfmt-debug=none -Zlocation-detail=none \
                         -Zinline-mir=yes -Zcross-crate-inline-threshold=always -Zinline-mir-threshold=20 \
                         -Zinline-mir-hint-threshold=15 -Cllvm-args=-inline-threshold=15 -Ctarget-feature=-reference-types \
                         -Clink-arg=-zstack-size=4096";

/// The combination that came out smallest after compression, by measure.
///
/// Nothing lives in the first kilobyte of memory, since the linker puts the stack's far end there. The feature section
/// must go last: until then it tells wasm-opt what the module may use.
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

/// The engine alone: the package's JavaScript has the exports.
pub(crate) const FEATURES: [&str; 3] = ["--no-default-features", "--features", "engine"];

/// What is written by hand and published as it is.
const COPIED: [&str; 7] = [
    "js/.attw.json",
    "js/index.d.ts",
    "js/package.json",
    "js/types.d.ts",
    "js/wasm.d.ts",
    "LICENSE-APACHE",
    "LICENSE-MIT",
];

/// Builds the package from start to end and prints its sizes.
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

/// Clears `pkg/` of what an earlier build, or wasm-pack, has left there.
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

/// Makes the glue and the module that fits it; the loader around them is ours.
fn bind(compiled: &Path) -> Result<PathBuf> {
    let folder = tree::target().join("wasm-bindgen");
    // Snippets of an earlier build would stay.
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

/// The short names of what module and glue have of each other.
#[derive(Debug, Default, serde::Serialize)]
struct Names {
    imports: Vec<Import>,
    exports: BTreeMap<String, String>,
}

/// What the module imports: `short`, and where that comes from.
#[derive(Debug, serde::Serialize)]
struct Import {
    short: String,
    name: String,
    from: String,
}

/// Gives the module short names: wasm-bindgen's hold hashes and whole types, twice, and take 2 KB after compression.
///
/// bundle.mjs gives the glue the same ones.
fn shorten(module: &mut Module) -> Names {
    let mut names = Names::default();
    for import in module.imports.iter_mut() {
        let short = letters(names.imports.len());
        let name = std::mem::replace(&mut import.name, short.clone());
        // JavaScript of our own too, so that one object holds all that the module needs.
        let from = std::mem::replace(&mut import.module, format!("./{NAME}_bg.js"));
        names.imports.push(Import { short, name, from });
    }
    for export in module.exports.iter_mut() {
        // What Rust exports by name keeps it.
        if export.name.starts_with("__") || export.name.starts_with("wasm_bindgen_") {
            let short = letters(names.exports.len());
            names.exports.insert(std::mem::replace(&mut export.name, short.clone()), short);
        }
    }
    names
}

/// `a`, `b`, … `z`, `ba`, `bb`, …: a number in letters.
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
