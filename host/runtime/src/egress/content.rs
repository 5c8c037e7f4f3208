//! Local content: files and bytes that one call may read, and where it may put what
//! it made, under a secret name.
//!
//! An action takes document content by URL and reads it over HTTP, so that a
//! large file never enters its memory. A local file gets such a URL,
//! `http://content.invalid/` and 128 random bits, for one call. The name
//! `.invalid` never resolves (RFC 2606), and the request never leaves the host.
//!
//! Noted here as well is what a caller named at the account's own address. It
//! is the caller's word for content, so that no rule makes a request of it.
//!
//! What must stay true: a guest reaches only what its caller named for this
//! call, and never by a path; the file is the one that was opened, whatever
//! happens to its name; a file that changes while it is read is an error and
//! never wrong data.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{File, Metadata};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use serde_json::Value;

use super::sink::LocalSink;
use crate::origin::{Destination, Origin, Scheme, UrlHost, authority};

/// The host under which local content is read.
pub(crate) const HOST: &str = "content.invalid";

/// The most pieces of content that one call may be given.
const MOST: usize = 1024;

/// Why content cannot be given to a call.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// The file cannot be opened.
    #[error("the content cannot be opened: {0}")]
    Open(#[from] io::Error),
    /// Not a file of which the length is known.
    #[error("the content is no regular file; name a file, not a directory or a pipe")]
    NotAFile,
    /// Too much for one call.
    #[error("a call takes at most {MOST} pieces of content; make several calls")]
    TooMany,
}

impl From<ContentError> for io::Error {
    fn from(error: ContentError) -> Self {
        match error {
            ContentError::Open(cause) => cause,
            other => Self::new(io::ErrorKind::InvalidInput, other),
        }
    }
}

/// Content that a call may read: a file on this machine, or bytes in memory.
#[derive(Clone, Debug)]
pub struct LocalContent {
    pub(super) source: Source,
    pub(super) length: u64,
    pub(super) media_type: Option<String>,
    pub(super) sha256: Option<[u8; 32]>,
}

/// Bytes that lie elsewhere than in a file, such as sealed ones.
pub trait ContentReader: Send + Sync + 'static {
    /// Reads at most so many bytes from a place on, and at least one where there is
    /// one. Called on a thread that may block.
    ///
    /// # Errors
    /// When they cannot be read, or are not what they were.
    fn read_at(&self, from: u64, most: usize) -> io::Result<Vec<u8>>;
}

/// Where the bytes are.
#[derive(Clone)]
pub(super) enum Source {
    Memory(Bytes),
    File(Arc<OpenFile>),
    Reader(Arc<dyn ContentReader>),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memory(_) => "Memory",
            Self::File(_) => "File",
            Self::Reader(_) => "Reader",
        })
    }
}

/// A file that is held open, with what told its state when it was opened.
#[derive(Debug)]
pub(super) struct OpenFile {
    pub(super) file: File,
    state: FileState,
}

/// What changes when a file does.
#[derive(Debug, PartialEq, Eq)]
struct FileState {
    length: u64,
    modified: Option<SystemTime>,
}

impl FileState {
    fn of(metadata: &Metadata) -> Self {
        Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }
}

impl OpenFile {
    /// Whether the file is as it was when it was opened.
    pub(super) fn is_unchanged(&self) -> bool {
        self.file
            .metadata()
            .is_ok_and(|metadata| FileState::of(&metadata) == self.state)
    }
}

impl LocalContent {
    /// Opens a file and fixes its length. It is held open until the call ends.
    ///
    /// # Errors
    /// When it cannot be opened, or is no regular file.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ContentError> {
        let path = path.as_ref();
        // Opening a pipe would wait for a writer, so look before.
        if !std::fs::metadata(path)?.is_file() {
            return Err(ContentError::NotAFile);
        }
        Self::from_file(File::open(path)?)
    }

    /// Opens a file, and says what it holds, such as `application/pdf`.
    ///
    /// # Errors
    /// When it cannot be opened, or is no regular file.
    pub fn file(
        path: impl AsRef<Path>,
        media_type: impl Into<String>,
    ) -> Result<Self, ContentError> {
        Ok(Self::open(path)?.with_media_type(media_type))
    }

    /// Takes a file that is already open, from its beginning.
    ///
    /// # Errors
    /// When it is no regular file.
    pub fn from_file(file: File) -> Result<Self, ContentError> {
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(ContentError::NotAFile);
        }
        let state = FileState::of(&metadata);
        Ok(Self {
            length: state.length,
            source: Source::File(Arc::new(OpenFile { file, state })),
            media_type: None,
            sha256: None,
        })
    }

    /// Takes bytes in memory.
    #[must_use]
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self {
            length: bytes.len() as u64,
            source: Source::Memory(bytes),
            media_type: None,
            sha256: None,
        }
    }

    /// Takes `length` bytes that a reader gives.
    #[must_use]
    pub fn from_reader(reader: Arc<dyn ContentReader>, length: u64) -> Self {
        Self {
            length,
            source: Source::Reader(reader),
            media_type: None,
            sha256: None,
        }
    }

    /// Says what it holds, such as `application/pdf`.
    #[must_use]
    pub fn with_media_type(mut self, media_type: impl Into<String>) -> Self {
        self.media_type = Some(media_type.into());
        self
    }

    /// Says the SHA-256 of its bytes. It is told to the action, and whoever
    /// reads the whole content gets an error instead of other bytes.
    #[must_use]
    pub fn with_sha256(mut self, sha256: [u8; 32]) -> Self {
        self.sha256 = Some(sha256);
        self
    }

    /// Its length in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }
}

/// The content of one call: what is local by its secret names, and what the
/// caller named on the account's own server.
#[derive(Clone, Default)]
pub(crate) struct CallContent {
    named: BTreeMap<String, LocalContent>,
    sinks: BTreeMap<String, LocalSink>,
    /// The paths of URLs in the input that lead to the account's server.
    on_account: BTreeSet<String>,
}

impl CallContent {
    /// Names content and returns its URL. The URL is good for one call.
    pub(crate) fn add(&mut self, content: LocalContent) -> Result<String, ContentError> {
        if self.named.len() >= MOST {
            return Err(ContentError::TooMany);
        }
        let name = format!("{:032x}", rand::random::<u128>());
        let url = format!("http://{HOST}/{name}");
        self.named.insert(name, content);
        Ok(url)
    }

    /// Names a sink and returns its URL. The URL is good for one call.
    pub(crate) fn add_sink(&mut self, sink: LocalSink) -> String {
        let name = format!("{:032x}", rand::random::<u128>());
        let url = format!("http://{HOST}/{name}");
        self.sinks.insert(name, sink);
        url
    }

    /// Notes the URLs of an input that lead to the account's own server: where
    /// content stands by the name that the contract gives it, `url`; and
    /// anywhere in the input of a component that says that it fetches content.
    pub(crate) fn note(&mut self, account: &Origin, input: &Value, anywhere: bool) {
        match input {
            Value::String(text) if anywhere => self.note_url(account, text),
            Value::Array(items) => {
                for item in items {
                    self.note(account, item, anywhere);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    self.note(account, member, anywhere || name == "url");
                }
            }
            _ => {}
        }
    }

    /// Notes a URL if it leads to the account's own server.
    pub(crate) fn note_url(&mut self, account: &Origin, text: &str) {
        self.on_account.extend(path_on(account, text));
    }

    /// Whether the caller named what stands at a path of the account.
    pub(crate) fn is_named(&self, path: &str) -> bool {
        self.on_account.contains(path)
    }

    /// Every content that was lent to the call, to be looked at.
    pub(crate) fn lent(&self) -> Vec<LocalContent> {
        self.named.values().cloned().collect()
    }

    /// Puts it back, in the same order, with what is known of it by then.
    pub(crate) fn return_lent(&mut self, lent: Vec<LocalContent>) {
        for (content, known) in self.named.values_mut().zip(lent) {
            *content = known;
        }
    }

    /// The SHA-256 of each content, where the caller told it.
    pub(crate) fn digests(&self) -> Vec<[u8; 32]> {
        self.named
            .values()
            .filter_map(|content| content.sha256)
            .collect()
    }

    /// Whether a request is for local content of this call or another.
    pub(crate) fn is_meant(destination: &Destination) -> bool {
        matches!(destination.origin.host(), UrlHost::Name(name) if name == HOST)
    }

    /// The content that a URL names.
    pub(crate) fn find(&self, destination: &Destination) -> Option<&LocalContent> {
        self.named.get(name(destination)?)
    }

    /// The sink that a URL names.
    pub(crate) fn find_sink(&self, destination: &Destination) -> Option<&LocalSink> {
        self.sinks.get(name(destination)?)
    }
}

/// The name in a URL that is written as it was given out.
fn name(destination: &Destination) -> Option<&str> {
    let origin = &destination.origin;
    let plain = origin.scheme() == Scheme::Http
        && origin.port() == Scheme::Http.default_port()
        && destination.query.is_none();
    destination.path.strip_prefix('/').filter(|_| plain)
}

/// The path of a URL on the account's server. Read generously, unlike
/// everything that is sent: a component may have read it so.
fn path_on(account: &Origin, text: &str) -> Option<String> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    let (scheme, rest) = text.split_once(':')?;
    let scheme = Scheme::parse(scheme).ok()?;
    let rest = rest.trim_start_matches(['/', '\\']);
    let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let authority = authority.rsplit('@').next()?.replace(".:", ":");
    let authority = authority.trim_end_matches(['.', ':']);
    let (host, port) = authority::parse(authority, scheme).ok()?;
    let fits = account.shares_server(&Origin::from_parts(scheme, host, port));
    let path = path.split(['?', '#']).next().unwrap_or_default();
    fits.then(|| path.replace('\\', "/"))
}

impl fmt::Debug for CallContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallContent")
            .field("number", &self.named.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn destination(url: &str) -> Destination {
        Destination::of(&url.parse().unwrap()).unwrap()
    }

    #[test]
    fn content_is_found_by_its_whole_name_alone() {
        let mut contents = CallContent::default();
        let url = contents.add(LocalContent::bytes("one")).unwrap();
        let other = contents.add(LocalContent::bytes("two")).unwrap();
        assert_ne!(url, other);
        assert_eq!(url.len(), "http://content.invalid/".len() + 32);
        assert_eq!(contents.find(&destination(&url)).unwrap().length(), 3);
        let wrong = [
            url.replace("http:", "https:"),
            url.replace("invalid/", "invalid:8080/"),
            format!("{url}?x"),
            format!("{url}/"),
            url[..url.len() - 1].to_owned(),
            "http://content.invalid/".to_owned(),
            "http://content.invalid/etc/passwd".to_owned(),
        ];
        for url in wrong {
            let destination = destination(&url);
            assert!(CallContent::is_meant(&destination), "{url}");
            assert!(contents.find(&destination).is_none(), "{url}");
        }
        assert!(!CallContent::is_meant(&destination(
            "http://content.invalid.example/x"
        )));
    }

    // CASES S1
    #[test]
    fn what_a_caller_names_on_the_account_is_noted_in_every_spelling() {
        let account = Origin::parse("https://app.clio.com").unwrap();
        let path = "/api/v4/contacts/17.json";
        for url in [
            "https://app.clio.com/api/v4/contacts/17.json",
            "https://app.clio.com/api/v4/contacts/17.json?fields=id",
            "HTTPS://APP.Clio.COM/api/v4/contacts/17.json#x",
            "https://app.clio.com:443/api/v4/contacts/17.json",
            "http://app.clio.com/api/v4/contacts/17.json",
            "https://app.clio.com./api/v4/contacts/17.json",
            "https://app.clio.com.:443/api/v4/contacts/17.json",
            "https://x:y@app.clio.com/api/v4/contacts/17.json",
            " https://app.clio.com/api/v4/contacts/17.json\n",
            "https:\\\\app.clio.com\\api\\v4\\contacts\\17.json",
        ] {
            let mut contents = CallContent::default();
            let input = serde_json::json!({"content": {"source": [{"url": url}]}});
            contents.note(&account, &input, false);
            assert!(contents.is_named(path), "{url}");
            assert!(!contents.is_named("/api/v4/contacts/18.json"), "{url}");
        }
        for url in [
            "https://files.example/api/v4/contacts/17.json",
            "https://eu.app.clio.com/api/v4/contacts/17.json",
            "see https://app.clio.com/api/v4/contacts/17.json",
            "/api/v4/contacts/17.json",
            "",
        ] {
            let mut contents = CallContent::default();
            contents.note(&account, &serde_json::json!([url]), true);
            assert!(!contents.is_named(path), "{url}");
        }
        // A text that is not for content, of a component that fetches none.
        let input = serde_json::json!({"note": format!("https://app.clio.com{path}")});
        for anywhere in [false, true] {
            let mut contents = CallContent::default();
            contents.note(&account, &input, anywhere);
            assert_eq!(contents.is_named(path), anywhere);
        }
    }

    #[test]
    fn only_regular_files_are_content() {
        let directory = tempfile::tempdir().unwrap();
        let error = LocalContent::open(directory.path()).unwrap_err();
        assert!(matches!(error, ContentError::NotAFile));
        assert!(LocalContent::open(directory.path().join("absent")).is_err());
    }

    #[test]
    fn a_name_is_not_printed() {
        let mut contents = CallContent::default();
        let url = contents.add(LocalContent::bytes("x")).unwrap();
        let name = url.rsplit('/').next().unwrap();
        assert!(!format!("{contents:?}").contains(name));
    }
}
