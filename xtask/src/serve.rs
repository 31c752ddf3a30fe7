//! `cargo xtask serve`: from a fresh clone to a running Rekey on the sandbox account.
//!
//! Once everything is built, xtask *becomes* the server (`exec`), so that Ctrl-C and every other signal reach
//! it without a middleman. A small second process says when the server answers.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::process::{CommandExt as _, parent_id};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::bundle;
use crate::failure::{Failure, Outcome};
use crate::workspace::{Profile, Workspace};

/// The hidden command by which xtask starts itself to wait for the server.
pub(crate) const ANNOUNCE: &str = "announce-when-ready";

const DEFAULT_ADDRESS: &str = "127.0.0.1:3000";
const POLL_INTERVAL: Duration = Duration::from_millis(50);
const READY_TIME_LIMIT: Duration = Duration::from_secs(60);

/// Builds what changed and starts the server.
pub(crate) fn serve(workspace: &Workspace, arguments: &[&str]) -> Outcome {
    let (profile, extra) = parse(arguments)?;
    let data = workspace.source("data").display().to_string();
    let server_arguments = server_arguments(&extra, &data);
    let address = value_of("--listen", &server_arguments).unwrap_or(DEFAULT_ADDRESS);
    if TcpStream::connect(address).is_ok() {
        return Err(Failure::new(
            format!("something already answers at {address}"),
            "stop it, or run `cargo xtask serve -- --listen 127.0.0.1:3001`",
        ));
    }
    bundle::bundle(workspace)?;
    workspace.build_server(profile)?;
    start_announcer(address)?;
    let binary = workspace.server_binary(profile);
    // Comes back only if the binary could not be started.
    let error = Command::new(&binary).arg("serve").args(&server_arguments).exec();
    Err(Failure::new(
        format!("cannot start {}: {error}", binary.display()),
        "run `cargo xtask serve` again; remove that file first if it is not a program",
    ))
}

/// Waits until the server answers at `address`, and says so. Ends silently when the server does.
pub(crate) fn announce(address: &str) {
    let server = parent_id();
    let deadline = Instant::now() + READY_TIME_LIMIT;
    while parent_id() == server && Instant::now() < deadline {
        if is_ready(address).unwrap_or(false) {
            println!("Rekey is at http://{address}");
            return;
        }
        thread::sleep(POLL_INTERVAL);
    }
}

fn parse<'a>(arguments: &[&'a str]) -> Outcome<(Profile, Vec<&'a str>)> {
    let (own, extra) = match arguments.iter().position(|word| *word == "--") {
        Some(at) => (&arguments[..at], arguments[at + 1..].to_vec()),
        None => (arguments, Vec::new()),
    };
    match own {
        [] => Ok((Profile::Dev, extra)),
        ["--release"] => Ok((Profile::Release, extra)),
        _ => Err(Failure::new(
            format!("`serve` does not know `{}`", own.join(" ")),
            "put arguments for the server after `--`: `cargo xtask serve -- --allow-changes`",
        )),
    }
}

/// The extra arguments, with our own choice for what they leave open.
fn server_arguments<'a>(extra: &[&'a str], data: &'a str) -> Vec<&'a str> {
    let mut arguments = extra.to_vec();
    for (option, value) in [("--listen", DEFAULT_ADDRESS), ("--data", data)] {
        if value_of(option, extra).is_none() {
            arguments.extend([option, value]);
        }
    }
    if !extra.contains(&"--sandbox") {
        arguments.push("--sandbox");
    }
    arguments
}

/// The value of an option given as `--option value` or `--option=value`.
fn value_of<'a>(option: &str, arguments: &[&'a str]) -> Option<&'a str> {
    arguments
        .iter()
        .enumerate()
        .find_map(|(at, word)| match word.strip_prefix(option)? {
            "" => arguments.get(at + 1).copied(),
            rest => rest.strip_prefix('='),
        })
}

fn start_announcer(address: &str) -> Outcome {
    let started = std::env::current_exe().and_then(|xtask| {
        Command::new(xtask)
            .args([ANNOUNCE, address])
            .stdin(Stdio::null())
            .spawn()
    });
    match started {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::new(
            format!("xtask cannot start itself: {error}"),
            "run it again",
        )),
    }
}

fn is_ready(address: &str) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(
        stream,
        "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut status_line = [0; 12];
    stream.read_exact(&mut status_line)?;
    Ok(status_line.ends_with(b" 200"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_before_and_after_the_dashes() {
        let (profile, extra) = parse(&["--release", "--", "--allow-changes"]).expect("valid");
        assert_eq!(profile, Profile::Release);
        assert_eq!(extra, ["--allow-changes"]);
        assert!(parse(&["--allow-changes"]).is_err());
    }

    #[test]
    fn given_options_replace_the_defaults() {
        let all = server_arguments(&["--listen=127.0.0.1:4000", "--data", "/d"], "/data");
        assert_eq!(all, ["--listen=127.0.0.1:4000", "--data", "/d", "--sandbox"]);
        assert_eq!(value_of("--listen", &all), Some("127.0.0.1:4000"));
        assert_eq!(
            server_arguments(&[], "/data"),
            ["--listen", DEFAULT_ADDRESS, "--data", "/data", "--sandbox"]
        );
    }
}
