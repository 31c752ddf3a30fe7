//! Where things are, and how cargo is called.
//!
//! Everything that is built lies under one target folder: `CARGO_TARGET_DIR`, else `target` in the
//! workspace. Cargo gets it as `--target-dir` and not through the environment, so that a plain
//! `cargo build` and xtask share their results.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Failure, Outcome};
use crate::{files, process};

/// The two ways the server is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build, slower to run.
    Dev,
    /// What is deployed.
    Release,
}

/// The folders of this work tree.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// The work tree that `cargo xtask` was called in, as cargo tells; called by hand, the one xtask was built from.
    pub(crate) fn find() -> Outcome<Self> {
        let told =
            std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let package = Path::new(&told);
        let root = package.parent().unwrap_or(package).to_path_buf();
        if !root.join("Cargo.lock").is_file() {
            return Err(Failure::new(
                format!("{} is not the work tree of Rekey", root.display()),
                "run `cargo xtask` inside the work tree",
            ));
        }
        // `join` keeps an absolute path as it is. server/build.rs follows the same rule.
        let target = root.join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()));
        Ok(Self { root, target })
    }

    /// A file or folder of the work tree.
    pub(crate) fn source(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// A file or folder among what is built.
    pub(crate) fn built(&self, relative: &str) -> PathBuf {
        self.target.join(relative)
    }

    /// Where the browser bundle is written to and embedded from.
    pub(crate) fn site(&self) -> PathBuf {
        self.built("site")
    }

    /// The version of a package in `Cargo.lock`.
    pub(crate) fn locked_version(&self, package: &str) -> Outcome<String> {
        let lock = files::read_text(&self.source("Cargo.lock"))?;
        locked_version(&lock, package).ok_or_else(|| {
            Failure::new(
                format!("Cargo.lock has no package `{package}`"),
                "run `cargo generate-lockfile`",
            )
        })
    }

    /// Cargo with a subcommand, in the work tree, writing below the target folder.
    pub(crate) fn cargo(&self, subcommand: &str) -> Command {
        let mut command = self.bare_cargo(subcommand);
        command.arg("--target-dir").arg(&self.target);
        command
    }

    /// Cargo with a subcommand that has no target folder (`fmt`), or gets its own.
    ///
    /// It does not see what the outer `cargo run` said of this package: build scripts that watch those variables would
    /// run again, and all that depends on them compile again, each time cargo is called by hand and through here in turn.
    pub(crate) fn bare_cargo(&self, subcommand: &str) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(&self.root).arg(subcommand);
        for (name, _) in std::env::vars_os() {
            if is_of_this_package(&name.to_string_lossy()) {
                command.env_remove(name);
            }
        }
        command
    }

    /// Builds the binary `rekey` around the browser bundle that is there.
    pub(crate) fn build_server(&self, profile: Profile) -> Outcome {
        println!("Building the server");
        let mut command = self.cargo("build");
        command.args(["--package", "server"]);
        if profile == Profile::Release {
            command.arg("--release");
        }
        process::run(&mut command, "mend what the compiler names above")
    }

    /// Where that build leaves the binary.
    pub(crate) fn server_binary(&self, profile: Profile) -> PathBuf {
        let folder = match profile {
            Profile::Dev => "debug",
            Profile::Release => "release",
        };
        self.built(folder).join("rekey")
    }
}

/// Whether cargo set a variable for the package it runs.
fn is_of_this_package(variable: &str) -> bool {
    variable.starts_with("CARGO_PKG_") || variable.starts_with("CARGO_MANIFEST_")
}

fn locked_version(lock: &str, package: &str) -> Option<String> {
    let name_line = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name_line);
    let version_line = lines.nth(1)?;
    Some(
        version_line
            .strip_prefix("version = \"")?
            .strip_suffix('"')?
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::{Workspace, is_of_this_package, locked_version};

    #[test]
    fn cargo_does_not_hear_of_the_package_that_called_it() {
        // Tests are run by cargo too, so that their own package is in the environment.
        assert!(std::env::var_os("CARGO_PKG_NAME").is_some());
        let workspace = Workspace::find().expect("tests run in the work tree");
        let cargo = workspace.cargo("build");
        let removed = cargo.get_envs().filter(|(_, value)| value.is_none());
        let names: Vec<_> = removed
            .map(|(name, _)| name.to_string_lossy().into_owned())
            .collect();
        assert!(names.iter().any(|name| name == "CARGO_PKG_NAME"), "{names:?}");
        assert!(names.iter().any(|name| name == "CARGO_MANIFEST_DIR"), "{names:?}");
        assert!(names.iter().all(|name| is_of_this_package(name)), "{names:?}");
    }

    #[test]
    fn finds_the_package_and_not_its_namesakes() {
        let lock = "[[package]]\nname = \"bindgen-extra\"\nversion = \"9.0.0\"\n\n\
                    [[package]]\nname = \"bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(locked_version(lock, "absent"), None);
    }
}
