//! `rekey serve`: opens store and account, takes up what was running, serves until it is told to stop, and stops in order:
//! no new work, what is in flight to its end, then the connections.

use crate::account;
use crate::cli::Serve;
use crate::failure::Failure;
use crate::rows::InventoryRows;
use crate::service::{Parts, Service};
use crate::web::{self, Guard, Shared};
use cloud::AccountKind;
use engine::{Clock, Engine, EngineOptions, SystemClock};
use model::quantity::Bytes;
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long open connections may take to end after everything else has. With what the engine takes, less than ten seconds.
const DRAIN: Duration = Duration::from_secs(2);

/// Jobs of the simulated account end within seconds, so that they are looked at more often there.
const SANDBOX_JOB_LOOK: Duration = Duration::from_millis(250);

fn engine_options(kind: AccountKind) -> EngineOptions {
    let standard = EngineOptions::default();
    let job_look = match kind {
        AccountKind::Sandbox => SANDBOX_JOB_LOOK,
        AccountKind::Aws | AccountKind::CustomEndpoint => standard.job_look,
    };
    EngineOptions { job_look, ..standard }
}

pub(crate) async fn run(arguments: Serve) -> Result<(), Failure> {
    let directory = arguments.data.directory.clone();
    let store = tokio::task::spawn_blocking(move || Store::open(&directory)).await;
    let store = store.map_err(|source| Failure::other("the store could not be opened", source))??;
    let opened = account::open(&arguments).await?;
    let rows = Arc::new(InventoryRows::default());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let engine = Engine::new(
        Arc::new(store.clone()),
        Arc::clone(&rows) as Arc<dyn engine::Rows>,
        opened.account.clone(),
        Arc::clone(&clock),
        engine_options(opened.account.identity.kind),
    );
    let service = Service::new(Parts {
        store,
        engine: engine.clone(),
        opened,
        clock,
        rows,
        data: arguments.data.directory.clone(),
        upload_limit: Bytes(arguments.upload_limit_mib << 20),
        identity_header: arguments.identity_header.as_ref().map(ToString::to_string),
    });
    service.introduce();
    service.refresh().await?;
    recover(&service).await?;

    let listener = TcpListener::bind(arguments.listen).await.map_err(|source| {
        Failure::other(
            format!(
                "{} cannot be listened on: choose another with --listen",
                arguments.listen
            ),
            source,
        )
    })?;
    let listen = listener
        .local_addr()
        .map_err(|source| Failure::other("the listener has no address", source))?;
    let stopping = CancellationToken::new();
    let shared = Shared {
        service,
        options: web::options(listen),
        stopping: stopping.clone(),
    };
    let guard = Guard::new(listen, &arguments.host_names, arguments.identity_header);
    let router = web::router(shared, guard);
    tracing::info!(address = %format!("http://{listen}"), "serving");

    let serving = axum::serve(listener, router).with_graceful_shutdown(stopping.clone().cancelled_owned());
    let serving = tokio::spawn(serving.into_future());
    stop_signal().await?;
    tracing::info!("stopping: what is in flight is finished first");
    engine.shutdown().await;
    stopping.cancel();
    match tokio::time::timeout(DRAIN, serving).await {
        Ok(Ok(Ok(()))) | Err(_) => Ok(()),
        Ok(Ok(Err(source))) => Err(Failure::other("the server failed", source)),
        Ok(Err(source)) => Err(Failure::other("the server broke off", source)),
    }
}

/// Takes up every migration that was running when the last process ended.
async fn recover(service: &Service) -> Result<(), Failure> {
    let plans = service.inner.store.plans().await?;
    let plans = plans.into_iter().map(|stored| stored.plan).collect();
    let recovered = service.inner.engine.recover(plans).await;
    for id in &recovered.taken_up {
        tracing::info!(migration.id = %id, "taken up again");
    }
    for (id, error) in &recovered.failed {
        tracing::error!(migration.id = %id, %error, "its journal cannot be read; other migrations are not affected");
    }
    Ok(())
}

/// Waits for an interrupt, or for the signal that supervisors send.
async fn stop_signal() -> Result<(), Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())
        .map_err(|source| Failure::other("signals cannot be received", source))?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => {
            interrupted.map_err(|source| Failure::other("signals cannot be received", source))
        }
        _ = terminate.recv() => Ok(()),
    }
}
