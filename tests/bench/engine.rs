//! Measures a migration on the sandbox through the built binary: objects a second, memory, and the time to take a stopped
//! one up again. Run by `cargo xtask bench engine`, which builds the binary for release.
#![expect(clippy::print_stdout, reason = "it is a program that prints what it measured")]

use serde_json::Value;
use std::time::Instant;
use tests::migrations::{confirm, key_for, plan, wait};
use tests::server::{Server, data};

const BUCKET: &str = "load-test";

fn main() {
    let mut arguments = std::env::args().skip(1);
    let objects: u64 = number(arguments.next(), 200_000);
    let latency_ms: u64 = number(arguments.next(), 0);
    let in_flight: u64 = number(arguments.next(), 2_048);
    let folder = data();
    let flags = [
        "--sandbox".to_string(),
        format!("--sandbox-load-objects={objects}"),
        format!("--sandbox-latency-ms={latency_ms}"),
    ];
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let server = Server::start(folder.path(), &flags, &[]);
    let manifest = folder
        .path()
        .join("sandbox/deliveries/inventory-csv")
        .join(BUCKET)
        .join("all-objects/2026-11-20T01-00Z/manifest.json");
    let _ = server.import(&manifest.display().to_string(), "us-east-1");
    let key = key_for(&server, BUCKET);
    let query = format!("bucket={BUCKET}&key={key}&share=100&in_flight={in_flight}&verify=1000");
    let (id, _) = plan(&server, &query);
    let before = resident_kib(&server);
    forget_peak(&server);
    let began = Instant::now();
    confirm(&server, &id, BUCKET);
    let ended = wait(&server, &id);
    let took = began.elapsed();
    let live = &ended["live"];
    println!(
        "{objects} objects, {latency_ms} ms, {in_flight} in flight: {} after {:.2} s, {:.0} objects/s; resident {} MB before, {} MB at most",
        live["state"],
        took.as_secs_f64(),
        objects as f64 / took.as_secs_f64(),
        before / 1024,
        peak_kib(&server) / 1024,
    );
    assert_eq!(converted(live), objects, "{live}");
}

fn number(text: Option<String>, otherwise: u64) -> u64 {
    text.map_or(otherwise, |text| text.parse().expect("a number"))
}

fn converted(live: &Value) -> u64 {
    tests::migrations::objects(&live["tally"]["converted"])
}

/// Sets the peak back to what is resident now: it is the migration's that is asked for, not the import's.
fn forget_peak(server: &Server) {
    std::fs::write(format!("/proc/{}/clear_refs", server.id()), "5").expect("the kernel forgets the peak");
}

fn resident_kib(server: &Server) -> u64 {
    status(server, "VmRSS:")
}

fn peak_kib(server: &Server) -> u64 {
    status(server, "VmHWM:")
}

fn status(server: &Server, line: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap_or_default();
    let value = status.lines().find_map(|text| text.strip_prefix(line));
    value
        .and_then(|value| value.trim().trim_end_matches("kB").trim().parse().ok())
        .unwrap_or(0)
}
