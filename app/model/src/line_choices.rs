//! What the operator chose for single lines of a plan: objects of one storage class, encryption and version state. Part
//! of the rules by which plan and runner decide, so both follow it. Read from text such as
//! `STANDARD/SSE-S3/current:copy`, the form in which it stands in a URL.

use crate::inventory::{BucketKeyStatus, EncryptionStatus, StorageClass};
use crate::method::Candidate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Objects that one line of a plan counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineKey {
    /// Storage class.
    pub storage_class: StorageClass,
    /// Encryption now.
    pub encryption_status: EncryptionStatus,
    /// Current versions, or noncurrent ones.
    pub current: bool,
}

impl LineKey {
    /// The line that a candidate is counted in.
    #[must_use]
    pub const fn of(candidate: &Candidate) -> Self {
        Self {
            storage_class: candidate.storage_class,
            encryption_status: candidate.encryption_status,
            current: candidate.current,
        }
    }

    /// An object of the line that no lock holds.
    #[must_use]
    pub const fn candidate(self) -> Candidate {
        Candidate {
            delete_marker: false,
            current: self.current,
            storage_class: self.storage_class,
            encryption_status: self.encryption_status,
            bucket_key_status: BucketKeyStatus::Unknown,
            locked: false,
        }
    }

    /// Reads `STANDARD/SSE-S3/current`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let key = Self {
            storage_class: StorageClass::parse(parts.next()?)?,
            encryption_status: EncryptionStatus::parse(parts.next()?)?,
            current: match parts.next()? {
                "current" => true,
                "noncurrent" => false,
                _ => return None,
            },
        };
        parts.next().is_none().then_some(key)
    }

    /// Whether the objects are current versions, in a word.
    #[must_use]
    pub const fn versions(self) -> &'static str {
        if self.current { "current" } else { "noncurrent" }
    }

    const fn index(self) -> usize {
        let kind =
            self.storage_class as usize * EncryptionStatus::ALL.len() + self.encryption_status as usize;
        kind * 2 + self.current as usize
    }
}

impl fmt::Display for LineKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions = self.versions();
        write!(
            formatter,
            "{}/{}/{versions}",
            self.storage_class, self.encryption_status
        )
    }
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineChoice {
    /// It is converted by `UpdateObjectEncryption`.
    Update,
    /// It is converted by `CopyObject`.
    Copy,
    /// It is left as it is.
    Leave,
}

impl LineChoice {
    /// In order.
    pub const ALL: [Self; 3] = [Self::Update, Self::Copy, Self::Leave];

    /// The word in a URL.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Copy => "copy",
            Self::Leave => "leave",
        }
    }

    /// As the pages name it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Update => "UpdateObjectEncryption",
            Self::Copy => "CopyObject",
            Self::Leave => "Leave out",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.word() == word)
    }
}

/// How many lines there can be.
const LINES: usize = StorageClass::ALL.len() * EncryptionStatus::ALL.len() * 2;

/// The choices; lines without one follow the plan's general choice.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    into = "BTreeMap<String, LineChoice>",
    try_from = "BTreeMap<String, LineChoice>"
)]
pub struct LineChoices([Option<LineChoice>; LINES]);

impl LineChoices {
    /// No choice for any line.
    pub const NONE: Self = Self([None; LINES]);
    /// Every line is left as it is.
    pub const LEAVE_ALL: Self = Self([Some(LineChoice::Leave); LINES]);

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    /// The choice for a line.
    #[must_use]
    pub fn of(&self, key: LineKey) -> Option<LineChoice> {
        self.0.get(key.index()).copied().flatten()
    }

    /// The same with another choice for a line; `None` leaves it to the general choice.
    #[must_use]
    pub fn with(mut self, key: LineKey, choice: Option<LineChoice>) -> Self {
        if let Some(place) = self.0.get_mut(key.index()) {
            *place = choice;
        }
        self
    }

    /// Lines with a choice, in order.
    pub fn iter(&self) -> impl Iterator<Item = (LineKey, LineChoice)> {
        let keys = StorageClass::ALL.iter().flat_map(|class| {
            EncryptionStatus::ALL.iter().flat_map(|status| {
                [true, false].map(|current| LineKey {
                    storage_class: *class,
                    encryption_status: *status,
                    current,
                })
            })
        });
        keys.filter_map(|key| Some((key, self.of(key)?)))
    }

    /// Reads one choice, such as `STANDARD/SSE-S3/current:copy`.
    ///
    /// # Errors
    /// What is wrong with the text and what to give.
    pub fn parse_one(text: &str) -> Result<(LineKey, LineChoice), String> {
        let read = || {
            let (key, choice) = text.rsplit_once(':')?;
            Some((LineKey::parse(key)?, LineChoice::parse(choice)?))
        };
        read().ok_or_else(|| {
            format!(
                "`{text}` is no choice for a line: give storage class, encryption, current or noncurrent, and update, copy or leave, such as STANDARD/SSE-S3/current:copy"
            )
        })
    }
}

impl Default for LineChoices {
    fn default() -> Self {
        Self::NONE
    }
}

impl fmt::Debug for LineChoices {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self
            .iter()
            .map(|(key, choice)| format!("{key}:{}", choice.word()));
        formatter.debug_list().entries(lines).finish()
    }
}

impl From<LineChoices> for BTreeMap<String, LineChoice> {
    fn from(choices: LineChoices) -> Self {
        let lines = choices.iter();
        lines.map(|(key, choice)| (key.to_string(), choice)).collect()
    }
}

impl TryFrom<BTreeMap<String, LineChoice>> for LineChoices {
    type Error = String;

    fn try_from(lines: BTreeMap<String, LineChoice>) -> Result<Self, String> {
        lines.into_iter().try_fold(Self::NONE, |choices, (text, choice)| {
            let key = LineKey::parse(&text).ok_or_else(|| format!("`{text}` is no line of a plan"))?;
            Ok(choices.with(key, Some(choice)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_read_and_written_alike() {
        let mut choices = LineChoices::NONE;
        for text in [
            "STANDARD/SSE-S3/current:copy",
            "GLACIER/SSE-S3/noncurrent:update",
            "UNKNOWN/UNKNOWN/noncurrent:leave",
        ] {
            let (key, choice) = LineChoices::parse_one(text).expect("a choice");
            assert_eq!(format!("{key}:{}", choice.word()), text);
            assert_eq!(choices.of(key), None);
            choices = choices.with(key, Some(choice));
            assert_eq!(choices.of(key), Some(choice));
        }
        assert_eq!(choices.iter().count(), 3);
        let json = serde_json::to_string(&choices).expect("JSON");
        assert_eq!(
            json,
            r#"{"GLACIER/SSE-S3/noncurrent":"update","STANDARD/SSE-S3/current":"copy","UNKNOWN/UNKNOWN/noncurrent":"leave"}"#
        );
        assert_eq!(
            serde_json::from_str::<LineChoices>(&json).expect("choices"),
            choices
        );
        assert!(serde_json::from_str::<LineChoices>(r#"{"STANDARD":"copy"}"#).is_err());
    }

    #[test]
    fn every_line_has_a_place_of_its_own() {
        assert_eq!(LineChoices::LEAVE_ALL.iter().count(), LINES);
        let keys: std::collections::BTreeSet<usize> = LineChoices::LEAVE_ALL
            .iter()
            .map(|(key, _)| key.index())
            .collect();
        assert_eq!(keys.len(), LINES);
    }

    #[test]
    fn what_is_no_choice_is_named() {
        for text in [
            "",
            "copy",
            "STANDARD/SSE-S3:copy",
            "STANDARD/SSE-S3/current:move",
            "STANDARD/SSE-S3/current/x:copy",
            "COLD/SSE-S3/current:copy",
            "STANDARD/AES/current:copy",
            "STANDARD/SSE-S3/old:copy",
        ] {
            let error = LineChoices::parse_one(text).expect_err("refused");
            assert!(error.contains(text) && error.contains("such as"), "{error}");
        }
    }
}
