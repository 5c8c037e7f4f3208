//! Drafts that machines made: added for a person's review, and decided on.
//!
//! What must stay true: a person decides, through a key that has the right to approve;
//! no other right stands in for it, and nothing that a call says does. What is approved
//! are the bytes that lie here, which never change.

use std::io::{Cursor, Read};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use clio_runner::aside::aside;
use clio_runner::digest::Digest;
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::journal::api_keys::Right;
use clio_runner::journal::drafts::{Draft, DraftFilter, Status};
use clio_runner::journal::instant;
use clio_runner::journal::machine_made::Made;
use clio_runner::review::{self, NewDraft, Verdict};
use clio_runner::run::place;
use clio_runner::vault;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::asked;
use super::connections::owner;
use crate::attachment::Attachment;
use crate::drafts::{self, Desk};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::service::Service;
use crate::uploads;

/// How many drafts are listed where nobody says, and the most.
const LISTED: (u32, u32) = (50, 200);
/// The most bytes of a template.
const MOST_TEMPLATE: u64 = 32 * 1024 * 1024;

pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/v1/connections/{connection}/drafts", get(list).post(add))
        .route("/v1/connections/{connection}/drafts/{id}", get(one))
        .route(
            "/v1/connections/{connection}/drafts/{id}/content",
            get(content),
        )
        .route(
            "/v1/connections/{connection}/drafts/{id}/approve",
            post(approve),
        )
        .route(
            "/v1/connections/{connection}/drafts/{id}/reject",
            post(reject),
        )
}

/// A draft as it is listed.
fn summary(draft: &Draft) -> Value {
    let about = &draft.about;
    let mut told = json!({
        "id": draft.id,
        "connection": draft.connection,
        "status": draft.status,
        "matter": about.matter,
        "name": about.name,
        "length": about.length,
        "sha256": about.sha256,
        "made_by": about.made_by,
        "created": instant(draft.created),
        "expires": instant(about.expires),
    });
    if let Some(document) = about.version_of {
        told["version_of"] = document.into();
    }
    if !about.media_type.is_empty() {
        told["media_type"] = about.media_type.as_str().into();
    }
    if let Some(decision) = &draft.decision {
        told["decided"] = json!({"by": decision.by, "at": instant(decision.at)});
        if !decision.reason.is_empty() {
            told["decided"]["reason"] = decision.reason.as_str().into();
        }
    }
    if let Some(document) = draft.document {
        told["document"] = document.into();
    }
    told
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    status: Option<Status>,
    /// The id of the draft before which the list goes on.
    before: Option<String>,
    limit: Option<u32>,
}

async fn list(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path(connection): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    caller.may(Right::Read, &connection)?;
    let Query(asked) = asked.map_err(|error| Problem::invalid(error.body_text()))?;
    let (usual, most) = LISTED;
    let limit = asked.limit.unwrap_or(usual);
    if !(1..=most).contains(&limit) {
        return Err(Problem::invalid(format!(
            "limit is a number from 1 to {most}"
        )));
    }
    let desk = desk(&service, &connection).await?;
    let before = match &asked.before {
        Some(id) => Some(known(&service, &desk, id)?.seq),
        None => None,
    };
    let filter = DraftFilter {
        status: asked.status,
        before,
        limit,
        ..DraftFilter::default()
    };
    let found = drafts::list(&service, &desk, filter)?;
    let mut told = json!({ "drafts": found.iter().map(summary).collect::<Vec<_>>() });
    if let Some(last) = found.last()
        && u32::try_from(found.len()) == Ok(limit)
    {
        told["before"] = last.id.as_str().into();
    }
    Ok(Json(told))
}

/// A draft to be, as it is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    #[serde(deserialize_with = "id")]
    matter: u64,
    #[serde(default, deserialize_with = "maybe_id")]
    version_of: Option<u64>,
    name: String,
    content: Value,
    #[serde(default)]
    template: Option<Value>,
    #[serde(default)]
    made_by: String,
    /// In how many seconds it expires. Absent: as late as it may.
    #[serde(default)]
    expires_in: Option<u64>,
}

/// An id of Clio's: a number, or digits in a text.
fn id<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    let value = Value::deserialize(from)?;
    let id = value.as_u64().or_else(|| value.as_str()?.parse().ok());
    id.ok_or_else(|| serde::de::Error::custom("an id in Clio is a number"))
}

fn maybe_id<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    let value = Value::deserialize(from)?;
    match value {
        Value::Null => Ok(None),
        value => id(value).map(Some).map_err(serde::de::Error::custom),
    }
}

async fn add(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path(connection): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Problem> {
    caller.may(Right::Write, &connection)?;
    let input = asked::json(&headers, body).await?;
    let new: New = serde_json::from_value(input.clone())
        .map_err(|error| Problem::invalid(format!("that is no draft: {error}")))?;
    let owner = owner(&service, &connection).await?;
    let mut content = None;
    let mut template = None;
    for opened in uploads::opened(&service, &connection, &input)? {
        let place = opened.place;
        let bytes = Source {
            sha256: place.sha256,
            media_type: place.media_type.unwrap_or_default(),
            bytes: Box::new(opened.file.into_handle()),
        };
        match place.at.as_str() {
            "/content" => content = Some(bytes),
            "/template" => template = Some(bytes),
            _ => {}
        }
    }
    let content = match content {
        Some(content) => content,
        None => inline("/content", &new.content)?,
    };
    let template = match (template, &new.template) {
        (None, Some(given)) if !given.is_null() => Some(inline("/template", given)?),
        (template, _) => template,
    };
    let template = drafts::read(move || template.map(text_of).transpose())
        .await??
        .flatten();
    if let Some(document) = new.version_of {
        let session = service.session(&connection).await?;
        place::is_there(&session, new.matter, document).await?;
    }
    let by = maker(&service, &owner, &content.sha256, &new.made_by, &caller)?;
    let adding = Arc::clone(&service);
    let (draft, is_new) = aside(move || {
        let draft = NewDraft {
            owner: &owner,
            connection: &connection,
            matter: new.matter,
            version_of: new.version_of,
            name: &new.name,
            media_type: &content.media_type,
            made_by: &by,
            template: template.as_deref(),
            life: new.expires_in.map(Duration::from_secs),
        };
        review::add(&adding.home, &adding.journal, &draft, content.bytes)
    })
    .await??;
    let status = match is_new {
        true => StatusCode::CREATED,
        // It waits, is approved or stands in Clio already.
        false => StatusCode::OK,
    };
    Ok((status, Json(summary(&draft))))
}

/// Where bytes come from, and what is known of them.
struct Source {
    sha256: Digest,
    media_type: String,
    bytes: Box<dyn Read + Send>,
}

fn inline(at: &str, content: &Value) -> Result<Source, Problem> {
    let wrong = || {
        Problem::invalid(format!(
            "{at}/source is {{\"upload\": \"ID\"}} or {{\"inline\": \"BASE64\"}}"
        ))
    };
    let text = content["source"]["inline"].as_str().ok_or_else(wrong)?;
    let bytes = BASE64_STANDARD.decode(text).map_err(|_| wrong())?;
    Ok(Source {
        sha256: Digest::of(&bytes),
        media_type: content["media_type"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        bytes: Box::new(Cursor::new(bytes)),
    })
}

/// The text of a template.
fn text_of(template: Source) -> Result<Option<String>, Problem> {
    let mut bytes = Vec::new();
    let most = MOST_TEMPLATE + 1;
    let read = template.bytes.take(most).read_to_end(&mut bytes);
    if read.is_err() || bytes.len() as u64 == most {
        return Err(Problem::invalid(format!(
            "/template/source cannot be read, or has more than {MOST_TEMPLATE} bytes"
        )));
    }
    Ok(review::template_text(&bytes))
}

/// What made the bytes: what is known here, else what the caller says, else the key.
fn maker(
    service: &Service,
    owner: &str,
    sha256: &Digest,
    said: &str,
    caller: &Caller,
) -> Result<String, Failure> {
    let known = service.journal.made_by(owner, Made::Bytes(sha256.0))?;
    Ok(match (known, said.trim()) {
        (Some(known), _) => known,
        (None, "") => format!("the key {}", caller.key.name),
        (None, said) => said.to_owned(),
    })
}

/// Who comes by a connection.
async fn desk(service: &Service, connection: &str) -> Result<Desk, Problem> {
    let owner = owner(service, connection).await?;
    let (_, contents) = vault::read(&service.home).await?;
    Ok(Desk::of(&contents, connection, owner))
}

/// A draft of the connection.
fn known(service: &Service, desk: &Desk, id: &str) -> Result<Draft, Problem> {
    let draft = drafts::one(service, desk, id)?;
    draft.ok_or_else(|| Problem::not_found("draft of that id"))
}

async fn one(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path((connection, id)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    caller.may(Right::Read, &connection)?;
    let desk = desk(&service, &connection).await?;
    let draft = known(&service, &desk, &id)?;
    Ok(Json(summary(&draft)))
}

async fn content(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path((connection, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    caller.may(Right::Read, &connection)?;
    let desk = desk(&service, &connection).await?;
    let draft = known(&service, &desk, &id)?;
    let body = drafts::body(&service, &draft).await?;
    let attachment = Attachment {
        name: Some(&draft.about.name),
        media_type: Some(&draft.about.media_type),
        length: Some(draft.about.length),
    };
    Ok(attachment.answer(body))
}

/// What a person decides.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Decided {
    /// Who they are, beside the key that they use.
    #[serde(default)]
    name: String,
    /// Of the bytes that they have read. To approve it is needed.
    #[serde(default)]
    sha256: Option<String>,
    #[serde(default)]
    reason: String,
}

async fn approve(
    state: State<Arc<Service>>,
    caller: Caller,
    path: Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Problem> {
    decide(state, caller, path, &headers, body, true).await
}

async fn reject(
    state: State<Arc<Service>>,
    caller: Caller,
    path: Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Problem> {
    decide(state, caller, path, &headers, body, false).await
}

async fn decide(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path((connection, id)): Path<(String, String)>,
    headers: &HeaderMap,
    body: Body,
    approves: bool,
) -> Result<Json<Value>, Problem> {
    caller.may(Right::Approve, &connection)?;
    let input = asked::json(headers, body).await?;
    let decided: Decided = serde_json::from_value(input)
        .map_err(|error| Problem::invalid(format!("that is no decision: {error}")))?;
    if approves && decided.sha256.is_none() {
        return Err(Problem::invalid(
            "an approval is for exact bytes: give the sha256 of those that were read",
        ));
    }
    let desk = desk(&service, &connection).await?;
    known(&service, &desk, &id)?;
    let verdict = Verdict {
        approves,
        by: &drafts::approver(&decided.name, &caller.key.name),
        seen: decided.sha256.as_deref(),
        reason: &decided.reason,
    };
    let draft = review::decide(&service.journal, &desk.owner, &id, verdict);
    let draft = draft.map_err(|failure| match failure.exit() {
        Exit::Permanent => Problem::new(StatusCode::CONFLICT, "conflict", failure.what())
            .with("next", failure.next_step()),
        _ => failure.into(),
    })?;
    Ok(Json(summary(&draft)))
}
