//! A run as it goes on, as server-sent events: `run` whenever it changed, and
//! `progress` with a line for people in between. The stream ends with the run.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use clio_runner::journal::api_keys::Right;
use futures_util::Stream;
use serde_json::json;
use tokio::sync::{broadcast, mpsc};
use tokio_stream::wrappers::ReceiverStream;

use super::runs;
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::service::{RunNews, Service};

/// How often the row is looked at that another process may change.
const LOOK: Duration = Duration::from_secs(1);
/// How often something is sent, for what stands between to keep the connection.
const ALIVE: Duration = Duration::from_secs(15);
/// How many events may wait for who follows.
const AHEAD: usize = 16;

pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new().route("/v1/runs/{id}/events", get(follow))
}

async fn follow(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let news = service.news.subscribe();
    runs::of(&service, &caller, &id, Right::Read).await?;
    let (sender, events) = mpsc::channel(AHEAD);
    tokio::spawn(async move {
        // Ends when nobody follows any more.
        let _ = tell(&service, &caller, &id, news, &sender).await;
    });
    let events = ReceiverStream::new(events);
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(ALIVE)))
}

/// Nobody follows, or what is to be told cannot be read.
struct Over;

async fn tell(
    service: &Service,
    caller: &Caller,
    id: &str,
    mut news: broadcast::Receiver<RunNews>,
    to: &mpsc::Sender<Result<Event, Infallible>>,
) -> Result<(), Over> {
    let mut told = None;
    loop {
        let known = service.journal.api_keys().map_err(|_| Over)?;
        if !known.iter().any(|key| key.id == caller.key.id) {
            return Err(Over);
        }
        let run = service.run(id).await.map_err(|_| Over)?.ok_or(Over)?;
        let state = (run.status, run.attempts, run.updated, run.cancel);
        if told != Some(state) {
            told = Some(state);
            let whole = runs::whole(service, &run).map_err(|_| Over)?;
            let event = Event::default().event("run").id(run.updated.to_string());
            send(to, event, &whole).await?;
        }
        if run.status.has_ended() {
            return Ok(());
        }
        loop {
            tokio::select! {
                // Who follows looks for the run elsewhere, or comes again.
                () = service.stop.cancelled() => return Ok(()),
                () = to.closed() => return Ok(()),
                () = tokio::time::sleep(LOOK) => break,
                heard = news.recv() => match heard {
                    Ok(heard) if heard.id != id => continue,
                    Ok(heard) if !heard.says.is_empty() => {
                        let event = Event::default().event("progress");
                        send(to, event, &json!({ "says": heard.says })).await?;
                    }
                    _ => break,
                },
            }
        }
    }
}

async fn send(
    to: &mpsc::Sender<Result<Event, Infallible>>,
    event: Event,
    data: &serde_json::Value,
) -> Result<(), Over> {
    // JSON holds no end of a line.
    let event = event.data(data.to_string());
    to.send(Ok(event)).await.map_err(|_| Over)
}
