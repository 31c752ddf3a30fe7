//! What an account tells of a quota, of the metric that counts its use, and of the requests to a bucket, in our own words. Made by `aws` and the
//! sandbox, read by the server.

use crate::error::CloudError;
use model::counted::CountedRequests;
use model::quotas::Quota;
use std::collections::BTreeMap;
use std::fmt;

/// A metric of CloudWatch that counts the use of a quota.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageMetric {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Dimensions.
    pub dimensions: BTreeMap<String, String>,
    /// Whether the quota itself named it.
    pub named_by_quota: bool,
}

impl UsageMetric {
    /// The metric of the shared KMS quota where the quota cannot be asked for it: as public quota checkers and alarm
    /// definitions have it (seen 2026-11).
    #[must_use]
    pub fn of_kms_symmetric() -> Self {
        let dimensions = [
            ("Service", "KMS"),
            ("Type", "API"),
            ("Resource", "CryptographicOperationsSymmetric"),
            ("Class", "None"),
        ];
        Self {
            namespace: "AWS/Usage".to_string(),
            name: "CallCount".to_string(),
            dimensions: dimensions
                .into_iter()
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect(),
            named_by_quota: false,
        }
    }
}

impl fmt::Display for UsageMetric {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CloudWatch, {} {}", self.namespace, self.name)?;
        for (name, value) in &self.dimensions {
            write!(formatter, ", {name} {value}")?;
        }
        formatter.write_str(if self.named_by_quota {
            " (named by the quota)"
        } else {
            " (the quota did not name its metric: dimensions as public quota checkers have them)"
        })
    }
}

/// What CloudWatch says of a bucket's requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestMetrics {
    /// Request metrics that cover the whole bucket are not enabled.
    NotEnabled,
    /// They are, under this filter, and have no data points of a whole day yet.
    Silent(String),
    /// They are counted.
    Counted(CountedRequests),
}

/// A quota as the account tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaFacts {
    /// The quota.
    pub quota: Quota,
    /// Whether AWS raises it on request.
    pub adjustable: bool,
    /// The metric of its use, where the quota names one.
    pub metric: Option<UsageMetric>,
    /// Why it is the default and not the applied value, where that could not be had.
    pub shortfall: Option<CloudError>,
}
