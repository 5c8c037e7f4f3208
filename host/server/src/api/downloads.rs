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
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use clio_host::Limits;
use clio_runner::aside::aside;
use clio_runner::call_failure;
use clio_runner::correlation;
use clio_runner::journal::api_keys::Right;
use clio_runner::run::call::{self, Component};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;

use super::calls;
use super::connections;
use crate::attachment::Attachment;
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
    let size = &result["size"];
    let attachment = Attachment {
        name: result["filename"].as_str().or(result["name"].as_str()),
        media_type: result["media_type"].as_str(),
        length: size.as_u64().or_else(|| size.as_str()?.parse().ok()),
    };
    attachment.answer(body)
}
