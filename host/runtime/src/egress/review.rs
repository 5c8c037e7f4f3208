//! Holds the content that a call fetches against what machines made.
//!
//! Bytes at a URL are known only once all of them were read. So they are hashed on
//! their way to the guest, and what is at the end is held back until their digest is
//! known not to be a draft's: storage never gets the end of what nobody approved.
//! What is small is held whole, so that nothing at all is begun for it.
//!
//! What must stay true: of content that is refused, or of which nobody can tell, the
//! guest lacks the last byte.

use std::fmt;
use std::future::Future as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use sha2::{Digest as _, Sha256};
use tokio::task::JoinHandle;
use wasmtime_wasi_http::{Error as WasiError, WasiBody};

use super::body::whole;
use super::headers;
use super::ledger::{EgressFailure, Ledger};
use crate::reviews::{Made, Reviews, ReviewsError};

/// Content of at most this many bytes is held whole.
const HELD: u64 = 1024 * 1024;

/// What the content of one call is held against.
#[derive(Clone)]
pub(crate) struct ContentReview {
    pub(crate) reviews: Arc<dyn Reviews>,
    /// Whose call it is.
    pub(crate) account: String,
    /// The only bytes that may go, in a call that uploads an approved draft.
    pub(crate) approved: Option<[u8; 32]>,
}

impl fmt::Debug for ContentReview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContentReview").finish_non_exhaustive()
    }
}

/// What is said of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// They may go.
    Passes,
    /// A machine made them, and nobody approved that they go.
    MachineMade,
    /// They are not those that were approved.
    NotApproved,
}

impl ContentReview {
    /// What is said of bytes with this digest. This may block.
    pub(crate) fn of(&self, sha256: [u8; 32]) -> Result<Verdict, ReviewsError> {
        match self.approved {
            Some(approved) if approved == sha256 => Ok(Verdict::Passes),
            Some(_) => Ok(Verdict::NotApproved),
            None => {
                let made = Made::Bytes(sha256);
                Ok(match self.reviews.is_machine_made(&self.account, made)? {
                    true => Verdict::MachineMade,
                    false => Verdict::Passes,
                })
            }
        }
    }

    /// Asks for all of the content, as it is: of a part nobody knows whose it is.
    pub(super) fn ask_for_all(headers: &mut HeaderMap) {
        headers.remove(header::RANGE);
        headers.remove(header::IF_RANGE);
        let identity = HeaderValue::from_static("identity");
        headers.insert(header::ACCEPT_ENCODING, identity);
    }

    /// An answer with content on its way to the guest.
    pub(super) async fn review(
        self,
        method: &Method,
        answer: Response<WasiBody>,
        ledger: &Arc<Ledger>,
    ) -> Result<Response<WasiBody>, WasiError> {
        if *method == Method::HEAD {
            return Ok(answer);
        }
        let encoded = answer.headers().get(header::CONTENT_ENCODING);
        let plain =
            encoded.is_none_or(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"));
        if answer.status() == StatusCode::PARTIAL_CONTENT || !plain {
            ledger.fail(EgressFailure::NotReviewable);
            return Err(WasiError::HttpRequestDenied);
        }
        let length = headers::content_length(answer.headers());
        let small = length.is_ok_and(|length| length.is_some_and(|length| length <= HELD));
        let (parts, body) = answer.into_parts();
        let reviewed = Reviewed::new(body, self, Arc::clone(ledger));
        let body = match small {
            true => whole(reviewed.collect().await?.to_bytes()),
            false => reviewed.boxed_unsync(),
        };
        Ok(Response::from_parts(parts, body))
    }
}

/// Content that is hashed on its way, its end held back.
struct Reviewed {
    body: WasiBody,
    digest: Sha256,
    /// What was read last.
    held: Option<Bytes>,
    review: ContentReview,
    asking: Option<JoinHandle<Result<Verdict, ReviewsError>>>,
    ended: bool,
    ledger: Arc<Ledger>,
}

impl Reviewed {
    fn new(body: WasiBody, review: ContentReview, ledger: Arc<Ledger>) -> Self {
        Self {
            body,
            digest: Sha256::new(),
            held: None,
            review,
            asking: None,
            ended: false,
            ledger,
        }
    }

    fn refused(&mut self, failure: EgressFailure) -> Poll<Option<Result<Frame<Bytes>, WasiError>>> {
        self.ended = true;
        self.held = None;
        self.ledger.fail(failure);
        Poll::Ready(Some(Err(WasiError::HttpResponseIncomplete)))
    }
}

impl Body for Reviewed {
    type Data = Bytes;
    type Error = WasiError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, WasiError>>> {
        let this = self.get_mut();
        while !this.ended && this.asking.is_none() {
            match ready!(Pin::new(&mut this.body).poll_frame(cx)) {
                Some(Err(error)) => {
                    this.ended = true;
                    return Poll::Ready(Some(Err(error)));
                }
                Some(Ok(frame)) => {
                    // What comes behind the content is none of it.
                    let Ok(data) = frame.into_data() else {
                        continue;
                    };
                    if data.is_empty() {
                        continue;
                    }
                    this.digest.update(&data);
                    if let Some(before) = this.held.replace(data) {
                        return Poll::Ready(Some(Ok(Frame::data(before))));
                    }
                }
                None => {
                    let sha256 = this.digest.finalize_reset().into();
                    let review = this.review.clone();
                    this.asking = Some(tokio::task::spawn_blocking(move || review.of(sha256)));
                }
            }
        }
        let Some(asking) = &mut this.asking else {
            return Poll::Ready(None);
        };
        let told = ready!(Pin::new(asking).poll(cx));
        this.asking = None;
        let told = told.unwrap_or_else(|error| Err(ReviewsError(error.to_string())));
        match told {
            Ok(Verdict::Passes) => {
                this.ended = true;
                Poll::Ready(this.held.take().map(|data| Ok(Frame::data(data))))
            }
            Ok(Verdict::MachineMade) => this.refused(EgressFailure::MachineMade),
            Ok(Verdict::NotApproved) => this.refused(EgressFailure::NotApproved),
            Err(error) => this.refused(EgressFailure::Reviews(error.to_string())),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ended && self.asking.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

#[cfg(test)]
#[path = "tests/review.rs"]
mod tests;
