//! The page for a firm's administrators: what is connected and whether it works,
//! what was done, what failed and why, mappings, webhooks, the inbox, drafts to review,
//! keys.
//!
//! It is rendered here, and works without scripts: everything that changes is a
//! form. The script that goes with it only keeps what is on the page fresh.
//!
//! What must stay true: nothing is loaded from elsewhere; every form carries its
//! session's token; what belongs to another firm is not there; no token and no
//! secret of a connection is on a page.

mod assets;
mod cases;
mod connect;
mod connection;
mod failed;
mod form;
mod history;
mod inbox;
mod keys;
mod layout;
mod mapping;
mod overview;
mod reason;
mod records;
mod review;
mod run;
mod session;
mod state;
mod trouble;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::extract::Extension;
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderValue, header};

use crate::service::Service;
use state::State;

/// What a page may load, and where its forms may lead. [`connect`] has its own:
/// a form there leads on to Clio.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

pub(crate) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/", get(overview::show))
        .route("/sign-in", get(session::ask).post(session::sign_in))
        .route("/sign-out", post(session::sign_out))
        .route("/connect", get(connect::ask).post(connect::begin))
        .route("/callback", get(connect::end))
        .route("/connections/{connection}", get(connection::show))
        .route("/connections/{connection}/check", post(connection::check))
        .route(
            "/connections/{connection}/disconnect",
            post(connection::disconnect),
        )
        .route("/history", get(history::show))
        .route("/failed", get(failed::show))
        .route("/failed/retry", post(failed::retry_all))
        .route("/runs/{id}", get(run::show))
        .route("/runs/{id}/retry", post(run::retry))
        .route("/runs/{id}/cancel", post(run::cancel))
        .route("/cases", get(cases::show))
        .route("/mappings", get(mapping::list))
        .route(
            "/connections/{connection}/mapping",
            get(mapping::show).post(mapping::save),
        )
        .route("/webhooks", get(webhooks::show))
        .route("/inbox", get(inbox::show))
        .route(
            "/connections/{connection}/inbox/{id}/acknowledge",
            post(inbox::acknowledge),
        )
        .route("/review", get(review::list))
        .route(
            "/connections/{connection}/review/{id}",
            get(review::show).post(review::decide),
        )
        .route(
            "/connections/{connection}/review/{id}/content",
            get(review::content),
        )
        .route("/keys", get(keys::show).post(keys::add))
        .route("/keys/{id}/remove", post(keys::remove))
        .layer(map_response(guarded))
        .layer(Extension(Arc::new(State::default())))
        .merge(assets::routes())
}

/// Adds what tells a browser how careful to be.
async fn guarded(mut response: Response) -> Response {
    let fields = response.headers_mut();
    fields
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(POLICY));
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // With none at all a browser would not say which page a form is of.
        (header::REFERRER_POLICY, "same-origin"),
    ] {
        fields.insert(name, HeaderValue::from_static(value));
    }
    fields.insert(
        "cross-origin-opener-policy",
        HeaderValue::from_static("same-origin"),
    );
    response
}
