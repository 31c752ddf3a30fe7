//! The engine against a simulated account, a journal in memory that can crash, and time that only advances when
//! everything waits. No test sleeps or uses real time.

#![expect(clippy::unwrap_used, reason = "a test that has nothing to unwrap has failed")]

mod account;
mod beside;
mod canaries;
mod chance;
mod cleanup;
mod commands;
mod crash;
mod doubt;
mod estate;
mod faults;
mod headroom;
mod job_lists;
mod job_regions;
mod job_trouble;
mod jobs;
mod methods;
mod operations;
mod prefixes;
mod run;
mod sandbox;
mod settings;
mod simulation;
mod storm;
mod throttle;
mod world;
