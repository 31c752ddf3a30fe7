//! Tests of the account from outside: one contract for the simulated account and for AWS's protocol as two other servers
//! speak it, and the requests themselves as a recording server sees them.

mod contract;
mod differences;
mod peers;
mod permissions;
mod recorder;
mod sandbox;
mod servers;
mod survival;
mod wire;
