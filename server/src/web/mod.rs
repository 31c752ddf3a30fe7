//! The HTTP side: every route in one place, grouped by who calls it, with the layers around them.

mod api;
pub(crate) mod csv;
pub(crate) mod documents;
mod events;
mod guard;
mod health;
mod parameters;
mod prices;
mod quotas;
mod requests;
mod series;
mod shape;
mod upload;
mod who;

use crate::assets;
use crate::service::Service;
use app::backend::BackendContext;
use app::{Bundle, shell};
use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::http::request::Parts;
use axum::routing::{get, post};
use leptos::prelude::{LeptosOptions, provide_context, use_context};
use leptos_axum::{LeptosRoutes as _, generate_route_list, render_app_async_with_context};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

pub(crate) use guard::Guard;

/// A page that takes longer than this is broken; the connection is given back.
const PAGE_TIMEOUT: Duration = Duration::from_secs(30);

/// What handlers share.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) service: Service,
    pub(crate) options: LeptosOptions,
    /// Cancelled when the server stops: open event streams end then.
    pub(crate) stopping: CancellationToken,
}

impl FromRef<Shared> for LeptosOptions {
    fn from_ref(shared: &Shared) -> Self {
        shared.options.clone()
    }
}

/// The pages' options: what Leptos reads from the environment is fixed here.
pub(crate) fn options(listen: SocketAddr) -> LeptosOptions {
    LeptosOptions::builder()
        .output_name("rekey")
        .site_addr(listen)
        .build()
}

/// All routes.
pub(crate) fn router(shared: Shared, guard: Guard) -> Router {
    let names = assets::bundle_names();
    let bundle = Bundle {
        js: names.js,
        wasm: names.wasm,
        css: names.css,
    };
    let service = shared.service.clone();
    // Once per process: Leptos keeps a global flag while it makes the list.
    let routes = generate_route_list(app::App);
    let page_options = shared.options.clone();
    let document = move || shell(page_options.clone(), bundle);
    let context = move || {
        let parts = use_context::<Parts>();
        let service = who::in_name(&service, parts.as_ref());
        provide_context(BackendContext(Arc::new(service)));
    };
    // An address that is nobody's still answers with a page that says so.
    let unknown = render_app_async_with_context(context.clone(), document.clone());
    let pages = Router::<Shared>::new()
        .leptos_routes_with_context(&shared, routes, context, document)
        .fallback(unknown)
        .layer(TimeoutLayer::with_status_code(
            axum::http::StatusCode::GATEWAY_TIMEOUT,
            PAGE_TIMEOUT,
        ));
    let upload_limit = usize::try_from(shared.service.inner.upload_limit.0).unwrap_or(usize::MAX);
    let uploads = Router::<Shared>::new()
        .route("/import/upload", post(upload::receive))
        .layer(DefaultBodyLimit::max(upload_limit));
    Router::<Shared>::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/events/migrations/{id}", get(events::migration))
        .nest("/api/v1", api::router())
        .route("/requests/save", post(requests::save))
        .route("/requests/metrics", post(requests::ask_metrics))
        .route("/requests/adopt", post(requests::adopt_metrics))
        .route("/requests/drop", post(requests::drop_metrics))
        .route("/prices/ask", post(prices::ask))
        .route("/prices/adopt", post(prices::adopt))
        .route("/prices/drop", post(prices::drop))
        .route("/quotas/refresh", post(quotas::refresh))
        .route("/quotas/increase", post(quotas::increase))
        .merge(uploads)
        .merge(pages)
        .merge(assets::router())
        .layer(CatchPanicLayer::new())
        .layer(axum::middleware::from_fn_with_state(guard, guard::check))
        .layer(axum::middleware::from_fn(shape::one_shape))
        .with_state(shared)
}
