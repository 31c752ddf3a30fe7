//! The requests page: counts of each bucket, typed in, read from a workload file, or reported by the account.

use super::forms::{borrowed, pairs};
use super::{Service, internal};
use app::backend::{AppError, CountsOrigin, ErrorKind, WorkloadPage, WorkloadRow};
use model::estate::EstateBucket;
use model::overview::{OverviewQuery, PAGE_BUCKETS};
use model::quantity::{Ratio, Requests};
use model::requests::{RequestCounts, RequestKind};
use model::workload::{BucketWorkload, Workload, WorkloadDefaults};

/// What a form of the page says of the buckets that it shows.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    /// Counts that were typed.
    workload: Workload,
    /// Buckets of which nothing is said any more.
    forgotten: Vec<String>,
}

impl Service {
    /// The page of buckets that a query asks for.
    pub(super) fn workload_page(&self, query: &str) -> WorkloadPage {
        let known = self.known();
        let fields = pairs(query);
        let query = OverviewQuery::from_pairs(borrowed(&fields));
        let search = query.search.to_lowercase();
        let admitted: Vec<&EstateBucket> = known
            .estate
            .buckets
            .iter()
            .filter(|bucket| bucket.name.contains(&search))
            .collect();
        let pages = admitted.len().div_ceil(PAGE_BUCKETS).max(1);
        let page = query.page.clamp(1, pages);
        let row = |bucket: &&EstateBucket| {
            let found = known.workload.bucket(&bucket.name);
            WorkloadRow {
                name: bucket.name.clone(),
                region: bucket.region.clone(),
                objects: bucket.all.objects,
                counts: found.map(BucketWorkload::counts),
                origin: match found {
                    None => CountsOrigin::Unknown,
                    Some(_) if known.typed.contains(&bucket.name) => CountsOrigin::Typed,
                    Some(_) => CountsOrigin::Reported,
                },
                source: known
                    .counted
                    .get(&bucket.name)
                    .map(|counted| format!("CloudWatch, {}", counted.span())),
            }
        };
        let shown = || admitted.iter().skip((page - 1) * PAGE_BUCKETS).take(PAGE_BUCKETS);
        let unknown = |bucket: &&EstateBucket| known.workload.bucket(&bucket.name).is_none();
        WorkloadPage {
            rows: shown().map(row).collect(),
            metrics: shown()
                .filter_map(|bucket| self.inner.counted.of(&bucket.name))
                .collect(),
            refused: super::pages::refused(&fields, "/requests/"),
            search: query.search,
            page: page as u64,
            pages: pages as u64,
            buckets: known.estate.buckets.len() as u64,
            unknown: known.estate.buckets.iter().filter(unknown).count() as u64,
            peak: known.workload.defaults.peak_to_average,
        }
    }

    /// Takes what a form says. Only the buckets that it names change.
    pub(crate) async fn save_workload(&self, fields: &[(String, String)]) -> Result<(), AppError> {
        let known = self.known();
        let text = fields
            .iter()
            .find(|(field, text)| field == "toml" && !text.trim().is_empty());
        let said = match text {
            Some((_, text)) => Said {
                workload: read_file(text)?,
                forgotten: Vec::new(),
            },
            None => read_form(fields, known.workload.defaults)?,
        };
        for bucket in &said.workload.buckets {
            if known.estate.bucket(&bucket.name).is_none() {
                return Err(AppError::new(
                    ErrorKind::Input,
                    format!("`{}` is not in any imported source.", bucket.name),
                    "Import its inventory first, or take it out.",
                ));
            }
        }
        let store = &self.inner.store;
        store
            .put_workload(&said.workload)
            .await
            .map_err(|error| internal(&error))?;
        store
            .forget_workload(&said.forgotten)
            .await
            .map_err(|error| internal(&error))?;
        self.refresh().await.map_err(|error| internal(&error))
    }

    /// All counts that are known, as a workload file.
    pub(crate) fn workload_file(&self) -> Result<String, AppError> {
        toml::to_string_pretty(&self.known().workload).map_err(|error| internal(&error))
    }
}

/// Reads a workload file.
pub(crate) fn read_file(text: &str) -> Result<Workload, AppError> {
    let workload: Workload = toml::from_str(text).map_err(|error| {
        AppError::new(
            ErrorKind::Input,
            format!("This is no workload file: {error}"),
            "Download the counts as a file to see the form of one.",
        )
    })?;
    match workload.named_twice() {
        Some(twice) => Err(AppError::new(
            ErrorKind::Input,
            format!("`{twice}` is in this workload file twice."),
            "Take one of them out: which counts hold is not said.",
        )),
        None => Ok(workload),
    }
}

/// Reads the rows of the form: each begins with the bucket's name, its counts follow.
fn read_form(fields: &[(String, String)], defaults: WorkloadDefaults) -> Result<Said, AppError> {
    let mut said = Said::default();
    said.workload.defaults = defaults;
    let mut row: Option<(String, RequestCounts, bool)> = None;
    for (field, text) in fields {
        let text = text.trim();
        if field == "peak" {
            let peak = Ratio::parse(text).filter(|peak| WorkloadDefaults::PEAKS.contains(&peak.milli()));
            said.workload.defaults.peak_to_average =
                peak.ok_or_else(|| wrong("Peak over average", text, "a ratio from 1 to 1,000, such as 5"))?;
        } else if field == "bucket" {
            said.take(row.replace((text.to_string(), RequestCounts::default(), false)));
        } else if let (Some(kind), Some((name, counts, any))) = (
            RequestKind::ALL.into_iter().find(|kind| kind.field() == field),
            &mut row,
        ) {
            if text.is_empty() {
                continue;
            }
            let digits: String = text
                .chars()
                .filter(|one| !matches!(one, ',' | '_' | ' '))
                .collect();
            let what = || format!("{} requests of {name}", kind.title());
            let count = digits.parse().ok().map(Requests);
            let count = count.filter(|count| *count <= Requests::MONTH_MAX);
            counts[kind] = count.ok_or_else(|| {
                wrong(
                    &what(),
                    text,
                    "a whole number such as 2,000,000, and at most 10,000,000,000,000",
                )
            })?;
            *any = true;
        }
    }
    said.take(row);
    Ok(said)
}

impl Said {
    fn take(&mut self, row: Option<(String, RequestCounts, bool)>) {
        match row {
            Some((name, counts, true)) => {
                self.workload
                    .buckets
                    .push(BucketWorkload::new(&name, None, &counts));
            }
            Some((name, _, false)) => self.forgotten.push(name),
            None => {}
        }
    }
}

fn wrong(what: &str, text: &str, wanted: &str) -> AppError {
    AppError::new(
        ErrorKind::Input,
        format!("{what}: `{text}` is not {wanted}."),
        "Mend it and save again; nothing was saved.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Said, AppError> {
        read_form(&pairs(query), WorkloadDefaults::default())
    }

    #[test]
    fn rows_are_read_and_empty_ones_forgotten() {
        let said = read("peak=7.5&bucket=a&gets=2,000,000&puts=10_000&bucket=b&gets=&puts=&bucket=c&heads=0");
        let said = said.expect("a form");
        assert_eq!(said.workload.defaults.peak_to_average, Ratio::from_milli(7500));
        let counts = RequestCounts::reads_and_writes(Requests(2_000_000), Requests(10_000));
        assert_eq!(said.workload.buckets[0], BucketWorkload::new("a", None, &counts));
        assert_eq!(
            said.workload.buckets[1].name, "c",
            "zero was typed, so it is known"
        );
        assert_eq!(said.forgotten, ["b"]);
    }

    #[test]
    fn what_is_no_count_is_named() {
        let error = read("bucket=a&gets=many").expect_err("refused");
        assert!(error.message.contains("GET requests of a: `many`"), "{error}");
        assert!(read("peak=0").is_err());
    }
}
