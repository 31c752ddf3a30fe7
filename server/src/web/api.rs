//! `/api/v1`: what the pages show, as JSON and CSV, and the same commands.

use super::Shared;
use super::csv;
use super::documents::HeadroomDocument;
use super::parameters::only_described;
use super::series;
use super::shape::nothing;
use super::who::InName;
use crate::service::accounts::AccountKey;
use app::backend::{
    Action, AppError, Backend as _, Discovery, DraftPage, ErrorKind, ImportRun, MigrationPage, MigrationRow,
    OverviewPage, PriceRow, PricesPage, QuotaTold, ScenariosPage, SettingsPage, SnapshotRow,
};
use app::costs_view::CostsView;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use futures::TryStreamExt as _;
use model::basis::Basis;
use model::forecast::{Document, Forecast};
use model::increases::FiledIncrease;
use model::inventory::{Snapshot, SnapshotId};
use model::overview::{Overview, OverviewQuery};
use model::workload::Workload;
use serde::{Deserialize, Serialize};

/// An error as a response: its status, and message and hint as JSON.
#[derive(Debug)]
pub(crate) struct Problem(AppError);

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self.0)).into_response()
    }
}

type Answer<T> = Result<Json<T>, Problem>;

/// Routes below `/api/v1`.
pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/openapi.json", get(openapi))
        .route("/overview", get(overview))
        .route("/overview.csv", get(overview_csv))
        .route("/prices.csv", get(prices_csv))
        .route("/basis", get(basis))
        .route("/forecast", get(forecast))
        .route("/forecast.csv", get(forecast_csv))
        .route("/headroom", get(headroom))
        .route("/headroom.csv", get(headroom_csv))
        .route("/keys.csv", get(keys_csv))
        .route("/prices", get(prices))
        .route("/price-list", get(price_list))
        .route("/quotas", get(quotas))
        .route("/quotas/refresh", post(refresh_quotas))
        .route("/quotas/increases", post(file_increase))
        .route("/settings", get(settings))
        .route("/discovery", get(discovery))
        .route("/scenarios", get(scenarios))
        .route("/scenarios.csv", get(scenarios_csv))
        .route("/charts/months.csv", get(months_csv))
        .route("/charts/headroom.csv", get(headroom_chart_csv))
        .route("/charts/mix.csv", get(mix_csv))
        .route("/workload", get(workload).put(put_workload))
        .route("/workload.toml", get(workload_file))
        .route("/snapshots", get(snapshots))
        .route("/snapshots/{id}", get(snapshot).delete(remove_snapshot))
        .route("/imports", get(imports).post(start_import))
        .route("/imports/sandbox", post(import_sandbox))
        .route("/plans", get(draft))
        .route("/migrations", get(migrations).post(create))
        .route("/migrations/{id}", get(migration))
        .route("/migrations/{id}/report", get(report))
        .route("/migrations/{id}/report.csv", get(report_csv))
        .route("/migrations/{id}/report/buckets.csv", get(report_buckets_csv))
        .route("/migrations/{id}/report/later.csv", get(report_later_csv))
        .route("/migrations/{id}/actions", post(act))
        .route_layer(axum::middleware::from_fn(only_described))
        .fallback(nothing)
}

/// What is here, for programs; the tests hold every answer against it.
pub(super) const OPENAPI: &str = include_str!("openapi.json");

async fn openapi() -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json")];
    (headers, OPENAPI).into_response()
}

async fn overview(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Answer<OverviewPage> {
    let pairs = crate::service::forms::pairs(&query.unwrap_or_default());
    let query = OverviewQuery::from_pairs(crate::service::forms::borrowed(&pairs));
    Ok(Json(shared.service.overview(query).await?))
}

/// Every bucket that the query admits, not only a page of them.
async fn overview_csv(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Response {
    let pairs = crate::service::forms::pairs(&query.unwrap_or_default());
    let query = OverviewQuery::from_pairs(crate::service::forms::borrowed(&pairs));
    let known = shared.service.known();
    table(
        "buckets.csv",
        &csv::buckets(&Overview::admitted(&known.estate, &query)),
    )
}

async fn prices_csv(State(shared): State<Shared>) -> Response {
    table("prices.csv", &csv::prices(&shared.service.prices_in_use()))
}

async fn basis(State(shared): State<Shared>) -> Json<Basis> {
    Json(shared.service.known().estate.basis.clone())
}

/// The forecast of a query, or what of the query cannot be read.
fn document(shared: &Shared, query: Option<String>) -> Result<Document, Problem> {
    let (scenario, errors) = shared.service.scenario(&query.unwrap_or_default());
    refuse(errors)?;
    let known = shared.service.known();
    Ok(Forecast::new(&known.estate.basis, &scenario).document(&known.estate.basis, &scenario))
}

fn refuse(errors: Vec<model::scenario::FieldError>) -> Result<(), Problem> {
    match errors.into_iter().next() {
        Some(error) => {
            Err(AppError::plain(ErrorKind::Input, format!("`{}` {}", error.field, error.message)).into())
        }
        None => Ok(()),
    }
}

async fn forecast(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Answer<Document> {
    Ok(Json(document(&shared, query)?))
}

async fn forecast_csv(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    Ok(table("forecast.csv", &csv::forecast(&document(&shared, query)?)))
}

fn table(name: &str, lines: &[String]) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, disposition.as_str()),
    ];
    (headers, lines.join("\r\n") + "\r\n").into_response()
}

/// A query, and the account that it is about.
fn of_account(shared: &Shared, query: Option<String>) -> Result<(String, AccountKey), Problem> {
    let query = query.unwrap_or_default();
    let account = shared.service.account_asked(&query)?;
    Ok((query, account))
}

async fn headroom(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Answer<HeadroomDocument> {
    let (query, account) = of_account(&shared, query)?;
    let (scenario, errors) = shared.service.scenario(&query);
    refuse(errors)?;
    Ok(Json(HeadroomDocument::new(
        &shared.service.headrooms(&account, &scenario).await,
        &scenario,
        shared.service.known().estate.basis.as_of,
    )))
}

async fn headroom_csv(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let (query, account) = of_account(&shared, query)?;
    let (scenario, errors) = shared.service.scenario(&query);
    refuse(errors)?;
    let regions = shared.service.headrooms(&account, &scenario).await;
    Ok(table("headroom.csv", &csv::headroom(&regions, &scenario)))
}

/// Calls by key, operation and hour.
async fn keys_csv(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let (query, account) = of_account(&shared, query)?;
    let (scenario, errors) = shared.service.scenario(&query);
    refuse(errors)?;
    let told = shared.service.quotas_told(&account, &scenario).await?;
    Ok(table("keys.csv", &csv::keys(&told)))
}

async fn prices(State(shared): State<Shared>) -> Json<Vec<PriceRow>> {
    Json(shared.service.prices_in_use())
}

/// Bundled prices and those of the price list.
async fn price_list(State(shared): State<Shared>) -> Answer<PricesPage> {
    Ok(Json(shared.service.prices_page("").await?))
}

/// What the account told of its quotas, and the requests to raise them.
async fn quotas(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Answer<Vec<QuotaTold>> {
    let (query, account) = of_account(&shared, query)?;
    let (scenario, errors) = shared.service.scenario(&query);
    refuse(errors)?;
    Ok(Json(shared.service.quotas_told(&account, &scenario).await?))
}

async fn refresh_quotas(State(shared): State<Shared>) -> StatusCode {
    shared.service.refresh_quotas();
    StatusCode::NO_CONTENT
}

/// A request to raise the KMS quota of a Region; `confirm` repeats the Region.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct IncreaseOrder {
    region: String,
    value: u64,
    #[serde(default)]
    confirm: String,
}

async fn file_increase(
    InName(service): InName,
    Json(order): Json<IncreaseOrder>,
) -> Result<(StatusCode, Json<FiledIncrease>), Problem> {
    let value = order.value.to_string();
    let filed = service.file_increase(&order.region, &value, &order.confirm);
    Ok((StatusCode::CREATED, Json(filed.await?)))
}

async fn settings(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Answer<SettingsPage> {
    Ok(Json(shared.service.settings(query.unwrap_or_default()).await?))
}

async fn discovery(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Answer<Discovery> {
    Ok(Json(shared.service.discovery(query.unwrap_or_default()).await?))
}

async fn scenarios(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Answer<ScenariosPage> {
    Ok(Json(shared.service.scenarios(query.unwrap_or_default()).await?))
}

/// The two scenarios of the query side by side.
async fn scenarios_csv(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let page = shared.service.scenarios(query.unwrap_or_default()).await?;
    Ok(table(
        "scenarios.csv",
        &series::comparison(&page.left, &page.right),
    ))
}

async fn months_csv(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let (scenario, errors) = shared.service.scenario(&query.unwrap_or_default());
    refuse(errors)?;
    let view = CostsView::new(&shared.service.known().estate.basis, &scenario);
    Ok(table("months.csv", &series::months(&view)))
}

async fn headroom_chart_csv(
    State(shared): State<Shared>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let (query, account) = of_account(&shared, query)?;
    let (scenario, errors) = shared.service.scenario(&query);
    refuse(errors)?;
    let regions = shared.service.headrooms(&account, &scenario).await;
    Ok(table(
        "headroom-chart.csv",
        &series::headroom(&regions, &scenario),
    ))
}

async fn mix_csv(State(shared): State<Shared>) -> Response {
    let overview = Overview::new(&shared.service.known().estate, OverviewQuery::default());
    table("encryption.csv", &series::mix(&overview))
}

async fn workload(State(shared): State<Shared>) -> Json<Workload> {
    Json(shared.service.known().workload.clone())
}

/// Takes a workload file; buckets that it does not name stay as they are.
async fn put_workload(State(shared): State<Shared>, text: String) -> Result<StatusCode, Problem> {
    shared
        .service
        .save_workload(&[("toml".to_string(), text)])
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn workload_file(State(shared): State<Shared>) -> Result<Response, Problem> {
    let headers = [
        (header::CONTENT_TYPE, "application/toml"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"workload.toml\"",
        ),
    ];
    Ok((headers, shared.service.workload_file()?).into_response())
}

async fn snapshots(State(shared): State<Shared>) -> Answer<Vec<SnapshotRow>> {
    Ok(Json(shared.service.imports().await?.snapshots))
}

async fn snapshot(State(shared): State<Shared>, Path(id): Path<String>) -> Answer<Snapshot> {
    let known = shared.service.known();
    let found = known.snapshots.iter().find(|snapshot| snapshot.id.0 == id);
    let missing = || AppError::plain(ErrorKind::NotFound, format!("There is no snapshot {id}."));
    Ok(Json(found.ok_or_else(missing)?.clone()))
}

async fn remove_snapshot(
    State(shared): State<Shared>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    shared.service.remove_snapshot(SnapshotId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn imports(State(shared): State<Shared>) -> Json<Vec<ImportRun>> {
    Json(shared.service.inner.imports.list())
}

/// What to import.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ImportOrder {
    location: String,
    #[serde(default)]
    region: String,
}

/// What was begun.
#[derive(Debug, Serialize)]
struct Begun<T> {
    id: T,
}

async fn start_import(
    State(shared): State<Shared>,
    Json(order): Json<ImportOrder>,
) -> Result<(StatusCode, Json<Begun<u64>>), Problem> {
    let id = shared.service.start_import(order.location, order.region).await?;
    Ok((StatusCode::ACCEPTED, Json(Begun { id })))
}

async fn import_sandbox(State(shared): State<Shared>) -> Result<StatusCode, Problem> {
    shared.service.import_sandbox().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn draft(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Answer<DraftPage> {
    Ok(Json(shared.service.draft(query.unwrap_or_default()).await?))
}

async fn migrations(State(shared): State<Shared>) -> Answer<Vec<MigrationRow>> {
    Ok(Json(shared.service.migrations().await?))
}

/// A draft in the form of the page's URL.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanOrder {
    query: String,
}

async fn create(
    InName(service): InName,
    Json(order): Json<PlanOrder>,
) -> Result<(StatusCode, Json<Begun<String>>), Problem> {
    let id = service.create_plan(order.query).await?;
    Ok((StatusCode::CREATED, Json(Begun { id })))
}

async fn migration(State(shared): State<Shared>, Path(id): Path<String>) -> Answer<MigrationPage> {
    Ok(Json(shared.service.migration(id).await?))
}

/// The report as it is written, so that a long journal is never in memory as a whole.
async fn report(State(shared): State<Shared>, Path(id): Path<String>) -> Result<Response, Problem> {
    let parts = shared.service.report_document(id).await?;
    let parts = parts.map_err(|error| std::io::Error::other(error.message));
    let headers = [(header::CONTENT_TYPE, "application/json")];
    Ok((headers, Body::from_stream(parts)).into_response())
}

async fn report_csv(State(shared): State<Shared>, Path(id): Path<String>) -> Result<Response, Problem> {
    let summary = shared.service.report_summary(&id).await?;
    Ok(table("exceptions.csv", &csv::exceptions(&summary)))
}

async fn report_buckets_csv(
    State(shared): State<Shared>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let summary = shared.service.report_summary(&id).await?;
    Ok(table("buckets.csv", &csv::outcomes(&summary)))
}

async fn report_later_csv(State(shared): State<Shared>, Path(id): Path<String>) -> Result<Response, Problem> {
    let found = shared.service.later_named(&id).await?;
    Ok(table("later.csv", &csv::later(&found)))
}

/// What to do with a migration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ActionOrder {
    action: Action,
    #[serde(default)]
    argument: String,
}

async fn act(
    InName(service): InName,
    Path(id): Path<String>,
    Json(order): Json<ActionOrder>,
) -> Answer<MigrationPage> {
    service.act(id.clone(), order.action, order.argument).await?;
    Ok(Json(service.migration(id).await?))
}
