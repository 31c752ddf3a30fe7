//! How objects are encrypted, in the order and the fills of every bar that shows it.

use model::format;
use model::inventory::EncryptionStatus;
use model::quantity::Objects;

use crate::ink::Ink;
use crate::rows::{self, Fill, Key};
use crate::sheet::{Drawn, Pen};

/// Parts of a bar from left to right: what is done stands first.
pub(crate) const ORDER: [(EncryptionStatus, Fill); 6] = [
    (
        EncryptionStatus::SseKms,
        Fill {
            ink: Ink::Series1,
            pattern: None,
        },
    ),
    (
        EncryptionStatus::DsseKms,
        Fill {
            ink: Ink::Series3,
            pattern: Some(Ink::Dots),
        },
    ),
    (
        EncryptionStatus::SseS3,
        Fill {
            ink: Ink::Series2,
            pattern: Some(Ink::Stripes),
        },
    ),
    (
        EncryptionStatus::SseC,
        Fill {
            ink: Ink::Series4,
            pattern: Some(Ink::Cross),
        },
    ),
    (
        EncryptionStatus::NotSse,
        Fill {
            ink: Ink::Series6,
            pattern: Some(Ink::Dots),
        },
    ),
    (
        EncryptionStatus::Unknown,
        Fill {
            ink: Ink::Series5,
            pattern: None,
        },
    ),
];

/// Counts in the order of the bar; those of nothing are left out.
#[derive(Debug)]
pub(crate) struct Mix {
    /// Status, fill and count.
    pub(crate) parts: Vec<(EncryptionStatus, Fill, Objects)>,
    /// All of them.
    pub(crate) total: Objects,
}

impl Mix {
    /// Sorts and sums counts.
    pub(crate) fn of(parts: &[(EncryptionStatus, Objects)]) -> Self {
        let count = |status| {
            parts
                .iter()
                .filter(|part| part.0 == status)
                .map(|part| part.1)
                .sum::<Objects>()
        };
        let ordered: Vec<_> = ORDER
            .iter()
            .map(|(status, fill)| (*status, *fill, count(*status)))
            .collect();
        let total = ordered.iter().map(|part| part.2).sum();
        Self {
            parts: ordered.into_iter().filter(|part| !part.2.is_zero()).collect(),
            total,
        }
    }

    /// A count in percent of all.
    pub(crate) fn share(&self, objects: Objects) -> String {
        format::percent(objects.0, self.total.0)
    }

    /// `SSE-KMS 17.9 %, SSE-S3 82.1 %`.
    pub(crate) fn words(&self) -> String {
        let word =
            |part: &(EncryptionStatus, Fill, Objects)| format!("{} {}", name(part.0), self.share(part.2));
        self.parts.iter().map(word).collect::<Vec<_>>().join(", ")
    }

    /// Draws the parts from `left` to `right`.
    pub(crate) fn draw(
        &self,
        pen: &Pen<'_, '_>,
        (left, right): (f64, f64),
        (top, height): (f64, f64),
    ) -> Drawn {
        let whole = self
            .parts
            .iter()
            .map(|part| part.2.0 as f64)
            .sum::<f64>()
            .max(1.0);
        let mut before = 0.0;
        for (_, fill, objects) in &self.parts {
            let at = |objects: f64| left + (right - left) * objects / whole;
            let (from, to) = (at(before), at(before + objects.0 as f64));
            before += objects.0 as f64;
            rows::part(pen, *fill, (from.min(right - 2.0), to), (top, height))?;
        }
        Ok(())
    }

    /// Samples of the parts with their shares.
    pub(crate) fn keys(&self) -> Vec<Key> {
        let key = |part: &(EncryptionStatus, Fill, Objects)| Key {
            fill: part.1,
            text: format!("{} {}", name(part.0), self.share(part.2)),
        };
        self.parts.iter().map(key).collect()
    }
}

/// S3's word, but for the two that say what is lacking.
pub(crate) fn name(status: EncryptionStatus) -> &'static str {
    match status {
        EncryptionStatus::NotSse => "not encrypted",
        EncryptionStatus::Unknown => "unknown",
        status => status.word(),
    }
}
