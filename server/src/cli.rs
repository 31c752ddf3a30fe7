//! The command line: one type per command, each setting with its default and unit. Values are checked here, so that a
//! wrong one names itself and ends with exit code 2.

use axum::http::HeaderName;
use clap::{Args, Parser, Subcommand};
use cloud::RoleArn;
use model::encryption::KeyArn;
use model::inventory::Region;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Takes an organisation's Amazon S3 data from SSE-S3 to SSE-KMS: costs, KMS quotas, and the migration itself.
#[derive(Debug, Parser)]
#[command(name = "rekey", version, about)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the pages and the API, and run migrations.
    Serve(Serve),
    /// Import an S3 Inventory delivery or Macie's bucket list.
    Import(Import),
    /// Print the cost forecast of a source.
    Forecast(Forecast),
    /// Print KMS requests per second against the quotas.
    Headroom(Forecast),
    /// Print a migration plan; nothing is stored or changed.
    Plan(Plan),
    /// Print list prices with source and date.
    Prices(Prices),
    /// Check that a migration's report was not altered.
    VerifyReport(VerifyReport),
}

/// `rekey serve`.
#[derive(Args, Debug)]
pub(crate) struct Serve {
    /// Address to listen on.
    #[arg(long, env = "REKEY_LISTEN", default_value = "127.0.0.1:3000")]
    pub(crate) listen: SocketAddr,
    /// Host names that browsers may use besides the address itself and localhost.
    #[arg(long = "host-name")]
    pub(crate) host_names: Vec<String>,
    #[command(flatten)]
    pub(crate) data: Data,
    /// Work on the embedded simulated account instead of AWS.
    #[arg(long)]
    pub(crate) sandbox: bool,
    /// Time that each request to the sandbox takes, in milliseconds.
    #[arg(long, default_value = "0", requires = "sandbox", value_parser = milliseconds)]
    pub(crate) sandbox_latency_ms: Duration,
    /// Objects of one more bucket in the sandbox, to measure a migration on.
    #[arg(long, default_value = "0", requires = "sandbox", hide = true)]
    pub(crate) sandbox_load_objects: u64,
    /// Allow changes to the account: without it, Rekey only reads. The sandbox may always be changed.
    #[arg(long)]
    pub(crate) allow_changes: bool,
    /// ARN of a role in another account to read that account through; may be given several times. The default credentials
    /// assume it. Migrations run in the account of the default credentials only.
    #[arg(
        long = "assume-role",
        value_name = "ARN",
        env = "REKEY_ASSUME_ROLES",
        value_delimiter = ',',
        conflicts_with = "sandbox"
    )]
    pub(crate) assume_roles: Vec<RoleArn>,
    /// Header in which the proxy in front passes who signed in, such as X-Forwarded-User. Journals and reports name that
    /// person, and what changes something is refused without it. The proxy must be the only way to this server, and replace
    /// the header where a client sends it.
    #[arg(
        long,
        value_name = "NAME",
        env = "REKEY_IDENTITY_HEADER",
        value_parser = header_name
    )]
    pub(crate) identity_header: Option<HeaderName>,
    /// Largest upload, in MiB.
    #[arg(long, default_value_t = 512)]
    pub(crate) upload_limit_mib: u64,
}

/// Where data is kept.
#[derive(Args, Clone, Debug)]
pub(crate) struct Data {
    /// Directory for snapshots, plans and journals; made when it does not exist.
    #[arg(long = "data", env = "REKEY_DATA", default_value = "data")]
    pub(crate) directory: PathBuf,
}

/// `rekey import`.
#[derive(Args, Debug)]
pub(crate) struct Import {
    /// A manifest.json, a directory that holds one, a Macie JSON file, `s3://bucket/prefix/…/manifest.json`,
    /// `s3://bucket/prefix/` for the newest complete delivery below it, `macie://REGION` (with `?bucket=NAME` for some of its
    /// buckets), `cloudwatch://BUCKET` for a bucket that nothing else counts, or Parquet files of an S3 Metadata table.
    pub(crate) source: String,
    /// ARN of a role to read `s3://` and `macie://` sources through, in the account that has them.
    #[arg(long, value_name = "ARN")]
    pub(crate) assume_role: Option<RoleArn>,
    /// Region of the bucket, which an inventory does not say.
    #[arg(long, value_parser = region)]
    pub(crate) region: Option<Region>,
    #[command(flatten)]
    pub(crate) data: Data,
    /// Print the snapshot as one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Where a forecast reads from.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct Source {
    /// What `rekey import` takes; no snapshot of it is stored.
    #[arg(long)]
    pub(crate) import: Option<String>,
    /// A stored snapshot, by its name.
    #[arg(long)]
    pub(crate) snapshot: Option<String>,
}

/// `rekey forecast` and `rekey headroom`.
#[derive(Args, Debug)]
pub(crate) struct Forecast {
    #[command(flatten)]
    pub(crate) source: Source,
    /// Request counts of the buckets (TOML).
    #[arg(long)]
    pub(crate) workload: Option<PathBuf>,
    /// Price every bucket in this Region.
    #[arg(long, value_parser = region)]
    pub(crate) region: Option<Region>,
    /// Months ahead, 1 to 36.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=36))]
    pub(crate) months: u32,
    /// Choose the configuration with an S3 Bucket Key.
    #[arg(long)]
    pub(crate) bucket_key: bool,
    #[command(flatten)]
    pub(crate) data: Data,
    /// Print one JSON document.
    #[arg(long, conflicts_with = "csv")]
    pub(crate) json: bool,
    /// Print the lines as CSV.
    #[arg(long)]
    pub(crate) csv: bool,
}

/// `rekey plan`.
#[derive(Args, Debug)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) inputs: Forecast,
    /// Full ARN of the KMS key; its Region is that of the buckets.
    #[arg(long, value_parser = key)]
    pub(crate) key: KeyArn,
    /// Objects without an S3 Bucket Key: a KMS call for each of them, always.
    #[arg(long, conflicts_with = "bucket_key")]
    pub(crate) no_bucket_key: bool,
}

/// `rekey prices`.
#[derive(Args, Debug)]
pub(crate) struct Prices {
    /// Only this Region.
    #[arg(long, value_parser = region)]
    pub(crate) region: Option<Region>,
    /// Ask the AWS Price List API, and keep its answer for the prices page.
    #[arg(long, requires = "region")]
    pub(crate) live: bool,
    #[command(flatten)]
    pub(crate) data: Data,
    /// Print one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `rekey verify-report`.
#[derive(Args, Debug)]
pub(crate) struct VerifyReport {
    /// The report, as /api/v1/migrations/ID/report gives it.
    pub(crate) file: PathBuf,
    /// A hash that was noted from this report or an earlier one of the same migration; it must be in the chain.
    #[arg(long, value_parser = sha256)]
    pub(crate) noted: Option<String>,
    /// Print one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

fn sha256(text: &str) -> Result<String, String> {
    let text = text.trim().to_ascii_lowercase();
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(text)
    } else {
        Err("it is not a SHA-256: 64 hex digits".to_string())
    }
}

fn region(text: &str) -> Result<Region, String> {
    Region::parse(text).ok_or_else(|| "it is not a Region code such as eu-west-2".to_string())
}

fn key(text: &str) -> Result<KeyArn, String> {
    KeyArn::parse(text).map_err(|error| error.to_string())
}

fn header_name(text: &str) -> Result<HeaderName, String> {
    text.parse()
        .map_err(|_| "it is not the name of a header, such as X-Forwarded-User".to_string())
}

fn milliseconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .map(Duration::from_millis)
        .map_err(|_| "it is not a whole number of milliseconds".to_string())
}
