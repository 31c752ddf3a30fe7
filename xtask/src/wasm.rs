//! Compiling `app-browser` to WebAssembly.
//!
//! Called by the bundle. The standard library for wasm32 is taken from where it can be had: the active
//! toolchain, `rustup`, or Debian's compiler packages, from whose source cargo builds it once.
//! What is made of the module afterwards is the business of `bundle`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::failure::{Failure, Outcome};
use crate::workspace::Workspace;
use crate::{debian, process};

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "wasm-release";
const RUSTUP_TIME_LIMIT: Duration = Duration::from_secs(20);

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_PACKAGES: &[&str] = &["rustc-web", "rust-web-src", "lld-19"];
const DEBIAN_LINKERS: &[&str] = &["wasm-ld-19", "wasm-ld"];

/// What compiles for wasm32.
#[derive(Debug)]
enum Toolchain {
    /// The active toolchain has the target.
    Active,
    /// Debian's compiler, with the standard library built from its source package.
    Debian { linker: PathBuf },
}

/// Builds the module and gives its path.
pub(crate) fn build(workspace: &Workspace) -> Outcome<PathBuf> {
    let toolchain = toolchain()?;
    // A folder of its own: the flags below differ from those of every other build.
    let folder = workspace.built("wasm");
    let mut command = workspace.bare_cargo("build");
    command.args([
        "--package",
        "app-browser",
        "--target",
        TARGET,
        "--profile",
        PROFILE,
    ]);
    command.arg("--target-dir").arg(&folder);
    // Stripping would also drop the list of target features, by which wasm-bindgen learns what it may use.
    // It removes the names itself.
    command.env("CARGO_PROFILE_WASM_RELEASE_STRIP", "false");
    if let Toolchain::Debian { linker } = &toolchain {
        command.arg("-Zbuild-std=std,panic_abort");
        command.env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1");
        command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        // `cargo run` points this at the active toolchain, whose libraries the other compiler must not load.
        command.env_remove("LD_LIBRARY_PATH");
    }
    println!("Building the browser bundle with {toolchain}");
    process::run(&mut command, "mend what the compiler names above")?;
    Ok(folder.join(TARGET).join(PROFILE).join("app_browser.wasm"))
}

impl std::fmt::Display for Toolchain {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Active => formatter.write_str("the active Rust toolchain"),
            Self::Debian { .. } => write!(formatter, "{DEBIAN_RUSTC} and a standard library from source"),
        }
    }
}

/// The first way that works; Debian's is only set up when `rustup` cannot help.
fn toolchain() -> Outcome<Toolchain> {
    if active_has_target() {
        return Ok(Toolchain::Active);
    }
    if let Some(linker) = debian_linker() {
        return Ok(Toolchain::Debian { linker });
    }
    if process::find("rustup").is_some() {
        println!("Bringing the wasm32 standard library: rustup target add {TARGET}");
        let mut add = Command::new("rustup");
        add.args(["target", "add", TARGET]);
        if process::succeeds_within(&mut add, RUSTUP_TIME_LIMIT) && active_has_target() {
            return Ok(Toolchain::Active);
        }
        println!("rustup could not bring it; turning to Debian's packages");
    }
    debian::install("a compiler that can build for wasm32", DEBIAN_PACKAGES)?;
    let linker = debian_linker().ok_or_else(|| {
        Failure::new(
            format!(
                "{DEBIAN_RUSTC} is older than Rust {}, or its source package or linker does not match it",
                env!("CARGO_PKG_RUST_VERSION"),
            ),
            format!("run `rustup target add {TARGET}` where rustup can reach its server"),
        )
    })?;
    Ok(Toolchain::Debian { linker })
}

fn active_has_target() -> bool {
    sysroot("rustc").is_some_and(|root| root.join("lib/rustlib").join(TARGET).join("lib").is_dir())
}

/// The linker, if Debian's compiler is new enough and the source of its own standard library is there.
fn debian_linker() -> Option<PathBuf> {
    let described = process::output(
        Command::new(DEBIAN_RUSTC)
            .arg("--version")
            .env_remove("LD_LIBRARY_PATH"),
    )?;
    let version = described.split_whitespace().nth(1)?;
    if release(version)? < release(env!("CARGO_PKG_RUST_VERSION"))? {
        return None;
    }
    // A link to /usr/src/rustc-VERSION: after half an upgrade it would be another version's source.
    let source = sysroot(DEBIAN_RUSTC)?
        .join("lib/rustlib/src/rust")
        .canonicalize()
        .ok()?;
    if !source.ends_with(format!("rustc-{version}")) || !source.join("library/Cargo.lock").is_file() {
        return None;
    }
    DEBIAN_LINKERS.iter().find_map(|name| process::find(name))
}

fn sysroot(rustc: impl AsRef<Path>) -> Option<PathBuf> {
    let mut command = Command::new(rustc.as_ref());
    process::output(command.args(["--print", "sysroot"])).map(PathBuf::from)
}

/// Major and minor of a version such as `1.96.0`.
fn release(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::release;

    #[test]
    fn releases_compare_as_numbers() {
        assert!(release("1.100.0") > release("1.95"));
        assert!(release("1.85.0") < release("1.95"));
        assert_eq!(release("unknown"), None);
    }
}
