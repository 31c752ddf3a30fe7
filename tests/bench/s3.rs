//! Imports a delivery from a bucket on this machine and from disk, in turns: `bench-s3 FOLDER`. Run by
//! `cargo xtask bench s3-import`, which writes the delivery.
//!
//! Each import begins with an empty data directory, so what comes from the bucket is fetched, checked, written, and counted.
#![expect(clippy::print_stdout, reason = "it is a program that prints what it measured")]

use std::path::Path;
use std::time::{Duration, Instant};
use tests::bucket::Bucket;
use tests::server::{data, rekey};

/// Turns that each way gets; the best counts, since all that disturbs makes it slower.
const TURNS: usize = 5;

const MANIFEST: &str = "inventory/bench-bucket/all-objects/2026-11-20T01-00Z/manifest.json";

fn import(source: &str, bucket: &Bucket) -> Duration {
    let store = data();
    let begun = Instant::now();
    let output = rekey()
        .args(["import", source, "--data"])
        .arg(store.path())
        .envs(bucket.variables())
        .output()
        .expect("the binary starts");
    let wall = begun.elapsed();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    wall
}

fn main() {
    let folder = std::env::args().nth(1).expect("name the folder of the delivery");
    let folder = Path::new(&folder);
    let bucket = Bucket::of(folder, "reports");
    let on_disk = folder.join(MANIFEST).display().to_string();
    let in_s3 = format!("s3://reports/{MANIFEST}");
    let (mut disk, mut s3) = (Duration::MAX, Duration::MAX);
    for _ in 0..TURNS {
        disk = disk.min(import(&on_disk, &bucket));
        s3 = s3.min(import(&in_s3, &bucket));
    }
    let percent = disk.as_secs_f64() / s3.as_secs_f64() * 100.0;
    println!(
        "from disk {} ms, from the bucket {} ms: {percent:.0} % of the speed, the best of {TURNS} turns each",
        disk.as_millis(),
        s3.as_millis()
    );
}
