//! What a page loads: one style sheet, one script, one icon, all of our own.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use http::{HeaderName, header};

use crate::service::Service;

type File = ([(HeaderName, &'static str); 3], &'static str);

pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route(
            "/page.css",
            get(|| async { file("text/css", include_str!("assets/page.css")) }),
        )
        .route(
            "/page.js",
            get(|| async { file("text/javascript", include_str!("assets/page.js")) }),
        )
        .route(
            "/page.svg",
            get(|| async { file("image/svg+xml", include_str!("assets/page.svg")) }),
        )
}

fn file(media_type: &'static str, text: &'static str) -> File {
    let head = [
        (header::CONTENT_TYPE, media_type),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Another version of the service may answer next.
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (head, text)
}
