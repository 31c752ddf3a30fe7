//! What can be imported from the account: its buckets, the inventories that they have, and the newest delivery of each.
//! A page of buckets is asked about at a time, each bucket by itself, so that one that refuses leaves the others as they
//! are.

use super::forms::pairs;
use super::{Service, trouble};
use crate::mirror::{MirrorError, S3Location, newest_complete};
use app::backend::{
    AppError, BucketFound, Discovery, InventoriesFound, InventoryFound, NewestDelivery, OfferShown,
};
use cloud::{BucketSummary, InventoryConfiguration};
use model::inventory_offer::{InventoryOffer, missing_fields};
use model::time::UnixMillis;

/// Buckets on a page.
const PAGE: usize = 20;

/// Configurations of a bucket whose deliveries are looked for.
const CONFIGURATIONS_MAX: usize = 10;

/// What was asked for on the page.
#[derive(Debug, Default)]
struct Asked {
    search: String,
    page: usize,
    offer: Option<String>,
}

impl Asked {
    fn from_query(query: &str) -> Self {
        let mut asked = Self::default();
        for (name, value) in pairs(query) {
            match name.as_str() {
                "bucket" => asked.search = value.trim().to_string(),
                "buckets" => asked.page = value.parse().unwrap_or(1),
                "offer" => asked.offer = Some(value),
                _ => {}
            }
        }
        asked
    }
}

impl Service {
    /// What can be imported from the account, for a query of the import page.
    pub(super) async fn discover(&self, query: &str) -> Discovery {
        let asked = Asked::from_query(query);
        let listed = self
            .answers(|service| &service.inner.listed, [String::new()], list)
            .await;
        let buckets = match listed.into_values().next() {
            Some(Ok(buckets)) => buckets,
            Some(Err(error)) => return Discovery::unknown(error),
            None => return Discovery::unknown(late()),
        };
        let all = buckets.len();
        let mut regions: Vec<_> = buckets
            .iter()
            .filter_map(|bucket| bucket.region.clone())
            .collect();
        regions.sort_unstable();
        regions.dedup();
        let admitted: Vec<BucketSummary> = buckets
            .into_iter()
            .filter(|bucket| bucket.name.contains(&asked.search))
            .collect();
        let pages = admitted.len().div_ceil(PAGE).max(1);
        let page = asked.page.clamp(1, pages);
        let shown: Vec<BucketSummary> = admitted.into_iter().skip((page - 1) * PAGE).take(PAGE).collect();
        let offer = match asked.offer {
            Some(bucket) => Some(self.offer(bucket).await),
            None => None,
        };
        Discovery {
            error: None,
            buckets: self.look_at(shown).await,
            all: all as u64,
            regions,
            search: asked.search,
            page: page as u64,
            pages: pages as u64,
            offer,
        }
    }

    /// Everything about these buckets that came in time.
    async fn look_at(&self, buckets: Vec<BucketSummary>) -> Vec<BucketFound> {
        let names: Vec<String> = buckets.iter().map(|bucket| bucket.name.clone()).collect();
        let (mut defaults, mut inventories) = tokio::join!(
            self.default_encryptions(names.clone()),
            self.answers(|service| &service.inner.inventories, names, inventories),
        );
        let found = |bucket: BucketSummary| BucketFound {
            default: defaults.remove(&bucket.name),
            inventories: inventories.remove(&bucket.name).unwrap_or_else(|| Err(late())),
            region: bucket.region,
            name: bucket.name,
        };
        buckets.into_iter().map(found).collect()
    }

    async fn offer(&self, bucket: String) -> OfferShown {
        let caller = self
            .caller()
            .await
            .and_then(Result::ok)
            .or_else(|| self.last_told());
        let partition = caller.as_ref().and_then(|caller| caller.arn.split(':').nth(1));
        let account = caller.as_ref().map(|caller| caller.account_id.as_str());
        let offer = InventoryOffer::new(&bucket, account, partition.unwrap_or("aws"));
        OfferShown {
            bucket,
            configuration: offer.configuration,
            policy: offer.policy,
            commands: offer.commands,
        }
    }
}

fn late() -> AppError {
    AppError::new(
        app::backend::ErrorKind::Transport,
        "The account has not answered yet.",
        "Reload the page to see it.",
    )
}

async fn list(service: Service, _: String) -> Result<Vec<BucketSummary>, AppError> {
    let listed = service.inner.account.buckets.list().await;
    let mut buckets = listed.map_err(|error| trouble::from_cloud(&error))?;
    buckets.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(buckets)
}

async fn inventories(service: Service, bucket: String) -> InventoriesFound {
    let deliveries = &service.inner.account.deliveries;
    let configurations = deliveries.configurations(&bucket).await;
    let configurations = configurations.map_err(|error| trouble::from_cloud(&error))?;
    let mut found = Vec::new();
    // The same folder may be that of several configurations only by mistake; asking twice does no harm.
    for configuration in configurations.into_iter().take(CONFIGURATIONS_MAX) {
        let newest = newest(&service, &bucket, &configuration).await;
        found.push(InventoryFound {
            place: format!(
                "s3://{}/{}",
                configuration.destination,
                configuration.folder(&bucket)
            ),
            missing: missing_fields(&configuration.fields)
                .into_iter()
                .map(ToString::to_string)
                .collect(),
            id: configuration.id,
            enabled: configuration.enabled,
            all_versions: configuration.all_versions,
            filter: configuration.filter.filter(|filter| !filter.is_empty()),
            format: configuration.format,
            frequency: configuration.frequency,
            newest,
        });
    }
    Ok(found)
}

async fn newest(
    service: &Service,
    bucket: &str,
    configuration: &InventoryConfiguration,
) -> Result<Option<NewestDelivery>, AppError> {
    let folder = S3Location {
        bucket: configuration.destination.clone(),
        key: configuration.folder(bucket),
    };
    let deliveries = service.inner.account.deliveries.as_ref();
    match newest_complete(deliveries, &folder).await {
        Ok(manifest) => Ok(Some(NewestDelivery {
            taken: manifest.date().and_then(|date| UnixMillis::parse_iso(&date)),
            manifest: manifest.to_string(),
        })),
        Err(MirrorError::NoDelivery { .. }) => Ok(None),
        Err(error) => Err(trouble::from_intake(&error.into())),
    }
}

/// Answers that stand for a moment.
pub(crate) type Inventories = super::answers::Answers<InventoriesFound>;
/// The same for the list of buckets.
pub(crate) type Listed = super::answers::Answers<Result<Vec<BucketSummary>, AppError>>;

#[cfg(test)]
mod tests {
    use super::Asked;

    #[test]
    fn the_query_names_page_search_and_offer() {
        let asked = Asked::from_query("?bucket=+logs&buckets=3&offer=website-assets&other=x");
        assert_eq!((asked.search.as_str(), asked.page), ("logs", 3));
        assert_eq!(asked.offer.as_deref(), Some("website-assets"));
        assert_eq!(Asked::from_query("buckets=many").page, 1);
    }
}
