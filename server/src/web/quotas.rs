//! The plain forms of the quotas page: asking the account again, and filing a request to raise a quota. They stand in parts
//! that the server renders, so they have routes of their own.

use super::Shared;
use super::upload::back;
use super::who::InName;
use crate::service::forms::pairs;
use axum::extract::State;
use axum::response::Redirect;

const PAGE: &str = "/quotas";

/// The page that a form stands on, with its scenario.
fn page(fields: &[(String, String)]) -> String {
    match field(fields, "back") {
        "" => PAGE.to_string(),
        query => format!("{PAGE}?{query}"),
    }
}

fn field<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    let found = fields.iter().find(|(field, _)| field == name);
    found.map_or("", |(_, text)| text.as_str())
}

/// `POST /quotas/refresh`: forgets what the account told; the page that follows asks again.
pub(super) async fn refresh(State(shared): State<Shared>, body: String) -> Redirect {
    shared.service.refresh_quotas();
    Redirect::to(&page(&pairs(&body)))
}

/// `POST /quotas/increase`: files a request. The fields are `region`, `value`, and `typed`, which confirms.
pub(super) async fn increase(InName(service): InName, body: String) -> Redirect {
    let fields = pairs(&body);
    let page = page(&fields);
    let filed = service
        .file_increase(
            field(&fields, "region"),
            field(&fields, "value"),
            field(&fields, "typed"),
        )
        .await;
    match filed {
        Ok(_) => Redirect::to(&page),
        Err(error) => back("/quotas/increase", &page, error),
    }
}
