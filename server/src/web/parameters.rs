//! Refuses a query field that an address of `/api/v1` does not take, by the document that describes it: after a slip in a
//! name the answer would hold other figures than were asked for. Called around the API's routes; pages take any field, since
//! others add theirs to a link.

use super::api::{OPENAPI, Problem};
use crate::service::forms::pairs;
use app::backend::{AppError, ErrorKind};
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What is read of the document: the parameters of each operation of each path.
#[derive(Debug, Default, Deserialize)]
struct Described {
    paths: BTreeMap<String, BTreeMap<String, Operation>>,
}

#[derive(Debug, Deserialize)]
struct Operation {
    #[serde(default)]
    parameters: Vec<Parameter>,
}

#[derive(Debug, Deserialize)]
struct Parameter {
    name: String,
    #[serde(rename = "in")]
    place: String,
}

static DESCRIBED: LazyLock<Described> = LazyLock::new(|| serde_json::from_str(OPENAPI).unwrap_or_default());

/// The layer.
pub(super) async fn only_described(path: MatchedPath, request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    match unknown(path.as_str(), request.method().as_str(), query) {
        Some(refusal) => Problem::from(refusal).into_response(),
        None => next.run(request).await,
    }
}

/// The refusal of the first field that an operation does not take; one that is not described takes any.
fn unknown(path: &str, method: &str, query: &str) -> Option<AppError> {
    let operation = DESCRIBED.paths.get(path)?.get(&method.to_ascii_lowercase())?;
    let taken = operation
        .parameters
        .iter()
        .filter(|parameter| parameter.place == "query");
    let taken: Vec<&str> = taken.map(|parameter| parameter.name.as_str()).collect();
    let mut fields = pairs(query).into_iter().map(|(field, _)| field);
    let field = fields.find(|field| !taken.contains(&field.as_str()))?;
    let hint = if taken.is_empty() {
        "It takes none: leave out what follows the question mark.".to_string()
    } else {
        format!("It takes {}.", taken.join(", "))
    };
    let message = format!("`{field}` is no parameter of {method} {path}.");
    Some(AppError::new(ErrorKind::Input, message, hint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::backend::DRAFT_FIELDS;
    use model::scenario::Scenario;

    #[test]
    fn what_reads_a_scenario_or_a_draft_takes_all_of_its_fields() {
        let fields = Scenario::default().fields();
        for path in [
            "forecast",
            "forecast.csv",
            "charts/months.csv",
            "headroom",
            "headroom.csv",
            "charts/headroom.csv",
            "quotas",
            "keys.csv",
        ] {
            for (field, _) in &fields {
                let refused = unknown(&format!("/api/v1/{path}"), "GET", &format!("{field}=1"));
                assert_eq!(refused, None, "{path}");
            }
        }
        for field in DRAFT_FIELDS {
            assert_eq!(unknown("/api/v1/plans", "GET", &format!("{field}=1")), None);
        }
    }

    #[test]
    fn a_field_that_is_not_described_is_named_with_those_that_are() {
        let refused = unknown("/api/v1/scenarios", "GET", "left=a&rigth=b").expect("a refusal");
        assert_eq!(
            refused.message,
            "`rigth` is no parameter of GET /api/v1/scenarios."
        );
        assert_eq!(refused.hint.as_deref(), Some("It takes left, right."));
        assert_eq!(unknown("/api/v1/scenarios", "GET", "left=a&right=b"), None);
        assert!(
            unknown("/api/v1/basis", "GET", "q=1")
                .is_some_and(|refused| refused.hint.is_some_and(|hint| hint.starts_with("It takes none")))
        );
        let of_a_path = unknown("/api/v1/migrations/{id}", "GET", "id=m-1");
        assert!(
            of_a_path.is_some(),
            "what stands in the path is no field of the query"
        );
    }
}
