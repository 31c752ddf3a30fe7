//! Shrinking the WebAssembly module with Binaryen's `wasm-opt`.
//!
//! Called by the bundle. The program comes from the npm package `binaryen`, since the one in Debian 12 does
//! not know the features that current compilers emit.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Failure, Outcome};
use crate::workspace::Workspace;
use crate::{debian, process};

const VERSION: &str = "132.0.0";

/// Features that rustc turns on for wasm32; the module no longer lists them once wasm-bindgen has run.
const FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-call-indirect-overlong",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Writes a smaller module with the same behaviour to `output`.
pub(crate) fn shrink(workspace: &Workspace, input: &Path, output: &Path) -> Outcome {
    let program = wasm_opt(workspace)?;
    let mut command = Command::new("node");
    command
        .arg(program)
        .args(["-Oz", "--one-caller-inline-max-function-size=0"])
        .args(FEATURES)
        .arg(input)
        .arg("-o")
        .arg(output);
    process::run(
        &mut command,
        "see what wasm-opt says above; a new compiler may emit a feature not listed in xtask",
    )
}

/// The script `wasm-opt` of the version above, brought if missing.
fn wasm_opt(workspace: &Workspace) -> Outcome<PathBuf> {
    let folder = workspace.built(&format!("tools/binaryen-{VERSION}"));
    let program = folder.join("node_modules/binaryen/bin/wasm-opt");
    if process::find("npm").is_none() || process::find("node").is_none() {
        debian::install("Node.js with npm, which runs wasm-opt", &["nodejs", "npm"])?;
    }
    if program.is_file() {
        return Ok(program);
    }
    let package = format!("binaryen@{VERSION}");
    println!("Bringing wasm-opt: npm install {package}");
    let mut install = Command::new("npm");
    install.arg("install").arg("--prefix").arg(&folder);
    install.args([
        "--no-audit",
        "--no-fund",
        "--no-package-lock",
        "--ignore-scripts",
        "--loglevel=error",
        &package,
    ]);
    process::run(
        &mut install,
        "check that the npm registry can be reached, and run again",
    )?;
    if program.is_file() {
        return Ok(program);
    }
    Err(Failure::new(
        format!("the npm package {package} brought no {}", program.display()),
        format!("remove {} and run again", folder.display()),
    ))
}
