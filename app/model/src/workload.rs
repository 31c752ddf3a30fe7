//! How much a bucket is used: the counts that KMS costs and rates follow from. Typed in, read from a workload file, or
//! reported by the account. What is not known stays unknown.

use crate::format::grouped;
use crate::inventory::Region;
use crate::quantity::{Ratio, Requests};
use crate::requests::{RequestCounts, RequestKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Requests to one bucket in a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BucketWorkload {
    /// Bucket.
    pub name: String,
    /// Its Region, where the inventory does not say.
    #[serde(default, deserialize_with = "region_code")]
    pub region: Option<Region>,
    /// `GetObject` requests.
    #[serde(default, deserialize_with = "of_a_month")]
    pub gets_per_month: Requests,
    /// `PutObject` and `CopyObject` requests.
    #[serde(default, deserialize_with = "of_a_month")]
    pub puts_per_month: Requests,
    /// Requests that multipart uploads are made of.
    #[serde(default, deserialize_with = "of_a_month")]
    pub parts_per_month: Requests,
    /// `HeadObject` requests.
    #[serde(default, deserialize_with = "of_a_month")]
    pub heads_per_month: Requests,
    /// `ListObjectsV2` and `ListObjectVersions` requests.
    #[serde(default, deserialize_with = "of_a_month")]
    pub lists_per_month: Requests,
}

impl BucketWorkload {
    /// A bucket with these counts.
    #[must_use]
    pub fn new(name: &str, region: Option<Region>, counts: &RequestCounts) -> Self {
        Self {
            name: name.to_string(),
            region,
            gets_per_month: counts[RequestKind::Get],
            puts_per_month: counts[RequestKind::Put],
            parts_per_month: counts[RequestKind::Part],
            heads_per_month: counts[RequestKind::Head],
            lists_per_month: counts[RequestKind::List],
        }
    }

    /// Its counts by kind.
    #[must_use]
    pub fn counts(&self) -> RequestCounts {
        let mut counts = RequestCounts::reads_and_writes(self.gets_per_month, self.puts_per_month);
        counts[RequestKind::Part] = self.parts_per_month;
        counts[RequestKind::Head] = self.heads_per_month;
        counts[RequestKind::List] = self.lists_per_month;
        counts
    }
}

/// What holds for every bucket of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorkloadDefaults {
    /// Requests in the busiest second over the average of a month.
    #[serde(deserialize_with = "ratio", serialize_with = "decimal")]
    pub peak_to_average: Ratio,
}

impl WorkloadDefaults {
    /// Used where nobody says otherwise; an assumption, shown as such and adjustable.
    pub const PEAK_TO_AVERAGE: Ratio = Ratio::from_milli(5000);
    /// Thousandths that a peak may be over the average: it is not below it, and beyond a thousand times it is a slip.
    pub const PEAKS: std::ops::RangeInclusive<u32> = 1_000..=1_000_000;
}

impl Default for WorkloadDefaults {
    fn default() -> Self {
        Self {
            peak_to_average: Self::PEAK_TO_AVERAGE,
        }
    }
}

/// A decimal number as a ratio: `5.0` is five to one.
fn ratio<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Ratio, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Integer(u32),
        Decimal(f64),
    }
    let text = match Number::deserialize(deserializer)? {
        Number::Integer(whole) => whole.to_string(),
        Number::Decimal(decimal) => format!("{decimal:.3}"),
    };
    let ratio = Ratio::parse(&text).filter(|ratio| WorkloadDefaults::PEAKS.contains(&ratio.milli()));
    ratio.ok_or_else(|| {
        serde::de::Error::custom(format!("`{text}` is not a ratio from 1 to 1,000, such as 5.0"))
    })
}

/// A ratio as a decimal number, which [`ratio`] reads again.
fn decimal<S: serde::Serializer>(ratio: &Ratio, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(f64::from(ratio.milli()) / 1000.0)
}

/// Request counts of an estate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// What holds for every bucket.
    #[serde(default)]
    pub defaults: WorkloadDefaults,
    /// Buckets whose counts are known.
    #[serde(default, rename = "bucket")]
    pub buckets: Vec<BucketWorkload>,
}

impl Workload {
    /// A bucket that is in it more than once, so that it does not say which counts hold.
    #[must_use]
    pub fn named_twice(&self) -> Option<&str> {
        let mut names = BTreeSet::new();
        let mut buckets = self.buckets.iter().map(|bucket| bucket.name.as_str());
        buckets.find(|name| !names.insert(*name))
    }

    /// Counts of one bucket.
    #[must_use]
    pub fn bucket(&self, name: &str) -> Option<&BucketWorkload> {
        self.buckets.iter().find(|bucket| bucket.name == name)
    }
}

/// A Region by its code; a slip in it would take the bucket's requests out of every figure.
fn region_code<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Region>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    let parsed = |text: String| {
        Region::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!("`{text}` is not a Region code such as eu-west-2"))
        })
    };
    text.map(parsed).transpose()
}

/// A count of a month; one that no bucket can have is a slip.
fn of_a_month<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Requests, D::Error> {
    let count = Requests::deserialize(deserializer)?;
    if count > Requests::MONTH_MAX {
        let most = grouped(Requests::MONTH_MAX.0);
        return Err(serde::de::Error::custom(format!(
            "{} requests a month are more than a bucket can have; {most} are the most",
            grouped(count.0)
        )));
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_no_bucket_can_have_is_refused() {
        let text = |count: u64| format!(r#"{{"name":"alpha","gets_per_month":{count}}}"#);
        let read = |count| serde_json::from_str::<BucketWorkload>(&text(count));
        assert!(read(Requests::MONTH_MAX.0).is_ok());
        let refused = read(Requests::MONTH_MAX.0 + 1).expect_err("too many");
        assert!(refused.to_string().contains("are the most"), "{refused}");
    }

    #[test]
    fn a_peak_below_the_average_is_refused() {
        let read = |peak: &str| {
            let text = format!(r#"{{"defaults":{{"peak_to_average":{peak}}}}}"#);
            serde_json::from_str::<Workload>(&text)
        };
        for good in ["1", "7.25", "1000"] {
            assert!(read(good).is_ok(), "{good}");
        }
        for bad in ["0", "0.1", "1001", "-3"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_region_that_is_none_is_refused() {
        let read = |region: &str| {
            let text = format!(r#"{{"name":"alpha","region":{region}}}"#);
            serde_json::from_str::<BucketWorkload>(&text)
        };
        for good in ["null", r#""eu-west-2""#] {
            assert!(read(good).is_ok(), "{good}");
        }
        for bad in [r#""London""#, r#""""#, r#""eu-west""#] {
            let refused = read(bad).expect_err("no Region").to_string();
            assert!(refused.contains("is not a Region code"), "{bad}: {refused}");
        }
    }

    #[test]
    fn a_workload_is_read_as_it_was_written() {
        let workload = Workload {
            defaults: WorkloadDefaults {
                peak_to_average: Ratio::from_milli(7250),
            },
            buckets: Vec::new(),
        };
        let text = serde_json::to_string(&workload).expect("JSON");
        assert!(text.contains("7.25"), "{text}");
        assert_eq!(
            serde_json::from_str::<Workload>(&text).expect("a workload"),
            workload
        );
    }
}
