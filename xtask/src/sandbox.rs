//! The local service, as the demo and the tests start it.

use std::path::PathBuf;

use anyhow::Result;

use crate::steps::run;
use crate::toolchain::host;
use crate::tree;

/// Builds it and returns its path.
pub(crate) fn build() -> Result<PathBuf> {
    run(host("build").args(["--package", "sandbox"]))?;
    Ok(tree::target().join("debug").join(format!("sandbox{}", std::env::consts::EXE_SUFFIX)))
}
