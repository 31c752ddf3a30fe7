//! The plain forms of the prices page. They stand in a part that the server renders, so they have routes of their own.

use super::Shared;
use super::upload::back;
use super::who::InName;
use app::backend::AppError;
use axum::extract::State;
use axum::response::Redirect;

const PAGE: &str = "/prices";

fn ended(form: &str, done: Result<(), AppError>) -> Redirect {
    match done {
        Ok(()) => Redirect::to(PAGE),
        Err(error) => back(form, PAGE, error),
    }
}

/// `POST /prices/ask`: reads the price list for the Regions of the estate.
pub(super) async fn ask(State(shared): State<Shared>) -> Redirect {
    ended("/prices/ask", shared.service.ask_prices().await)
}

/// `POST /prices/adopt`: forecasts use what was read.
pub(super) async fn adopt(InName(service): InName) -> Redirect {
    ended("/prices/adopt", service.adopt_prices().await)
}

/// `POST /prices/drop`: forecasts use the bundled prices again.
pub(super) async fn drop(InName(service): InName) -> Redirect {
    ended("/prices/drop", service.drop_prices().await)
}
