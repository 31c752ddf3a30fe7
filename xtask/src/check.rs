//! `cargo xtask test`: everything that must hold before a change is taken.
//!
//! Called by people and by `.ci/run`. It stops at the first step that fails and names it; the tests come last,
//! so that their counts are the last lines of the output.

use std::process::Command;

use crate::chromium::{self, Chromium};
use crate::failure::Outcome;
use crate::peers::{self, Peers};
use crate::workspace::{Profile, Workspace};
use crate::{bundle, process};

/// All crates but the one that is built for the browser, whose features must not meet the server's.
const ALL_NATIVE: &[&str] = &["--workspace", "--exclude", "app-browser"];

/// Runs every step.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    step("formats", || formats(workspace))?;
    step("lints", || lints(workspace))?;
    step("lints of the browser crate", || browser_lints(workspace))?;
    step("documentation", || documentation(workspace))?;
    step("browser bundle", || bundle::bundle(workspace))?;
    step("build", || build(workspace))?;
    let peers = step("peers", || peers::peers(workspace))?;
    let chromium = step("browser", chromium::chromium)?;
    step("documentation tests", || documentation_tests(workspace))?;
    step("tests", || tests(workspace, &peers, &chromium))
}

fn step<T>(name: &str, run: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    println!("\n== {name}");
    run().map_err(|failure| failure.in_step(name))
}

fn formats(workspace: &Workspace) -> Outcome {
    let mut command = workspace.bare_cargo("fmt");
    process::run(command.args(["--all", "--check"]), "run `cargo fmt --all`")
}

fn lints(workspace: &Workspace) -> Outcome {
    let mut command = workspace.cargo("clippy");
    command
        .args(ALL_NATIVE)
        .args(["--all-targets", "--", "-D", "warnings"]);
    process::run(
        &mut command,
        "mend what clippy names above; `cargo clippy --fix` can do some of it",
    )
}

/// Checked for the native target: it lints the same code, and needs no second compiler's clippy.
fn browser_lints(workspace: &Workspace) -> Outcome {
    let mut command = workspace.cargo("clippy");
    command.args(["--package", "app-browser", "--", "-D", "warnings"]);
    process::run(&mut command, "mend what clippy names above")
}

fn documentation(workspace: &Workspace) -> Outcome {
    let mut command = workspace.cargo("doc");
    command
        .args(ALL_NATIVE)
        .args(["--no-deps", "--document-private-items"]);
    command.env("RUSTDOCFLAGS", "-Dwarnings");
    process::run(&mut command, "mend the comments that rustdoc names above")
}

/// The same selection of crates as the tests, and so the same features: nothing is compiled twice.
fn build(workspace: &Workspace) -> Outcome {
    let mut command = workspace.cargo("build");
    process::run(command.args(ALL_NATIVE), "mend what the compiler names above")
}

fn documentation_tests(workspace: &Workspace) -> Outcome {
    let mut command = workspace.cargo("test");
    process::run(
        command.args(ALL_NATIVE).arg("--doc").arg("--quiet"),
        "mend the examples that failed above",
    )
}

fn tests(workspace: &Workspace, peers: &Peers, chromium: &Chromium) -> Outcome {
    let has_nextest = process::output(Command::new("cargo-nextest").args(["nextest", "--version"])).is_some();
    let mut command = if has_nextest {
        let mut command = workspace.bare_cargo("nextest");
        command
            .args(["run", "--no-fail-fast", "--target-dir"])
            .arg(workspace.built(""));
        command
    } else {
        let mut command = workspace.cargo("test");
        command.args(["--no-fail-fast", "--all-targets"]);
        command
    };
    command.args(ALL_NATIVE);
    command.env("REKEY_BIN", workspace.server_binary(Profile::Dev));
    command.env("REKEY_MOTO_PYTHON", &peers.moto_python);
    command.env("REKEY_MINISTACK_BIN", &peers.ministack);
    command.env("REKEY_CHROMIUM", &chromium.browser);
    command.env("REKEY_CHROMEDRIVER", &chromium.driver);
    process::run(&mut command, "mend what the failed tests named above say")
}
