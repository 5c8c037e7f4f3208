//! Content that goes out: a document's bytes, in pieces as Clio's storage sends
//! them.
//!
//! This one is no run: its bytes go to who asks, or nowhere, and it changes
//! nothing. It stands in the audit as any call does.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use bytes::Bytes;
use clio_host::Limits;
use clio_runner::aside::aside;
use clio_runner::call_failure;
use clio_runner::correlation;
use clio_runner::journal::api_keys::Right;
use clio_runner::run::call::{self, Component};
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;

use super::calls;
use super::connections;
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::service::Service;

const ACTION: &str = "read-document";
/// How long who reads may take for one piece.
const PIECE: Duration = Duration::from_secs(60);
/// How long all of it may take. Of one that stands still, the above is the end.
const WHOLE: Duration = Duration::from_secs(6 * 60 * 60);
/// How many pieces may wait for who reads.
const AHEAD: usize = 4;

pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new().route(
        "/v1/connections/{connection}/documents/{id}/content",
        get(content),
    )
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Asked {
    version: Option<u64>,
}

async fn content(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path((connection, id)): Path<(String, String)>,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Problem> {
    caller.may(Right::Read, &connection)?;
    let Ok(id) = id.parse::<u64>() else {
        return Err(Problem::not_found("document of that id"));
    };
    let Ok(Query(Asked { version })) = asked else {
        return Err(Problem::invalid("the query has a version's id, or nothing"));
    };
    connections::owner(&service, &connection).await?;
    let of = match version {
        None => json!({ "document": id }),
        Some(version) => json!({"version": {"document": id, "version": version}}),
    };
    let input = json!({"of": of, "content": "url"});
    let session = service.session(&connection).await?;
    let host = session.plain_host()?;
    let loader = host.clone();
    let action = Component::Ours(ACTION.to_owned());
    let action = aside(move || call::load(&loader, &action)).await?;
    let action = match action {
        Ok(action) => action,
        Err(error) => return Err(calls::failed("failed", call::not_loaded(&error).told)),
    };
    let (sender, pieces) = mpsc::channel::<io::Result<Bytes>>(AHEAD);
    let (tell, told) = oneshot::channel::<Value>();
    let to = sender.clone();
    let made = host
        .call(&session.account.connection)
        .limits(Limits {
            deadline: WHOLE,
            ..Limits::default()
        })
        .correlation(correlation::new()?)
        .content_through(move |piece| {
            let to = to.clone();
            async move {
                let taken = tokio::time::timeout(PIECE, to.send(Ok(piece))).await;
                match taken {
                    Ok(Ok(())) => Ok(()),
                    _ => Err(io::Error::other("nobody reads any more")),
                }
            }
        })
        .on_result(move |result| {
            let _ = tell.send(result.clone());
        });
    let (broken, fails) = oneshot::channel();
    tokio::spawn(async move {
        let result = made.invoke(&action, None, input).await;
        if let Err(error) = result {
            // Who has begun to read sees that it broke off.
            let _ = sender
                .send(Err(io::Error::other("the content did not arrive whole")))
                .await;
            let _ = broken.send(error);
        }
        drop(session);
    });
    let Ok(result) = told.await else {
        let Ok(error) = fails.await else {
            return Err(Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "failed",
                "the call was lost",
            ));
        };
        let mut told = error.to_json();
        let failure = call_failure::of_run(&error);
        told["message"] = failure.what().into();
        told["next"] = failure.next_step().into();
        return Err(calls::failed(&error.code(), told));
    };
    let body = Body::from_stream(ReceiverStream::new(pieces));
    Ok(answer(&result, body))
}

fn answer(result: &Value, body: Body) -> Response {
    let mut answer = body.into_response();
    let headers = answer.headers_mut();
    let mut set = |name: header::HeaderName, value: &str| {
        // What a field cannot hold is left out.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    let media_type = result["media_type"].as_str();
    set(
        header::CONTENT_TYPE,
        media_type.unwrap_or("application/octet-stream"),
    );
    // Of a stranger's making: a browser keeps it, and runs nothing of it.
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::CONTENT_SECURITY_POLICY, "sandbox");
    let name = result["filename"].as_str().or(result["name"].as_str());
    set(header::CONTENT_DISPOSITION, &disposition(name));
    let size = result["size"].as_u64().map(|size| size.to_string());
    let size = size.as_deref().or(result["size"].as_str());
    if let Some(size) = size {
        set(header::CONTENT_LENGTH, size);
    }
    answer
}

/// A download under its name (RFC 6266, RFC 8187).
fn disposition(name: Option<&str>) -> String {
    let Some(name) = name else {
        return "attachment".to_owned();
    };
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leaves_no_room_for_another_field() {
        assert_eq!(
            disposition(Some("Vertrag „a\".pdf\r\nX: y")),
            "attachment; filename*=UTF-8''Vertrag%20%E2%80%9Ea%22.pdf%0D%0AX%3A%20y"
        );
        assert_eq!(disposition(None), "attachment");
    }
}
