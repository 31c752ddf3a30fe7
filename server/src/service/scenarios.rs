//! Named scenarios, and two of them side by side.

use super::forms::pairs;
use super::{Service, internal};
use app::backend::{AppError, Compared, ErrorKind, SavedScenario, ScenariosPage};
use app::costs_view::CostsView;
use model::format::grouped;

/// Letters that a name may have.
const NAME_MAX: usize = 60;

/// What stands for the scenario without changes in a URL.
const AS_KNOWN: &str = "";

impl Service {
    pub(super) async fn scenarios_page(&self, query: &str) -> Result<ScenariosPage, AppError> {
        let stored = self
            .inner
            .store
            .scenarios()
            .await
            .map_err(|error| internal(&error))?;
        let fields = pairs(query);
        let chosen = |side: &str| {
            let field = fields.iter().find(|(field, _)| field == side);
            field.map_or(AS_KNOWN, |(_, name)| name.as_str()).to_string()
        };
        let (left, right) = (chosen("left"), chosen("right"));
        let compared = |name: &str| {
            let query = match name {
                AS_KNOWN => Some(""),
                name => stored
                    .iter()
                    .find(|(known, _)| known == name)
                    .map(|(_, query)| query.as_str()),
            }?;
            let scenario = self.scenario(query).0;
            let view = CostsView::new(&self.known().estate.basis, &scenario);
            Some(Compared {
                name: name.to_string(),
                bucket_key: scenario.bucket_key,
                view,
            })
        };
        let missing = |name: &str| {
            AppError::new(
                ErrorKind::NotFound,
                format!("There is no scenario `{name}`."),
                "Choose one of the list.",
            )
        };
        let sides = (
            compared(&left).ok_or_else(|| missing(&left))?,
            compared(&right).ok_or_else(|| missing(&right))?,
        );
        let saved = |(name, query): &(String, String)| {
            let side = compared(name)?;
            let once = side.view.once.first();
            Some(SavedScenario {
                name: name.clone(),
                query: query.clone(),
                month: side.view.chosen,
                month_is_bound: side.view.is_bound(),
                once: once.map(|once| once.total).unwrap_or_default(),
                once_is_bound: once.is_none_or(|once| !once.missing.is_empty()),
            })
        };
        Ok(ScenariosPage {
            saved: stored.iter().filter_map(saved).collect(),
            left: sides.0,
            right: sides.1,
            empty: self.known().estate.buckets.is_empty(),
        })
    }

    pub(super) async fn keep_scenario(&self, name: &str, query: &str) -> Result<(), AppError> {
        let name = name.trim();
        let wrong = if name.is_empty() {
            Some("A scenario needs a name.".to_string())
        } else if name.chars().count() > NAME_MAX {
            let letters = grouped(name.chars().count() as u64);
            Some(format!("A scenario’s name cannot have {letters} letters."))
        } else {
            let control = name.chars().any(char::is_control);
            control
                .then(|| "A scenario’s name cannot have line breaks or other control characters.".to_string())
        };
        if let Some(wrong) = wrong {
            let remedy = format!("Give one of at most {NAME_MAX} letters.");
            return Err(AppError::new(ErrorKind::Input, wrong, remedy));
        }
        let (scenario, errors) = self.scenario(query);
        if let Some(error) = errors.first() {
            return Err(AppError::new(
                ErrorKind::Input,
                format!("`{}` {}", error.field, error.message),
                "Mend the field and save again.",
            ));
        }
        let kept = self.inner.store.put_scenario(name, &scenario.to_query()).await;
        kept.map_err(|error| internal(&error))
    }

    pub(super) async fn forget_scenario(&self, name: &str) -> Result<(), AppError> {
        let removed = self.inner.store.remove_scenario(name).await;
        removed.map_err(|error| internal(&error))
    }
}
