//! Starting other programs: to the end, for their output, or for a limited time.
//!
//! Used by every step. Programs inherit the terminal, so that a person sees what they say.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Failure, Outcome};

/// How often a program with a time limit is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Runs a program to its end. `remedy` is for the person when it does not succeed.
pub(crate) fn run(command: &mut Command, remedy: &str) -> Outcome {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::new(
        format!("`{}` ended with {status}", shown(command)),
        remedy,
    ))
}

/// Runs a program that only asks something, and gives its standard output if it succeeded.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// Runs a program that may hang: `true` if it succeeded within `limit`, after which it is killed.
pub(crate) fn succeeds_within(command: &mut Command, limit: Duration) -> bool {
    let started = Instant::now();
    let Ok(mut child) = command.stdin(Stdio::null()).spawn() else {
        return false;
    };
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if started.elapsed() < limit => thread::sleep(POLL_INTERVAL),
            // Out of time, or it cannot be watched: end it and reap it, whatever comes of that.
            Ok(None) | Err(_) => {
                let _killed = child.kill();
                let _reaped = child.wait();
                return false;
            }
        }
    }
}

/// The first program called `name` on the search path.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}

fn cannot_start(command: &Command, error: &std::io::Error) -> Failure {
    let program = command.get_program().to_string_lossy().into_owned();
    Failure::new(
        format!("cannot start `{program}`: {error}"),
        format!("install `{program}`"),
    )
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hanging_program_is_ended() {
        let started = Instant::now();
        assert!(!succeeds_within(
            Command::new("sleep").arg("30"),
            Duration::from_millis(50)
        ));
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn success_and_failure_are_told_apart() {
        assert!(succeeds_within(
            &mut Command::new("true"),
            Duration::from_secs(10)
        ));
        assert!(!succeeds_within(
            &mut Command::new("false"),
            Duration::from_secs(10)
        ));
        assert!(!succeeds_within(
            &mut Command::new("no-such-program"),
            Duration::from_secs(10)
        ));
    }
}
