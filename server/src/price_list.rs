//! Reads the price list for whole Regions and keeps what it said in the data directory, one file for each Region with its
//! date. Used by the prices page and by `rekey prices --live`.

use cloud::{CloudError, Fault, PriceList};
use futures::stream::{self, StreamExt as _};
use model::inventory::{Region, StorageClass};
use model::prices::{ListedPrice, Meter};
use model::time::UnixMillis;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

/// Questions in flight.
const IN_FLIGHT: usize = 8;

/// What the price list said of a Region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RegionPrices {
    pub(crate) region: Region,
    pub(crate) asked_at: UnixMillis,
    pub(crate) prices: Vec<ListedPrice>,
    /// What could not be had, in sentences.
    pub(crate) troubles: Vec<String>,
}

/// Every meter that anything is priced by.
pub(crate) fn meters() -> Vec<Meter> {
    let of_class = |class: &StorageClass| {
        [
            Meter::Storage(*class),
            Meter::Put(*class),
            Meter::Get(*class),
            Meter::Retrieval(*class),
            Meter::RestoreRequest(*class),
        ]
    };
    let others = [
        Meter::TieringMonitoring,
        Meter::KmsKey,
        Meter::KmsRequest,
        Meter::BatchJob,
        Meter::BatchObject,
        Meter::BatchManifestObject,
        Meter::InventoryObject,
    ];
    StorageClass::ALL
        .iter()
        .flat_map(of_class)
        .chain(others)
        .collect()
}

/// Whether the next question would end the same way.
const fn is_general(error: &CloudError) -> bool {
    matches!(
        error.fault,
        Fault::AccessDenied | Fault::Unanswered | Fault::Transient | Fault::NotSupported
    )
}

/// Asks for every meter of a Region; several at once after one that shows whether the list answers at all.
pub(crate) async fn ask(list: &dyn PriceList, region: &Region, now: UnixMillis) -> RegionPrices {
    let mut all = RegionPrices {
        region: region.clone(),
        asked_at: now,
        prices: Vec::new(),
        troubles: Vec::new(),
    };
    if let Err(error) = list.price(region, Meter::KmsRequest).await
        && is_general(&error)
    {
        all.troubles.push(error.to_string());
        return all;
    }
    let asked = stream::iter(meters()).map(|meter| list.price(region, meter));
    let mut answers = asked.buffered(IN_FLIGHT);
    while let Some(answer) = answers.next().await {
        match answer {
            Ok(found) => all.prices.extend(found),
            Err(error) => all.troubles.push(error.to_string()),
        }
    }
    all
}

fn file(data: &Path, region: &Region) -> PathBuf {
    data.join("prices").join(format!("{region}.json"))
}

/// Keeps what was said; an answer without any price does not replace one that has some.
pub(crate) fn keep(data: &Path, said: &RegionPrices) -> io::Result<()> {
    let path = file(data, &said.region);
    if said.prices.is_empty() && path.exists() {
        return Ok(());
    }
    std::fs::create_dir_all(data.join("prices"))?;
    // Written beside and moved into place, so that the file is whole at any time.
    let beside = path.with_extension("new");
    std::fs::write(&beside, serde_json::to_vec_pretty(said)?)?;
    std::fs::rename(beside, path)
}

/// What was kept of a Region; nothing where nothing was, or where it is of another version.
pub(crate) fn kept(data: &Path, region: &Region) -> Option<RegionPrices> {
    let path = file(data, region);
    let text = std::fs::read(&path).ok()?;
    match serde_json::from_slice(&text) {
        Ok(kept) => Some(kept),
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "kept prices cannot be read");
            None
        }
    }
}
