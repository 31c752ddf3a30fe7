//! What a person varies on the costs and quotas pages, and its form in a URL, so that a link shows the same page.

use crate::format::grouped;
use crate::inventory::Region;
use crate::quantity::{Ratio, Requests, RequestsPerSecond};
use crate::requests::{ByKind, CallsPerRequest, RequestKind};
use crate::workload::WorkloadDefaults;
use serde::{Deserialize, Serialize};

/// Before the name of a kind of request: the field of its KMS calls.
const CALLS: &str = "calls_";

/// A what-if.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scenario {
    /// Prices and quotas of this Region for every bucket; each bucket's own when `None`.
    pub region: Option<Region>,
    /// Requests a month over the whole estate, by kind; the known counts where `None`.
    pub totals: ByKind<Option<Requests>>,
    /// KMS calls that a request of each kind makes without a bucket key.
    pub calls: CallsPerRequest,
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
    /// Days for which a version that a copy replaces is kept.
    pub old_version_days: u32,
    /// Whether CloudTrail logs data events of the buckets.
    pub data_events: bool,
    /// Whether the keys rotate every year, which adds to their price twice.
    pub rotation: bool,
    /// Whether the target is DSSE-KMS, which knows no bucket key.
    pub dual_layer: bool,
    /// Weeks over which the buckets are converted; at once when zero.
    pub ramp_weeks: u32,
    /// Waves in which they are converted, evenly over those weeks.
    pub waves: u32,
    /// Region that the others would fail over to.
    pub failover: Option<Region>,
    /// Whether the key is in a custom key store, which has a request quota of its own.
    pub custom_key_store: bool,
    /// Share of the requests that principals of other accounts make: they count against those accounts.
    pub foreign: Ratio,
    /// What is asked for beyond the load when a quota is to be raised.
    pub margin: Ratio,
}

impl Scenario {
    /// The best published saving of a bucket key: "up to 99 percent" (Amazon S3 User Guide, bucket-key, 2026-04).
    pub const BEST_SAVING: Ratio = Ratio::percent(99);
    /// Months that a forecast can look ahead at most.
    pub const MONTHS_MAX: u32 = 36;
    /// How many times over an estate may grow in the months ahead; sums beyond say nothing.
    const TIMES_MAX: u128 = 10_000;
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            region: None,
            totals: ByKind::default(),
            calls: CallsPerRequest::DOCUMENTED,
            growth: Ratio::ZERO,
            bucket_key: false,
            // An assumption between no saving and the best published one; shown as such and adjustable.
            saving: Ratio::percent(90),
            peak: WorkloadDefaults::PEAK_TO_AVERAGE,
            months: 12,
            kms_calls: Ratio::ONE,
            baseline: None,
            share: Ratio::percent(50),
            old_version_days: 30,
            data_events: false,
            rotation: false,
            dual_layer: false,
            ramp_weeks: 0,
            waves: 4,
            failover: None,
            custom_key_store: false,
            foreign: Ratio::ZERO,
            margin: Ratio::percent(25),
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
        if scenario.grows_beyond() {
            errors.push(FieldError {
                field: "growth".to_string(),
                message: format!(
                    "is more than ten thousand times over in {} months",
                    scenario.months
                ),
            });
            scenario.growth = Ratio::ZERO;
        }
        (scenario, errors)
    }

    /// Whether growth over all months is more than sums can bear.
    fn grows_beyond(&self) -> bool {
        let mut times = u128::from(Ratio::ONE.milli());
        (1..self.months).any(|_| {
            times = times * (1000 + u128::from(self.growth.milli())) / 1000;
            times > Self::TIMES_MAX * u128::from(Ratio::ONE.milli())
        })
    }

    fn set(&mut self, field: &str, value: &str) -> Result<(), String> {
        match field {
            "region" => {
                let region = Region::parse(value).ok_or("is not a Region code such as eu-west-2")?;
                self.region = Some(region);
            }
            "growth" => self.growth = percent(value, 100)?,
            "bk" => self.bucket_key = is_on(value)?,
            "saving" => self.saving = percent(value, 99)?,
            "peak" => {
                let ratio =
                    Ratio::parse(value).filter(|ratio| WorkloadDefaults::PEAKS.contains(&ratio.milli()));
                self.peak = ratio.ok_or("is not a ratio from 1 to 1,000")?;
            }
            "months" => self.months = bounded(value, 1, Self::MONTHS_MAX, "months")?,
            "calls" => {
                let ratio = Ratio::parse(value).filter(|ratio| (1..=100_000).contains(&ratio.milli()));
                self.kms_calls = ratio.ok_or("is not a number of calls from 0.001 to 100")?;
            }
            "baseline" => self.baseline = Some(RequestsPerSecond::whole(whole(value)?)),
            // None of the headroom would be no migration.
            "share" => self.share = percent_from(1, value, 100)?,
            "old_versions" => self.old_version_days = bounded(value, 0, 3650, "days")?,
            "data_events" => self.data_events = is_on(value)?,
            "rotation" => self.rotation = is_on(value)?,
            "dsse" => self.dual_layer = is_on(value)?,
            "ramp" => self.ramp_weeks = bounded(value, 0, 104, "weeks")?,
            "failover" => {
                let region = Region::parse(value).ok_or("is not a Region code such as eu-west-1")?;
                self.failover = Some(region);
            }
            "store" => self.custom_key_store = is_on(value)?,
            "foreign" => self.foreign = percent(value, 100)?,
            "margin" => self.margin = percent(value, 400)?,
            "waves" => self.waves = bounded(value, 1, 104, "waves")?,
            _ => self.set_by_kind(field, value)?,
        }
        Ok(())
    }

    fn set_by_kind(&mut self, field: &str, value: &str) -> Result<(), String> {
        let (prefix, kind) = match field.strip_prefix(CALLS) {
            Some(kind) => (CALLS, kind),
            None => ("", field),
        };
        let Some(kind) = RequestKind::ALL.into_iter().find(|known| known.field() == kind) else {
            return Ok(());
        };
        if prefix.is_empty() {
            let count = Some(whole(value)?).filter(|count| *count <= Requests::MONTH_MAX.0);
            let too_many = || format!("is more than {} a month", grouped(Requests::MONTH_MAX.0));
            self.totals[kind] = Some(Requests(count.ok_or_else(too_many)?));
        } else {
            let ratio = Ratio::parse(value).filter(|ratio| ratio.milli() <= 100_000);
            self.calls[kind] = ratio.ok_or("is not a number of calls from 0 to 100")?;
        }
        Ok(())
    }

    /// How much of the estate is converted on a day, counted from zero: waves of equal size, evenly over the weeks of the
    /// ramp, the first on the first day.
    #[must_use]
    pub fn converted_on(&self, day: u32) -> Ratio {
        let (days, waves) = (self.ramp_weeks * 7, self.waves.max(1));
        if days == 0 {
            return Ratio::ONE;
        }
        let done = (day * waves / days + 1).min(waves);
        Ratio::from_milli(done * 1000 / waves)
    }

    /// Every field of a form or URL with its text, in a fixed order; empty where nothing is chosen.
    #[must_use]
    pub fn fields(&self) -> Vec<(String, String)> {
        let mut fields: Vec<(String, String)> = Vec::new();
        let mut put = |field: &str, value: String| fields.push((field.to_string(), value));
        let count = |count: Option<u64>| count.map(|count| count.to_string()).unwrap_or_default();
        let on = |on: bool| if on { "1" } else { "" }.to_string();
        put(
            "region",
            self.region.as_ref().map_or_else(String::new, ToString::to_string),
        );
        for kind in RequestKind::ALL {
            put(kind.field(), count(self.totals[kind].map(|total| total.0)));
        }
        for kind in RequestKind::ALL {
            put(&format!("{CALLS}{}", kind.field()), ratio_text(self.calls[kind]));
        }
        put("growth", percent_text(self.growth));
        put("bk", on(self.bucket_key));
        put("saving", percent_text(self.saving));
        put("peak", ratio_text(self.peak));
        put("months", self.months.to_string());
        put("calls", ratio_text(self.kms_calls));
        put("baseline", count(self.baseline.map(RequestsPerSecond::floor)));
        put("share", percent_text(self.share));
        put("old_versions", self.old_version_days.to_string());
        put("data_events", on(self.data_events));
        put("rotation", on(self.rotation));
        put("dsse", on(self.dual_layer));
        put("ramp", self.ramp_weeks.to_string());
        put("waves", self.waves.to_string());
        put(
            "failover",
            self.failover
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
        );
        put("store", on(self.custom_key_store));
        put("foreign", percent_text(self.foreign));
        put("margin", percent_text(self.margin));
        fields
    }

    /// The fields that differ from the default, in a fixed order.
    #[must_use]
    pub fn chosen(&self) -> Vec<(String, String)> {
        let standard = Self::default().fields();
        let fields = self.fields().into_iter().zip(standard);
        fields
            .filter(|(field, standard)| field != standard)
            .map(|(field, _)| field)
            .collect()
    }

    /// The same as a URL's query without the question mark.
    #[must_use]
    pub fn to_query(&self) -> String {
        let pairs = self.chosen().into_iter();
        let pairs: Vec<String> = pairs.map(|(field, text)| format!("{field}={text}")).collect();
        pairs.join("&")
    }
}

/// A checkbox of a form or URL.
fn is_on(value: &str) -> Result<bool, String> {
    match value {
        "1" | "on" | "true" | "yes" => Ok(true),
        "0" | "off" | "false" | "no" => Ok(false),
        _ => Err("is neither 1 nor 0".to_string()),
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

/// A whole number within bounds, of what is counted.
fn bounded(value: &str, least: u32, most: u32, what: &str) -> Result<u32, String> {
    let count = u32::try_from(whole(value)?).ok();
    count
        .filter(|count| (least..=most).contains(count))
        .ok_or_else(|| format!("is not a number of {what} from {least} to {most}"))
}

fn percent(value: &str, most: u32) -> Result<Ratio, String> {
    percent_from(0, value, most)
}

fn percent_from(least: u32, value: &str, most: u32) -> Result<Ratio, String> {
    let ratio = Ratio::parse(value.trim_end_matches('%')).map(|percent| percent.milli() / 100);
    // A percentage with one decimal is a ratio in thousandths.
    ratio
        .filter(|tenths| (least * 10..=most * 10).contains(tenths))
        .map(Ratio::from_milli)
        .ok_or_else(|| format!("is not a percentage from {least} to {most}"))
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
        let query = "region=eu-west-2&gets=2000000&puts=10000&heads=500&calls_parts=0.5&growth=2.5&bk=1&saving=97.3&peak=7.5&months=24&calls=2&baseline=4000&share=30&old_versions=7&data_events=1&rotation=1&dsse=1&ramp=12&waves=6&failover=eu-west-1&store=1&foreign=10&margin=50";
        let (scenario, errors) = read(query);
        assert_eq!(errors, []);
        assert_eq!(scenario.growth, Ratio::from_milli(25));
        assert_eq!(scenario.to_query(), query);
        assert_eq!(Scenario::default().to_query(), "");
    }

    #[test]
    fn growth_that_sums_cannot_bear_is_named_with_its_months() {
        for (query, bears) in [
            ("growth=100&months=36", false),
            ("growth=30&months=36", true),
            ("growth=31&months=36", false),
            ("growth=100&months=14", true),
            ("growth=100&months=15", false),
        ] {
            let (scenario, errors) = read(query);
            assert_eq!(errors.is_empty(), bears, "{query}: {errors:?}");
            assert_eq!(scenario.growth == Ratio::ZERO, !bears, "{query}");
        }
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
            ("gets=10000000000001", "gets"),
            ("gets=18446744073709551615", "gets"),
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
