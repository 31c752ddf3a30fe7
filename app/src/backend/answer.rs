//! What a page asks for, and how the answer travels.

use super::{AppError, ErrorKind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// What a page asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// [`super::Frame`].
    Frame,
    /// [`crate::shown::OverviewShown`] of a query.
    Overview,
    /// [`crate::shown::ImportShown`].
    Imports,
    /// [`crate::shown::DiscoveryShown`] of a query of the import page.
    Discovery,
    /// [`super::CostsPage`] of a scenario.
    Costs,
    /// [`crate::shown::QuotasShown`] of a scenario.
    Quotas,
    /// The list of migrations, a [`crate::fragment::Fragment`].
    Migrations,
    /// [`crate::shown::DraftShown`] of a draft.
    Draft,
    /// [`crate::shown::MigrationShown`] of an id.
    Migration,
    /// The report of a migration, a [`crate::fragment::Fragment`], of an id.
    Report,
    /// The prices page, a [`crate::fragment::Fragment`].
    Prices,
    /// [`crate::shown::SettingsShown`] of a query.
    Settings,
    /// [`crate::shown::WorkloadShown`] of a query.
    Workload,
    /// [`crate::shown::ScenariosShown`] of a query.
    Scenarios,
    /// [`model::basis::Basis`] of the estate, for answers that the browser computes.
    Basis,
}

/// What a page shows, as text that the page reads: postcard in base64. It is a fraction of the same in JSON, and so is
/// the code that reads it in the browser; the same figures are in JSON under `/api/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answer(String);

/// Postcard holds no names of fields, so only the very same version can read it.
const WRITTEN_BY: &str = concat!("rekey ", env!("CARGO_PKG_VERSION"), ":");

impl Answer {
    /// Writes a model down.
    ///
    /// # Errors
    /// When it cannot be written, which is a defect.
    pub fn of<T: Serialize>(model: &T) -> Result<Self, AppError> {
        let bytes = postcard::to_allocvec(model).map_err(|error| {
            AppError::plain(
                ErrorKind::Internal,
                format!("The answer cannot be written: {error}"),
            )
        })?;
        let mut text = WRITTEN_BY.to_string();
        STANDARD.encode_string(bytes, &mut text);
        Ok(Self(text))
    }

    /// Takes an answer as it came.
    #[must_use]
    pub const fn from_text(text: String) -> Self {
        Self(text)
    }

    /// As it travels.
    #[must_use]
    pub fn as_text(&self) -> &str {
        &self.0
    }

    /// Reads the model.
    ///
    /// # Errors
    /// When it is another one: the server was replaced by another version since the page was opened.
    pub fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, AppError> {
        self.bytes()
            .and_then(|bytes| postcard::from_bytes(&bytes).ok())
            .ok_or_else(|| {
                AppError::new(
                    ErrorKind::Transport,
                    "The server answers something else than this page can show; it may be of another version by now.",
                    "Reload the page.",
                )
            })
    }

    fn bytes(&self) -> Option<Vec<u8>> {
        STANDARD.decode(self.0.strip_prefix(WRITTEN_BY)?).ok()
    }
}
