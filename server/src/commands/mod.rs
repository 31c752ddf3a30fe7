//! The commands of the binary, one file each.

pub(crate) mod forecast;
pub(crate) mod headroom;
pub(crate) mod import;
mod inputs;
mod kept;
mod output;
pub(crate) mod plan;
pub(crate) mod prices;
pub(crate) mod serve;
pub(crate) mod verify_report;
