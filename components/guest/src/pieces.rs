//! Bytes as a host hands them out, turned into bytes that can be relied on.
//!
//! A host may hand out more than it was asked for, end a cut answer as if it
//! were whole, or fall silent. So what is too much is kept for the next read,
//! the end is held against the length that was announced, and silence has an
//! end.

use alloc::vec::Vec;

use clio_api::{Content, Headers, TransportError};

use crate::flow::{GRACE, SECOND};

/// How long a body may pause between two pieces.
pub(crate) const BETWEEN: u64 = 60 * SECOND;

/// How long an answer that is read whole may take.
const WHOLE: u64 = 120 * SECOND;

/// The most bytes of an answer that are read into memory: 200 rows with all
/// their members stay far below.
const MOST: usize = 8 << 20;

/// The most bytes that are asked for at a time.
const PIECE: u64 = 64 * 1024;

/// Bytes on their way in, as a host offers them.
pub(crate) trait Source {
    /// A clock that only goes forward, in nanoseconds.
    fn now(&self) -> u64;

    /// Reads about `most` bytes; none: there are none yet.
    fn read(&mut self, most: u64) -> Result<Vec<u8>, End>;

    /// Waits from `now` for bytes and for `until`. It may return early.
    fn wait(&mut self, now: u64, until: u64);
}

/// Why a source has no more bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It is over, as the host says.
    Closed,
    /// It broke. What hosts say of the cause is not asked for: some have no
    /// code for it, and fail over the question.
    Failed,
}

/// The bytes of a body.
#[derive(Debug)]
pub(crate) struct Pieces<S> {
    source: S,
    /// Bytes that were handed out unasked, and how many of them are read.
    kept: Vec<u8>,
    at: usize,
    /// How many bytes are still to come, where that was announced.
    left: Option<u64>,
    /// When an answer that is read whole must have ended. None until something
    /// is waited for: hosts are asked for the time no more often than it counts.
    ends: Option<u64>,
}

impl<S: Source> Pieces<S> {
    /// `headers` are the answer's, which may announce the length.
    pub(crate) fn new(source: S, headers: &Headers) -> Self {
        let announced = headers
            .get("content-length")
            .and_then(|text| text.trim().parse().ok())
            // A host that decodes an answer leaves the length as it was.
            .filter(|_| !headers.are_encoded());
        Self {
            source,
            kept: Vec::new(),
            at: 0,
            left: announced,
            ends: None,
        }
    }

    /// The next bytes, at least one, of an answer that may take `time` from its
    /// first pause on. `None`: that was all.
    fn next(&mut self, most: u64, time: u64) -> Result<Option<Vec<u8>>, TransportError> {
        let mut until = None;
        loop {
            match self.source.read(most) {
                Ok(piece) if piece.is_empty() => {
                    let now = self.source.now();
                    let ends = *self.ends.get_or_insert(now.saturating_add(time));
                    let until = *until.get_or_insert(ends.min(now.saturating_add(BETWEEN + GRACE)));
                    if now >= until {
                        return Err(TransportError::Lost("the answer paused for too long"));
                    }
                    self.source.wait(now, until);
                }
                Ok(piece) => {
                    self.left = self
                        .left
                        .map(|left| left.saturating_sub(piece.len() as u64));
                    return Ok(Some(piece));
                }
                Err(End::Closed) if self.left.is_none_or(|left| left == 0) => return Ok(None),
                Err(_) => return Err(TransportError::Lost("the answer was cut short")),
            }
        }
    }

    /// Reads everything.
    pub(crate) fn whole(mut self) -> Result<Vec<u8>, TransportError> {
        if self.left.is_some_and(|left| left > MOST as u64) {
            return Err(TransportError::TooLarge);
        }
        let mut body = Vec::new();
        while let Some(piece) = self.next(PIECE, WHOLE)? {
            if body.len() + piece.len() > MOST {
                return Err(TransportError::TooLarge);
            }
            // Most answers are one piece.
            match body.is_empty() {
                true => body = piece,
                false => body.extend_from_slice(&piece),
            }
        }
        Ok(body)
    }
}

impl<S: Source> Content for Pieces<S> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, TransportError> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.at == self.kept.len() {
            let most = (buffer.len() as u64).min(PIECE);
            match self.next(most, u64::MAX)? {
                None => return Ok(0),
                Some(piece) => (self.kept, self.at) = (piece, 0),
            }
        }
        let count = (self.kept.len() - self.at).min(buffer.len());
        buffer[..count].copy_from_slice(&self.kept[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::VecDeque;

    /// A host that answers reads with these, whatever was asked for.
    struct Host {
        now: u64,
        reads: VecDeque<Result<&'static [u8], End>>,
        waits: u32,
    }

    impl Source for Host {
        fn now(&self) -> u64 {
            self.now
        }
        fn read(&mut self, _most: u64) -> Result<Vec<u8>, End> {
            self.reads
                .pop_front()
                .unwrap_or(Ok(b""))
                .map(<[u8]>::to_vec)
        }
        fn wait(&mut self, _: u64, until: u64) {
            self.waits += 1;
            assert!(self.waits < 100, "waits for ever");
            if self.reads.is_empty() {
                self.now = until;
            }
        }
    }

    fn body(length: Option<&str>, reads: &[Result<&'static [u8], End>]) -> Pieces<Host> {
        let headers = length.map(|text| ("Content-Length".to_owned(), text.to_owned()));
        let source = Host {
            now: 0,
            reads: reads.iter().copied().collect(),
            waits: 0,
        };
        Pieces::new(source, &Headers::new(headers.into_iter().collect()))
    }

    // CASES E1
    #[test]
    fn what_a_host_hands_out_unasked_is_not_lost() {
        let mut body = body(
            Some("11"),
            &[Ok(b"hello, "), Ok(b""), Ok(b"Clio"), Err(End::Closed)],
        );
        let mut all = Vec::new();
        let mut buffer = [0; 3];
        loop {
            let count = body.read(&mut buffer).unwrap();
            if count == 0 {
                break;
            }
            all.extend_from_slice(&buffer[..count]);
        }
        assert_eq!(all, b"hello, Clio");
    }

    // CASES E3
    #[test]
    fn an_answer_that_was_cut_is_lost_whatever_the_host_says() {
        let cut = Err(TransportError::Lost("the answer was cut short"));
        for end in [End::Closed, End::Failed] {
            assert_eq!(
                body(Some("20"), &[Ok(b"{\"data\":{\""), Err(end)]).whole(),
                cut
            );
            assert_eq!(body(Some("20"), &[Err(end)]).whole(), cut);
        }
        assert_eq!(body(None, &[Ok(b"{}"), Err(End::Failed)]).whole(), cut);
        assert_eq!(
            body(None, &[Ok(b"{}"), Err(End::Closed)]).whole(),
            Ok(b"{}".to_vec())
        );
        assert_eq!(
            body(Some("2"), &[Ok(b""), Ok(b"{}"), Err(End::Closed)]).whole(),
            Ok(b"{}".to_vec())
        );
    }

    #[test]
    fn an_answer_that_falls_silent_or_is_too_large_ends() {
        let silent = body(None, &[Ok(b"{")]).whole();
        assert!(matches!(silent, Err(TransportError::Lost(_))), "{silent:?}");
        let mut content = body(Some("9"), &[Ok(b"x")]);
        let mut buffer = [0; 8];
        assert_eq!(content.read(&mut buffer), Ok(1));
        assert!(matches!(
            content.read(&mut buffer),
            Err(TransportError::Lost(_))
        ));
        assert_eq!(
            body(Some("9000000"), &[]).whole(),
            Err(TransportError::TooLarge)
        );
    }

    #[test]
    fn an_answer_that_the_host_decoded_may_be_longer_than_announced() {
        let headers = Headers::new(vec![
            ("content-length".to_owned(), "20".to_owned()),
            ("content-encoding".to_owned(), "gzip".to_owned()),
        ]);
        let source = Host {
            now: 0,
            reads: [Ok(b"{}".as_slice()), Err(End::Closed)].into(),
            waits: 0,
        };
        assert_eq!(Pieces::new(source, &headers).whole(), Ok(b"{}".to_vec()));
    }
}
