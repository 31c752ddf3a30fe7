//! Tests of the account from outside: one contract for the simulated account and for AWS's protocol as two other servers
//! speak it, the requests themselves as a recording server sees them, and services that neither has, as a stub of ours
//! answers for them.

mod accounts;
mod contract;
mod copies;
mod daily;
mod differences;
mod jobs;
mod key_calls;
mod later;
mod leave;
mod looks;
mod peers;
mod permissions;
mod prices;
mod public_acls;
mod quotas;
mod race;
mod recorder;
mod requests;
mod rights;
mod sandbox;
mod sandbox_jobs;
mod sandbox_quotas;
mod servers;
mod stub;
mod survival;
mod wire;
