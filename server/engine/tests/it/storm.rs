//! What passes over a simulated account by chance: slow answers, throttling by S3 and by KMS, faults before and after
//! the effect, answers that never come. Drawn from the seed of a run, request by request.

use crate::chance::Chance;
use crate::world::{Mishap, is_conversion};
use cloud::{Fault, Throttler};
use std::time::Duration;

/// The weather of one run.
#[derive(Clone, Debug)]
pub(crate) struct Storm {
    pub(crate) chance: Chance,
    /// Longest way of a request to the account, and of an answer back.
    pub(crate) slowest: Duration,
    /// Requests in a thousand that fare badly.
    pub(crate) per_mille: u64,
}

impl Storm {
    pub(crate) fn delay(&mut self) -> Duration {
        // Most are quick, some are not.
        let slow = self.chance.per_mille(50);
        let longest = if slow { self.slowest * 20 } else { self.slowest };
        self.chance.up_to(longest)
    }

    pub(crate) fn mishap(&mut self, operation: &str) -> Option<Mishap> {
        if !self.chance.per_mille(self.per_mille) {
            return None;
        }
        let changes = operation == "PutBucketEncryption" || is_conversion(operation);
        Some(match self.chance.within(0..if changes { 8 } else { 3 }) {
            // A 500 or 503, or an error in the body of a 200.
            0 => Mishap::Refuse(Fault::Transient),
            1 => Mishap::Refuse(Fault::Throttled(Throttler::S3)),
            2 => Mishap::Refuse(Fault::Unanswered),
            3 => Mishap::Refuse(Fault::Throttled(Throttler::Kms)),
            4 => Mishap::LoseAnswer(Fault::Unanswered),
            5 => Mishap::LoseAnswer(Fault::Transient),
            _ => Mishap::ActLate(Fault::Unanswered, self.chance.up_to(Duration::from_secs(3))),
        })
    }
}
