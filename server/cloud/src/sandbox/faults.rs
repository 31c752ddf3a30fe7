//! Faults that the simulated account makes on purpose, so that tests of `engine` meet each class of them. What fails
//! follows from the seed, the object and how often it was tried, never from the order of threads.

use super::mix::{mix, name};
use crate::error::{CloudError, Fault, Throttler};
use crate::object::ObjectRef;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Which share of object operations fails, in thousandths, and how. All zero by default: none fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FaultPlan {
    /// Decides which operations are hit.
    pub seed: u64,
    /// Share answered with a 500, without an effect.
    pub transient_per_mille: u16,
    /// Share whose answer is lost after the effect.
    pub unanswered_per_mille: u16,
    /// Share refused as if KMS throttled, without an effect.
    pub throttled_per_mille: u16,
}

/// What befalls one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mishap {
    Transient,
    Unanswered,
    Throttled,
}

/// The plan with the count of tries per operation and object.
#[derive(Debug)]
pub(super) struct Faults {
    plan: FaultPlan,
    tries: Mutex<HashMap<u64, u64>>,
}

impl Faults {
    pub(super) fn new(plan: FaultPlan) -> Self {
        Self {
            plan,
            tries: Mutex::new(HashMap::new()),
        }
    }

    /// Runs an operation, with what the plan has for it.
    pub(super) fn around<T>(
        &self,
        operation: &'static str,
        object: &ObjectRef,
        run: impl FnOnce() -> Result<T, CloudError>,
    ) -> Result<T, CloudError> {
        let error = |fault, text: &str| Err(CloudError::new(fault, operation, object.to_string(), text));
        match self.draw(operation, object) {
            None => run(),
            Some(Mishap::Transient) => error(
                Fault::Transient,
                "InternalError: We encountered an internal error. Please try again.",
            ),
            Some(Mishap::Throttled) => error(Fault::Throttled(Throttler::Kms), super::rates::KMS_SLOW_DOWN),
            Some(Mishap::Unanswered) => {
                run()?;
                error(
                    Fault::Unanswered,
                    "The connection was closed before the answer came.",
                )
            }
        }
    }

    fn draw(&self, operation: &str, object: &ObjectRef) -> Option<Mishap> {
        let plan = self.plan;
        let (transient, unanswered, throttled) = (
            u64::from(plan.transient_per_mille),
            u64::from(plan.unanswered_per_mille),
            u64::from(plan.throttled_per_mille),
        );
        if transient + unanswered + throttled == 0 {
            return None;
        }
        let version = object.version_id.as_deref().unwrap_or_default();
        let call = name(&[operation, &object.bucket, &object.key, version]);
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let count = tries.entry(call).or_insert(0);
        *count += 1;
        let drawn = mix(call ^ mix(plan.seed ^ mix(*count))) % 1000;
        if drawn < transient {
            Some(Mishap::Transient)
        } else if drawn < transient + unanswered {
            Some(Mishap::Unanswered)
        } else if drawn < transient + unanswered + throttled {
            Some(Mishap::Throttled)
        } else {
            None
        }
    }
}
