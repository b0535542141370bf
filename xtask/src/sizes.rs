//! Measures how many bytes users of the package load.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde::Serialize;

use crate::npm;
use crate::steps::{run, say};
use crate::tree;

/// The file in bench/smallest/ that signs in with the default entry.
const OURS: &str = "ours";

/// The sizes of a file in bytes: uncompressed, and as a server would send it.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Sizes {
    raw: usize,
    gzip: usize,
    brotli: usize,
}

impl Sizes {
    fn of(bytes: &[u8]) -> Result<Self> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(bytes)?;
        let mut brotli = brotli::CompressorWriter::new(Vec::new(), 4096, 11, 22);
        brotli.write_all(bytes)?;
        Ok(Self { raw: bytes.len(), gzip: gzip.finish()?.len(), brotli: brotli.into_inner().len() })
    }
}

/// Prints the table of sizes.
pub(crate) fn show() -> Result<()> {
    let read = |name: &str| fs::read(tree::package().join(name)).with_context(|| format!("pkg/{name} is missing"));
    table(&[
        ("catalyze_signin_bg.wasm", read("catalyze_signin_bg.wasm")?),
        ("client.js", read("client.js")?),
        ("module.js", read("module.js")?),
        ("default entry, bundled", smallest(OURS)?),
    ])
}

/// Prints the sizes of some files, each with its name.
pub(crate) fn table(files: &[(&str, Vec<u8>)]) -> Result<()> {
    say(&row(&["", "raw", "gzip -9", "brotli 11"]));
    for (name, bytes) in files {
        let Sizes { raw, gzip, brotli } = Sizes::of(bytes)?;
        say(&row(&[name, &raw.to_string(), &gzip.to_string(), &brotli.to_string()]));
    }
    Ok(())
}

/// Fails if a size is larger than `xtask/budget.json` allows.
pub(crate) fn check() -> Result<()> {
    let file = tree::root().join("xtask/budget.json");
    let text = fs::read_to_string(&file).context("xtask/budget.json is missing")?;
    let budget: serde_json::Value = serde_json::from_str(&text).context("xtask/budget.json")?;
    let entry = Sizes::of(&smallest(OURS)?)?;
    let module = fs::read(tree::package().join("catalyze_signin_bg.wasm"))?;
    for (name, what, is) in [
        ("defaultEntryGzip", "the default entry, gzip -9", entry.gzip),
        ("defaultEntryBrotli", "the default entry, brotli 11", entry.brotli),
        ("moduleRaw", "the module, as it is", module.len()),
    ] {
        let allowed = budget[name].as_u64().and_then(|bytes| usize::try_from(bytes).ok());
        let allowed = allowed.with_context(|| format!("xtask/budget.json has no number `{name}`"))?;
        say(&format!("  {what}: {is} of {allowed} bytes"));
        ensure!(is <= allowed, "{what} takes {is} bytes, and xtask/budget.json allows {allowed}");
    }
    Ok(())
}

/// The sizes of the smallest application with each client of bench/smallest/, by its name there.
pub(crate) fn of_clients() -> Result<BTreeMap<String, Sizes>> {
    let mut sizes = BTreeMap::new();
    for file in fs::read_dir(apps())? {
        let path = file?.path();
        let name = path.file_stem().and_then(|name| name.to_str()).context("a name in bench/smallest is not UTF-8")?;
        sizes.insert(name.to_owned(), Sizes::of(&smallest(name)?)?);
    }
    Ok(sizes)
}

/// The smallest application that signs in with a client, bundled with everything that it imports.
fn smallest(name: &str) -> Result<Vec<u8>> {
    let folder = tree::target().join("sizes");
    fs::create_dir_all(&folder)?;
    let bundle = folder.join(format!("{name}.js"));
    run(npm::command("esbuild")
        .arg(apps().join(format!("{name}.js")))
        .args(["--bundle", "--minify", "--format=esm", "--target=es2022", "--legal-comments=none"])
        .arg(format!("--alias:catalyze-signin={}", tree::package().join("index.js").display()))
        .arg(format!("--outfile={}", bundle.display())))?;
    Ok(fs::read(bundle)?)
}

fn apps() -> PathBuf {
    tree::root().join("bench/smallest")
}

fn row([name, raw, gzip, brotli]: &[&str; 4]) -> String {
    format!("  {name:<24} {raw:>8} {gzip:>8} {brotli:>9}")
}
