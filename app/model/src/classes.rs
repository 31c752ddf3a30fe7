//! A value for each storage class that a bucket has: few of them, read thousands of times in each frame of a what-if, so
//! they lie beside each other in one piece. Part of [`Basis`](crate::basis::Basis); as JSON it is a map.

use crate::inventory::StorageClass;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;

/// Values by storage class, in the order of the classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classes<T>(Vec<(StorageClass, T)>);

impl<T> Default for Classes<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Classes<T> {
    /// The value of a class, made if need be.
    pub fn of(&mut self, class: StorageClass) -> &mut T
    where
        T: Default,
    {
        let index = match self.place(class) {
            Ok(index) => index,
            Err(index) => {
                self.0.insert(index, (class, T::default()));
                index
            }
        };
        &mut self.0[index].1
    }

    /// The value of a class, if there is one.
    #[must_use]
    pub fn get(&self, class: StorageClass) -> Option<&T> {
        self.place(class).ok().map(|index| &self.0[index].1)
    }

    /// Classes with their values.
    pub fn iter(&self) -> impl Iterator<Item = (StorageClass, &T)> + Clone {
        self.0.iter().map(|(class, value)| (*class, value))
    }

    /// The values.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|(_, value)| value)
    }

    /// The values, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    fn place(&self, class: StorageClass) -> Result<usize, usize> {
        self.0.binary_search_by_key(&class, |(class, _)| *class)
    }
}

impl<T: Serialize> Serialize for Classes<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Classes<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = BTreeMap::<StorageClass, T>::deserialize(deserializer)?;
        Ok(Self(map.into_iter().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_in_the_order_of_the_classes_and_stay_so_as_json() {
        let mut classes = Classes::<u64>::default();
        *classes.of(StorageClass::DeepArchive) += 3;
        *classes.of(StorageClass::Standard) += 1;
        *classes.of(StorageClass::DeepArchive) += 4;
        let all: Vec<_> = classes.iter().map(|(class, value)| (class, *value)).collect();
        assert_eq!(all, [(StorageClass::Standard, 1), (StorageClass::DeepArchive, 7)]);
        assert_eq!(classes.get(StorageClass::Glacier), None);
        let text = serde_json::to_string(&classes).expect("JSON");
        assert_eq!(text, r#"{"STANDARD":1,"DEEP_ARCHIVE":7}"#);
        assert_eq!(
            serde_json::from_str::<Classes<u64>>(&text).expect("classes"),
            classes
        );
    }
}
