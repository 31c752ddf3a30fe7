//! Lines of a plan with what may be chosen for each: how they would be converted, by which method else, and what each
//! costs once. Shown by the new-migration page and `/api/v1/plans`; what a choice does is decided by [`crate::method`].

use crate::basis::{Basis, candidate, free_part};
use crate::cost::{Heads, Way, one_time_by_bucket};
use crate::inventory::ObjectGroup;
use crate::line_choices::{LineChoice, LineChoices, LineKey};
use crate::method::{LeftOut, Method, MethodRules, choose};
use crate::money::NanoUsd;
use crate::plan::PlanSettings;
use crate::prices::Prices;
use crate::quantity::{Bytes, Objects};
use crate::scenario::Scenario;
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A line with what may be chosen for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineOffer {
    /// `STANDARD/SSE-S3/current`, as in a choice.
    pub line: String,
    /// How many objects no lock holds.
    pub objects: Objects,
    /// Their bytes.
    pub bytes: Bytes,
    /// What was chosen for it, if anything was.
    pub chosen: Option<LineChoice>,
    /// Method without a choice; nothing where the rules leave it out.
    pub general: Option<Method>,
    /// The methods, admissible or not.
    pub methods: Vec<MethodOffer>,
}

/// A method for a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodOffer {
    /// The method.
    pub method: Method,
    /// Why it is not admissible; nothing where it is.
    pub refused: Option<LeftOut>,
    /// What it costs once for the line; nothing where it is not admissible.
    pub once_usd: Option<NanoUsd>,
    /// Whether something is missing from that sum.
    pub lower_bound: bool,
    /// How it was computed.
    pub derivation: String,
}

/// Why a choice may not be made, by the rules of the plan.
///
/// # Errors
/// The reason for which the line is left out although it should be converted.
pub fn admissible(key: LineKey, choice: LineChoice, rules: MethodRules) -> Result<(), LeftOut> {
    if choice == LineChoice::Leave {
        return Ok(());
    }
    let lines = rules.lines.with(key, Some(choice));
    choose(key.candidate(), MethodRules { lines, ..rules }).map(|_| ())
}

/// Every line for which there is a choice: of the groups' lines those that some method converts.
#[must_use]
pub fn line_offers<'a>(
    groups: impl IntoIterator<Item = &'a ObjectGroup> + Clone,
    settings: &PlanSettings,
    scenario: &Scenario,
    prices: &Prices,
    as_of: Option<UnixMillis>,
) -> Vec<LineOffer> {
    let (rules, heads) = (settings.rules, Heads::from(settings));
    let mut sums: BTreeMap<LineKey, (Objects, Bytes)> = BTreeMap::new();
    for group in groups.clone() {
        let free = free_part(group);
        let sum = sums.entry(LineKey::of(&candidate(group))).or_default();
        *sum = (sum.0 + free.objects, sum.1 + free.bytes);
    }
    let once = |key: LineKey, choice: LineChoice| {
        // Of all lines this one alone is converted: versions that are kept are seen over the whole bucket.
        let lines = LineChoices::LEAVE_ALL.with(key, Some(choice));
        let basis = Basis::under(groups.clone(), MethodRules { lines, ..rules }, as_of).priced_by(prices);
        let statement = one_time_by_bucket(&basis, scenario, Way::Proposed, heads).statement;
        let derivation = statement.lines.iter().map(|line| line.text(&basis).derivation);
        let derivation = derivation.collect::<Vec<_>>().join(" · ");
        (statement.total, !statement.missing.is_empty(), derivation)
    };
    let method = |key: LineKey, method: Method| {
        let choice = match method {
            Method::UpdateObjectEncryption => LineChoice::Update,
            Method::CopyObject => LineChoice::Copy,
        };
        let refused = admissible(key, choice, rules).err();
        let priced = refused.is_none().then(|| once(key, choice));
        let (once_usd, lower_bound, derivation) = match priced {
            Some((total, lower, derivation)) => (Some(total), lower, derivation),
            None => (None, false, String::new()),
        };
        MethodOffer {
            method,
            refused,
            once_usd,
            lower_bound,
            derivation,
        }
    };
    let offer = |(key, (objects, bytes)): (LineKey, (Objects, Bytes))| LineOffer {
        line: key.to_string(),
        objects,
        bytes,
        chosen: rules.lines.of(key),
        general: general(key, rules),
        methods: Method::ALL.map(|one| method(key, one)).into(),
    };
    let some = |offer: &LineOffer| offer.methods.iter().any(|method| method.refused.is_none());
    let counted = sums.into_iter().filter(|(_, (objects, _))| !objects.is_zero());
    let mut offers: Vec<LineOffer> = counted.map(offer).filter(some).collect();
    // Current versions are what people look for first.
    offers.sort_by_key(|offer| {
        LineKey::parse(&offer.line).map(|key| (key.storage_class, key.encryption_status, !key.current))
    });
    offers
}

/// The method by the general choice.
fn general(key: LineKey, rules: MethodRules) -> Option<Method> {
    let lines = rules.lines.with(key, None);
    choose(key.candidate(), MethodRules { lines, ..rules }).ok()
}
