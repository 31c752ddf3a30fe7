//! The browser that the tests drive, and its driver.
//!
//! Called by `cargo xtask test`. `REKEY_CHROMIUM` and `REKEY_CHROMEDRIVER` name others to use instead.

use std::path::PathBuf;

use crate::failure::{Failure, Outcome};
use crate::{debian, process};

/// Paths of the two programs.
#[derive(Debug)]
pub(crate) struct Chromium {
    /// The browser.
    pub(crate) browser: PathBuf,
    /// The WebDriver server for it.
    pub(crate) driver: PathBuf,
}

/// Finds browser and driver, bringing them when they are missing.
pub(crate) fn chromium() -> Outcome<Chromium> {
    if let Some(found) = find() {
        return Ok(found);
    }
    debian::install("Chromium with its driver", &["chromium", "chromium-driver"])?;
    find().ok_or_else(|| {
        Failure::new(
            "the packages chromium and chromium-driver are installed, but their programs are not on PATH",
            "set REKEY_CHROMIUM and REKEY_CHROMEDRIVER to the two programs",
        )
    })
}

fn find() -> Option<Chromium> {
    let named_or_found = |variable: &str, name: &str| {
        std::env::var_os(variable)
            .map(PathBuf::from)
            .or_else(|| process::find(name))
    };
    Some(Chromium {
        browser: named_or_found("REKEY_CHROMIUM", "chromium")?,
        driver: named_or_found("REKEY_CHROMEDRIVER", "chromedriver")?,
    })
}
