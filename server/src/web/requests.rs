//! The forms of the requests page: rows of counts are not a function's arguments, and what CloudWatch says stands in a part
//! that the server renders, so they have routes of their own.

use super::Shared;
use super::api::Problem;
use super::upload::{back, wants_page};
use crate::service::forms::pairs;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};

/// The page that a form stands on, which the field `back` names by its query.
fn page(fields: &[(String, String)]) -> String {
    match fields.iter().find(|(field, _)| field == "back") {
        Some((_, query)) if !query.is_empty() => format!("/requests?{query}"),
        _ => "/requests".to_string(),
    }
}

/// The buckets that a form names.
fn buckets(fields: Vec<(String, String)>) -> Vec<String> {
    let named = fields.into_iter().filter(|(field, _)| field == "bucket");
    named.map(|(_, name)| name).collect()
}

/// `POST /requests/save`: the rows of the page, or a workload file in the field `toml`. Ends at the page that it came
/// from.
pub(super) async fn save(
    State(shared): State<Shared>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Problem> {
    let fields = pairs(&body);
    let page = page(&fields);
    match shared.service.save_workload(&fields).await {
        Ok(()) if wants_page(&headers) => Ok(Redirect::to(&page).into_response()),
        Ok(()) => Ok((StatusCode::OK, [(header::LOCATION, page)]).into_response()),
        Err(error) if wants_page(&headers) => Ok(back("/requests/save", "/requests", error).into_response()),
        Err(error) => Err(error.into()),
    }
}

/// `POST /requests/metrics`: asks CloudWatch about the buckets that the fields `bucket` name.
pub(super) async fn ask_metrics(State(shared): State<Shared>, body: String) -> Redirect {
    let fields = pairs(&body);
    let page = page(&fields);
    shared.service.ask_metrics(buckets(fields)).await;
    Redirect::to(&page)
}

/// `POST /requests/adopt`: takes CloudWatch's counts of the buckets that the fields `bucket` name.
pub(super) async fn adopt_metrics(State(shared): State<Shared>, body: String) -> Redirect {
    let fields = pairs(&body);
    let page = page(&fields);
    match shared.service.adopt_metrics(&buckets(fields)).await {
        Ok(()) => Redirect::to(&page),
        Err(error) => back("/requests/adopt", &page, error),
    }
}

/// `POST /requests/drop`: stops using the adopted counts of the bucket that the field `bucket` names.
pub(super) async fn drop_metrics(State(shared): State<Shared>, body: String) -> Redirect {
    let fields = pairs(&body);
    let page = page(&fields);
    let bucket = buckets(fields).pop().unwrap_or_default();
    match shared.service.drop_metrics(&bucket).await {
        Ok(()) => Redirect::to(&page),
        Err(error) => back("/requests/drop", &page, error),
    }
}
