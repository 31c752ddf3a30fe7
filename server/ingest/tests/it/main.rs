//! Whole deliveries, from other software and from our own writer, good and bad.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod arrivals;
mod bad_manifests;
mod bad_rows;
mod daily;
mod macie;
mod mutations;
mod round_trip;
mod rows;
mod samples;
mod support;
mod table;
