//! Opens the accounts that the server works on: the sandbox with its inventory deliveries, or AWS with the accounts of
//! roles beside it. Called once by
//! `rekey serve`.

use crate::cli::Serve;
use crate::failure::Failure;
use cloud::aws::ConnectOptions;
use cloud::sandbox::{Sandbox, SandboxOptions};
use cloud::{Account, RoleArn};
use ingest::{DeliverySpec, InventoryFormat, deliver};
use std::path::{Path, PathBuf};

/// Rows in one data file of the sandbox's deliveries: several files each, as S3 writes.
const ROWS_PER_FILE: usize = 2_000;

/// A delivery of the sandbox that can be imported.
#[derive(Clone, Debug)]
pub(crate) struct SandboxDelivery {
    /// Bucket and format, as shown.
    pub(crate) title: String,
    /// Manifest, or Macie's list.
    pub(crate) location: PathBuf,
    /// Region of the bucket; Macie's list has its own.
    pub(crate) region: Option<String>,
    /// Whether "look at the sandbox's data" imports it: one format of each bucket.
    pub(crate) standard: bool,
}

/// The account and what comes with it.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) account: Account,
    /// Accounts of the roles.
    pub(crate) others: Vec<Account>,
    pub(crate) deliveries: Vec<SandboxDelivery>,
}

/// Opens what the command line asks for.
pub(crate) async fn open(arguments: &Serve) -> Result<Opened, Failure> {
    if !arguments.sandbox {
        let options = ConnectOptions {
            changes_allowed: arguments.allow_changes,
            ..Default::default()
        };
        let others = assume(&arguments.assume_roles, &options).await?;
        let account = cloud::aws::connect(options).await.map_err(Failure::bad_input)?;
        return Ok(Opened {
            account,
            others,
            deliveries: Vec::new(),
        });
    }
    let directory = arguments.data.directory.join("sandbox");
    let options = SandboxOptions {
        latency: arguments.sandbox_latency_ms,
        load_objects: arguments.sandbox_load_objects,
        ..SandboxOptions::default()
    };
    let opened = tokio::task::spawn_blocking(move || open_sandbox(&directory, options)).await;
    opened.map_err(|source| Failure::other("the sandbox could not be opened", source))?
}

/// The accounts of these roles, for reading: a migration in one of them needs a server of its own.
async fn assume(roles: &[RoleArn], options: &ConnectOptions) -> Result<Vec<Account>, Failure> {
    let mut accounts: Vec<Account> = Vec::new();
    for role in roles {
        let number = Some(role.account());
        if let Some(other) = accounts
            .iter()
            .find(|other| other.identity.account_id.as_deref() == number)
        {
            let other = other.identity.role.as_ref().map_or("", RoleArn::as_str);
            return Err(Failure::input(format!(
                "--assume-role names two roles of account {}, {other} and {role}: give one for each account",
                role.account()
            )));
        }
        let reading = ConnectOptions {
            changes_allowed: false,
            ..options.clone()
        };
        let account = cloud::aws::assume(reading, role.clone()).await;
        accounts.push(account.map_err(Failure::bad_input)?);
    }
    Ok(accounts)
}

fn open_sandbox(directory: &Path, options: SandboxOptions) -> Result<Opened, Failure> {
    let sandbox = Sandbox::open(directory, options)
        .map_err(|source| Failure::other("the sandbox account cannot be opened", source))?;
    let deliveries = deliveries(&sandbox, sandbox.deliveries())?;
    Ok(Opened {
        account: sandbox.account(),
        others: Vec::new(),
        deliveries,
    })
}

/// Inventories of every bucket in all three formats, and Macie's list, in the folder that is the account's bucket of
/// reports. They are written once: they are the state of the
/// account on the day they name, as real ones would be.
fn deliveries(sandbox: &Sandbox, directory: &Path) -> Result<Vec<SandboxDelivery>, Failure> {
    const FORMATS: [InventoryFormat; 3] = [
        InventoryFormat::Csv,
        InventoryFormat::Orc,
        InventoryFormat::Parquet,
    ];
    let mut found = Vec::new();
    for (position, bucket) in sandbox.buckets().into_iter().enumerate() {
        for (index, format) in FORMATS.into_iter().enumerate() {
            let spec = DeliverySpec {
                prefix: format!("inventory-{}", format.word().to_lowercase()),
                source_bucket: bucket.name.clone(),
                destination_bucket: Sandbox::REPORTS.to_string(),
                config_id: Sandbox::CONFIGURATION.to_string(),
                created: Sandbox::START,
                format,
                all_versions: bucket.versioned,
            };
            let manifest = directory
                .join(&spec.prefix)
                .join(&spec.source_bucket)
                .join(&spec.config_id)
                .join("2026-11-20T01-00Z/manifest.json");
            if !manifest.with_extension("checksum").is_file() {
                let rows = sandbox.inventory(&bucket.name);
                deliver(directory, &spec, rows, ROWS_PER_FILE)
                    .map_err(|source| Failure::other("a sandbox delivery cannot be written", source))?;
            }
            found.push(SandboxDelivery {
                title: format!("{} ({})", bucket.name, format.word()),
                location: manifest,
                region: Some(bucket.region.0.clone()),
                standard: index == position % FORMATS.len(),
            });
        }
    }
    let macie = directory.join("macie/describe-buckets.json");
    crate::delivered::write_new(&macie, sandbox.macie_json().to_string().as_bytes())?;
    found.push(SandboxDelivery {
        title: "All buckets (Macie)".to_string(),
        location: macie,
        region: None,
        standard: false,
    });
    Ok(found)
}
