//! Which inputs move the total most: each is varied alone, down and up, and the totals are compared. For the costs page and
//! `rekey forecast`.

use crate::basis::Basis;
use crate::cost::{one_time, requests, usage};
use crate::forecast::months;
use crate::money::NanoUsd;
use crate::quantity::{Ratio, Requests};
use crate::requests::{RequestCounts, RequestKind};
use crate::scenario::Scenario;
use serde::{Deserialize, Serialize};

/// An input of the forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Input {
    /// Requests of a kind, by a tenth of them.
    Requests(RequestKind),
    /// Stored bytes, by a tenth of them.
    Bytes,
    /// Growth, by one percent point a month.
    Growth,
    /// What a bucket key saves, by ten percent points.
    Saving,
    /// KMS calls for each converted object, halved and doubled.
    ConversionCalls,
}

/// What an input does to the total over all months, the conversion included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swing {
    /// Input.
    pub input: Input,
    /// Change of the total when it is less.
    #[serde(rename = "less_usd")]
    pub less: NanoUsd,
    /// Change of the total when it is more.
    #[serde(rename = "more_usd")]
    pub more: NanoUsd,
}

impl Input {
    /// As the pages name it, with how far it is varied.
    #[must_use]
    pub fn title(self) -> String {
        match self {
            Self::Requests(kind) => format!("{} requests, 10 % fewer or more", kind.title()),
            Self::Bytes => "Stored bytes, 10 % fewer or more".to_string(),
            Self::Growth => "Growth, one percent point a month less or more".to_string(),
            Self::Saving => "Saving by the Bucket Key, 10 percent points less or more".to_string(),
            Self::ConversionCalls => "KMS calls per converted object, half or double".to_string(),
        }
    }
}

impl Swing {
    /// How far it moves the total, whichever way.
    #[must_use]
    pub fn width(&self) -> i128 {
        self.less.0.abs().max(self.more.0.abs())
    }
}

/// The inputs that move the total, those that move it most first.
#[must_use]
pub fn sensitivity(basis: &Basis, scenario: &Scenario) -> Vec<Swing> {
    let now = total(basis, scenario, 0);
    let regions = usage(basis, scenario, &requests(basis, scenario));
    let counts = regions.iter().map(|region| region.usage.all_requests());
    let counts = counts.fold(RequestCounts::default(), RequestCounts::plus);
    let with = |change: &dyn Fn(&mut Scenario)| {
        let mut varied = scenario.clone();
        change(&mut varied);
        total(basis, &varied, 0) - now
    };
    let mut swings = Vec::new();
    for kind in RequestKind::ALL {
        let count = counts[kind].0;
        let scaled = |tenths: u64| {
            let count = u128::from(count) * u128::from(tenths) / 10;
            Some(Requests(u64::try_from(count).unwrap_or(u64::MAX)))
        };
        if count > 0 {
            swings.push(Swing {
                input: Input::Requests(kind),
                less: with(&|varied| varied.totals[kind] = scaled(9)),
                more: with(&|varied| varied.totals[kind] = scaled(11)),
            });
        }
    }
    swings.push(Swing {
        input: Input::Bytes,
        less: total(basis, scenario, -10) - now,
        more: total(basis, scenario, 10) - now,
    });
    let moved = |ratio: Ratio, by: i64, most: i64| {
        let milli = (i64::from(ratio.milli()) + by).clamp(0, most);
        Ratio::from_milli(u32::try_from(milli).unwrap_or(0))
    };
    swings.push(Swing {
        input: Input::Growth,
        less: with(&|varied| varied.growth = moved(varied.growth, -10, 1000)),
        more: with(&|varied| varied.growth = moved(varied.growth, 10, 1000)),
    });
    if scenario.bucket_key {
        swings.push(Swing {
            input: Input::Saving,
            less: with(&|varied| varied.saving = moved(varied.saving, -100, 990)),
            more: with(&|varied| varied.saving = moved(varied.saving, 100, 990)),
        });
    }
    swings.push(Swing {
        input: Input::ConversionCalls,
        less: with(&|varied| varied.kms_calls = Ratio::from_milli(varied.kms_calls.milli() / 2)),
        more: with(&|varied| varied.kms_calls = Ratio::from_milli(varied.kms_calls.milli() * 2)),
    });
    swings.retain(|swing| swing.width() > 0);
    swings.sort_by_key(|swing| std::cmp::Reverse(swing.width()));
    swings
}

/// The total over all months with the conversion, with so many percent more bytes.
fn total(basis: &Basis, scenario: &Scenario, percent: i64) -> NanoUsd {
    let mut regions = usage(basis, scenario, &requests(basis, scenario));
    for region in &mut regions {
        region.usage.scale_storage(percent);
    }
    let once = one_time(basis, scenario).into_iter().next();
    let once = once.map_or(NanoUsd::ZERO, |once| once.statement.total);
    let months = months(basis.dated(), scenario, &regions, once);
    months.last().map_or(once, |last| last.cumulative)
}
