//! `cargo xtask bench`: runs one benchmark by name, or lists them.
//!
//! A benchmark is a row of [`KNOWN`]; one that is more than a few lines gets a module of its own.

mod ingest;

use crate::failure::{Failure, Outcome};
use crate::workspace::Workspace;
use crate::{bundle, files};

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
        name: "ingest",
        about: "1.3 million rows of CSV.gz, against the streaming group-by of Python polars",
        run: ingest::run,
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
