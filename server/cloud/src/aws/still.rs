//! Whether a copy may go by what the inventory says of an object, without a look at it. S3 tells of nothing but another
//! entity tag, so this is only for buckets in which the rest can neither be nor change: a website's redirects, locks, and
//! classes that lifecycle rules change. Called by `copy`; each bucket is asked now and then.

use super::buckets::object_lock;
use super::clients::{Clients, S3};
use super::evidence::{lifecycle, website};

/// Whether a bucket is one of these. One that does not say, or may not be asked, is none.
pub(super) async fn stands_still(clients: &Clients, s3: &S3, bucket: &str) -> bool {
    if let Some(known) = clients.still.of(bucket) {
        return known;
    }
    let (website, lock, lifecycle) = tokio::join!(
        website(&s3.retrying, bucket),
        object_lock(&s3.retrying, bucket),
        lifecycle(&s3.retrying, bucket)
    );
    let still = website == Ok(false)
        && matches!(lock, Ok(false))
        && lifecycle.is_ok_and(|lifecycle| lifecycle.rules == 0);
    clients.still.note(bucket, still);
    still
}
