//! What the contract is run on: an account with its buckets and keys, and another user of it who sets objects up and looks
//! at them from outside.

use crate::differences::Differences;
use cloud::{Account, CopyOrder, ListedVersion, ObjectRef};
use model::encryption::TargetEncryption;
use model::inventory::StorageClass;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use tokio_util::sync::CancellationToken;

/// An object to set up.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    pub(crate) body: String,
    /// Content headers by name, lower case, with the redirect of a website.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) class: StorageClass,
    /// Whether everybody may read it, where the bucket keeps ACLs.
    pub(crate) public: bool,
    /// Algorithm of its checksum, where the server keeps one.
    pub(crate) checksum: Option<&'static str>,
    /// Whether it is under a legal hold.
    pub(crate) held: bool,
}

impl Spec {
    pub(crate) fn plain(body: &str) -> Self {
        Self {
            body: body.to_string(),
            headers: pairs(&[("content-type", "text/plain")]),
            metadata: BTreeMap::new(),
            tags: BTreeMap::new(),
            class: StorageClass::Standard,
            public: false,
            checksum: None,
            held: false,
        }
    }

    pub(crate) fn dressed(body: &str) -> Self {
        Self {
            headers: pairs(&[
                ("content-type", "application/pdf"),
                ("cache-control", "max-age=60"),
                ("content-disposition", "attachment; filename=\"claim.pdf\""),
                ("content-encoding", "gzip"),
                ("content-language", "en-GB"),
                ("expires", "Wed, 02 Jan 2030 03:04:05 GMT"),
                ("x-amz-website-redirect-location", "/elsewhere"),
            ]),
            metadata: pairs(&[("document-id", "00042"), ("scanned-by", "york")]),
            tags: pairs(&[("team", "claims + risk: 10/a=b"), ("row", "7")]),
            class: StorageClass::StandardIa,
            public: true,
            checksum: Some("SHA256"),
            ..Self::plain(body)
        }
    }
}

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = pairs
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()));
    owned.collect()
}

/// An object as somebody else sees it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Seen {
    pub(crate) body: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) class: String,
    pub(crate) encryption: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) bucket_key: bool,
    pub(crate) tags: BTreeMap<String, String>,
    /// All grants, the owner's too where the server tells it.
    pub(crate) grants: BTreeSet<String>,
    /// Checksums by algorithm.
    pub(crate) checksums: BTreeMap<String, String>,
    /// Retention and legal hold.
    pub(crate) lock: BTreeMap<String, String>,
}

/// Another user of the same account.
pub(crate) trait Neighbour: Send + Sync {
    /// Writes an object and gives its version.
    fn put(&self, object: &ObjectRef, spec: &Spec) -> Option<String>;
    /// Removes an object without naming a version.
    fn delete(&self, object: &ObjectRef);
    /// Looks at an object.
    fn look(&self, object: &ObjectRef) -> Seen;
}

/// Keys of a bucket with deliveries; each object holds its own key.
pub(crate) const REPORTS: [&str; 5] = [
    "in ventory/ü+&/all/2026-11-19T01-00Z/manifest.json",
    "in ventory/ü+&/all/2026-11-20T01-00Z/manifest.checksum",
    "in ventory/ü+&/all/2026-11-20T01-00Z/manifest.json",
    "in ventory/ü+&/all/data/one.csv.gz",
    "other",
];

/// An account to test, with two buckets and two keys of it.
pub(crate) struct Place {
    pub(crate) account: Account,
    pub(crate) neighbour: Box<dyn Neighbour>,
    pub(crate) bucket: String,
    pub(crate) versioned: String,
    /// A bucket with Object Lock.
    pub(crate) locked: String,
    pub(crate) target: TargetEncryption,
    pub(crate) other: TargetEncryption,
    /// A bucket that holds [`REPORTS`]; the versioned one has an inventory configuration.
    pub(crate) reports: String,
    /// Buckets for lists and reports of jobs.
    pub(crate) for_jobs: Vec<String>,
    pub(crate) differences: Differences,
}

impl Place {
    pub(crate) fn object(&self, key: &str) -> ObjectRef {
        ObjectRef {
            bucket: self.bucket.clone(),
            key: key.to_string(),
            version_id: None,
        }
    }

    pub(crate) fn versioned_object(&self, key: &str) -> ObjectRef {
        ObjectRef {
            bucket: self.versioned.clone(),
            ..self.object(key)
        }
    }

    pub(crate) async fn copy(
        &self,
        object: &ObjectRef,
        target: &TargetEncryption,
    ) -> Result<(), cloud::CloudError> {
        let seen = self
            .account
            .objects
            .head(object)
            .await
            .expect("the object to copy");
        self.account
            .objects
            .copy_in_place(
                object,
                &CopyOrder {
                    seen,
                    target: target.clone(),
                    by_inventory: false,
                    break_off: CancellationToken::new(),
                    permits: None,
                },
            )
            .await
    }

    /// All pages of the listing, and how many there were.
    pub(crate) async fn listing(&self, bucket: &str) -> (Vec<ListedVersion>, u32) {
        let (mut versions, mut pages, mut from) = (Vec::new(), 0, None);
        loop {
            let page = self
                .account
                .objects
                .list_versions(bucket, from.as_deref())
                .await
                .expect("a page");
            versions.extend(page.versions);
            pages += 1;
            from = page.next;
            if from.is_none() {
                return (versions, pages);
            }
        }
    }

    /// Whether an object, as a neighbour sees it, is under the target.
    pub(crate) fn is_under(&self, seen: &Seen, target: &TargetEncryption) -> bool {
        seen.encryption.as_deref() == Some("aws:kms")
            && seen.key.as_deref() == Some(target.key.as_str())
            && seen.bucket_key == (target.bucket_key && !self.differences.forgets_bucket_key)
    }
}
