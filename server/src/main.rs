//! The binary `rekey`: parses the command line, starts the runtime, and turns errors into exit codes. Every rule about
//! costs, quotas and migrations is in other crates.

mod account;
mod assets;
mod cli;
mod commands;
mod delivered;
mod failure;
mod mirror;
mod price_list;
mod report;
mod rows;
mod sandbox_deliveries;
mod service;
mod web;

use clap::Parser;
use cli::{Cli, Command};
use failure::Failure;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Rows are allocated on one thread and freed on another, thousands a second, among objects that stay. glibc's allocator
/// keeps what is freed between them: a migration of 200,000 objects took 350 MB with it, and takes half of that so.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// At least this many threads: rendering a page must not wait for a migration, whatever the machine.
const WORKERS_MIN: usize = 4;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let workers =
        std::thread::available_parallelism().map_or(WORKERS_MIN, |cores| cores.get().max(WORKERS_MIN));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => {
            let outcome = runtime.block_on(run(cli.command));
            // A file that is being read holds nobody up: what is not journaled was not done.
            runtime.shutdown_background();
            outcome
        }
        Err(source) => Err(Failure::other("the runtime cannot be started", source)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nothing is left to do when even standard error is closed.
            let _ = writeln!(std::io::stderr(), "rekey: {}", failure.chain());
            ExitCode::from(failure.exit_code())
        }
    }
}

async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(arguments) => commands::serve::run(arguments).await,
        Command::Import(arguments) => commands::import::run(arguments).await,
        Command::Forecast(arguments) => commands::forecast::run(arguments).await,
        Command::Headroom(arguments) => commands::headroom::run(arguments).await,
        Command::Plan(arguments) => commands::plan::run(arguments).await,
        Command::Prices(arguments) => commands::prices::run(arguments).await,
        Command::VerifyReport(arguments) => commands::verify_report::run(&arguments),
    }
}
