//! `cargo xtask bench ingest [ROWS]`: imports an inventory with the release binary, and groups the same files with
//! Python polars, in turns.
//!
//! The peer reads the columns that the import reads, but checks no MD5, decodes no prefix and knows no size bands: what
//! the import takes beyond it is the price of those.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Failure, Outcome};
use crate::workspace::{Profile, Workspace};
use crate::{files, peers, process};

const PEER: &str = include_str!("ingest.py");
const POLARS: &[&str] = &["polars==2.1.0"];

/// Rows when none are named: with 8 files, each is about 10 MB.
const ROWS: &str = "1300000";
const FILES: &str = "8";

/// Turns that each program gets; the best counts, since all that disturbs makes it slower.
const TURNS: usize = 5;

/// Between two looks at a program's memory.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// What one turn took.
#[derive(Clone, Debug)]
struct Turn {
    wall: Duration,
    /// The most memory that was resident, as Linux counted it.
    peak_kib: u64,
    output: String,
}

/// Writes the delivery if it is not there, and lets both programs have their turns.
pub(crate) fn run(workspace: &Workspace, arguments: &[&str]) -> Outcome {
    let rows = match arguments {
        [] => ROWS,
        [rows] if rows.parse::<u64>().is_ok() => rows,
        _ => {
            return Err(Failure::new(
                "too many or strange arguments",
                "name a number of rows or nothing",
            ));
        }
    };
    let home = workspace.built("bench/ingest");
    let (python, peer) = (python(workspace)?, home.join("ingest.py"));
    let folder = delivery(workspace, rows, FILES)?;
    workspace.build_server(Profile::Release)?;

    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let state = home.join("state");
        files::remove_folder(&state)?;
        let mut import = Command::new(workspace.server_binary(Profile::Release));
        import
            .arg("import")
            .arg(&folder)
            .arg("--data")
            .arg(&state)
            .arg("--json");
        ours.push(watched(&mut import)?);
        theirs.push(watched(
            Command::new(&python).arg(&peer).arg("group").arg(&folder),
        )?);
    }
    let (Some(ours), Some(theirs)) = (best(&ours), best(&theirs)) else {
        return Ok(());
    };
    same_sums(&ours.output, &theirs.output)?;
    println!("{rows} rows, the best of {TURNS} turns each:");
    println!(
        "  rekey import   {:>6} ms  peak {:>4} MB",
        ours.wall.as_millis(),
        ours.peak_kib / 1024
    );
    println!(
        "  Python polars  {:>6} ms  peak {:>4} MB",
        theirs.wall.as_millis(),
        theirs.peak_kib / 1024
    );
    println!(
        "  of which its query alone took {} s",
        number(&theirs.output, "seconds").unwrap_or("?")
    );
    Ok(())
}

fn python(workspace: &Workspace) -> Outcome<PathBuf> {
    Ok(peers::environment(&workspace.built("tools/polars"), POLARS)?.join("python"))
}

/// A delivery of so many rows in so many files; written once.
pub(super) fn delivery(workspace: &Workspace, rows: &str, count: &str) -> Outcome<PathBuf> {
    let home = workspace.built("bench/ingest");
    let (python, peer) = (python(workspace)?, home.join("ingest.py"));
    files::write(&peer, PEER.as_bytes())?;
    let folder = home.join(format!("{rows}-in-{count}"));
    let complete = folder.join("complete");
    if !complete.is_file() {
        println!("Writing an inventory of {rows} rows into {}", folder.display());
        let mut write = Command::new(python);
        write.arg(peer).arg("write").arg(&folder).args([rows, count]);
        process::run(&mut write, "look at what Python says above")?;
        files::write(&complete, b"")?;
    }
    Ok(folder)
}

/// Runs a program to its end and looks at its memory all the while.
fn watched(command: &mut Command) -> Outcome<Turn> {
    let failed = |what: String| Failure::new(what, "run the command by hand and read what it says");
    let shown = format!("{command:?}");
    let begun = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed(format!("cannot start {shown}: {error}")))?;
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    // The output is read meanwhile, so that a full pipe does not stop the program.
    let output = child.stdout.take();
    let reader = thread::spawn(move || output.map(std::io::read_to_string));
    let mut peak_kib = 0;
    let ended = loop {
        peak_kib = peak_kib.max(resident_peak_kib(&status).unwrap_or(0));
        match child.try_wait() {
            Ok(Some(ended)) => break ended,
            Ok(None) => thread::sleep(LOOK_EVERY),
            Err(error) => return Err(failed(format!("cannot wait for {shown}: {error}"))),
        }
    };
    let wall = begun.elapsed();
    let output = reader
        .join()
        .ok()
        .flatten()
        .and_then(Result::ok)
        .unwrap_or_default();
    if !ended.success() {
        return Err(failed(format!("{shown} ended with {ended}")));
    }
    Ok(Turn {
        wall,
        peak_kib,
        output,
    })
}

/// `VmHWM` of a process.
fn resident_peak_kib(status: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn best(turns: &[Turn]) -> Option<&Turn> {
    turns.iter().min_by_key(|turn| turn.wall)
}

/// Fails unless both programs counted the same objects and bytes.
fn same_sums(ours: &str, theirs: &str) -> Outcome {
    for field in ["objects", "bytes"] {
        let (one, two) = (number(ours, field), number(theirs, field));
        if one.is_none() || one != two {
            return Err(Failure::new(
                format!("rekey counts {one:?} {field}, Python polars {two:?}"),
                "find out which is wrong before comparing their speed",
            ));
        }
    }
    Ok(())
}

/// The first number of this name in a JSON text; the sums of a snapshot stand before its groups.
fn number<'t>(json: &'t str, field: &str) -> Option<&'t str> {
    let (_, rest) = json.split_once(&format!("\"{field}\":"))?;
    let rest = rest.trim_start();
    let length = rest
        .find(|character: char| !matches!(character, '0'..='9' | '.'))
        .unwrap_or(rest.len());
    (length > 0).then(|| &rest[..length])
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_found_by_name() {
        let json = "{\"rows\": 12, \"objects\":10,\n \"seconds\": 0.5, \"groups\":[{\"objects\":3}]}";
        assert_eq!(number(json, "objects"), Some("10"));
        assert_eq!(number(json, "seconds"), Some("0.5"));
        assert_eq!(number(json, "bytes"), None);
    }
}
