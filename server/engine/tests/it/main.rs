//! The engine against a simulated account, a journal in memory that can crash, and time that only advances when
//! everything waits. No test sleeps or uses real time.

mod account;
mod commands;
mod crash;
mod estate;
mod faults;
mod methods;
mod run;
mod throttle;
