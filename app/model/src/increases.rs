//! Requests to raise a quota: as Service Quotas follows them, and as this server keeps what it filed. The account makes
//! them, the store keeps them, the quotas page shows both.

use crate::inventory::Region;
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where a request stands (Service Quotas API 2019-06-24, `RequestStatus`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum RequestStatus {
    /// AWS has it.
    Pending,
    /// A support case was opened for it.
    CaseOpened,
    /// Granted.
    Approved,
    /// Refused.
    Denied,
    /// The case was closed.
    CaseClosed,
    /// Not granted.
    NotApproved,
    /// AWS could not take it.
    InvalidRequest,
    /// One that this version does not know.
    Other(String),
}

/// Each with the word of the API.
static WORDS: [(RequestStatus, &str); 7] = [
    (RequestStatus::Pending, "PENDING"),
    (RequestStatus::CaseOpened, "CASE_OPENED"),
    (RequestStatus::Approved, "APPROVED"),
    (RequestStatus::Denied, "DENIED"),
    (RequestStatus::CaseClosed, "CASE_CLOSED"),
    (RequestStatus::NotApproved, "NOT_APPROVED"),
    (RequestStatus::InvalidRequest, "INVALID_REQUEST"),
];

impl RequestStatus {
    /// Whether it may still be granted. What is not known counts as open, so that nothing is asked for twice.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Pending | Self::CaseOpened | Self::Other(_))
    }

    /// What it means for whoever waits.
    #[must_use]
    pub const fn meaning(&self) -> &'static str {
        match self {
            Self::Pending => "AWS has the request and has not looked at it yet.",
            Self::CaseOpened => "A support case is open for it; AWS may ask there for more.",
            Self::Approved => "Granted. The quota follows within minutes: refresh to see it.",
            Self::Denied | Self::NotApproved => {
                "AWS did not grant it. Its support case says why; ask for less, or with more reasons."
            }
            Self::CaseClosed => "The support case was closed: look there for how it ended.",
            Self::InvalidRequest => "AWS could not take it: look at the value that was asked for.",
            Self::Other(_) => "Rekey does not know this word; it is taken to be open.",
        }
    }
}

impl From<String> for RequestStatus {
    fn from(text: String) -> Self {
        let known = WORDS.iter().find(|(_, word)| *word == text);
        known.map_or_else(|| Self::Other(text.clone()), |(status, _)| status.clone())
    }
}

impl From<RequestStatus> for String {
    fn from(status: RequestStatus) -> Self {
        status.to_string()
    }
}

impl fmt::Display for RequestStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = WORDS.iter().find(|(status, _)| status == self);
        let other = match self {
            Self::Other(text) => text.as_str(),
            _ => "",
        };
        formatter.write_str(word.map_or(other, |(_, word)| word))
    }
}

/// A request as Service Quotas shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncreaseRequest {
    /// Id of the request.
    pub id: String,
    /// Region of the quota.
    pub region: Region,
    /// Requests a second that were asked for, where AWS says so.
    pub desired: Option<u64>,
    /// Where it stands.
    pub status: RequestStatus,
    /// Support case, where there is one.
    pub case: Option<String>,
    /// When it was made.
    pub created: Option<UnixMillis>,
    /// When it last changed.
    pub updated: Option<UnixMillis>,
    /// Principal that made it, as AWS names it.
    pub requester: Option<String>,
}

/// What became of filing a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Filing {
    /// It is about to be sent. Left behind, its answer was lost: AWS's list says whether it arrived.
    Sent,
    /// AWS took it under this id.
    Taken(String),
    /// AWS refused it.
    Refused(String),
}

/// A request that this server filed, as its record keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiledIncrease {
    /// Region of the quota.
    pub region: Region,
    /// Requests a second that were asked for.
    pub desired: u64,
    /// Who confirmed it.
    pub by: String,
    /// When.
    pub at: UnixMillis,
    /// What became of it.
    pub filing: Filing,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_api_and_unknown_ones_are_open() {
        for (status, word) in &WORDS {
            assert_eq!(status.to_string(), *word);
            assert_eq!(RequestStatus::from((*word).to_string()), *status);
            let open = matches!(*word, "PENDING" | "CASE_OPENED");
            assert_eq!(status.is_open(), open, "{word}");
        }
        let new = RequestStatus::from("ON_HOLD".to_string());
        assert_eq!(new.to_string(), "ON_HOLD");
        assert!(new.is_open());
    }
}
