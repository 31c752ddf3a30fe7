//! Bringing Debian packages.
//!
//! Called by the steps that need a program Debian carries. It acts only as root; anyone else is told the
//! command to run.

use std::process::Command;

use crate::failure::{Failure, Outcome};
use crate::process;

/// Installs or upgrades `packages`, which bring `purpose`.
pub(crate) fn install(purpose: &str, packages: &[&str]) -> Outcome {
    let list = packages.join(" ");
    let by_hand = format!("run `sudo apt-get update && sudo apt-get install --no-install-recommends {list}`");
    if process::find("apt-get").is_none() {
        return Err(Failure::new(
            format!("{purpose} is missing and this system has no apt-get"),
            format!("install it by this system's own means (on Debian: {list})"),
        ));
    }
    if process::output(Command::new("id").arg("-u")).as_deref() != Some("0") {
        return Err(Failure::new(format!("{purpose} is missing"), by_hand));
    }
    println!("Bringing {purpose}: apt-get install {list}");
    // Without fresh lists apt installs what was current when the machine was made, which may be too old.
    process::run(
        &mut apt_get(&["update", "--quiet"]),
        "check the network and the package sources",
    )?;
    let mut words = vec!["install", "--quiet", "--yes", "--no-install-recommends"];
    words.extend(packages);
    process::run(&mut apt_get(&words), &by_hand)
}

fn apt_get(words: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.args(words).env("DEBIAN_FRONTEND", "noninteractive");
    command
}
