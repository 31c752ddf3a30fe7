//! Is it alive, is it ready, and how is it: for supervisors and Prometheus.

use super::Shared;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use model::migration::State as MigrationState;
use std::fmt::Write as _;

/// The process runs.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// The store answers.
pub(super) async fn ready(State(shared): State<Shared>) -> impl IntoResponse {
    match shared.service.inner.store.snapshots().await {
        Ok(_) => (StatusCode::OK, "ready\n".to_string()),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")),
    }
}

/// Counts in the text format of Prometheus.
pub(super) async fn metrics(State(shared): State<Shared>) -> impl IntoResponse {
    let service = &shared.service;
    let known = service.known();
    let mut text = String::new();
    let mut gauge = |name: &str, help: &str, lines: &[(String, u64)]| {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (labels, value) in lines {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    };
    let objects = known
        .estate
        .buckets
        .iter()
        .map(|bucket| bucket.all.objects.0)
        .sum();
    gauge(
        "rekey_snapshots",
        "Snapshots that are stored.",
        &[(String::new(), known.snapshots.len() as u64)],
    );
    gauge(
        "rekey_estate_objects",
        "Objects of the estate.",
        &[(String::new(), objects)],
    );
    let plans = service.inner.store.plans().await.unwrap_or_default();
    let states: Vec<MigrationState> = plans
        .iter()
        .map(|stored| {
            let state = service
                .inner
                .engine
                .inspect(&stored.plan.id, |progress| progress.state);
            state.unwrap_or(MigrationState::Planned)
        })
        .collect();
    let counts: Vec<(String, u64)> = MigrationState::ALL
        .into_iter()
        .map(|state| {
            let count = states.iter().filter(|other| **other == state).count();
            (format!("{{state=\"{}\"}}", documents_state(state)), count as u64)
        })
        .collect();
    gauge("rekey_migrations", "Migrations by state.", &counts);
    ([("content-type", "text/plain; version=0.0.4")], text)
}

/// The state's name in JSON, without quotes.
fn documents_state(state: MigrationState) -> String {
    serde_json::to_value(state)
        .ok()
        .and_then(|value| value.as_str().map(ToString::to_string))
        .unwrap_or_default()
}
