//! What clothes an object besides its body: user metadata, content headers, tags, grants. For the objects that the
//! account starts with it follows from the key and a seed, so that none of it is kept in memory.

use super::mix::Sequence;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that a copy in place has to keep besides the body.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dressing {
    /// User metadata.
    pub metadata: BTreeMap<String, String>,
    /// Content headers by name, lower case; with `x-amz-website-redirect-location`.
    pub headers: BTreeMap<String, String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Grants besides the owner's, permission to grantee: `READ` to `uri="http://…/AllUsers"`.
    pub grants: BTreeMap<String, String>,
}

/// Name under which the redirect of a website is kept among the headers.
const REDIRECT: &str = "x-amz-website-redirect-location";

/// What a copy's request sends along of what S3 does not carry over by itself: the redirect of a website, and the grants.
/// Metadata, content headers and tags are kept under the directives `COPY` (Amazon S3 API Reference, `CopyObject`, 2026-11).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The redirect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect: Option<String>,
    /// Grants as in [`Dressing`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub grants: BTreeMap<String, String>,
}

impl Sent {
    /// What a client sends that looked at the object.
    pub(super) fn of(seen: &Dressing) -> Self {
        Self {
            redirect: seen.headers.get(REDIRECT).cloned(),
            grants: seen.grants.clone(),
        }
    }

    /// What becomes of the source's dressing: what was not sent is lost.
    pub(super) fn put_on(&self, source: Dressing) -> Dressing {
        let mut dressing = source;
        dressing.headers.remove(REDIRECT);
        let redirect = self.redirect.clone();
        dressing
            .headers
            .extend(redirect.map(|to| (REDIRECT.to_string(), to)));
        dressing.grants.clone_from(&self.grants);
        dressing
    }
}

/// What the keys of a bucket look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyShape {
    Claims,
    Statements,
    Ledger,
    Backups,
    Clickstream,
    Features,
    Media,
    Partners,
    Website,
    Telemetry,
    Logs,
    Demo,
}

const CONTENT_TYPES: &[(&str, &str)] = &[
    ("avro", "application/avro"),
    ("css", "text/css; charset=utf-8"),
    ("csv", "text/csv"),
    ("gz", "application/gzip"),
    ("html", "text/html; charset=utf-8"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript"),
    ("json", "application/json"),
    ("mov", "video/quicktime"),
    ("mp4", "video/mp4"),
    ("parquet", "application/vnd.apache.parquet"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("tiff", "image/tiff"),
    ("txt", "text/plain; charset=utf-8"),
];

/// The dressing of an object that the account started with.
pub(super) fn dressing(shape: KeyShape, seed: u64, key: &str) -> Dressing {
    let mut sequence = Sequence::from(seed);
    let mut dressing = Dressing::default();
    let ending = key.rsplit('.').next().unwrap_or_default();
    let content_type = CONTENT_TYPES.iter().find(|(known, _)| *known == ending);
    set(
        &mut dressing.headers,
        "content-type",
        content_type.map_or("application/octet-stream", |(_, text)| text),
    );
    let number = sequence.below(100_000);
    match shape {
        KeyShape::Claims | KeyShape::Statements => {
            set(&mut dressing.metadata, "document-id", &format!("{number:05}"));
            set(
                &mut dressing.metadata,
                "scanned-by",
                sequence.one_of(&["leeds", "york", "bath"]),
            );
            set(&mut dressing.tags, "retention", sequence.one_of(&["7y", "10y"]));
            set(&mut dressing.tags, "classification", "confidential");
        }
        KeyShape::Ledger => {
            set(&mut dressing.metadata, "batch", &number.to_string());
            set(&mut dressing.tags, "system", "ledger");
        }
        KeyShape::Backups => set(&mut dressing.metadata, "engine", "postgresql-17"),
        KeyShape::Clickstream | KeyShape::Logs => {
            set(&mut dressing.headers, "content-encoding", "gzip");
        }
        KeyShape::Features => set(
            &mut dressing.tags,
            "model",
            sequence.one_of(&["churn", "fraud", "ranking"]),
        ),
        KeyShape::Media => {
            set(&mut dressing.headers, "content-disposition", "attachment");
            set(
                &mut dressing.tags,
                "rights",
                sequence.one_of(&["owned", "licensed until 2028"]),
            );
        }
        KeyShape::Partners => partners(&mut dressing, &mut sequence),
        KeyShape::Website => website(&mut dressing, &mut sequence),
        KeyShape::Telemetry | KeyShape::Demo => {}
    }
    dressing
}

fn partners(dressing: &mut Dressing, sequence: &mut Sequence) {
    set(
        &mut dressing.metadata,
        "partner",
        sequence.one_of(&["Nordwind", "Atlas & Co", "Müller"]),
    );
    if sequence.percent(20) {
        let owner = "id=\"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be\"";
        set(&mut dressing.grants, "READ", owner);
    }
}

fn website(dressing: &mut Dressing, sequence: &mut Sequence) {
    set(
        &mut dressing.headers,
        "cache-control",
        sequence.one_of(&["max-age=31536000, immutable", "no-cache"]),
    );
    set(
        &mut dressing.headers,
        "content-language",
        sequence.one_of(&["en-GB", "de-DE"]),
    );
    if sequence.percent(2) {
        set(&mut dressing.headers, REDIRECT, "/index.html");
    }
    if sequence.percent(40) {
        set(
            &mut dressing.grants,
            "READ",
            "uri=\"http://acs.amazonaws.com/groups/global/AllUsers\"",
        );
    }
}

fn set(map: &mut BTreeMap<String, String>, name: &str, value: &str) {
    map.insert(name.to_string(), value.to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_copy_does_not_send_is_lost_and_the_rest_is_kept() {
        let pair = |name: &str, value: &str| (name.to_string(), value.to_string());
        let source = Dressing {
            metadata: BTreeMap::from([pair("batch", "7")]),
            headers: BTreeMap::from([pair("content-type", "text/html"), pair(REDIRECT, "/elsewhere")]),
            tags: BTreeMap::from([pair("team", "ledger")]),
            grants: BTreeMap::from([pair("READ", "somebody")]),
        };
        assert_eq!(Sent::of(&source).put_on(source.clone()), source);
        let bare = Sent::default().put_on(source.clone());
        assert_eq!(
            bare,
            Dressing {
                headers: BTreeMap::from([pair("content-type", "text/html")]),
                grants: BTreeMap::new(),
                ..source
            }
        );
    }
}
