//! Kinds of requests to S3, counts of each, and the KMS calls that each makes on an SSE-KMS object. Workloads, scenarios
//! and costs speak of them.

use crate::inventory::StorageClass;
use crate::prices::Meter;
use crate::quantity::{Ratio, Requests};
use serde::{Deserialize, Serialize};
use std::ops::{Index, IndexMut};

/// A kind of request to S3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestKind {
    /// `GetObject`.
    Get,
    /// `PutObject`, and `CopyObject` into the bucket.
    Put,
    /// `CreateMultipartUpload`, `UploadPart`, `UploadPartCopy` and `CompleteMultipartUpload`.
    Part,
    /// `HeadObject`.
    Head,
    /// `ListObjectsV2`, `ListObjectVersions`.
    List,
}

/// A value for each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByKind<T> {
    gets: T,
    puts: T,
    parts: T,
    heads: T,
    lists: T,
}

/// Requests of each kind in a month.
pub type RequestCounts = ByKind<Requests>;

/// KMS calls that a request of each kind makes on an object under SSE-KMS without a bucket key.
pub type CallsPerRequest = ByKind<Ratio>;

impl RequestKind {
    /// Every kind, in the order in which statements list them.
    pub const ALL: [Self; 5] = [Self::Get, Self::Put, Self::Part, Self::Head, Self::List];

    /// Name in a URL; with `calls_` before it that of its KMS calls.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Get => "gets",
            Self::Put => "puts",
            Self::Part => "parts",
            Self::Head => "heads",
            Self::List => "lists",
        }
    }

    /// As pages and statements name it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Part => "Multipart",
            Self::Head => "HEAD",
            Self::List => "LIST",
        }
    }

    /// What it is metered as: PUT, COPY, POST and LIST are one price, GET and all other requests another; a LIST has no
    /// class and costs what Standard does (Amazon S3 pricing, requests and data retrievals, 2026-09).
    #[must_use]
    pub const fn meter(self, class: StorageClass) -> Meter {
        match self {
            Self::Get | Self::Head => Meter::Get(class),
            Self::Put | Self::Part => Meter::Put(class),
            Self::List => Meter::Put(StorageClass::Standard),
        }
    }

    /// Whether requests of this kind fall on objects of a class, and not on the bucket.
    #[must_use]
    pub const fn has_class(self) -> bool {
        !matches!(self, Self::List)
    }
}

impl<T> Index<RequestKind> for ByKind<T> {
    type Output = T;

    fn index(&self, kind: RequestKind) -> &T {
        match kind {
            RequestKind::Get => &self.gets,
            RequestKind::Put => &self.puts,
            RequestKind::Part => &self.parts,
            RequestKind::Head => &self.heads,
            RequestKind::List => &self.lists,
        }
    }
}

impl<T> IndexMut<RequestKind> for ByKind<T> {
    fn index_mut(&mut self, kind: RequestKind) -> &mut T {
        match kind {
            RequestKind::Get => &mut self.gets,
            RequestKind::Put => &mut self.puts,
            RequestKind::Part => &mut self.parts,
            RequestKind::Head => &mut self.heads,
            RequestKind::List => &mut self.lists,
        }
    }
}

impl RequestCounts {
    /// So many GETs and PUTs, and none of another kind.
    #[must_use]
    pub const fn reads_and_writes(gets: Requests, puts: Requests) -> Self {
        Self {
            gets,
            puts,
            parts: Requests::ZERO,
            heads: Requests::ZERO,
            lists: Requests::ZERO,
        }
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let mut sum = self;
        for kind in RequestKind::ALL {
            sum[kind] += other[kind];
        }
        sum
    }

    /// Requests of every kind.
    #[must_use]
    pub fn total(&self) -> Requests {
        RequestKind::ALL.into_iter().map(|kind| self[kind]).sum()
    }

    /// KMS calls that they make if all fall on SSE-KMS objects without a bucket key, rounded up.
    #[must_use]
    pub fn kms_calls(&self, calls: &CallsPerRequest) -> Requests {
        let milli: u128 = RequestKind::ALL
            .into_iter()
            .map(|kind| u128::from(self[kind].0) * u128::from(calls[kind].milli()))
            .sum();
        Requests(u64::try_from(milli.div_ceil(1000)).unwrap_or(u64::MAX))
    }
}

impl CallsPerRequest {
    /// One call for each GET and PUT (Amazon S3 User Guide, bucket-key: S3 calls KMS every time a request is made
    /// against a KMS-encrypted object; 2026-04). One for each part, an assumption: the user guide's mpuoverview names
    /// the permission and no count. None for HEAD and LIST, for which no KMS permission is documented.
    pub const DOCUMENTED: Self = Self {
        gets: Ratio::ONE,
        puts: Ratio::ONE,
        parts: Ratio::ONE,
        heads: Ratio::ZERO,
        lists: Ratio::ZERO,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_follow_the_kinds() {
        let mut counts = RequestCounts::reads_and_writes(Requests(1_000), Requests(10));
        counts[RequestKind::Part] = Requests(5);
        counts[RequestKind::Head] = Requests(7_000);
        assert_eq!(counts.kms_calls(&CallsPerRequest::DOCUMENTED), Requests(1_015));
        let mut calls = CallsPerRequest::DOCUMENTED;
        calls[RequestKind::Head] = Ratio::from_milli(1);
        assert_eq!(counts.kms_calls(&calls), Requests(1_022));
        assert_eq!(counts.total(), Requests(8_015));
    }
}
