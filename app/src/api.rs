//! The server functions: the only way from the pages to the server. Each takes the backend from the context, calls it,
//! and returns; a change ends at the page of what was changed, so that it works from a plain form as well.
//!
//! Reads are GET and idempotent; changes are POST, and the server's guard refuses them from other sites.

use crate::backend::{Action, Answer, AppError, What};
use crate::codec::{AsItIs, Text};
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

/// What a page shows: `query` is the query of the page's URL, or the id of what it shows.
#[server(prefix = "/api/fn", endpoint = "ask", input = GetUrl, output = AsItIs)]
pub async fn ask(
    /// Which page.
    what: What,
    /// For what.
    #[server(default)]
    query: String,
) -> Result<Answer, AppError> {
    on_server::read(on_server::backend()?.answer(what, query).await)
}

/// Starts an import; an empty Region leaves it to the source. Ends at the import page.
#[server(prefix = "/api/fn", endpoint = "start_import", output = Text)]
pub async fn start_import(
    /// Path on the server.
    #[server(default)]
    location: String,
    /// Region code, or nothing.
    #[server(default)]
    region: String,
) -> Result<(), AppError> {
    let started = on_server::backend()?.start_import(location, region).await;
    on_server::changed(started.map(|_| "/import".to_string()))
}

/// Imports one delivery of each of the sandbox's buckets, and waits for it. Ends at the overview.
#[server(prefix = "/api/fn", endpoint = "import_sandbox", output = Text)]
pub async fn import_sandbox() -> Result<(), AppError> {
    let done = on_server::backend()?.import_sandbox().await;
    on_server::changed(done.map(|()| "/".to_string()))
}

/// Forgets a snapshot. Ends at the import page.
#[server(prefix = "/api/fn", endpoint = "remove_snapshot", output = Text)]
pub async fn remove_snapshot(
    /// Name of the snapshot.
    #[server(default)]
    id: String,
) -> Result<(), AppError> {
    let done = on_server::backend()?
        .remove_snapshot(model::inventory::SnapshotId(id))
        .await;
    on_server::changed(done.map(|()| "/import".to_string()))
}

/// Keeps a scenario under a name. Ends at the scenarios.
#[server(prefix = "/api/fn", endpoint = "save_scenario", output = Text)]
pub async fn save_scenario(
    /// Its name.
    #[server(default)]
    name: String,
    /// Query of its costs page.
    #[server(default)]
    query: String,
) -> Result<(), AppError> {
    let page = format!("/scenarios?right={}", crate::parts::query::encode(name.trim()));
    let kept = on_server::backend()?.save_scenario(name, query).await;
    on_server::changed(kept.map(|()| page))
}

/// Forgets a scenario. Ends at the scenarios.
#[server(prefix = "/api/fn", endpoint = "remove_scenario", output = Text)]
pub async fn remove_scenario(
    /// Its name.
    #[server(default)]
    name: String,
) -> Result<(), AppError> {
    let done = on_server::backend()?.remove_scenario(name).await;
    on_server::changed(done.map(|()| "/scenarios".to_string()))
}

/// Stores the plan of a draft. Ends at its page.
#[server(prefix = "/api/fn", endpoint = "create_plan", output = Text)]
pub async fn create_plan(
    /// Query of the page's URL.
    #[server(default)]
    query: String,
    /// Whether the findings that need a word have it.
    #[server(default)]
    noted: String,
) -> Result<(), AppError> {
    let query = if noted.is_empty() {
        query
    } else {
        format!("{query}&noted=on")
    };
    let created = on_server::backend()?.create_plan(query).await;
    on_server::changed(created.map(|id| format!("/migrations/{id}")))
}

/// Does something with a migration; what `argument` means depends on the action. Ends at its page.
#[server(prefix = "/api/fn", endpoint = "act", output = Text)]
pub async fn act(
    /// Id.
    #[server(default)]
    id: String,
    /// What to do.
    action: Action,
    /// What was typed or chosen with it.
    #[server(default)]
    argument: String,
) -> Result<(), AppError> {
    let page = format!("/migrations/{}", crate::parts::query::encode(&id));
    let done = on_server::backend()?.act(id, action, argument).await;
    on_server::changed(done.map(|()| page))
}

#[cfg(feature = "ssr")]
mod on_server {
    //! What the bodies above share.

    use crate::backend::{Answer, AppError, Backend, BackendContext, ErrorKind};
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;
    use std::sync::Arc;

    /// The backend of this request.
    pub(super) fn backend() -> Result<Arc<dyn Backend>, AppError> {
        use_context::<BackendContext>()
            .map(|context| context.0)
            .ok_or_else(|| {
                AppError::plain(
                    ErrorKind::Internal,
                    "The page was made without a connection to the server's backend.",
                )
            })
    }

    /// The answer to a read; an error also becomes the status of the response, be that a page or a fetched value.
    pub(super) fn read(answer: Result<Answer, AppError>) -> Result<Answer, AppError> {
        if let Err(error) = &answer {
            set_status(error);
        }
        answer
    }

    /// The answer to a change: on to the page it yields. A form without script is sent back to where it came from with
    /// the error in the URL, which needs the status of a redirection; only fetches get the error's own.
    pub(super) fn changed(answer: Result<String, AppError>) -> Result<(), AppError> {
        match answer {
            Ok(page) => {
                leptos_axum::redirect(&page);
                Ok(())
            }
            Err(error) => {
                if !from_a_form() {
                    set_status(&error);
                }
                Err(error)
            }
        }
    }

    fn from_a_form() -> bool {
        let accept = |parts: http::request::Parts| {
            let value = parts.headers.get(http::header::ACCEPT)?;
            Some(value.to_str().ok()?.contains("text/html"))
        };
        use_context::<http::request::Parts>()
            .and_then(accept)
            .unwrap_or(false)
    }

    fn set_status(error: &AppError) {
        let options = use_context::<ResponseOptions>();
        if let (Some(options), Ok(status)) = (options, http::StatusCode::from_u16(error.status())) {
            options.set_status(status);
        }
    }
}
