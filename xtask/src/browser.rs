//! The browser that the tests run in.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::apt;

/// Chromium and the driver that fits it.
#[derive(Debug)]
pub(crate) struct Browser {
    pub(crate) chromium: PathBuf,
    pub(crate) driver: PathBuf,
}

impl Browser {
    /// The programs that `CHROMIUM` and `CHROMEDRIVER` name, or those on `PATH`. Installs them if they are missing.
    pub(crate) fn find() -> Result<Self> {
        if let Some(found) = Self::present() {
            return Ok(found);
        }
        apt::install(&["chromium", "chromium-driver"])
            .context("needs Chromium and its driver, on PATH or named by CHROMIUM and CHROMEDRIVER")?;
        Self::present().context("Chromium is not where its package should have put it")
    }

    fn present() -> Option<Self> {
        let named = |variable: &str, programs: &[&str]| {
            let path = std::env::var_os(variable).map(PathBuf::from);
            path.or_else(|| programs.iter().find_map(|program| apt::which(program)))
        };
        Some(Self {
            chromium: named("CHROMIUM", &["chromium", "chromium-browser", "google-chrome"])?,
            driver: named("CHROMEDRIVER", &["chromedriver"])?,
        })
    }
}
