//! The store on real files: what is there after it was closed, and what it refuses.

#![expect(clippy::unwrap_used, reason = "a test that has nothing to unwrap has failed")]

mod estate;
mod journals;
mod kept;
mod opening;
