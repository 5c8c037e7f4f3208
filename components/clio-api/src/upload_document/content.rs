//! The bytes of an upload: where they are, how many, and which.
//!
//! Bytes at a URL pass through a fixed buffer, where they are counted, and are
//! never held whole; what goes in parts, through the buffer of one part. A draft
//! is hashed before anything reaches Clio, and hashed again on the way, so that
//! storage never gets the end of bytes that nobody approved.

use clio_types::types::ProblemCode;

use super::buffered::{Buffered, Checked, PART};
use super::check::{fits, too_long};
use super::digest::{self, Hasher};
use super::{ContentSource, Provenance, UploadRequest};
use crate::content_url;
use crate::prelude::*;
use crate::problem::Failure;
use crate::transport::{Body, Content, Opened, PutError, Response, Transport, TransportError};

/// The member that holds the URL.
const AT: &str = "/content/source/url";

/// The size of the buffer that a draft passes through.
const BUFFER: usize = 64 * 1024;

/// From how many bytes on a content goes to storage in parts. Clio's own advice
/// is to consider it from 100 MB.
const IN_PARTS: u64 = if cfg!(test) { 20 } else { 100_000_000 };

/// The bytes of one upload.
#[derive(Debug)]
pub(super) struct Bytes<'r, C> {
    source: &'r ContentSource,
    length: Option<u64>,
    sha256: Option<String>,
    /// Whether the digest is checked on the way.
    draft: bool,
    opened: Option<C>,
    /// Whether the URL was asked once, for its length and digest.
    asked: bool,
    /// The part that is next, of a content that goes in parts, and the whole of
    /// one that turned out to be small.
    buffered: Option<Buffered<C>>,
}

impl<'r, C: Content> Bytes<'r, C> {
    /// Checks what can be checked before anything reaches Clio. A draft at a
    /// URL is read once for it.
    pub(super) fn prepare<T: Transport<Content = C>>(
        transport: &mut T,
        request: &'r UploadRequest,
    ) -> Result<Self, Failure> {
        let content = &request.content;
        let mut bytes = Self {
            source: &content.source,
            length: content.length,
            sha256: content.sha256.clone(),
            draft: matches!(request.provenance, Provenance::Draft(_)),
            opened: None,
            asked: false,
            buffered: None,
        };
        if let ContentSource::Inline(inline) = bytes.source {
            bytes.length = Some(inline.len() as u64);
            bytes.settle(digest::of(inline))?;
        }
        let Provenance::Draft(approval) = &request.provenance else {
            return Ok(bytes);
        };
        if bytes.opened_is_needed() {
            let read = bytes.read_through(transport)?;
            bytes.settle(read)?;
        }
        if bytes.sha256.as_deref() != Some(approval.sha256.as_str()) {
            return Err(Failure::permanent(
                ProblemCode::ReviewRequired,
                "The approval is for other bytes. Have a person approve this draft.",
            )
            .field("/provenance/draft/sha256"));
        }
        Ok(bytes)
    }

    fn opened_is_needed(&self) -> bool {
        matches!(self.source, ContentSource::Url(_))
    }

    /// Takes the digest of the actual bytes.
    fn settle(&mut self, actual: String) -> Result<(), Failure> {
        match &self.sha256 {
            Some(given) if *given != actual => Err(Failure::input(
                "/content/sha256",
                "The digest is not that of the bytes.",
            )),
            _ => {
                self.sha256 = Some(actual);
                Ok(())
            }
        }
    }

    /// Their digest, as far as it can be known without reading them.
    pub(super) fn sha256<T: Transport<Content = C>>(
        &mut self,
        transport: &mut T,
    ) -> Result<Option<&str>, Failure> {
        if self.sha256.is_none() && !self.asked {
            self.open(transport)?;
        }
        Ok(self.sha256.as_deref())
    }

    /// Opens the URL, so that an unreadable source is noticed before anything is
    /// half-made, and decides whether the content goes in parts: where it is
    /// large, and where nobody knows its length, which storage needs beforehand.
    pub(super) fn begin<T: Transport<Content = C>>(
        &mut self,
        transport: &mut T,
    ) -> Result<(), Failure> {
        if !self.opened_is_needed() || self.buffered.is_some() {
            return Ok(());
        }
        self.open(transport)?;
        if self.length.is_some_and(|length| length < IN_PARTS) {
            return Ok(());
        }
        let Some(content) = self.opened.take() else {
            return Err(unreadable(TransportError::Url));
        };
        let buffered = Buffered::begin(self.checked(content)).map_err(unreadable)?;
        if let Some(all) = buffered.all() {
            self.length = Some(all.len() as u64);
        }
        self.buffered = Some(buffered);
        Ok(())
    }

    /// The parts, of a content that goes in parts.
    pub(super) fn parts(&mut self) -> Option<&mut Buffered<C>> {
        self.buffered.as_mut().filter(|it| it.all().is_none())
    }

    /// Whether they surely went in one request before: the same bytes, in
    /// parts, would have been more than one.
    pub(super) fn fit_one_part(&self) -> bool {
        self.length.is_some_and(|length| length <= PART as u64)
    }

    /// How many bytes storage has, once it has all of them.
    pub(super) fn sent(&self) -> u64 {
        match &self.buffered {
            Some(buffered) => buffered.read(),
            None => self.length.unwrap_or_default(),
        }
    }

    fn checked(&self, content: C) -> Checked<C> {
        Checked::new(
            content,
            self.length,
            self.sha256.clone().filter(|_| self.draft),
        )
    }

    fn open<T: Transport<Content = C>>(&mut self, transport: &mut T) -> Result<(), Failure> {
        let ContentSource::Url(url) = self.source else {
            return Ok(());
        };
        if self.opened.is_some() {
            return Ok(());
        }
        let Opened {
            status,
            headers,
            content,
        } = transport.open(url).map_err(unreadable)?;
        if status != 200 {
            return Err(content_url::answered(AT, status));
        }
        if headers.are_encoded() {
            return Err(content_url::encoded(AT));
        }
        if let Some(length) = headers
            .get("content-length")
            .and_then(|text| text.trim().parse().ok())
        {
            if self.length.is_some_and(|given| given != length) {
                return Err(Failure::input(
                    "/content/length",
                    "The length is not the one that the URL's answer tells.",
                ));
            }
            self.length = Some(length);
        }
        if self.length.is_some_and(|length| !fits(length)) {
            return Err(too_long());
        }
        if let Some(told) = headers.get("repr-digest").and_then(digest::of_header) {
            self.settle(told)?;
        }
        self.asked = true;
        self.opened = Some(content);
        Ok(())
    }

    /// Reads the bytes at the URL through a fixed buffer, and returns their
    /// digest.
    fn read_through<T: Transport<Content = C>>(
        &mut self,
        transport: &mut T,
    ) -> Result<String, Failure> {
        self.open(transport)?;
        let Some(mut content) = self.opened.take() else {
            return Ok(String::new());
        };
        let (mut hasher, mut read, mut buffer) = (Hasher::default(), 0, vec![0; BUFFER]);
        loop {
            let count = content.read(&mut buffer).map_err(unreadable)?;
            if count == 0 {
                break;
            }
            read += count as u64;
            hasher.update(&buffer[..count]);
        }
        if self.length.is_some_and(|length| length != read) {
            return Err(Failure::transient(
                ProblemCode::UploadIncomplete,
                "The content URL answered another number of bytes than it announced. Try again.",
            )
            .field(AT));
        }
        self.length = Some(read);
        Ok(hasher.finish())
    }

    /// Sends the bytes to storage. May be called again.
    pub(super) fn put<T: Transport<Content = C>>(
        &mut self,
        transport: &mut T,
        url: &str,
        headers: &[(String, String)],
    ) -> Result<Result<Response, PutError>, Failure> {
        self.begin(transport)?;
        let held = match self.source {
            ContentSource::Inline(bytes) => Some(bytes.as_slice()),
            ContentSource::Url(_) => self.buffered.as_ref().and_then(Buffered::all),
        };
        if let Some(bytes) = held {
            return Ok(transport.put(url, headers, bytes.len() as u64, Body::Bytes(bytes)));
        }
        let (Some(content), Some(length)) = (self.opened.take(), self.length) else {
            return Err(unreadable(TransportError::Url));
        };
        let mut checked = self.checked(content);
        Ok(transport.put(url, headers, length, Body::Copy(&mut checked)))
    }
}

/// The failure of a content URL that gave no answer.
pub(super) fn unreadable(error: TransportError) -> Failure {
    content_url::unreadable(AT, error)
}
