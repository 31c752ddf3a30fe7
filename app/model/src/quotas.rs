//! Default request quotas per Region with their source and date, from `data/quotas.json` (compiled in by `build.rs`).
//! A live value, where an account is connected, goes before these; that is the caller's part.

use crate::inventory::Region;
use crate::quantity::RequestsPerSecond;
use serde::{Deserialize, Serialize};

include!(concat!(env!("OUT_DIR"), "/quotas.rs"));

/// Where the value of a quota is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QuotaOrigin {
    /// The value that Service Quotas says is applied to the account.
    Applied,
    /// The default that Service Quotas states for the Region.
    ServiceDefault,
    /// The table bundled with this program.
    Bundled,
}

impl QuotaOrigin {
    /// In a word or two: whether the account was heard.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Applied => "live",
            Self::ServiceDefault => "applied default",
            Self::Bundled => "bundled",
        }
    }

    /// As the pages name it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Applied => "applied to this account (Service Quotas)",
            Self::ServiceDefault => "AWS default (Service Quotas)",
            Self::Bundled => "AWS default (bundled table)",
        }
    }
}

/// A quota with its provenance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// Name that Service Quotas shows.
    pub name: String,
    /// The limit, over each single second.
    pub limit: RequestsPerSecond,
    /// Where the value is from.
    pub origin: QuotaOrigin,
    /// Document or service that stated it.
    pub source: String,
    /// Its date.
    pub date: String,
}

/// The default of the shared KMS quota for symmetric cryptographic operations: per account and Region, each second, all
/// principals and keys together.
#[must_use]
pub fn kms_symmetric(region: &Region) -> Quota {
    let listed = KMS_PER_SECOND.iter().find(|(code, _)| *code == region.0);
    Quota {
        name: QUOTA_NAME.to_string(),
        limit: RequestsPerSecond::whole(listed.map_or(KMS_DEFAULT_PER_SECOND, |(_, limit)| *limit)),
        origin: QuotaOrigin::Bundled,
        source: SOURCE.to_string(),
        date: DATE.to_string(),
    }
}

/// The request quota of one custom key store, which counts as well as the shared one and cannot be raised for `CloudHSM`
/// key stores.
#[must_use]
pub fn custom_key_store() -> Quota {
    Quota {
        name: "Custom key store request quota".to_string(),
        limit: RequestsPerSecond::whole(KMS_CUSTOM_KEY_STORE_PER_SECOND),
        origin: QuotaOrigin::Bundled,
        source: SOURCE.to_string(),
        date: DATE.to_string(),
    }
}

/// The rate of GET and HEAD requests that S3 promises at least per partitioned prefix.
#[must_use]
pub fn s3_get_per_prefix() -> Quota {
    Quota {
        name: "GET and HEAD requests per prefix".to_string(),
        limit: RequestsPerSecond::whole(S3_GET_PER_PREFIX_PER_SECOND),
        origin: QuotaOrigin::Bundled,
        source: S3_SOURCE.to_string(),
        date: S3_DATE.to_string(),
    }
}

/// The rate of PUT, COPY, POST and DELETE requests that S3 promises at least per partitioned prefix.
#[must_use]
pub fn s3_put_per_prefix() -> Quota {
    Quota {
        name: "PUT, COPY, POST and DELETE requests per prefix".to_string(),
        limit: RequestsPerSecond::whole(S3_PUT_PER_PREFIX_PER_SECOND),
        origin: QuotaOrigin::Bundled,
        source: S3_SOURCE.to_string(),
        date: S3_DATE.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_region_has_its_own_default() {
        for (region, limit) in [
            ("us-east-1", 100_000),
            ("eu-west-2", 20_000),
            ("eu-west-3", 10_000),
        ] {
            let quota = kms_symmetric(&Region(region.to_string()));
            assert_eq!(quota.limit.floor(), limit, "{region}");
            assert_eq!(quota.origin, QuotaOrigin::Bundled);
        }
    }
}
