//! One exchange with the API or the storage, and what faults do to it.

use std::net::TcpStream;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::{Request, Response};

use crate::answer::{Answer, ApiError};
use crate::api::{self, ApiRequest};
use crate::clock::http_date;
use crate::fault::{Effect, FaultAnswer, FaultBody};
use crate::oauth::{self, OAuthRequest};
use crate::state::Shared;
use crate::storage::{self, Admitted, StorageRequest};
use crate::switches::Handshake;
use crate::trace::{Body, Origin};
use crate::world::Object;

/// The most bytes a body of the API may have.
const API_BODY: usize = 10 << 20;

/// The connection is to be closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed by a fault")]
pub(crate) struct Closed;

pub(crate) type Sent = UnsyncBoxBody<Bytes, Closed>;

/// Serves one request of the API or the storage.
pub(crate) async fn exchange(
    shared: &Shared,
    socket: &TcpStream,
    origin: Origin,
    request: Request<Incoming>,
) -> Result<Response<Sent>, Closed> {
    let (head, body) = request.into_parts();
    let (number, effect) = {
        let mut state = shared.lock();
        let now = state.world.clock.now();
        let number = state.trace.open(now, origin, &head);
        let effect = state
            .faults
            .strike(origin, head.method.as_str(), head.uri.path());
        if let Some(effect) = &effect {
            state.trace.amend(number, |e| e.fault = Some(effect.name()));
        }
        (number, effect)
    };
    match &effect {
        Some(Effect::Reset) => {
            // With no time to linger, closing resets.
            if let Err(error) =
                socket2::SockRef::from(socket).set_linger(Some(std::time::Duration::ZERO))
            {
                tracing::debug!(%error, "the connection is closed instead of reset");
            }
            return Err(Closed);
        }
        Some(Effect::Delay { by }) => tokio::time::sleep(*by).await,
        _ => {}
    }

    let instead = effect.as_ref().and_then(|e| instead(origin, e));
    let mut answer = match origin {
        Origin::Api => serve_api(shared, number, head, body, instead, effect.as_ref()).await?,
        Origin::Storage => serve_storage(shared, number, head, body, instead).await?,
    };
    let mut cut = None;
    match effect {
        Some(Effect::AnswerLost) => return Err(Closed),
        Some(Effect::HoldAnswer { by }) => tokio::time::sleep(by).await,
        Some(Effect::AppliedThen(fault)) => answer = answer_of(origin, &fault),
        Some(Effect::CutAfter { bytes }) => cut = Some(bytes),
        Some(Effect::MalformedJson) => {
            let half = answer.body.len() / 2;
            answer.body.truncate(half);
        }
        _ => {}
    }
    {
        let mut state = shared.lock();
        answer.set("Date", &http_date(state.world.clock.now()));
        let status = answer.status.as_u16();
        state.trace.amend(number, |e| e.status = Some(status));
    }
    Ok(respond(answer, cut))
}

async fn serve_api(
    shared: &Shared,
    number: u64,
    head: http::request::Parts,
    body: Incoming,
    instead: Option<Answer>,
    effect: Option<&Effect>,
) -> Result<Answer, Closed> {
    let bytes = match http_body_util::Limited::new(body, API_BODY).collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            return Ok(Answer::html(413, "Request Entity Too Large"));
        }
        // The client went away in the middle of its request.
        Err(_) => return Err(Closed),
    };
    if let Some(path) = head.uri.path().strip_prefix("/oauth") {
        // Only length and digest of a form are kept: it holds secrets.
        let traced = storage::traced(&Object::of(bytes.clone()));
        let mut state = shared.lock();
        state.trace.amend(number, |e| e.body = traced);
        let request = OAuthRequest {
            method: head.method.as_str(),
            path,
            query: head.uri.query().unwrap_or(""),
            headers: &head.headers,
            body: &bytes,
        };
        return Ok(instead.unwrap_or_else(|| oauth::serve(&mut state, &request)));
    }
    let json_type = head
        .headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.contains("json"));
    let json = if json_type {
        serde_json::from_slice::<serde_json::Value>(&bytes).ok()
    } else {
        None
    };
    let traced = match &json {
        Some(json) => Body::Json(json.clone()),
        None => storage::traced(&Object::of(bytes)),
    };
    if let Some(answer) = instead {
        let mut state = shared.lock();
        state.trace.amend(number, |e| e.body = traced);
        return Ok(answer);
    }
    // A change that changes nothing is answered as a look is.
    let unchanged = matches!(effect, Some(Effect::Unchanged))
        && matches!(head.method.as_str(), "PATCH" | "PUT");
    let method = if unchanged {
        "GET"
    } else {
        head.method.as_str()
    };
    let request = ApiRequest {
        exchange: number,
        method: method.to_owned(),
        path: head.uri.path().to_owned(),
        query: crate::query::decode(head.uri.query().unwrap_or("")),
        headers: head.headers,
        body: json,
        upload_timeout: matches!(effect, Some(Effect::UploadTimeout)),
    };
    let (answer, early) = {
        let mut state = shared.lock();
        state.trace.amend(number, |e| e.body = traced);
        let answer = api::serve(&mut state, &shared.description, &request);
        (
            answer,
            state.world.switches.handshake == Handshake::BeforeAnswer,
        )
    };
    if early && answer.status == 201 && request.path.contains("/webhooks") {
        shaken(shared, &answer).await;
    }
    Ok(answer)
}

/// Holds the answer to a new webhook until its handshake was tried.
async fn shaken(shared: &Shared, answer: &Answer) {
    let made: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let Some(id) = made["data"]["id"].as_u64() else {
        return;
    };
    for _ in 0..3000 {
        if !shared.lock().webhooks.shaking(id) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
}

async fn serve_storage(
    shared: &Shared,
    number: u64,
    head: http::request::Parts,
    body: Incoming,
    instead: Option<Answer>,
) -> Result<Answer, Closed> {
    let request = StorageRequest {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: crate::query::decode(head.uri.query().unwrap_or("")),
        headers: head.headers,
    };
    let (admitted, caps) = {
        let world = &shared.present().world;
        let admitted = match instead {
            Some(answer) => Admitted::Answer(answer),
            None => storage::admit(world, &request),
        };
        (admitted, world.caps)
    };
    // The body is read to its end in any case: a client that still sends would
    // not see an answer before the connection closes under it.
    let received = storage::receive(body, caps).await;
    let mut state = shared.lock();
    state
        .trace
        .amend(number, |e| e.body = storage::traced(&received.object));
    match admitted {
        _ if !received.complete => Err(Closed),
        Admitted::Answer(answer) => Ok(answer),
        Admitted::Put(key) => {
            state.trace.amend(number, |e| e.applied = true);
            Ok(storage::store(&mut state.world, &key, received.object))
        }
    }
}

/// The answer of a fault that keeps a request from being served.
fn instead(origin: Origin, effect: &Effect) -> Option<Answer> {
    Some(match effect {
        Effect::Answer(fault) => answer_of(origin, fault),
        Effect::Maintenance => Answer::html(503, "Scheduled maintenance"),
        Effect::WrappedRateLimit { seconds } => {
            let text = format!("Rate limit exceeded. Retry in {seconds} seconds.");
            api::wrapped(200, &text)
        }
        _ => return None,
    })
}

fn answer_of(origin: Origin, fault: &FaultAnswer) -> Answer {
    let mut answer = match &fault.body {
        FaultBody::Json if origin == Origin::Storage => {
            Answer::xml(fault.status, "InternalError", "A fault of the sandbox")
        }
        FaultBody::Json => ApiError::new(
            fault.status,
            if fault.status == 429 {
                "RateLimited"
            } else {
                "ServerError"
            },
            "A fault of the sandbox",
        )
        .answer(),
        FaultBody::Html => Answer::html(fault.status, "A fault of the sandbox"),
        FaultBody::Empty => Answer::empty(fault.status),
        FaultBody::Text(text) => Answer::text(
            fault.status,
            "application/json; charset=utf-8",
            text.clone(),
        ),
    };
    for (name, value) in &fault.headers {
        answer.set(name, value);
    }
    answer
}

pub(crate) fn respond(answer: Answer, cut: Option<usize>) -> Response<Sent> {
    let length = answer.body.len();
    let body = match cut {
        Some(bytes) if bytes < length => cut_body(answer.body.slice(..bytes)),
        _ => Full::new(answer.body)
            .map_err(|never| match never {})
            .boxed_unsync(),
    };
    let mut response = Response::new(body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    if cut.is_some() {
        // The whole length, so that the peer can tell it was cut.
        response
            .headers_mut()
            .insert(http::header::CONTENT_LENGTH, length.into());
    }
    response
}

/// A body that breaks off after these bytes.
fn cut_body(head: Bytes) -> Sent {
    let frames = futures_util::stream::unfold(Some(head), |state| async move {
        match state {
            Some(head) if !head.is_empty() => Some((Ok(Frame::data(head)), Some(Bytes::new()))),
            Some(_) => {
                // Time for what was sent to arrive before the connection goes.
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                Some((Err(Closed), None))
            }
            None => None,
        }
    });
    StreamBody::new(frames).boxed_unsync()
}
