//! HTTP: who may come in, how much they may send, and what each answer says.

mod body;
pub(crate) mod caller;
mod connections;
mod guard;
mod health;
mod listen;
mod metrics;
mod observe;
pub(crate) mod peer;
pub(crate) mod problem;
mod taking;
mod tls;
mod tries;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use clio_runner::failure::Failure;
use http::{HeaderName, HeaderValue, header};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use self::connections::Server;
use self::guard::Guard;
pub(crate) use self::listen::{Listener, listen, may_listen};
use self::tls::Tls;
use crate::service::Service;
use crate::traces;

/// Answers until the process is to end.
pub(crate) async fn serve(
    listener: Listener,
    tls: Option<Tls>,
    service: Arc<Service>,
    routes: Router<Arc<Service>>,
) -> Result<(), Failure> {
    let server = Server {
        tls,
        wait: service.settings.wait(),
        metrics: Arc::clone(&service.metrics),
        stop: service.stop.clone(),
        router: router(service, routes),
    };
    connections::serve(listener, server).await
}

/// Reads what TLS is served with, where the service does so itself.
pub(crate) fn tls(service: &Service) -> Result<Option<Tls>, Failure> {
    let files = service.settings.tls.as_ref();
    files
        .map(|(certificate, key)| Tls::read(certificate, key))
        .transpose()
}

/// Each request comes in through the layers from the last to the first.
fn router(service: Arc<Service>, routes: Router<Arc<Service>>) -> Router {
    let guard = Arc::new(Guard::of(&service.settings));
    let wait = service.settings.wait();
    let metrics = Arc::clone(&service.metrics);
    let plain = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let router = routes
        .merge(health::routes())
        .merge(metrics::routes())
        .layer(from_fn_with_state(service.traces.clone(), traces::taken_in))
        // The bound is ours, by route.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(wait, body::layer))
        .layer(from_fn(problem::layer))
        .layer(CatchPanicLayer::custom(|_| problem::panicked()))
        .layer(from_fn_with_state(guard, guard::layer))
        .layer(plain(header::CACHE_CONTROL, "no-store"))
        .layer(plain(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        // With none at all a browser hides the origin of our own forms as well.
        .layer(plain(header::REFERRER_POLICY, "same-origin"))
        .layer(plain(
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        ))
        .layer(plain(
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ));
    let secure = service.settings.tls.is_some();
    let router = match secure {
        true => router.layer(plain(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000")),
        false => router,
    };
    router
        .layer(from_fn_with_state(metrics, observe::layer))
        .with_state(service)
}
