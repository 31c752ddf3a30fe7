//! KMS of the simulated account: the keys of each Region, whether S3 can use one, the quota and what others use of it.

use super::estate::ACCOUNT_ID;
use super::mix::{name, uuid};
use crate::error::Fault;
use crate::object::KeyFacts;
use model::encryption::KeyArn;
use model::inventory::Region;
use model::quantity::RequestsPerSecond;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What a key is for; each Region has one of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyRole {
    General,
    Payments,
    Rehearsal,
    Retired,
    Leaving,
    Signing,
    AwsManaged,
}

/// Role, alias, description, state, whether symmetric.
const KEYS: &[(KeyRole, &str, &str, &str, bool)] = &[
    (
        KeyRole::General,
        "alias/storage-general",
        "Data at rest of all teams",
        "Enabled",
        true,
    ),
    (
        KeyRole::Payments,
        "alias/payments-data",
        "Data at rest of payments",
        "Enabled",
        true,
    ),
    (
        KeyRole::Rehearsal,
        "alias/rehearsal",
        "For trying a migration; nothing is under it",
        "Enabled",
        true,
    ),
    (
        KeyRole::Retired,
        "alias/storage-2021",
        "Replaced by storage-general in 2023",
        "Disabled",
        true,
    ),
    (
        KeyRole::Leaving,
        "alias/trial-warehouse",
        "Trial of 2025, to be deleted",
        "PendingDeletion",
        true,
    ),
    (
        KeyRole::Signing,
        "alias/document-signing",
        "Signs outgoing documents (RSA_3072)",
        "Enabled",
        false,
    ),
    (
        KeyRole::AwsManaged,
        "alias/aws/s3",
        "Default key that protects my S3 objects when no other key is defined",
        "Enabled",
        true,
    ),
];

/// Region, quota per second as applied to this account, peak that others use of it. The quota of Frankfurt is small, so
/// that throttling can be seen.
const REGIONS: &[(&str, u64, u64)] = &[
    ("eu-central-1", 2_000, 700),
    ("eu-west-2", 20_000, 6_200),
    ("us-east-1", 100_000, 21_500),
];

/// Keys and rates of one Region.
#[derive(Debug)]
pub(super) struct RegionKms {
    pub(super) quota: RequestsPerSecond,
    pub(super) baseline: RequestsPerSecond,
    keys: Vec<(KeyRole, KeyFacts, Arc<str>)>,
    /// States that keys came to since, by ARN.
    states: Mutex<BTreeMap<String, String>>,
}

impl RegionKms {
    /// The keys as they are now.
    pub(super) fn now(&self) -> Vec<KeyFacts> {
        let current = |facts: &KeyFacts| KeyFacts {
            state: self.state_of(facts),
            ..facts.clone()
        };
        self.keys().map(current).collect()
    }

    /// Brings a key to another state.
    pub(super) fn set_state(&self, arn: &str, state: &str) {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        states.insert(arn.to_string(), state.to_string());
    }

    fn state_of(&self, facts: &KeyFacts) -> String {
        let states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        states.get(facts.arn.as_str()).unwrap_or(&facts.state).clone()
    }

    /// The keys as the account began with them; their states are told by [`Self::now`].
    pub(super) fn keys(&self) -> impl Iterator<Item = &KeyFacts> {
        self.keys.iter().map(|(_, facts, _)| facts)
    }

    pub(super) fn with_role(&self, wanted: KeyRole) -> Option<Arc<str>> {
        self.keys
            .iter()
            .find(|(role, ..)| *role == wanted)
            .map(|(_, _, arn)| Arc::clone(arn))
    }

    pub(super) fn role_of(&self, arn: &str) -> Option<KeyRole> {
        let mut keys = self.keys.iter();
        keys.find(|(_, facts, _)| facts.arn.as_str() == arn)
            .map(|(role, ..)| *role)
    }

    /// Whether S3 can encrypt under a key here, and what it says when it cannot (Amazon S3 API Reference, error
    /// responses, 2026-04).
    pub(super) fn usable(&self, region: &str, arn: &str) -> Result<(), (Fault, String)> {
        let refused = |code: &str, text: String| Err((Fault::KeyUnusable, format!("KMS.{code}: {text}")));
        let Ok(parsed) = KeyArn::parse(arn) else {
            return refused("NotFoundException", format!("Invalid keyId '{arn}'"));
        };
        if parsed.region().0 != region {
            return refused("NotFoundException", format!("Invalid arn {}", parsed.region()));
        }
        let Some(facts) = self.keys().find(|facts| facts.arn == parsed) else {
            return refused("NotFoundException", format!("Key '{arn}' does not exist"));
        };
        match self.state_of(facts).as_str() {
            "Enabled" if facts.symmetric => Ok(()),
            "Enabled" => refused(
                "InvalidKeyUsageException",
                format!("{arn} key usage is SIGN_VERIFY which is not valid for GenerateDataKey."),
            ),
            "Disabled" => refused("DisabledException", format!("{arn} is disabled.")),
            "PendingDeletion" => refused("KMSInvalidStateException", format!("{arn} is pending deletion.")),
            state => refused("KMSInvalidStateException", format!("{arn} is {state}.")),
        }
    }
}

/// All Regions, with a quota replaced where the options say so.
pub(super) fn regions(quotas: &BTreeMap<Region, RequestsPerSecond>) -> BTreeMap<&'static str, RegionKms> {
    let mut regions = BTreeMap::new();
    for (code, quota, baseline) in REGIONS {
        let changed = quotas.get(&Region((*code).to_string())).copied();
        let kms = RegionKms {
            quota: changed.unwrap_or(RequestsPerSecond::whole(*quota)),
            baseline: RequestsPerSecond::whole(*baseline),
            keys: keys(code),
            states: Mutex::default(),
        };
        regions.insert(*code, kms);
    }
    regions
}

fn keys(region: &str) -> Vec<(KeyRole, KeyFacts, Arc<str>)> {
    let mut keys = Vec::new();
    for (role, alias, description, state, symmetric) in KEYS {
        let arn = format!(
            "arn:aws:kms:{region}:{ACCOUNT_ID}:key/{}",
            uuid(name(&[region, alias]))
        );
        // The text above always has the form of an ARN; a key that had not would be missing from every list.
        let Ok(parsed) = KeyArn::parse(&arn) else { continue };
        let facts = KeyFacts {
            arn: parsed,
            alias: Some((*alias).to_string()),
            description: (*description).to_string(),
            state: (*state).to_string(),
            symmetric: *symmetric,
            customer_managed: *role != KeyRole::AwsManaged,
            custom_key_store: None,
        };
        keys.push((*role, facts, Arc::from(arn)));
    }
    keys
}
