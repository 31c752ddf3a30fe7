//! Server-sent events of a migration: its live figures several times a second, each with the position of the journal as
//! its id. The stream ends when the server stops, or the browser leaves.

use super::Shared;
use super::api::Problem;
use app::backend::{AppError, Backend as _, ErrorKind};
use axum::extract::{Path, State};
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures::{Stream, StreamExt as _};
use model::plan::MigrationId;
use std::convert::Infallible;
use tokio_stream::wrappers::WatchStream;

/// `GET /events/migrations/{id}`.
pub(super) async fn migration(
    State(shared): State<Shared>,
    Path(id): Path<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    // Also makes a stored plan known to the engine after a restart.
    shared.service.migration(id.clone()).await?;
    let id = MigrationId(id);
    let missing = || AppError::plain(ErrorKind::NotFound, format!("There is no migration {id}."));
    let watch = shared.service.inner.engine.watch(&id).ok_or_else(missing)?;
    let events = WatchStream::new(watch).map(|live| {
        let event = Event::default().event("live").id(live.seq.to_string());
        Ok(event
            .json_data(&live)
            .unwrap_or_else(|_| Event::default().comment("not serialisable")))
    });
    let events = events.take_until(shared.stopping.clone().cancelled_owned());
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}
