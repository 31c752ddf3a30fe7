//! What a person varies on the costs and quotas pages, and its form in a URL, so that a link shows the same page.

use crate::inventory::Region;
use crate::quantity::{Ratio, Requests, RequestsPerSecond};
use crate::workload::WorkloadDefaults;
use serde::{Deserialize, Serialize};

/// A what-if.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scenario {
    /// Prices and quotas of this Region for every bucket; each bucket's own when `None`.
    pub region: Option<Region>,
    /// `GetObject` requests a month over the whole estate; the known counts when `None`.
    pub gets: Option<Requests>,
    /// `PutObject` requests a month over the whole estate; the known counts when `None`.
    pub puts: Option<Requests>,
    /// Growth of bytes and requests from month to month.
    pub growth: Ratio,
    /// Whether the chosen configuration uses an S3 Bucket Key.
    pub bucket_key: bool,
    /// Share of KMS requests that a bucket key is expected to save.
    pub saving: Ratio,
    /// Requests in the busiest second over the average.
    pub peak: Ratio,
    /// Months ahead.
    pub months: u32,
    /// KMS calls that converting one object is taken to make; AWS publishes no figure.
    pub kms_calls: Ratio,
    /// Peak of KMS requests that the account makes already, where it is known.
    pub baseline: Option<RequestsPerSecond>,
    /// Share of the headroom that the migration may use.
    pub share: Ratio,
}

impl Scenario {
    /// The best published saving of a bucket key: "up to 99 percent" (Amazon S3 User Guide, bucket-key, 2026-04).
    pub const BEST_SAVING: Ratio = Ratio::percent(99);
    /// Months that a forecast can look ahead at most.
    pub const MONTHS_MAX: u32 = 36;
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            region: None,
            gets: None,
            puts: None,
            growth: Ratio::ZERO,
            bucket_key: false,
            // An assumption between no saving and the best published one; shown as such and adjustable.
            saving: Ratio::percent(90),
            peak: WorkloadDefaults::PEAK_TO_AVERAGE,
            months: 12,
            kms_calls: Ratio::ONE,
            baseline: None,
            share: Ratio::percent(50),
        }
    }
}

/// A field of a form or URL that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Name of the field.
    pub field: String,
    /// What is wrong and what to give.
    pub message: String,
}

impl Scenario {
    /// Reads the fields of a form or URL; what cannot be read keeps its default and is reported. Other fields are left
    /// to others.
    #[must_use]
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> (Self, Vec<FieldError>) {
        let mut scenario = Self::default();
        let mut errors = Vec::new();
        for (field, value) in pairs {
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            if let Err(message) = scenario.set(field, value) {
                errors.push(FieldError {
                    field: field.to_string(),
                    message,
                });
            }
        }
        (scenario, errors)
    }

    fn set(&mut self, field: &str, value: &str) -> Result<(), String> {
        match field {
            "region" => {
                let region = Region::parse(value).ok_or("is not a Region code such as eu-west-2")?;
                self.region = Some(region);
            }
            "gets" => self.gets = Some(Requests(whole(value)?)),
            "puts" => self.puts = Some(Requests(whole(value)?)),
            "growth" => self.growth = percent(value, 100)?,
            "bk" => self.bucket_key = matches!(value, "1" | "on" | "true"),
            "saving" => self.saving = percent(value, 99)?,
            "peak" => {
                let ratio = Ratio::parse(value).filter(|ratio| (1000..=1_000_000).contains(&ratio.milli()));
                self.peak = ratio.ok_or("is not a ratio from 1 to 1,000")?;
            }
            "months" => {
                let months = whole(value)?;
                self.months = u32::try_from(months)
                    .ok()
                    .filter(|months| (1..=Self::MONTHS_MAX).contains(months))
                    .ok_or("is not a number of months from 1 to 36")?;
            }
            "calls" => {
                let ratio = Ratio::parse(value).filter(|ratio| (1..=100_000).contains(&ratio.milli()));
                self.kms_calls = ratio.ok_or("is not a number of calls from 0.001 to 100")?;
            }
            "baseline" => self.baseline = Some(RequestsPerSecond::whole(whole(value)?)),
            "share" => self.share = percent(value, 100)?,
            _ => {}
        }
        Ok(())
    }

    /// The fields that differ from the default, in a fixed order, as a URL's query without the question mark.
    #[must_use]
    pub fn to_query(&self) -> String {
        let standard = Self::default();
        let mut fields: Vec<String> = Vec::new();
        let mut put = |field: &str, value: Option<String>| {
            if let Some(value) = value {
                fields.push(format!("{field}={value}"));
            }
        };
        put("region", self.region.as_ref().map(|region| region.0.clone()));
        put("gets", self.gets.map(|gets| gets.0.to_string()));
        put("puts", self.puts.map(|puts| puts.0.to_string()));
        put(
            "growth",
            (self.growth != standard.growth).then(|| percent_text(self.growth)),
        );
        put("bk", self.bucket_key.then(|| "1".to_string()));
        put(
            "saving",
            (self.saving != standard.saving).then(|| percent_text(self.saving)),
        );
        put(
            "peak",
            (self.peak != standard.peak).then(|| ratio_text(self.peak)),
        );
        put(
            "months",
            (self.months != standard.months).then(|| self.months.to_string()),
        );
        put(
            "calls",
            (self.kms_calls != standard.kms_calls).then(|| ratio_text(self.kms_calls)),
        );
        put(
            "baseline",
            self.baseline.map(|baseline| baseline.floor().to_string()),
        );
        put(
            "share",
            (self.share != standard.share).then(|| percent_text(self.share)),
        );
        fields.join("&")
    }
}

/// A whole number, with or without separators.
fn whole(value: &str) -> Result<u64, String> {
    let digits: String = value
        .chars()
        .filter(|character| !matches!(character, ',' | '_' | ' '))
        .collect();
    digits
        .parse()
        .map_err(|_| "is not a whole number such as 2000000".to_string())
}

fn percent(value: &str, most: u32) -> Result<Ratio, String> {
    let ratio = Ratio::parse(value.trim_end_matches('%')).map(|percent| percent.milli() / 100);
    // A percentage with one decimal is a ratio in thousandths.
    ratio
        .filter(|tenths| *tenths <= most * 10)
        .map(Ratio::from_milli)
        .ok_or_else(|| format!("is not a percentage from 0 to {most}"))
}

/// A ratio as a percentage without its sign: `2.5`.
#[must_use]
pub fn percent_text(ratio: Ratio) -> String {
    let (whole, tenth) = (ratio.milli() / 10, ratio.milli() % 10);
    if tenth == 0 {
        whole.to_string()
    } else {
        format!("{whole}.{tenth}")
    }
}

/// A ratio as a decimal number: `5`, `2.5`.
#[must_use]
pub fn ratio_text(ratio: Ratio) -> String {
    let text = format!("{}.{:03}", ratio.milli() / 1000, ratio.milli() % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> (Scenario, Vec<FieldError>) {
        Scenario::from_pairs(query.split('&').filter_map(|pair| pair.split_once('=')))
    }

    #[test]
    fn a_link_shows_the_same_page() {
        let query = "region=eu-west-2&gets=2000000&puts=10000&growth=2.5&bk=1&saving=97.3&peak=7.5&months=24&calls=2&baseline=4000&share=30";
        let (scenario, errors) = read(query);
        assert_eq!(errors, []);
        assert_eq!(scenario.growth, Ratio::from_milli(25));
        assert_eq!(scenario.to_query(), query);
        assert_eq!(Scenario::default().to_query(), "");
    }

    #[test]
    fn bad_fields_are_named_and_keep_their_default() {
        for (query, field) in [
            ("gets=-1", "gets"),
            ("gets=many", "gets"),
            ("region=London", "region"),
            ("saving=100", "saving"),
            ("months=0", "months"),
            ("months=37", "months"),
            ("peak=0.5", "peak"),
            ("growth=abc", "growth"),
        ] {
            let (scenario, errors) = read(query);
            assert_eq!(errors.len(), 1, "{query}");
            assert_eq!(errors[0].field, field);
            assert_eq!(scenario, Scenario::default(), "{query}");
        }
    }
}
