//! `cargo xtask bench`: runs one benchmark by name, or lists them.
//!
//! A benchmark is a row of [`KNOWN`]; one that is more than a few lines gets a module of its own.

mod copy;
mod ingest;

use crate::failure::{Failure, Outcome};
use crate::workspace::{Profile, Workspace};
use crate::{bundle, chromium, files, process};

/// One benchmark.
#[derive(Debug)]
struct Bench {
    name: &'static str,
    about: &'static str,
    run: fn(&Workspace, &[&str]) -> Outcome,
}

const KNOWN: &[Bench] = &[
    Bench {
        name: "bundle",
        about: "bytes of every file that the browser may load",
        run: bundle_sizes,
    },
    Bench {
        name: "copy",
        about: "copies in place, against s5cmd, rclone, the AWS CLI and boto3: [OBJECTS [IN_FLIGHT]]",
        run: copy::run,
    },
    Bench {
        name: "engine",
        about: "a migration on the sandbox: [OBJECTS [LATENCY_MS [IN_FLIGHT]]]",
        run: |workspace, arguments| outside(workspace, "bench-engine", arguments),
    },
    Bench {
        name: "forecast",
        about: "the whole forecast of many buckets, natively: [BUCKETS]",
        run: forecast,
    },
    Bench {
        name: "ingest",
        about: "1.3 million rows of CSV.gz, against the streaming group-by of Python polars",
        run: ingest::run,
    },
    Bench {
        name: "s3-import",
        about: "20 files from a bucket on this machine, against the same from disk: [ROWS]",
        run: s3_import,
    },
    Bench {
        name: "pages",
        about: "pages and the what-if in a browser on an estate of many buckets: [BUCKETS]",
        run: |workspace, arguments| outside(workspace, "bench-pages", arguments),
    },
    Bench {
        name: "resume",
        about: "a migration of 10 million objects taken up again when 9 million are done",
        run: |workspace, _| runner(workspace, &["10000000", "9000000"]),
    },
    Bench {
        name: "runner",
        about: "the runner by itself, without account and import: [OBJECTS [DONE [LATENCY_MS [PREFIXES]]]]",
        run: runner,
    },
];

/// Runs the benchmark that `arguments` begins with, or lists them all.
pub(crate) fn bench(workspace: &Workspace, arguments: &[&str]) -> Outcome {
    let [name, rest @ ..] = arguments else {
        for bench in KNOWN {
            println!("{:<12} {}", bench.name, bench.about);
        }
        return Ok(());
    };
    let known = KNOWN.iter().find(|bench| bench.name == *name);
    let bench = known.ok_or_else(|| {
        Failure::new(
            format!("there is no benchmark `{name}`"),
            "run `cargo xtask bench` for the list",
        )
    })?;
    (bench.run)(workspace, rest)
}

fn bundle_sizes(workspace: &Workspace, _arguments: &[&str]) -> Outcome {
    bundle::bundle(workspace)?;
    for file in files::walk(&workspace.site())? {
        println!("{:>9} {}", files::read(&file)?.len(), file.display());
    }
    Ok(())
}

fn s3_import(workspace: &Workspace, arguments: &[&str]) -> Outcome {
    let rows = arguments.first().copied().unwrap_or("2600000");
    let folder = ingest::delivery(workspace, rows, "20")?;
    workspace.build_server(Profile::Release)?;
    let mut command = workspace.cargo("run");
    command.args([
        "--quiet",
        "--release",
        "--package",
        "tests",
        "--example",
        "bench-s3",
        "--",
    ]);
    command.arg(&folder);
    command.env("REKEY_BIN", workspace.server_binary(Profile::Release));
    process::run(&mut command, "read what it says above")
}

/// Runs a program of the tests that measures the release binary from outside.
fn outside(workspace: &Workspace, program: &str, arguments: &[&str]) -> Outcome {
    bundle::bundle(workspace)?;
    workspace.build_server(Profile::Release)?;
    let chromium = chromium::chromium()?;
    let mut command = workspace.cargo("run");
    command.args(["--quiet", "--package", "tests", "--example", program, "--"]);
    command.args(arguments);
    command.env("REKEY_BIN", workspace.server_binary(Profile::Release));
    command.env("REKEY_CHROMIUM", &chromium.browser);
    command.env("REKEY_CHROMEDRIVER", &chromium.driver);
    process::run(&mut command, "read what it says above")
}

fn forecast(workspace: &Workspace, arguments: &[&str]) -> Outcome {
    example(workspace, "model", "forecast", arguments)
}

fn runner(workspace: &Workspace, arguments: &[&str]) -> Outcome {
    example(workspace, "store", "runner", arguments)
}

/// Runs an example of a crate, built for release.
fn example(workspace: &Workspace, package: &str, name: &str, arguments: &[&str]) -> Outcome {
    let mut command = workspace.cargo("run");
    command.args([
        "--quiet",
        "--release",
        "--package",
        package,
        "--example",
        name,
        "--",
    ]);
    process::run(command.args(arguments), "read what it says above")
}
