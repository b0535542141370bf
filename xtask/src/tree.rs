//! Where things are in this repository.

use std::path::{Path, PathBuf};

/// The repository's root.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// The npm package.
pub(crate) fn package() -> PathBuf {
    root().join("pkg")
}

/// Cargo's target folder.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The target folder of the builds for wasm32. Not [`target`], because another compiler may fill it.
pub(crate) fn wasm_target() -> PathBuf {
    target().join("wasm")
}
