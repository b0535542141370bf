//! The versions of Node that the tests run in, beside the active one.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::npm;
use crate::steps::{run, say};
use crate::tree;

/// Each of npm's packages of Node has a binary for one platform. The lock file has those for this platform.
const HAS_BINARIES: bool = cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"));

/// The binaries that `tests/driver/package.json` names, except the active version. Installs them if they are missing.
/// Each takes 200 MB, so only the checks that need them call this.
pub(crate) fn others() -> Result<Vec<PathBuf>> {
    if !HAS_BINARIES {
        say("  only in the active Node: npm has the others for Linux on x86-64 alone");
        return Ok(Vec::new());
    }
    let folder = tree::root().join("tests/driver");
    npm::install(&folder)?;
    let active = run(Command::new("node").arg("--version"))?;
    let manifest: serde_json::Value = serde_json::from_str(&fs::read_to_string(folder.join("package.json"))?)?;
    let aliases = manifest["dependencies"].as_object().context("tests/driver/package.json names no Node")?;
    let others = aliases.keys().filter(|alias| Some(alias.as_str()) != alias_of(&active).as_deref());
    Ok(others.map(|alias| folder.join("node_modules").join(alias).join("bin/node")).collect())
}

/// `node22` for `v22.1.0`.
fn alias_of(version: &str) -> Option<String> {
    let (major, _) = version.trim().strip_prefix('v')?.split_once('.')?;
    Some(format!("node{major}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_active_version_is_known_by_its_alias() {
        assert_eq!(alias_of("v22.1.0\n").as_deref(), Some("node22"));
        assert_eq!(alias_of("nonsense"), None);
    }
}
