//! The service: Clio's actions over HTTP, webhooks in, events out, cases synced by
//! themselves, and a page for a firm's administrators.
//!
//! Whatever is to be done becomes a run in the journal before it is answered
//! ([`work`]), and is carried out by whichever process of the home takes it. What
//! comes in over HTTP is let in by a key ([`http`]), and what it may see and do is
//! decided there.
//!
//! What must stay true: what was taken is durable before it is answered; one run
//! is carried out by one process at a time; nobody sees another firm's; no token
//! and no key is in an answer, in a log or on a page.

mod api;
mod attachment;
mod closed;
mod drafts;
mod events;
mod hooks;
mod http;
mod keep;
mod metrics;
mod outcome;
mod outgoing;
mod page;
mod service;
mod settings;
mod traces;
mod uploads;
mod watch;
mod work;

use std::net::SocketAddr;
use std::sync::Arc;

use clio_runner::aside::aside;
use clio_runner::failure::Failure;
use clio_runner::home::Home;
use clio_runner::output;

use service::Service;
pub use settings::{Options, Settings};

/// Serves until the process is asked to end, and then finishes or hands back what
/// it runs.
///
/// # Errors
/// When it cannot begin: settings, journal or address are not right.
pub async fn serve(home: &Home, options: Options) -> Result<(), Failure> {
    let settings = Settings::read(home, options)?;
    let listener = http::listen(&settings).await?;
    let service = Service::open(home, settings)?;
    http::may_listen(&service, listener.address())?;
    let tls = http::tls(&service)?;
    // Who reads where it listens may ask it to end at once.
    let asked = asked_to_end()?;
    tell(listener.address())?;
    let stop = service.stop.clone();
    tokio::spawn(async move {
        asked.await;
        stop.cancel();
    });
    let work = tokio::spawn(work::run(Arc::clone(&service)));
    let watch = tokio::spawn(watch::run(Arc::clone(&service)));
    let hooks = tokio::spawn(hooks::keep_alive(Arc::clone(&service)));
    let events = tokio::spawn(events::run(Arc::clone(&service)));
    let keep = tokio::spawn(keep::run(Arc::clone(&service)));
    let uploads = tokio::spawn(uploads::tidy(Arc::clone(&service)));
    http::serve(listener, tls, Arc::clone(&service), routes()).await?;
    for task in [work, watch, hooks, events, keep, uploads] {
        task.await.map_err(|error| {
            Failure::host(format!("a part of the service ended early: {error}"))
        })?;
    }
    if let Some(traces) = service.traces.clone() {
        aside(move || traces.end()).await?;
    }
    Ok(())
}

/// What requests come to, once they were let in.
fn routes() -> axum::Router<Arc<Service>> {
    axum::Router::new()
        .merge(api::routes())
        .merge(events::routes())
        .merge(hooks::routes())
        .merge(page::routes())
}

/// One line of JSON, for who starts it.
fn tell(address: SocketAddr) -> Result<(), Failure> {
    output::json(&serde_json::json!({ "listening": address.to_string() }))
}

/// Waits for ctrl-c, or for what a service manager sends. From the call on neither
/// ends the process by itself.
fn asked_to_end() -> Result<impl Future<Output = ()>, Failure> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| {
            signal(kind)
                .map_err(|error| Failure::host(format!("signals cannot be received: {error}")))
        };
        let mut terminate = listen(SignalKind::terminate())?;
        let mut interrupt = listen(SignalKind::interrupt())?;
        Ok(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
