//! The S3 look-alikes that the tests talk to, each in a Python environment of its own.
//!
//! Called by `cargo xtask test`. Starting and stopping them is the tests' business.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Failure, Outcome};
use crate::workspace::Workspace;
use crate::{debian, files, process};

const MOTO: &[&str] = &["moto[s3]==5.2.5", "flask==3.1.3", "flask-cors==6.0.5"];
const MINISTACK: &[&str] = &["ministack==1.5.33", "cryptography==50.0.2"];

/// Paths that the tests need.
#[derive(Debug)]
pub(crate) struct Peers {
    /// The Python interpreter that can import `moto`.
    pub(crate) moto_python: PathBuf,
    /// The program `ministack`.
    pub(crate) ministack: PathBuf,
}

/// Sets both peers up; a second call finds them.
pub(crate) fn peers(workspace: &Workspace) -> Outcome<Peers> {
    let moto = environment(&workspace.built("tools/moto"), MOTO)?;
    let ministack = environment(&workspace.built("tools/ministack"), MINISTACK)?.join("ministack");
    if !ministack.is_file() {
        return Err(Failure::new(
            format!("the package ministack brought no program {}", ministack.display()),
            "remove the folder tools/ministack under the target folder and run again",
        ));
    }
    Ok(Peers {
        moto_python: moto.join("python"),
        ministack,
    })
}

/// A virtual environment that holds `requirements`; gives its folder of programs.
pub(crate) fn environment(folder: &Path, requirements: &[&str]) -> Outcome<PathBuf> {
    let programs = folder.join("bin");
    let stamp = folder.join("rekey-requirements");
    let wanted = requirements.join("\n");
    if files::read_text(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(programs);
    }
    println!("Bringing {} into {}", requirements.join(", "), folder.display());
    if process::output(Command::new("python3").args(["-c", "import ensurepip, venv"])).is_none() {
        debian::install("Python with virtual environments", &["python3", "python3-venv"])?;
    }
    let mut create = Command::new("python3");
    create.args(["-m", "venv", "--clear"]).arg(folder);
    process::run(&mut create, "install Python 3 with its module venv")?;
    let mut install = Command::new(programs.join("python"));
    install
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(requirements);
    process::run(&mut install, "check that PyPI can be reached, and run again")?;
    // Last, so that an interrupted installation is started over.
    files::write(&stamp, wanted.as_bytes())?;
    Ok(programs)
}
