//! Opens the accounts that the server works on: the sandbox with its inventory deliveries, or AWS with the accounts of
//! roles beside it. Called once by `rekey serve`.

use crate::cli::Serve;
use crate::failure::Failure;
use crate::sandbox_deliveries::{Delivering, SandboxDelivery, deliveries};
use cloud::aws::ConnectOptions;
use cloud::sandbox::{Sandbox, SandboxOptions};
use cloud::{Account, RoleArn};
use std::path::Path;
use std::sync::Arc;

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
    let deliveries = deliveries(&sandbox)?;
    let mut account = sandbox.account();
    account.deliveries = Arc::new(Delivering::new(sandbox, Arc::clone(&account.deliveries)));
    Ok(Opened {
        account,
        others: Vec::new(),
        deliveries,
    })
}
