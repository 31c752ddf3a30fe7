//! What the tests share: the binary started and stopped by process id, its API and pages read as a client would, the
//! samples, the peers, and a browser. Nothing here knows the server's insides.

pub mod browser;
pub mod bucket;
pub mod html;
pub mod migrations;
pub mod peers;
pub mod proxy;
pub mod samples;
pub mod server;
pub mod stub;

use std::path::PathBuf;

/// A setting that `cargo xtask test` gives.
///
/// # Panics
/// When it is missing: a test that cannot run fails, it is never skipped.
#[must_use]
pub fn setting(name: &str) -> PathBuf {
    match std::env::var_os(name) {
        Some(value) => PathBuf::from(value),
        None => panic!("{name} is not set: run the tests with `cargo xtask test`, which sets everything up"),
    }
}
