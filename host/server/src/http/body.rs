//! How much a request may send, and how slowly.
//!
//! What is too long is refused by its head where that says so, else where the bound
//! is passed. What comes too slowly holds a connection and a task, so a body that
//! trickles is ended, however little it is behind. Only the time counts in which we
//! wait for the other side: a body that waits for us is not slow.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use http_body::{Body as _, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

use super::problem::Problem;

/// The most bytes of a body: an input with a mebibyte of content in base64 fits.
const USUAL: u64 = 4 * 1024 * 1024;
/// The most of what Clio delivers, which is a record's few fields.
const DELIVERY: u64 = 1024 * 1024;
/// The most of a document, which is what Clio's storage takes in one request.
const CONTENT: u64 = 5 * 1024 * 1024 * 1024;

/// The most of what is sent to sign in, for which nobody has a key yet.
const SIGN_IN: u64 = 16 * 1024;

/// The routes by which more comes in, or less.
const ROUTES: [(&str, u64); 4] = [
    ("/sign-in", SIGN_IN),
    ("/hooks/{connection}/{nonce}", DELIVERY),
    ("/v1/connections/{connection}/cases", CONTENT),
    ("/v1/connections/{connection}/uploads", CONTENT),
];

/// A body comes at least so fast, in bytes a second.
const RATE: u64 = 8 * 1024;

/// What is wrong with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("the body is longer than this route takes")]
    TooLong,
    #[error("the body comes too slowly")]
    TooSlow,
}

impl Fault {
    fn problem(self, most: u64) -> Problem {
        let (status, code) = match self {
            Self::TooLong => (StatusCode::PAYLOAD_TOO_LARGE, "too_long"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "too_slow"),
        };
        let problem = Problem::new(status, code, self.to_string());
        match self {
            Self::TooLong => problem.with("most_bytes", most),
            Self::TooSlow => problem,
        }
    }
}

/// Bounds the body of a request. `wait` is for how long nothing may come of it.
pub(super) async fn layer(
    State(wait): State<Duration>,
    route: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let most = most(route.as_ref().map(MatchedPath::as_str));
    if request.body().size_hint().lower() > most {
        return closing(Fault::TooLong.problem(most));
    }
    let fault = Arc::new(OnceLock::new());
    let told = Arc::clone(&fault);
    let request = request.map(|body| Body::new(Bounded::new(body, most, wait, told)));
    let response = next.run(request).await;
    match fault.get() {
        // Whatever its reader made of it.
        Some(fault) => closing(fault.problem(most)),
        None => response,
    }
}

fn most(route: Option<&str>) -> u64 {
    let known = ROUTES.iter().find(|(path, _)| Some(*path) == route);
    known.map_or(USUAL, |(_, most)| *most)
}

/// The rest of the body is not waited for.
fn closing(problem: Problem) -> Response {
    let mut response = problem.into_response();
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

/// A body that ends when it is too long, or comes too slowly.
struct Bounded {
    body: Body,
    most: u64,
    wait: Duration,
    came: u64,
    /// How long was waited for the other side.
    waited: Duration,
    /// Since when it is waited for.
    since: Option<Instant>,
    sleep: Option<Pin<Box<Sleep>>>,
    fault: Arc<OnceLock<Fault>>,
}

impl Bounded {
    fn new(body: Body, most: u64, wait: Duration, fault: Arc<OnceLock<Fault>>) -> Self {
        Self {
            body,
            most,
            wait,
            came: 0,
            waited: Duration::ZERO,
            since: None,
            sleep: None,
            fault,
        }
    }

    /// For how long it is waited from now on: a while, and no more than what came
    /// so far leaves of the time that it may take.
    fn patience(&self) -> Duration {
        let allowed = self.wait + Duration::from_millis(self.came.saturating_mul(1000) / RATE);
        self.wait.min(allowed.saturating_sub(self.waited))
    }

    fn fail(&mut self, fault: Fault) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let _ = self.fault.set(fault);
        Poll::Ready(Some(Err(axum::Error::new(fault))))
    }
}

impl http_body::Body for Bounded {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(fault) = self.fault.get().copied() {
            return self.fail(fault);
        }
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) else {
            if self.since.is_none() {
                let now = Instant::now();
                let until = now + self.patience();
                self.since = Some(now);
                match &mut self.sleep {
                    Some(sleep) => sleep.as_mut().reset(until),
                    None => self.sleep = Some(Box::pin(tokio::time::sleep_until(until))),
                }
            }
            if let Some(sleep) = &mut self.sleep {
                ready!(sleep.as_mut().poll(context));
            }
            return self.fail(Fault::TooSlow);
        };
        if let Some(since) = self.since.take() {
            self.waited += since.elapsed();
        }
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            self.came = self.came.saturating_add(data.len() as u64);
            if self.came > self.most {
                return self.fail(Fault::TooLong);
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use futures_util::{StreamExt as _, stream};

    const WAIT: Duration = Duration::from_millis(200);

    /// What becomes of a body of so many pieces of so many bytes, each after a pause.
    async fn read(pieces: usize, bytes: usize, pause: Duration, most: u64) -> Option<Fault> {
        let pieces = stream::iter(0..pieces).then(move |_| async move {
            tokio::time::sleep(pause).await;
            Ok::<_, std::io::Error>(Bytes::from(vec![0; bytes]))
        });
        let fault = Arc::new(OnceLock::new());
        let body = Body::from_stream(pieces);
        let body = Body::new(Bounded::new(body, most, WAIT, Arc::clone(&fault)));
        let all = http_body_util::BodyExt::collect(body).await;
        assert_eq!(all.is_err(), fault.get().is_some());
        fault.get().copied()
    }

    #[tokio::test]
    async fn a_body_ends_where_it_is_too_long() {
        assert_eq!(read(4, 100, Duration::ZERO, 400).await, None);
        assert_eq!(
            read(4, 100, Duration::ZERO, 399).await,
            Some(Fault::TooLong)
        );
    }

    #[tokio::test]
    async fn a_body_that_stalls_or_trickles_ends_and_one_that_keeps_up_does_not() {
        assert_eq!(read(1, 1, WAIT * 10, 100).await, Some(Fault::TooSlow));
        // Never long between two, and never enough.
        let short = WAIT / 4;
        assert_eq!(read(20, 1, short, 100).await, Some(Fault::TooSlow));
        let enough = usize::try_from(RATE).unwrap();
        assert_eq!(read(20, enough, short, u64::MAX).await, None);
    }

    #[test]
    fn content_comes_in_by_its_routes_only() {
        assert_eq!(most(None), USUAL);
        assert_eq!(most(Some("/v1/runs")), USUAL);
        assert_eq!(most(Some(ROUTES[2].0)), CONTENT);
    }
}
