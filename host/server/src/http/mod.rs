//! HTTP: who may come in, and how much they may send.

pub(crate) mod caller;
pub(crate) mod problem;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::routing::get;
use clio_runner::failure::Failure;
use tokio::net::TcpListener;

use crate::service::Service;
use crate::settings::Settings;
use crate::traces;

/// What is listened on.
#[derive(Debug)]
pub(crate) struct Listener {
    listener: TcpListener,
    address: SocketAddr,
}

impl Listener {
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

pub(crate) async fn listen(settings: &Settings) -> Result<Listener, Failure> {
    let bound = TcpListener::bind(settings.listen).await;
    let bound = bound.and_then(|listener| {
        let address = listener.local_addr()?;
        Ok(Listener { listener, address })
    });
    bound.map_err(|error| {
        Failure::host(format!(
            "{} cannot be listened on: {error}",
            settings.listen
        ))
        .next("name another address with --listen")
    })
}

/// Refuses to be reached from elsewhere where that is not safe.
pub(crate) fn may_listen(_service: &Service, _address: SocketAddr) -> Result<(), Failure> {
    Ok(())
}

/// Answers until the process is to end.
pub(crate) async fn serve(
    listener: Listener,
    service: Arc<Service>,
    routes: Router<Arc<Service>>,
) -> Result<(), Failure> {
    let stop = service.stop.clone();
    let router = routes
        .route("/health", get(|| async { "ok\n" }))
        .layer(middleware::from_fn_with_state(
            service.traces.clone(),
            traces::taken_in,
        ))
        .with_state(service);
    let served = axum::serve(listener.listener, router)
        .with_graceful_shutdown(async move { stop.cancelled().await })
        .await;
    served.map_err(|error| Failure::host(format!("serving ended: {error}")))
}
