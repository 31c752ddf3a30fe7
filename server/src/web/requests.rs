//! The forms of the requests page: rows of counts are not a function's arguments, so they have a route of their own.

use super::Shared;
use super::api::Problem;
use super::upload::{back, wants_page};
use crate::service::forms::pairs;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};

/// `POST /requests/save`: the rows of the page, or a workload file in the field `toml`. Ends at the page that it came
/// from, which the field `back` names by its query.
pub(super) async fn save(
    State(shared): State<Shared>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Problem> {
    let fields = pairs(&body);
    let query = fields.iter().find(|(field, _)| field == "back");
    let page = match query {
        Some((_, query)) if !query.is_empty() => format!("/requests?{query}"),
        _ => "/requests".to_string(),
    };
    match shared.service.save_workload(&fields).await {
        Ok(()) if wants_page(&headers) => Ok(Redirect::to(&page).into_response()),
        Ok(()) => Ok((StatusCode::OK, [(header::LOCATION, page)]).into_response()),
        Err(error) if wants_page(&headers) => Ok(back("/requests/save", "/requests", error).into_response()),
        Err(error) => Err(error.into()),
    }
}
