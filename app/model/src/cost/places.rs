//! Regions by number. Sums over thousands of buckets are kept by these numbers, since looking a Region up by its name
//! for each class of each bucket would take longer than all the adding.

use crate::inventory::Region;

/// Regions in the order in which they were met.
#[derive(Debug, Default)]
pub(super) struct Places<'a>(Vec<Option<&'a Region>>);

impl<'a> Places<'a> {
    /// The number of a Region; a new one if it was not met before.
    pub(super) fn place(&mut self, region: Option<&'a Region>) -> usize {
        let found = self.0.iter().position(|known| *known == region);
        found.unwrap_or_else(|| {
            self.0.push(region);
            self.0.len() - 1
        })
    }

    /// Every Region with its number, by name.
    pub(super) fn by_name(&self) -> impl Iterator<Item = (usize, Option<&'a Region>)> + use<'a> {
        let mut named: Vec<_> = self.0.iter().copied().enumerate().collect();
        named.sort_by_key(|(_, region)| *region);
        named.into_iter()
    }
}

/// What is kept under a number, made if need be.
pub(super) fn at<T: Default>(kept: &mut Vec<T>, place: usize) -> &mut T {
    if kept.len() <= place {
        kept.resize_with(place + 1, T::default);
    }
    &mut kept[place]
}
