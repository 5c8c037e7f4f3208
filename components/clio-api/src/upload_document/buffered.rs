//! A content that passes through memory: checked on its way, and cut into parts
//! where it goes to storage in parts.
//!
//! One buffer holds one part. So memory does not grow with the content, and a
//! part that storage did not take is sent again without reading its source
//! again, which cannot be rewound.

use super::digest::{Hasher, Md5Hasher};
use crate::prelude::*;
use crate::transport::{Content, TransportError};

/// The size of a part but the last. At least 5 MB are asked for, and at most
/// 10,000 parts; each part costs a request.
pub(super) const PART: usize = if cfg!(test) { 8 } else { 32 << 20 };

/// The most bytes that are read at a time.
const PIECE: usize = 256 << 10;

/// The most parts of one content: 31 GiB. The answer to each request lists all
/// parts there are.
pub(super) const MOST_PARTS: u32 = 1_000;

/// The most bytes of one content.
pub(super) const LONGEST: u64 = MOST_PARTS as u64 * PART as u64;

/// Bytes on their way. There must be as many as were announced, and the last
/// ones of a draft are handed out only when all of them together are the
/// approved ones.
#[derive(Debug)]
pub(super) struct Checked<C> {
    content: C,
    /// How many are still to come, where their number is known.
    left: Option<u64>,
    /// What their digest has to be.
    draft: Option<(Hasher, String)>,
}

impl<C> Checked<C> {
    /// `sha256`: the digest to check, of a draft.
    pub(super) fn new(content: C, length: Option<u64>, sha256: Option<String>) -> Self {
        Self {
            content,
            left: length,
            draft: sha256.map(|sha256| (Hasher::default(), sha256)),
        }
    }
}

impl<C: Content> Content for Checked<C> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, TransportError> {
        let count = self.content.read(buffer)?;
        let changed = Err(TransportError::ContentChanged);
        if let Some(left) = &mut self.left {
            match left.checked_sub(count as u64) {
                Some(less) => *left = less,
                None => return changed,
            }
        }
        if count == 0 && self.left.is_some_and(|left| left > 0) {
            return changed;
        }
        if let Some((hasher, _)) = &mut self.draft {
            hasher.update(&buffer[..count]);
        }
        if (count == 0 || self.left == Some(0))
            && let Some((hasher, sha256)) = self.draft.take()
            && hasher.finish() != sha256
        {
            return changed;
        }
        Ok(count)
    }
}

/// A content in parts.
#[derive(Debug)]
pub(super) struct Buffered<C> {
    content: Checked<C>,
    buffer: Vec<u8>,
    filled: usize,
    /// Of the part in the buffer. Fed as it fills: 32 MiB at once took 0.2 s in
    /// one operation, in which a host with one thread gets to nothing else.
    md5: Md5Hasher,
    ended: bool,
    /// How many bytes were read so far.
    read: u64,
}

impl<C: Content> Buffered<C> {
    /// Reads the first part.
    pub(super) fn begin(content: Checked<C>) -> Result<Self, TransportError> {
        let mut buffered = Self {
            content,
            buffer: Vec::with_capacity(PART),
            filled: 0,
            md5: Md5Hasher::default(),
            ended: false,
            read: 0,
        };
        buffered.fill()?;
        Ok(buffered)
    }

    /// Everything, where all of it fits into the buffer.
    pub(super) fn all(&self) -> Option<&[u8]> {
        (self.ended && self.read == self.filled as u64).then_some(&self.buffer[..self.filled])
    }

    /// The part in the buffer.
    pub(super) fn part(&self) -> &[u8] {
        &self.buffer[..self.filled]
    }

    /// The MD5 of the part in the buffer, in base64.
    pub(super) fn md5(&self) -> String {
        self.md5.clone().finish()
    }

    /// How many bytes were read so far.
    pub(super) fn read(&self) -> u64 {
        self.read
    }

    /// Reads the next part. `false`: there is none.
    pub(super) fn advance(&mut self) -> Result<bool, TransportError> {
        if !self.ended {
            self.fill()?;
            return Ok(self.filled > 0);
        }
        Ok(false)
    }

    fn fill(&mut self) -> Result<(), TransportError> {
        self.filled = 0;
        self.md5 = Md5Hasher::default();
        while self.filled < PART {
            let end = PART.min(self.filled + PIECE);
            // Cleared piece by piece. All at once took 19 ms, before the first
            // byte was read and in one operation that no host interrupts.
            if self.buffer.len() < end {
                self.buffer.resize(end, 0);
            }
            let count = self.content.read(&mut self.buffer[self.filled..end])?;
            self.md5.update(&self.buffer[self.filled..][..count]);
            self.filled += count;
            self.read += count as u64;
            if count == 0 {
                self.ended = true;
                break;
            }
        }
        Ok(())
    }
}
