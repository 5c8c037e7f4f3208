//! Content that comes in: the body of one request, in pieces to the disk.

use std::sync::Arc;

use axum::body::{Body, HttpBody as _};
use axum::extract::{Path, State};
use axum::routing::post;
use axum::{Json, Router};
use clio_runner::journal::api_keys::Right;
use clio_runner::journal::instant;
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use super::connections;
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::service::Service;
use crate::uploads::Writing;

/// How many times the most of one upload a connection may have lying there.
const TIMES: u64 = 4;

pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new().route("/v1/connections/{connection}/uploads", post(upload))
}

async fn upload(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path(connection): Path<String>,
    headers: HeaderMap,
    mut body: Body,
) -> Result<(StatusCode, Json<Value>), Problem> {
    caller.may(Right::Write, &connection)?;
    connections::owner(&service, &connection).await?;
    let media_type = media_type(&headers)?;
    let most = service.settings.file.most_upload();
    let all = most.saturating_mul(TIMES);
    let room = all.saturating_sub(service.journal.uploaded_bytes(&connection)?);
    let too_many = || {
        let detail = "the connection has too many uploads lying here; what no run needs goes a day \
                      after it came";
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_many", detail)
    };
    let too_large = |length: u64| {
        if length > most {
            let detail = format!("an upload has at most {most} bytes here");
            return Err(Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                detail,
            ));
        }
        if length > room {
            return Err(too_many());
        }
        Ok(())
    };
    // Before anything is read, where it is said.
    too_large(body.size_hint().lower())?;
    let writing = Writing::begin(&service.home)?;
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "incomplete",
                "the body did not arrive whole",
            )
        })?;
        let Ok(piece) = frame.into_data() else {
            continue;
        };
        length += piece.len() as u64;
        too_large(length)?;
        if !writing.take(piece).await {
            break;
        }
    }
    let written = writing.end().await?;
    let kept = written.keep(&service, &connection, media_type, all);
    let upload = kept.await?.ok_or_else(too_many)?;
    let told = json!({
        "id": upload.id,
        "length": upload.length,
        "sha256": upload.sha256,
        "media_type": Some(&upload.media_type).filter(|it| !it.is_empty()),
        "expires": instant(upload.expires),
    });
    Ok((StatusCode::CREATED, Json(told)))
}

/// What the bytes are said to be, as Clio is told.
fn media_type(headers: &HeaderMap) -> Result<String, Problem> {
    let Some(given) = headers.get(header::CONTENT_TYPE) else {
        return Ok(String::new());
    };
    let given = given.to_str().unwrap_or_default().trim();
    let printable = given.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if given.len() > 255 || !printable || !given.contains('/') {
        return Err(Problem::invalid(
            "the Content-Type is no media type such as application/pdf",
        ));
    }
    // What says nothing is for Clio to tell by the document's name.
    Ok(match given {
        "application/octet-stream" => String::new(),
        given => given.to_owned(),
    })
}
