//! The parts of a bucket that policies may speak of by themselves: its first prefix segments, as the inventory lists them.
//! Rights on `bucket/reports/*` are no rights on the bucket, and none at all to who asks for another object.

use crate::inventory::ObjectGroup;
use crate::quantity::Objects;
use std::collections::BTreeMap;

/// First prefix segments of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefixes {
    /// With their slash; empty for keys without one. Those of most objects, in the order of their names.
    pub names: Vec<String>,
    /// Whether there are others, which are not looked at by themselves.
    pub more: bool,
}

/// A part of a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its prefix; empty for the bucket as a whole.
    pub prefix: String,
    /// ARN of all objects in it, with a `*` at its end.
    pub all: String,
    /// ARN of an object that may be in it, for who compares no patterns, as IAM.
    pub one: String,
}

impl Prefixes {
    /// Prefixes of a bucket that are looked at by themselves: IAM is asked about each, all in one request.
    pub const MAX: usize = 50;

    /// Of a bucket, by the groups of an inventory.
    #[must_use]
    pub fn of<'a>(groups: impl IntoIterator<Item = &'a ObjectGroup>, bucket: &str) -> Self {
        let mut objects: BTreeMap<&str, Objects> = BTreeMap::new();
        for group in groups.into_iter().filter(|group| group.bucket == bucket) {
            *objects.entry(group.prefix.as_str()).or_default() += group.objects;
        }
        let folded = objects.remove(ObjectGroup::OTHER_PREFIXES).is_some();
        let mut ranked: Vec<(&str, Objects)> = objects.into_iter().collect();
        ranked.sort_by_key(|(_, objects)| std::cmp::Reverse(*objects));
        let more = folded || ranked.len() > Self::MAX;
        let mut names: Vec<String> = ranked
            .into_iter()
            .take(Self::MAX)
            .map(|(name, _)| name.to_string())
            .collect();
        names.sort_unstable();
        Self { names, more }
    }

    /// The parts of a bucket in a partition (`aws`, `aws-cn`): each prefix, and the bucket as a whole where it has keys without
    /// a slash or more prefixes than these.
    #[must_use]
    pub fn parts(&self, partition: &str, bucket: &str) -> Vec<Part> {
        let part = |prefix: &str| {
            let all = format!("arn:{partition}:s3:::{bucket}/{prefix}");
            Part {
                prefix: prefix.to_string(),
                one: format!("{all}any-object"),
                all: format!("{all}*"),
            }
        };
        let named = self.names.iter().filter(|name| !name.is_empty());
        let mut parts: Vec<Part> = named.map(|name| part(name)).collect();
        if self.more || parts.len() < self.names.len() || parts.is_empty() {
            parts.push(part(""));
        }
        parts
    }
}
