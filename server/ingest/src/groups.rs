//! Counts rows into object groups. One [`Groups`] per data file, merged in the delivery's order, so that the result does
//! not depend on which file was read first. Memory is bounded by the number of groups.

use crate::error::RowProblem;
use crate::group_key::{GroupHasher, GroupKey, PrefixNumber};
use crate::key::RawKey;
use crate::limits;
use crate::row::RawRow;
use crate::rules::{Facts, Oddity, Rules};
use crate::warnings::Oddities;
use model::inventory::{ObjectGroup, Region, SizeBand};
use model::quantity::{Bytes, Objects};
use model::time::UnixMillis;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

type GroupMap = HashMap<GroupKey, Sums, BuildHasherDefault<GroupHasher>>;

/// What is summed up over a group.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    objects: Objects,
    bytes: Bytes,
    over_5_gib: Objects,
    locked: Objects,
    locked_bytes: Bytes,
    oldest: Option<UnixMillis>,
    newest: Option<UnixMillis>,
}

impl Sums {
    fn of(facts: &Facts, size_band: SizeBand) -> Self {
        let bytes = facts.size.unwrap_or(Bytes::ZERO);
        Self {
            objects: Objects(1),
            bytes,
            over_5_gib: Objects(u64::from(size_band == SizeBand::Over5Gib)),
            locked: Objects(u64::from(facts.locked)),
            locked_bytes: if facts.locked { bytes } else { Bytes::ZERO },
            oldest: facts.last_modified,
            newest: facts.last_modified,
        }
    }

    fn add(&mut self, other: &Self) {
        self.objects += other.objects;
        self.bytes += other.bytes;
        self.over_5_gib += other.over_5_gib;
        self.locked += other.locked;
        self.locked_bytes += other.locked_bytes;
        self.oldest = match (self.oldest, other.oldest) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        // `None` is less than any date.
        self.newest = self.newest.max(other.newest);
    }
}

/// First prefix segments by number. Number 0 stands for all that came after the limit was reached.
#[derive(Debug)]
struct Prefixes {
    numbers: HashMap<String, PrefixNumber>,
    names: Vec<String>,
    limit: usize,
}

impl Prefixes {
    const OTHERS: PrefixNumber = 0;

    fn new(limit: usize) -> Self {
        Self {
            numbers: HashMap::new(),
            names: vec![ObjectGroup::OTHER_PREFIXES.to_string()],
            limit,
        }
    }

    fn number(&mut self, name: &str) -> PrefixNumber {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        if self.numbers.len() >= self.limit {
            return Self::OTHERS;
        }
        let number = self.names.len();
        self.names.push(name.to_string());
        self.numbers.insert(name.to_string(), number);
        number
    }
}

/// Rows of one or more files, counted.
#[derive(Debug)]
pub(crate) struct Groups {
    prefixes: Prefixes,
    sums: GroupMap,
    pub(crate) rows: u64,
    pub(crate) delete_markers: Objects,
    pub(crate) oddities: Oddities,
}

impl Groups {
    pub(crate) fn new() -> Self {
        Self::tracking(limits::PREFIXES_TRACKED_MAX)
    }

    fn tracking(prefixes: usize) -> Self {
        Self {
            prefixes: Prefixes::new(prefixes),
            sums: GroupMap::default(),
            rows: 0,
            delete_markers: Objects::ZERO,
            oddities: Oddities::default(),
        }
    }

    /// Counts one row of the file with this index.
    pub(crate) fn add(&mut self, row: &RawRow<'_>, rules: &Rules, file: usize) -> Result<(), RowProblem> {
        self.rows += 1;
        let (number, oddities) = (self.rows, &mut self.oddities);
        let facts = rules.facts(row, &mut |oddity| oddities.note(oddity, file, number))?;
        if facts.delete_marker {
            self.delete_markers += Objects(1);
            return Ok(());
        }
        let size_band = facts.size.map_or(SizeBand::UNKNOWN, SizeBand::of);
        let key = GroupKey {
            prefix: self.prefix(row.key, file),
            storage_class: facts.storage_class,
            encryption_status: facts.encryption_status,
            bucket_key_status: facts.bucket_key_status,
            current: facts.current,
            size_band,
        };
        self.sums
            .entry(key)
            .or_default()
            .add(&Sums::of(&facts, size_band));
        Ok(())
    }

    fn prefix(&mut self, key: RawKey<'_>, file: usize) -> PrefixNumber {
        let segment = key.first_segment().decode();
        if segment.replaced {
            self.oddities.note(Oddity::KeyNotText, file, self.rows);
        }
        self.prefixes.number(&segment.text)
    }

    /// Adds the rows of a file that comes later in the delivery.
    pub(crate) fn merge(&mut self, later: Self) {
        let numbers: Vec<PrefixNumber> = later
            .prefixes
            .names
            .iter()
            .enumerate()
            .map(|(number, name)| {
                if number == Prefixes::OTHERS {
                    Prefixes::OTHERS
                } else {
                    self.prefixes.number(name)
                }
            })
            .collect();
        for (key, sums) in &later.sums {
            let key = GroupKey {
                prefix: numbers[key.prefix],
                ..*key
            };
            self.sums
                .entry(key)
                .and_modify(|known| known.add(sums))
                .or_insert(*sums);
        }
        self.rows += later.rows;
        self.delete_markers += later.delete_markers;
        self.oddities.merge(later.oddities);
    }

    /// The groups, sorted, with the `prefixes_max` prefixes of most objects kept by name.
    pub(crate) fn into_groups(
        self,
        bucket: &str,
        region: Option<&Region>,
        prefixes_max: usize,
    ) -> Vec<ObjectGroup> {
        let kept = self.largest_prefixes(prefixes_max);
        let mut folded = GroupMap::default();
        for (key, sums) in &self.sums {
            let prefix = if kept[key.prefix] {
                key.prefix
            } else {
                Prefixes::OTHERS
            };
            folded
                .entry(GroupKey { prefix, ..*key })
                .and_modify(|known| known.add(sums))
                .or_insert(*sums);
        }
        let mut groups: Vec<ObjectGroup> = folded
            .into_iter()
            .map(|(key, sums)| ObjectGroup {
                bucket: bucket.to_string(),
                region: region.cloned(),
                prefix: self.prefixes.names[key.prefix].clone(),
                storage_class: key.storage_class,
                encryption_status: key.encryption_status,
                bucket_key_status: key.bucket_key_status,
                current: key.current,
                size_band: key.size_band,
                objects: sums.objects,
                bytes: sums.bytes,
                over_5_gib: sums.over_5_gib,
                locked: sums.locked,
                locked_bytes: sums.locked_bytes,
                oldest: sums.oldest,
                newest: sums.newest,
            })
            .collect();
        sort(&mut groups);
        groups
    }

    /// For each prefix by number, whether it is kept by name.
    fn largest_prefixes(&self, prefixes_max: usize) -> Vec<bool> {
        let mut objects = vec![Objects::ZERO; self.prefixes.names.len()];
        for (key, sums) in &self.sums {
            objects[key.prefix] += sums.objects;
        }
        let mut ranked: Vec<PrefixNumber> = (0..objects.len())
            .filter(|number| *number != Prefixes::OTHERS)
            .collect();
        ranked.sort_by(|one, two| {
            let by_objects = objects[*two].cmp(&objects[*one]);
            by_objects.then_with(|| self.prefixes.names[*one].cmp(&self.prefixes.names[*two]))
        });
        let mut kept = vec![false; objects.len()];
        for number in ranked.into_iter().take(prefixes_max) {
            kept[number] = true;
        }
        kept
    }
}

/// The order of groups in a snapshot.
pub(crate) fn sort(groups: &mut [ObjectGroup]) {
    fn order(group: &ObjectGroup) -> impl Ord + '_ {
        let words = (
            group.storage_class,
            group.encryption_status,
            group.bucket_key_status,
        );
        (
            &group.bucket,
            &group.prefix,
            words,
            !group.current,
            group.size_band,
        )
    }
    groups.sort_by(|one, two| order(one).cmp(&order(two)));
}
