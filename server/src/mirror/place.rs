//! `s3://bucket/key` as a location, checked so that it can be a path below the mirror too.

use std::fmt;
use std::path::{Component, Path};

/// What a location in S3 begins with.
const SCHEME: &str = "s3://";

/// Longest name of a bucket, from the time before 2018 (Amazon S3 User Guide, bucketnamingrules, 2026-04).
const BUCKET_MAX: usize = 255;

/// A bucket, and a key or the beginning of keys in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct S3Location {
    pub(crate) bucket: String,
    pub(crate) key: String,
}

impl S3Location {
    /// Reads a location; nothing of a text that does not begin with `s3://`, and what is wrong with one that does.
    pub(crate) fn parse(text: &str) -> Option<Result<Self, String>> {
        let rest = text.strip_prefix(SCHEME)?;
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        let named = !bucket.is_empty()
            && bucket.len() <= BUCKET_MAX
            && bucket.bytes().all(fits)
            && !bucket.starts_with('.')
            && !bucket.contains("..");
        if !named {
            return Some(Err(format!("`{bucket}` is no name of a bucket")));
        }
        if !key.is_empty() && !is_plain(key) {
            return Some(Err(format!("`{key}` is no key that a file can be named after")));
        }
        Some(Ok(Self {
            bucket: bucket.to_string(),
            key: key.to_string(),
        }))
    }

    /// Another object of the same bucket.
    pub(crate) fn with_key(&self, key: impl Into<String>) -> Self {
        Self {
            bucket: self.bucket.clone(),
            key: key.into(),
        }
    }

    /// The key up to and with its last slash; empty for none.
    pub(crate) fn folder(&self) -> &str {
        self.key.rfind('/').map_or("", |slash| &self.key[..=slash])
    }

    /// The date in the name of the folder that a manifest lies in, ISO 8601.
    pub(crate) fn date(&self) -> Option<String> {
        let name = super::search::date_of(self.folder())?;
        let (day, time) = name.strip_suffix('Z')?.split_once('T')?;
        Some(format!("{day}T{}:00Z", time.replace('-', ":")))
    }

    /// The key as the beginning of others: with a slash at its end, or empty.
    pub(crate) fn as_folder(&self) -> String {
        if self.key.is_empty() || self.key.ends_with('/') {
            self.key.clone()
        } else {
            format!("{}/", self.key)
        }
    }
}

/// Whether a key, taken as a path, stays below the folder that it is relative to.
fn is_plain(key: &str) -> bool {
    let plain = Path::new(key)
        .components()
        .all(|component| matches!(component, Component::Normal(_)));
    plain && !key.contains(['\\', '\0'])
}

impl fmt::Display for S3Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{SCHEME}{}/{}", self.bucket, self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_stays_in_its_bucket() {
        let place =
            |text| S3Location::parse(text).map(|parsed| parsed.map(|place| (place.bucket, place.key)));
        let found = |bucket: &str, key: &str| Some(Ok((bucket.to_string(), key.to_string())));
        assert_eq!(
            place("s3://reports/a/b/manifest.json"),
            found("reports", "a/b/manifest.json")
        );
        assert_eq!(place("s3://reports"), found("reports", ""));
        assert_eq!(place("/data/manifest.json"), None);
        for wrong in [
            "s3://",
            "s3://../etc",
            "s3://a/../../etc",
            "s3://a//etc/passwd",
            "s3://a b/c",
            "s3://.a/c",
        ] {
            assert!(matches!(place(wrong), Some(Err(_))), "{wrong}");
        }
        let place = S3Location::parse("s3://reports/a/b")
            .and_then(Result::ok)
            .expect("a place");
        let dated = place.with_key("a/2026-11-20T01-05Z/manifest.json");
        assert_eq!(dated.date().as_deref(), Some("2026-11-20T01:05:00Z"));
        assert_eq!(place.date(), None);
        assert_eq!((place.folder(), place.as_folder().as_str()), ("a/", "a/b/"));
    }
}
