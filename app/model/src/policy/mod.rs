//! Policies as AWS writes them: read from their JSON, evaluated as far as it can be known, and a bucket's policy changed
//! so that only one key is used. The checks before a migration and its last step ask here. Which policies hold for a
//! request, and that of organisations and endpoints, is not known here: an answer is about one document.
//!
//! Source: IAM User Guide, policy elements and evaluation logic (2026-04); Amazon S3 User Guide, `UsingKMSEncryption`
//! (2026-04) for what S3 puts into the condition keys.

mod condition;
mod enforce;
mod evaluate;
mod named;
mod pattern;
mod statement;

pub use condition::Context;
pub use enforce::{OUR_STATEMENTS, enforced, has_ours, is_enforced, released};
pub use evaluate::{Ask, Caller, Reach, Verdict, evaluate};
pub use named::Named;
pub use statement::{Effect, Policy, PolicyError, Statement};
