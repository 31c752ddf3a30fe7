//! Measures copies in place by Rekey and by the tools that people use for it: the same objects on a fresh `MiniStack`
//! each, as many requests in flight, the whole command with its listing. Every object is looked at afterwards. Run by
//! `cargo xtask bench copy [OBJECTS [IN_FLIGHT [TOOL]]]`, which brings the tools and builds Rekey for release.
#![expect(clippy::print_stdout, reason = "it is a program that prints what it measured")]

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tests::migrations::{confirm, plan, wait};
use tests::peers::{Kind, Peer, fixture};
use tests::server::{Server, data};
use tests::setting;

/// A job: the bucket on a running peer, and how it is to be copied.
struct Job<'a> {
    peer: &'a Peer,
    bucket: &'a str,
    key: &'a str,
    in_flight: u64,
    folder: &'a Path,
    made: &'a Value,
}

/// Copies everything, and gives the time from the first request to the last.
type Tool = fn(&Job<'_>) -> Duration;

const TOOLS: [(&str, Tool); 6] = [
    ("Rekey", rekey),
    ("Rekey, no looks", rekey_by_inventory),
    ("s5cmd 2.3.0", s5cmd),
    ("rclone 1.75.2", rclone),
    ("AWS CLI 1.46.3", aws),
    ("boto3 pool", pool),
];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let objects: u64 = number(arguments.next(), 5_000);
    let in_flight: u64 = number(arguments.next(), 64);
    let only = arguments.next().unwrap_or_default();
    println!(
        "{objects} objects on MiniStack, {in_flight} in flight: those converted in a second, and how many lost something"
    );
    println!(
        "{:<15} {:>8} {:>9} {:>9} {:>6} {:>7} {:>9}",
        "tool", "seconds", "objects/s", "metadata", "tags", "class", "not KMS"
    );
    for (name, tool) in TOOLS.into_iter().filter(|(name, _)| name.starts_with(&only)) {
        let peer = Peer::start(Kind::MiniStack);
        let folder = data();
        let path = folder.path().to_str().expect("a path");
        let made = fixture(&peer, &["make", path, &objects.to_string()]);
        let job = Job {
            peer: &peer,
            bucket: made["bucket"].as_str().expect("a bucket"),
            key: made["key"].as_str().expect("a key"),
            in_flight,
            folder: folder.path(),
            made: &made,
        };
        let took = tool(&job);
        let checked = fixture(&peer, &["check", job.bucket, job.key, &objects.to_string()]);
        let lost = |part: &str| checked["lost"][part].as_u64().unwrap_or(0);
        println!(
            "{name:<15} {:>8.2} {:>9.0} {:>9} {:>6} {:>7} {:>9}",
            took.as_secs_f64(),
            (objects - lost("encryption")) as f64 / took.as_secs_f64(),
            lost("metadata"),
            lost("tags"),
            lost("class"),
            lost("encryption"),
        );
    }
}

fn number(text: Option<String>, otherwise: u64) -> u64 {
    text.map_or(otherwise, |text| text.parse().expect("a number"))
}

/// As it is unless an operator decides otherwise: each object is looked at just before its copy.
fn rekey(job: &Job<'_>) -> Duration {
    migrated(job, "")
}

/// Copies go by the inventory, as those of the others go by their listing.
fn rekey_by_inventory(job: &Job<'_>) -> Duration {
    migrated(job, "&looks=fewest")
}

/// From the confirmation to the end, with the default encryption, the journal, canaries, and one object read back.
fn migrated(job: &Job<'_>, settings: &str) -> Duration {
    let store = data();
    let variables = job.peer.variables();
    let variables: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let server = Server::start(store.path(), &["--allow-changes"], &variables);
    let _ = server.import(job.made["manifest"].as_str().expect("a path"), "us-east-1");
    let query = format!(
        "bucket={}&key={}&method=copy-only&share=100&in_flight={}&verify=1{settings}",
        job.bucket, job.key, job.in_flight
    );
    let (id, _) = plan(&server, &query);
    let began = Instant::now();
    confirm(&server, &id, job.bucket);
    let page = wait(&server, &id);
    let took = began.elapsed();
    assert_eq!(page["live"]["state"], "succeeded", "{}", page["stopped"]);
    took
}

fn s5cmd(job: &Job<'_>) -> Duration {
    let mut command = tool(job, "s5cmd");
    command
        .args([
            "--endpoint-url",
            &job.peer.endpoint(),
            "--numworkers",
            &job.in_flight.to_string(),
            "cp",
        ])
        .args(["--sse", "aws:kms", "--sse-kms-key-id", job.key])
        .arg(format!("s3://{}/*", job.bucket))
        .arg(format!("s3://{}/", job.bucket));
    timed(&mut command)
}

fn rclone(job: &Job<'_>) -> Duration {
    let mut command = tool(job, "rclone");
    let endpoint = job.peer.endpoint();
    for remote in ["FROM", "TO"] {
        for (name, value) in [
            ("TYPE", "s3"),
            ("PROVIDER", "Other"),
            ("ENV_AUTH", "true"),
            ("ENDPOINT", endpoint.as_str()),
            ("SERVER_SIDE_ENCRYPTION", "aws:kms"),
            ("SSE_KMS_KEY_ID", job.key),
        ] {
            command.env(format!("RCLONE_CONFIG_{remote}_{name}"), value);
        }
    }
    let in_flight = job.in_flight.to_string();
    command
        .args(["--config", "/dev/null", "copy"])
        .args([
            "--ignore-times",
            "--server-side-across-configs",
            "--s3-no-check-bucket",
        ])
        .args(["--transfers", &in_flight, "--checkers", &in_flight])
        .arg(format!("from:{}", job.bucket))
        .arg(format!("to:{}", job.bucket));
    timed(&mut command)
}

fn aws(job: &Job<'_>) -> Duration {
    let config = job.folder.join("aws-config");
    let text = format!("[default]\ns3 =\n  max_concurrent_requests = {}\n", job.in_flight);
    std::fs::write(&config, text).expect("a file");
    let mut command = tool(job, "aws");
    let bucket = format!("s3://{}", job.bucket);
    command
        .env("AWS_CONFIG_FILE", config)
        .args([
            "--endpoint-url",
            &job.peer.endpoint(),
            "s3",
            "cp",
            &bucket,
            &bucket,
        ])
        .args(["--recursive", "--only-show-errors"])
        .args(["--sse", "aws:kms", "--sse-kms-key-id", job.key]);
    timed(&mut command)
}

fn pool(job: &Job<'_>) -> Duration {
    let mut command = tool(job, "python");
    command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/copy_pool.py"))
        .args([
            &job.peer.endpoint(),
            job.bucket,
            job.key,
            &job.in_flight.to_string(),
        ]);
    timed(&mut command)
}

/// A program of the tools' environment, with credentials for the peer.
fn tool(job: &Job<'_>, name: &str) -> Command {
    let mut command = Command::new(setting("REKEY_COPY_TOOLS").join(name));
    command
        .envs(job.peer.variables())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Runs a tool to its end. One that fails on some keys is measured all the same: what it left out is counted.
fn timed(command: &mut Command) -> Duration {
    let began = Instant::now();
    let status = command.status().expect("the tool starts");
    let took = began.elapsed();
    if !status.success() {
        println!("the next one ended with {status}");
    }
    took
}
