//! Values as JSON text in a column, with errors that name the value.

use crate::error::StoreError;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) fn write(what: &'static str, name: &str, value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|source| StoreError::Unwritable {
        what,
        name: name.to_string(),
        source,
    })
}

pub(crate) fn read<T: DeserializeOwned>(what: &'static str, name: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|source| StoreError::Unreadable {
        what,
        name: name.to_string(),
        source,
    })
}
