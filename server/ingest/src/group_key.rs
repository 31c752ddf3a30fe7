//! What the objects of one group share, and a hash for it that is as cheap as the rest of counting. Used by
//! [`crate::groups`].

use model::inventory::{BucketKeyStatus, EncryptionStatus, SizeBand, StorageClass};
use std::hash::Hasher;

/// Number of a prefix in a table of prefixes.
pub(crate) type PrefixNumber = usize;

/// What objects of one group share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct GroupKey {
    pub(crate) prefix: PrefixNumber,
    pub(crate) storage_class: StorageClass,
    pub(crate) encryption_status: EncryptionStatus,
    pub(crate) bucket_key_status: BucketKeyStatus,
    pub(crate) current: bool,
    pub(crate) size_band: SizeBand,
}

/// Hashes a [`GroupKey`], which is six small numbers: the default hash would take longer than all else that is done for
/// a row. Keys are not chosen by anyone, so collisions need not be guarded against; names of prefixes are, and have the
/// default hash.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct GroupHasher(u64);

impl Hasher for GroupHasher {
    fn finish(&self) -> u64 {
        // The table takes its slot from the low bits and its tag from the high ones: mix them.
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u8(&mut self, value: u8) {
        self.write_u64(u64::from(value));
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }

    fn write_isize(&mut self, value: isize) {
        self.write_u64(value as u64);
    }

    fn write_u64(&mut self, value: u64) {
        // 2^64 over the golden ratio (Knuth, "The Art of Computer Programming" 3, 6.4).
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}
