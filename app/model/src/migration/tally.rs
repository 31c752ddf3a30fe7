//! Counts of outcomes. Every row of an inventory ends in exactly one of them, so that a tally's total equals the rows.

use crate::method::{LeftOut, Method};
use crate::quantity::{Bytes, Objects};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Objects with their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// How many.
    pub objects: Objects,
    /// Their bytes, by the inventory.
    pub bytes: Bytes,
}

impl Amount {
    /// One more object.
    pub fn add(&mut self, bytes: Bytes) {
        self.objects += Objects(1);
        self.bytes += bytes;
    }

    fn merge(&mut self, other: Self) {
        self.objects += other.objects;
        self.bytes += other.bytes;
    }

    fn retract(&mut self, other: Self) {
        self.objects = self.objects.saturating_sub(other.objects);
        self.bytes = self.bytes.saturating_sub(other.bytes);
    }
}

/// Outcomes of many objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Converted, by method.
    pub converted: BTreeMap<Method, Amount>,
    /// Found under the plan's key already, for example after an interrupted batch.
    pub already: Amount,
    /// Not touched, by reason.
    pub left_out: BTreeMap<LeftOut, Amount>,
    /// Deleted since the inventory was taken.
    pub gone: Amount,
    /// Failed.
    pub failed: Amount,
    /// KMS calls that the conversions are taken to have made.
    pub kms_calls: u64,
}

impl Tally {
    /// Adds another tally.
    pub fn merge(&mut self, other: &Self) {
        for (method, amount) in &other.converted {
            self.converted.entry(*method).or_default().merge(*amount);
        }
        for (reason, amount) in &other.left_out {
            self.left_out.entry(*reason).or_default().merge(*amount);
        }
        self.already.merge(other.already);
        self.gone.merge(other.gone);
        self.failed.merge(other.failed);
        self.kms_calls += other.kms_calls;
    }

    /// Takes failures away that a retry has worked on again.
    pub fn retract_failed(&mut self, amount: Amount) {
        self.failed.retract(amount);
    }

    /// Moves objects that were taken to be under the key to the failures: they read back as something else. Which of them
    /// were found under the key already is not known by name, so what the method did not convert is taken from those.
    pub fn fail_done(&mut self, method: Option<Method>, amount: Amount) {
        let mut left = amount;
        let mut take = |from: &mut Amount| {
            let part = Amount {
                objects: Objects(from.objects.0.min(left.objects.0)),
                bytes: Bytes(from.bytes.0.min(left.bytes.0)),
            };
            from.retract(part);
            left.retract(part);
        };
        if let Some(converted) = method.and_then(|method| self.converted.get_mut(&method)) {
            take(converted);
        }
        take(&mut self.already);
        self.converted.values_mut().for_each(&mut take);
        // One that was found gone and is there again.
        take(&mut self.gone);
        self.converted.retain(|_, amount| !amount.objects.is_zero());
        let mut moved = amount;
        moved.retract(left);
        self.failed.merge(moved);
    }

    /// Objects that are now under the plan's key.
    #[must_use]
    pub fn done(&self) -> Amount {
        let mut sum = self.already;
        for amount in self.converted.values() {
            sum.merge(*amount);
        }
        sum
    }

    /// Objects that were not touched.
    #[must_use]
    pub fn untouched(&self) -> Amount {
        let mut sum = Amount::default();
        for amount in self.left_out.values() {
            sum.merge(*amount);
        }
        sum
    }

    /// All outcomes together.
    #[must_use]
    pub fn total(&self) -> Amount {
        let mut sum = self.done();
        sum.merge(self.untouched());
        sum.merge(self.gone);
        sum.merge(self.failed);
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_gone_and_is_there_again_is_moved_once() {
        let one = Amount {
            objects: Objects(1),
            bytes: Bytes(10),
        };
        let mut tally = Tally {
            gone: one,
            ..Tally::default()
        };
        tally.fail_done(Some(Method::CopyObject), one);
        assert_eq!((tally.gone, tally.failed), (Amount::default(), one));
        assert_eq!(tally.total(), one);
    }
}
