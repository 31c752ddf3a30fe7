//! Tests of the built binary from outside. Run by `cargo xtask test`, which builds it and names it in `REKEY_BIN`.

mod account;
mod accounts;
mod browser;
mod coarse;
mod command_line;
mod connect;
mod crash;
mod faults;
mod identity;
mod imports;
mod jobs;
mod kills;
mod migrations;
mod openapi;
mod pages;
mod peers;
mod preflight;
mod reports;
mod s3;
mod safety;
