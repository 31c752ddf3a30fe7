//! What can be imported from the account: its buckets, the inventories that they have, and the newest delivery of each.
//! A page of buckets is asked about at a time, each bucket by itself, so that one that refuses leaves the others as they
//! are.

use super::accounts::AccountKey;
use super::forms::pairs;
use super::intake::MACIE;
use super::{Service, trouble};
use crate::mirror::{MirrorError, S3Location, newest_complete};
use app::backend::{
    AppError, BucketFound, Discovery, InventoriesFound, InventoryFound, MacieOffer, NewestDelivery,
    OfferShown,
};
use cloud::{BucketSummary, InventoryConfiguration};
use model::inventory::Region;
use model::inventory_offer::{InventoryOffer, missing_fields};
use model::time::UnixMillis;
use std::collections::{BTreeMap, BTreeSet};

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
        let mut listed = self.listed().await;
        let (mut buckets, mut troubles, mut macie) = (Vec::new(), Vec::new(), Vec::new());
        for key in self.account_keys() {
            match listed.remove(&key).unwrap_or_else(|| Err(late())) {
                Ok(found) => {
                    macie.extend(self.macie_offers(&key, &found));
                    buckets.extend(found);
                }
                Err(error) if !self.has_others() => return Discovery::unknown(error),
                Err(error) => troubles.push(self.of_account(&key, error)),
            }
        }
        buckets.sort_by(|one, other| one.name.cmp(&other.name));
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
            troubles,
            macie,
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
            account: self.account_shown(&bucket.name),
            name: bucket.name,
        };
        buckets.into_iter().map(found).collect()
    }

    /// The buckets of each account, or why they are not known.
    pub(super) async fn listed(&self) -> BTreeMap<AccountKey, Result<Vec<BucketSummary>, AppError>> {
        let about = self.account_keys().into_iter().map(|key| key.0);
        let listed = self.answers(|service| &service.inner.listed, about, list).await;
        listed
            .into_iter()
            .map(|(about, found)| (AccountKey(about), found))
            .collect()
    }

    /// What Macie can be asked in an account: every Region that has buckets, or one of them.
    fn macie_offers(&self, key: &AccountKey, buckets: &[BucketSummary]) -> Vec<MacieOffer> {
        let number = self.number(key).filter(|_| !key.is_own());
        let place = number
            .as_ref()
            .map_or(String::new(), |number| format!("{number}/"));
        let whose = number.map_or(String::new(), |number| format!(" of account {number}"));
        let regions = buckets.iter().filter_map(|bucket| bucket.region.as_ref());
        let regions: BTreeSet<_> = regions.collect();
        let every = MacieOffer {
            location: format!("{MACIE}{place}"),
            title: format!("Every Region that has buckets{whose}"),
        };
        let one = |region: &Region| MacieOffer {
            location: format!("{MACIE}{place}{region}"),
            title: format!("{region}{whose}"),
        };
        std::iter::once(every)
            .chain(regions.into_iter().map(one))
            .collect()
    }

    /// Number of the account that a bucket is in, where there are several.
    fn account_shown(&self, bucket: &str) -> Option<String> {
        let owner = self.owner(bucket).filter(|_| self.has_others())?;
        self.number(&owner)
    }

    /// An error that names the account whose buckets are missing for it.
    pub(super) fn of_account(&self, key: &AccountKey, mut error: AppError) -> AppError {
        let whose = match self.number(key) {
            Some(number) => format!("Account {number}"),
            None => "This server's own account".to_string(),
        };
        error.message = format!("{whose}: {}", error.message);
        error
    }

    async fn offer(&self, bucket: String) -> OfferShown {
        let owner = self.owner(&bucket).unwrap_or_default();
        let mut callers = self.callers([owner.clone()]).await;
        let caller = callers
            .remove(&owner)
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

pub(super) fn late() -> AppError {
    AppError::new(
        app::backend::ErrorKind::Transport,
        "The account has not answered yet.",
        "Reload the page to see it.",
    )
}

async fn list(service: Service, about: String) -> Result<Vec<BucketSummary>, AppError> {
    let key = AccountKey(about);
    if !key.is_own() {
        // Of a role that cannot be assumed, only this says why.
        let mut callers = service.callers([key.clone()]).await;
        if let Some(Err(error)) = callers.remove(&key) {
            return Err(error);
        }
    }
    let listed = service.account(&key).buckets.list().await;
    let buckets = listed.map_err(|error| trouble::from_cloud(&error))?;
    service.inner.owners.learn(key, &buckets);
    Ok(buckets)
}

async fn inventories(service: Service, bucket: String) -> InventoriesFound {
    let deliveries = &service.account_of(&bucket).deliveries;
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
    // Reports of a bucket may be kept in another account, which then is the one to ask.
    let kept_in = service.owner(&folder.bucket).or_else(|| service.owner(bucket));
    let account = service.account(&kept_in.unwrap_or_default());
    match newest_complete(account.deliveries.as_ref(), &folder).await {
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
