//! The pictures of the demo for README and docs, in both colour schemes.

use std::fs;

use anyhow::{Result, ensure};

use crate::browser::Browser;
use crate::npm;
use crate::package;
use crate::sandbox;
use crate::steps::{run, say, step};
use crate::tree;

/// The largest size of a picture in bytes: every reader of the README loads them.
const LARGEST: u64 = 65_000;

/// Builds the demo, opens it in Chromium and fills `docs/pictures`.
pub(crate) fn take() -> Result<()> {
    package::make()?;
    let sandbox = step("build the sandbox", sandbox::build)?;
    let chromium = Browser::find()?.chromium;
    let folder = tree::root().join("docs/pictures");
    fs::create_dir_all(&folder)?;
    step("take the pictures", || {
        run(npm::node("xtask/pictures.mjs").arg(&folder).env("CHROMIUM", chromium).env("SANDBOX", sandbox)).map(drop)
    })?;
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        let (name, bytes) = (entry.file_name(), entry.metadata()?.len());
        let name = name.to_string_lossy();
        say(&format!("  {name}: {bytes} bytes"));
        ensure!(bytes <= LARGEST, "{name} is larger than {LARGEST} bytes");
    }
    Ok(())
}
