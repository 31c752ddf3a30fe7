//! Requests to raise the simulated account's KMS quotas: each is pending, then has a support case, then is granted, by the
//! account's clock. Kept in one file beside the effects.

use super::SandboxError;
use super::estate::ACCOUNT_ID;
use super::kept::Kept;
use super::mix::{name, uuid};
use crate::error::{CloudError, Fault};
use model::increases::{IncreaseRequest, RequestStatus};
use model::inventory::Region;
use model::quantity::RequestsPerSecond;
use model::time::UnixMillis;
use serde::{Deserialize, Serialize};
use std::path::Path;

const FILE: &str = "increases.json";

/// How long a request is pending.
const PENDING_MS: i64 = 5_000;
/// When it is granted.
const GRANTED_MS: i64 = 15_000;

/// A request as it was made; where it stands follows from the time.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct One {
    region: Region,
    per_second: u64,
    at: UnixMillis,
}

/// All requests, oldest first.
#[derive(Debug)]
pub(super) struct Asked(Kept<One>);

impl Asked {
    /// Reads what is in a folder that exists.
    pub(super) fn open(dir: &Path) -> Result<Self, SandboxError> {
        Kept::open(dir, FILE).map(Self)
    }

    /// Takes a request; refused while one of the Region is open, as AWS does.
    pub(super) fn ask(
        &self,
        region: &Region,
        per_second: u64,
        now: UnixMillis,
    ) -> Result<IncreaseRequest, CloudError> {
        let failed = |fault, text: String| {
            CloudError::new(fault, "RequestServiceQuotaIncrease", region.0.as_str(), text)
        };
        let mut all = self.0.all();
        let open = |one: &One| one.region == *region && one.status(now).is_open();
        if all.iter().any(open) {
            let text = "ResourceAlreadyExistsException: Only one open service quota increase request is allowed per quota.";
            return Err(failed(Fault::Refused, text.to_string()));
        }
        let one = One {
            region: region.clone(),
            per_second,
            at: now,
        };
        let request = one.request(now);
        let mut wanted = all.clone();
        wanted.push(one);
        if let Err(error) = self.0.keep(&wanted) {
            let text = format!("the sandbox cannot write {}: {error}", self.0.path().display());
            return Err(failed(Fault::Transient, text));
        }
        *all = wanted;
        Ok(request)
    }

    /// Requests of a Region, newest first.
    pub(super) fn of_region(&self, region: &Region, now: UnixMillis) -> Vec<IncreaseRequest> {
        let all = self.0.all();
        let of_region = all.iter().rev().filter(|one| one.region == *region);
        of_region.map(|one| one.request(now)).collect()
    }

    /// The newest value that was granted.
    pub(super) fn granted(&self, region: &str, now: UnixMillis) -> Option<RequestsPerSecond> {
        let all = self.0.all();
        let granted = |one: &&One| one.region.0 == region && one.status(now) == RequestStatus::Approved;
        let newest = all.iter().rev().find(granted);
        newest.map(|one| RequestsPerSecond::whole(one.per_second))
    }
}

impl One {
    fn status(&self, now: UnixMillis) -> RequestStatus {
        match now.0 - self.at.0 {
            GRANTED_MS.. => RequestStatus::Approved,
            PENDING_MS.. => RequestStatus::CaseOpened,
            _ => RequestStatus::Pending,
        }
    }

    fn request(&self, now: UnixMillis) -> IncreaseRequest {
        let status = self.status(now);
        let since = match status {
            RequestStatus::Pending => 0,
            RequestStatus::CaseOpened => PENDING_MS,
            _ => GRANTED_MS,
        };
        let seed = name(&[&self.region.0, &self.at.0.to_string()]);
        IncreaseRequest {
            id: uuid(seed).replace('-', ""),
            region: self.region.clone(),
            desired: Some(self.per_second),
            case: (status != RequestStatus::Pending).then(|| format!("{}", 1_000_000 + seed % 1_000_000)),
            status,
            created: Some(self.at),
            updated: Some(UnixMillis(self.at.0 + since)),
            requester: Some(format!("arn:aws:iam::{ACCOUNT_ID}:role/rekey")),
        }
    }
}
