//! Events as they come (server-sent events). Who comes back says which one was the
//! last (`Last-Event-ID`), and gets those that came since.
//!
//! What must stay true: it ends when the key is taken away, or when the connection
//! leads to another account.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::Sse;
use axum::response::sse::{Event as Sent, KeepAlive};
use clio_runner::journal::events::Event;
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::broadcast;
use tokio::time::Instant;

use super::out;
use crate::service::{RunNews, Service};

/// How often it is looked for the events that other processes add.
const LOOK: Duration = Duration::from_secs(1);
/// How often it is looked whether they may still be followed.
const CHECK: Duration = Duration::from_secs(5);
/// How many are read at once.
const MOST: u32 = 100;

/// Whose events are followed, and by which key.
#[derive(Debug)]
pub(super) struct Followed {
    pub(super) connection: String,
    pub(super) owner: String,
    pub(super) key: String,
}

#[derive(Debug)]
struct Following {
    service: Arc<Service>,
    news: broadcast::Receiver<RunNews>,
    of: Followed,
    after: i64,
    read: VecDeque<Event>,
    checked: Instant,
}

/// The events after one.
pub(super) fn events(
    service: Arc<Service>,
    of: Followed,
    after: i64,
) -> Sse<impl Stream<Item = Result<Sent, Infallible>>> {
    let following = Following {
        news: service.news.subscribe(),
        service,
        of,
        after,
        read: VecDeque::new(),
        checked: Instant::now(),
    };
    let stream = unfold(following, |mut following| async move {
        let event = following.next().await?;
        let sent = Sent::default()
            .id(&event.id)
            .event(&event.kind)
            .data(out::as_json(&event).to_string());
        Some((Ok(sent), following))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

impl Following {
    /// The next event; none where it ends.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.read.pop_front() {
                self.after = event.seq;
                return Some(event);
            }
            if self.checked.elapsed() >= CHECK {
                self.checked = Instant::now();
                if !self.may().await {
                    return None;
                }
            }
            let (of, journal) = (&self.of, &self.service.journal);
            match journal.events_after(&of.connection, &of.owner, self.after, MOST) {
                Ok(read) if !read.is_empty() => {
                    self.read = read.into();
                    continue;
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(%error, "events cannot be read");
                    return None;
                }
            }
            tokio::select! {
                () = self.service.stop.cancelled() => return None,
                () = tokio::time::sleep(LOOK) => {}
                () = told(&mut self.news, &self.of.connection) => {}
            }
        }
    }

    async fn may(&self) -> bool {
        let keys = self.service.journal.api_keys();
        let known = keys.is_ok_and(|keys| keys.iter().any(|key| key.id == self.of.key));
        let owner = self.service.owner(&self.of.connection).await;
        known && owner.is_ok_and(|owner| owner.as_deref() == Some(self.of.owner.as_str()))
    }
}

/// Returns when something of the connection was told in this process.
async fn told(news: &mut broadcast::Receiver<RunNews>, connection: &str) {
    loop {
        match news.recv().await {
            Ok(news) if news.connection != connection => {}
            Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}
