//! Answers requests for local content, as a small HTTP server would.
//!
//! It speaks what an action needs to pass a file on: GET and HEAD, one range
//! (RFC 9110), the length always, the digest where it is known (RFC 9530).
//!
//! What must stay true: bytes come from disk in pieces, never all at once; what
//! was announced is delivered, or the body ends in an error.

use std::future::Future;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use sha2::{Digest, Sha256};
use tokio::task::JoinHandle;
use wasmtime_wasi_http::{Error as WasiError, WasiBody};

use super::body::whole;
use super::content::{LocalContent, OpenFile, Source};
use super::ledger::{EgressFailure, Ledger};

/// How much is read from disk at once.
const PIECE: u64 = 256 * 1024;

/// Answers a request for `content`; `None`: no such content in this call.
pub(super) fn answer(
    content: Option<&LocalContent>,
    method: &Method,
    headers: &HeaderMap,
    ledger: &Arc<Ledger>,
) -> Response<WasiBody> {
    let Some(content) = content else {
        return refusal(StatusCode::NOT_FOUND);
    };
    if *method != Method::GET && *method != Method::HEAD {
        let mut refusal = refusal(StatusCode::METHOD_NOT_ALLOWED);
        let allow = HeaderValue::from_static("GET, HEAD");
        refusal.headers_mut().insert(header::ALLOW, allow);
        return refusal;
    }
    let whole_range = 0..content.length;
    let (status, range) = match (asked_range(headers, content.length), method) {
        (Asked::Part(range), &Method::GET) => (StatusCode::PARTIAL_CONTENT, range),
        (Asked::Nothing, &Method::GET) => {
            let mut refusal = refusal(StatusCode::RANGE_NOT_SATISFIABLE);
            set(
                &mut refusal,
                header::CONTENT_RANGE,
                &format!("bytes */{}", content.length),
            );
            return refusal;
        }
        // A range of a HEAD is ignored (RFC 9110, 14.2).
        _ => (StatusCode::OK, whole_range),
    };
    let body = match *method == Method::HEAD {
        true => whole(Bytes::new()),
        false => Reading::new(content, range.clone(), Arc::clone(ledger)).boxed_unsync(),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let fields = response.headers_mut();
    fields.insert(
        header::CONTENT_LENGTH,
        HeaderValue::from(range.end - range.start),
    );
    fields.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if status == StatusCode::PARTIAL_CONTENT {
        let (last, length) = (range.end - 1, content.length);
        let value = format!("bytes {}-{last}/{length}", range.start);
        set(&mut response, header::CONTENT_RANGE, &value);
    }
    if let Some(media_type) = &content.media_type {
        set(&mut response, header::CONTENT_TYPE, media_type);
    }
    if let Some(sha256) = &content.sha256 {
        let value = format!("sha-256=:{}:", STANDARD.encode(sha256));
        set(
            &mut response,
            header::HeaderName::from_static("repr-digest"),
            &value,
        );
    }
    response
}

fn refusal(status: StatusCode) -> Response<WasiBody> {
    let mut response = Response::new(whole(Bytes::new()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(0));
    response
}

/// Sets a field whose value may hold what no field may: then it is left out.
fn set(response: &mut Response<WasiBody>, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// What a request asks for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    /// All of it: no range, or one that is not understood (RFC 9110 has such a
    /// range ignored).
    All,
    /// One part, which is not empty.
    Part(Range<u64>),
    /// A part that does not exist.
    Nothing,
}

fn asked_range(headers: &HeaderMap, length: u64) -> Asked {
    let value = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok());
    let Some((first, last)) = value
        .and_then(|value| value.strip_prefix("bytes="))
        .and_then(|spec| spec.trim().split_once('-'))
    else {
        return Asked::All;
    };
    let number = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => text.parse::<u64>().ok(),
        false => None,
    };
    let range = match (first, last) {
        ("", last) => match number(last) {
            Some(count) => length.saturating_sub(count)..length,
            None => return Asked::All,
        },
        (first, "") => match number(first) {
            Some(first) => first..length,
            None => return Asked::All,
        },
        (first, last) => match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(length),
            _ => return Asked::All,
        },
    };
    match range.start < range.end {
        true => Asked::Part(range),
        false => Asked::Nothing,
    }
}

/// Content on its way to the guest.
struct Reading {
    source: Source,
    left: Range<u64>,
    pending: Option<JoinHandle<io::Result<Bytes>>>,
    /// The digest so far and the one to come to, when all of it is read.
    check: Option<(Sha256, [u8; 32])>,
    ledger: Arc<Ledger>,
}

impl Reading {
    fn new(content: &LocalContent, range: Range<u64>, ledger: Arc<Ledger>) -> Self {
        let all = range == (0..content.length);
        Self {
            source: content.source.clone(),
            left: range,
            pending: None,
            check: content
                .sha256
                .filter(|_| all)
                .map(|sha256| (Sha256::new(), sha256)),
            ledger,
        }
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Bytes>> {
        let size = PIECE.min(self.left.end - self.left.start);
        let from = self.left.start;
        if let Source::Memory(bytes) = &self.source {
            let end = (from + size) as usize;
            return Poll::Ready(Ok(bytes.slice(from as usize..end)));
        }
        let source = &self.source;
        let read = self.pending.get_or_insert_with(|| {
            let source = source.clone();
            tokio::task::spawn_blocking(move || source.read(from, size))
        });
        let piece = ready!(Pin::new(read).poll(cx));
        self.pending = None;
        Poll::Ready(piece.unwrap_or_else(|cause| Err(io::Error::other(cause))))
    }

    fn changed(&self) -> WasiError {
        self.ledger.fail(EgressFailure::ContentChanged);
        WasiError::HttpResponseIncomplete
    }
}

impl Source {
    /// Reads one piece. This may block.
    fn read(&self, from: u64, size: u64) -> io::Result<Bytes> {
        match self {
            Self::Memory(bytes) => Ok(bytes.slice(from as usize..(from + size) as usize)),
            Self::File(file) => read_piece(file, from, size),
            Self::Reader(reader) => {
                let piece = reader.read_at(from, size as usize)?;
                match piece.is_empty() || piece.len() as u64 > size {
                    true => Err(io::ErrorKind::UnexpectedEof.into()),
                    false => Ok(piece.into()),
                }
            }
        }
    }
}

impl LocalContent {
    /// The SHA-256 of its bytes: the one that was told, which who reads it is held
    /// to, or else of all of it, which is remembered. This may block.
    pub(crate) fn digested(&mut self) -> io::Result<[u8; 32]> {
        if let Some(told) = self.sha256 {
            return Ok(told);
        }
        let (mut digest, mut at) = (Sha256::new(), 0);
        while at < self.length {
            let piece = self.source.read(at, PIECE.min(self.length - at))?;
            at += piece.len() as u64;
            digest.update(&piece);
        }
        let sha256 = digest.finalize().into();
        self.sha256 = Some(sha256);
        Ok(sha256)
    }
}

/// Reads one piece of a file, and makes sure that the file is still the same
/// afterwards: else the piece may be of another state than those before it.
fn read_piece(open: &OpenFile, from: u64, size: u64) -> io::Result<Bytes> {
    let mut piece = vec![0; size as usize];
    let mut read = 0;
    while read < piece.len() {
        match read_at(&open.file, &mut piece[read..], from + read as u64)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => read += count,
        }
    }
    match open.is_unchanged() {
        true => Ok(piece.into()),
        false => Err(io::ErrorKind::InvalidData.into()),
    }
}

#[cfg(unix)]
fn read_at(file: &std::fs::File, piece: &mut [u8], from: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, piece, from)
}

#[cfg(windows)]
fn read_at(file: &std::fs::File, piece: &mut [u8], from: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, piece, from)
}

impl Body for Reading {
    type Data = Bytes;
    type Error = WasiError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, WasiError>>> {
        let this = self.get_mut();
        if this.left.is_empty() {
            return Poll::Ready(None);
        }
        let Ok(piece) = ready!(this.poll_piece(cx)) else {
            this.left.start = this.left.end;
            return Poll::Ready(Some(Err(this.changed())));
        };
        this.left.start += piece.len() as u64;
        this.ledger.moved(piece.len() as u64);
        if let Some((digest, expected)) = &mut this.check {
            digest.update(&piece);
            // The last piece is held back when it does not come to the digest.
            if this.left.is_empty() && digest.finalize_reset()[..] != expected[..] {
                return Poll::Ready(Some(Err(this.changed())));
            }
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.end - self.left.start)
    }
}

#[cfg(test)]
#[path = "tests/local.rs"]
mod tests;
