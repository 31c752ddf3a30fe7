//! What CloudWatch's daily storage metrics tell of a bucket that nothing lists: bytes by storage class and the number of
//! objects over all classes, of one day. `cloud` reads them, `ingest` makes a coarse snapshot of them.
//!
//! Left out is what these metrics do not know: encryption, which class holds how many objects, sizes, versions.

use crate::inventory::{Region, StorageClass};
use crate::quantity::{Bytes, Objects};
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A bucket on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DailyStorage {
    /// Bucket.
    pub bucket: String,
    /// Its Region.
    pub region: Region,
    /// The day, at its beginning.
    pub day: UnixMillis,
    /// Bytes of the classes that have a figure on that day.
    pub bytes: BTreeMap<StorageClass, Bytes>,
    /// Classes that had a figure on an earlier day of the week and have none on that day.
    pub gaps: Vec<StorageClass>,
    /// Objects over all classes; `None` where the day has no figure.
    pub objects: Option<Objects>,
}
