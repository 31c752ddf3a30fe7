//! The server functions: the only way from the pages to the server. Each takes the backend from the context, calls it,
//! and returns; a change ends at the page of what was changed, so that it works from a plain form as well.
//!
//! Reads are GET and idempotent; changes are POST, and the server's guard refuses them from other sites.

use crate::backend::{
    Action, AppError, CostsPage, DraftPage, Frame, ImportPage, MigrationPage, MigrationRow, OverviewPage,
    QuotasPage, SettingsPage,
};
use crate::codec::Text;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

/// What surrounds every page.
#[server(prefix = "/api/fn", endpoint = "get_frame", input = GetUrl, output = Text)]
pub async fn get_frame() -> Result<Frame, AppError> {
    on_server::read(on_server::backend()?.frame().await)
}

/// The overview that a URL's query asks for.
#[server(prefix = "/api/fn", endpoint = "get_overview", input = GetUrl, output = Text)]
pub async fn get_overview(
    /// Query of the page's URL.
    #[server(default)]
    query: String,
) -> Result<OverviewPage, AppError> {
    let pairs = crate::parts::query::pairs(&query);
    let query = model::overview::OverviewQuery::from_pairs(crate::parts::query::borrowed(&pairs));
    on_server::read(on_server::backend()?.overview(query).await)
}

/// Imports, snapshots, and what can be imported.
#[server(prefix = "/api/fn", endpoint = "get_imports", input = GetUrl, output = Text)]
pub async fn get_imports() -> Result<ImportPage, AppError> {
    on_server::read(on_server::backend()?.imports().await)
}

/// Costs of the scenario in a URL's query.
#[server(prefix = "/api/fn", endpoint = "get_costs", input = GetUrl, output = Text)]
pub async fn get_costs(
    /// Query of the page's URL.
    #[server(default)]
    query: String,
) -> Result<CostsPage, AppError> {
    on_server::read(on_server::backend()?.costs(query).await)
}

/// Quotas in the scenario in a URL's query.
#[server(prefix = "/api/fn", endpoint = "get_quotas", input = GetUrl, output = Text)]
pub async fn get_quotas(
    /// Query of the page's URL.
    #[server(default)]
    query: String,
) -> Result<QuotasPage, AppError> {
    on_server::read(on_server::backend()?.quotas(query).await)
}

/// Migrations, newest first.
#[server(prefix = "/api/fn", endpoint = "get_migrations", input = GetUrl, output = Text)]
pub async fn get_migrations() -> Result<Vec<MigrationRow>, AppError> {
    on_server::read(on_server::backend()?.migrations().await)
}

/// What the draft in a URL's query amounts to.
#[server(prefix = "/api/fn", endpoint = "get_draft", input = GetUrl, output = Text)]
pub async fn get_draft(
    /// Query of the page's URL.
    #[server(default)]
    query: String,
) -> Result<DraftPage, AppError> {
    on_server::read(on_server::backend()?.draft(query).await)
}

/// A migration.
#[server(prefix = "/api/fn", endpoint = "get_migration", input = GetUrl, output = Text)]
pub async fn get_migration(
    /// Id.
    #[server(default)]
    id: String,
) -> Result<MigrationPage, AppError> {
    on_server::read(on_server::backend()?.migration(id).await)
}

/// Account, prices and quotas in use.
#[server(prefix = "/api/fn", endpoint = "get_settings", input = GetUrl, output = Text)]
pub async fn get_settings() -> Result<SettingsPage, AppError> {
    on_server::read(on_server::backend()?.settings().await)
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

/// Stores the plan of a draft. Ends at its page.
#[server(prefix = "/api/fn", endpoint = "create_plan", output = Text)]
pub async fn create_plan(
    /// Query of the page's URL.
    #[server(default)]
    query: String,
) -> Result<(), AppError> {
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

    use crate::backend::{AppError, Backend, BackendContext, ErrorKind};
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
    pub(super) fn read<T>(answer: Result<T, AppError>) -> Result<T, AppError> {
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
