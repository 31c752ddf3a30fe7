//! Measures pages on an estate of many buckets, through the built binary and a real Chromium: the time to the overview's
//! HTML, and the time that a what-if on the costs page takes in the browser. Run by `cargo xtask bench pages`, which
//! builds the binary for release.
#![expect(clippy::print_stdout, reason = "it is a program that prints what it measured")]

use serde_json::Value;
use std::process::Command;
use std::time::{Duration, Instant};
use tests::browser::Browser;
use tests::server::{Server, data};

/// Reads of a page, of which the middle one counts.
const READS: usize = 21;

/// Time between the first and the last callback of the frame in which the page answers, over many values of a control.
const WHAT_IF: &str = r"(async () => {
    const field = document.querySelector('input[name=gets]');
    const frame = () => new Promise(done => requestAnimationFrame(() => done(performance.now())));
    const times = [];
    for (let turn = 0; turn < 40; turn++) {
        field.value = String(1000000 + turn * 7919);
        const begun = frame();
        field.dispatchEvent(new Event('input', { bubbles: true }));
        for (let tick = 0; tick < 20; tick++) await Promise.resolve();
        const ended = frame();
        times.push(await ended - await begun);
    }
    return times.slice(5).sort((a, b) => a - b);
})()";

#[tokio::main]
async fn main() {
    let buckets = std::env::args().nth(1).unwrap_or_else(|| "5000".to_string());
    let estate = data();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/bench/estate.py");
    let written = Command::new("python3")
        .arg(script)
        .arg(estate.path())
        .arg(&buckets)
        .status();
    assert!(written.expect("python3 starts").success());
    let folder = data();
    let server = Server::sandbox(folder.path());
    let began = Instant::now();
    let _ = server.import(&estate.path().display().to_string(), "eu-west-2");
    println!(
        "{buckets} deliveries imported in {:.1} s",
        began.elapsed().as_secs_f64()
    );

    for path in [
        "/",
        "/?order=bytes&page=7",
        "/costs?gets=1000000&puts=1000",
        "/quotas",
        "/migrations/new",
    ] {
        let mut times: Vec<Duration> = (0..READS).map(|_| timed(&server, path)).collect();
        times.sort();
        println!("{path:<32} {:>7.1} ms", millis(times[READS / 2]));
    }

    let browser = Browser::start(1280, 900, true).await;
    browser
        .open(&format!("{}/costs?gets=1000000&puts=1000", server.address()))
        .await;
    browser.shows("Figures follow the controls at once").await;
    let times = browser.value(WHAT_IF).await;
    let times: Vec<f64> = times
        .as_array()
        .expect("times")
        .iter()
        .filter_map(Value::as_f64)
        .collect();
    println!(
        "what-if in the browser            {:>7.1} ms in the middle, {:.1} ms at most",
        times[times.len() / 2],
        times.last().copied().unwrap_or_default()
    );
    browser.close().await;
}

fn timed(server: &Server, path: &str) -> Duration {
    let began = Instant::now();
    let (status, _) = server.get(path);
    assert_eq!(status, 200, "{path}");
    began.elapsed()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
