//! Sets up, builds, serves and tests Rekey: `cargo xtask <command>`.
//!
//! Called by people and by `.ci/run`. It brings the tools that are missing and says so, and never skips a
//! step silently. Nothing here is needed by the finished binary.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line task reports to the person who started it"
)]

mod bench;
mod bundle;
mod check;
mod chromium;
mod debian;
mod failure;
mod files;
mod peers;
mod process;
mod prune;
mod serve;
mod site;
mod wasm;
mod wasm_opt;
mod workspace;

use std::process::ExitCode;

use failure::{Failure, Outcome};
use workspace::{Profile, Workspace};

const USAGE: &str = "\
usage: cargo xtask <command>

  serve [--release] [-- ARGS]  build what changed and start Rekey on http://127.0.0.1:3000 (ARGS go to `rekey serve`)
  bundle                       build the browser bundle only
  build --release              build the browser bundle and the one-file release binary
  test                         formats, lints, documentation, bundle, every test: what .ci/run runs
  bench [NAME [ARGS]]          run a benchmark, or list them
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nxtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Finds the command and runs it.
fn run(arguments: &[String]) -> Outcome {
    let workspace = Workspace::find()?;
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", rest @ ..] => serve::serve(&workspace, rest),
        ["bundle"] => bundle::bundle(&workspace),
        ["build", "--release"] => build_release(&workspace),
        ["test"] => check::check(&workspace),
        ["bench", rest @ ..] => bench::bench(&workspace, rest),
        [serve::ANNOUNCE, address] => {
            serve::announce(address);
            Ok(())
        }
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        _ => Err(Failure::new(
            format!("`{}` is not a command of xtask", words.join(" ")),
            "run `cargo xtask help` for the list",
        )),
    }
}

/// Builds the binary that is deployed: one file, with the browser bundle inside.
fn build_release(workspace: &Workspace) -> Outcome {
    bundle::bundle(workspace)?;
    workspace.build_server(Profile::Release)?;
    println!(
        "The binary is {}",
        workspace.server_binary(Profile::Release).display()
    );
    Ok(())
}
