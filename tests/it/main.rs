//! Tests of the built binary from outside. Run by `cargo xtask test`, which builds it and names it in `REKEY_BIN`.

mod browser;
mod command_line;
mod connect;
mod crash;
mod imports;
mod migrations;
mod openapi;
mod pages;
mod peers;
mod s3;
mod safety;
