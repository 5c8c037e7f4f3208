//! The journal's keys, and the end of the audit.
//!
//! The chain of the audit tells what was changed in the middle. That rows were
//! cut off its end can only be told by someone who remembers where the end was:
//! so its number and its code are kept outside of the database, authenticated.
//!
//! What must stay true: a key is made once, with a new journal, and never
//! beside one that exists; a key file that cannot be read is an error.

use std::fmt;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

const KEY_FORMAT: &str = "clio-journal-key 1";
const HEAD_FORMAT: &str = "clio-journal-head 1";

/// A key of 32 bytes. Not printed, and wiped when it is dropped.
#[derive(Clone)]
pub(crate) struct Key(Zeroizing<[u8; 32]>);

impl Key {
    pub(crate) fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// HMAC-SHA-256 over parts, each with its length before it, so that no two
    /// lists of parts give the same input.
    pub(crate) fn code(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.hmac(parts).finalize().into_bytes().into()
    }

    /// Whether a code fits, in constant time.
    pub(crate) fn fits(&self, parts: &[&[u8]], code: &[u8]) -> bool {
        self.hmac(parts).verify_slice(code).is_ok()
    }

    fn hmac(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        // A key shorter than the hash's block is followed by zeros: RFC 2104.
        let mut padded = hmac::digest::Key::<Hmac<Sha256>>::default();
        padded[..32].copy_from_slice(self.bytes());
        let mut hmac = <Hmac<Sha256> as hmac::digest::KeyInit>::new(&padded);
        for part in parts {
            hmac.update(&(part.len() as u64).to_be_bytes());
            hmac.update(part);
        }
        hmac
    }

    /// A key for one purpose.
    pub(crate) fn derive(&self, purpose: &str) -> Self {
        Self::new(self.code(&[b"clio journal key", purpose.as_bytes()]))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// The end of the audit: the number of its last row, and that row's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) seq: u64,
    pub(crate) code: [u8; 32],
}

impl Head {
    /// The end of an audit without rows.
    pub(crate) const START: Self = Self {
        seq: 0,
        code: [0; 32],
    };
}

/// Why a key cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    #[error("the journal's key {} is missing, and the journal is not empty", .0.display())]
    Missing(PathBuf),
    #[error("the journal's key {} is damaged", .0.display())]
    Damaged(PathBuf),
    #[error("others could read the journal's key {}: its rights must be 0600", .0.display())]
    Exposed(PathBuf),
    #[error("{} cannot be used: {error}", .path.display())]
    Io { path: PathBuf, error: io::Error },
}

/// Where the journal's keys and the end of its audit are kept.
pub(crate) trait KeySource: fmt::Debug + Send + Sync {
    /// The key of the audit's chain.
    fn audit_key(&self) -> Result<Key, KeyError>;
    /// The key that rows are sealed with.
    fn row_key(&self) -> Result<Key, KeyError>;
    /// The end of the audit. `None` when it was lost or changed: a new source
    /// begins at [`Head::START`].
    fn load_head(&self) -> Result<Option<Head>, KeyError>;
    /// Keeps the end of the audit, durably. Called under the journal's lock.
    fn store_head(&self, head: &Head) -> Result<(), KeyError>;
}

/// Keys in a file for its owner alone, beside the journal.
#[derive(Debug)]
pub(crate) struct KeyFile {
    head: PathBuf,
    master: Key,
}

impl KeyFile {
    /// Reads the key, or makes one where neither a key nor a journal is. Under
    /// the journal's lock.
    pub(crate) fn open(folder: &Path, database: &Path) -> Result<Self, KeyError> {
        let (key, head) = (folder.join("journal.key"), folder.join("journal.head"));
        if let Some(master) = read_key(&key)? {
            return Ok(Self { head, master });
        }
        let used = fs::metadata(database).is_ok_and(|file| file.len() > 0);
        if used {
            return Err(KeyError::Missing(key));
        }
        let failed = |path: &Path, error| KeyError::Io {
            path: path.to_owned(),
            error,
        };
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *bytes)
            .map_err(|error| failed(&key, io::Error::other(error.to_string())))?;
        let made = Self {
            head,
            master: Key::new(*bytes),
        };
        // The head first: from then on, a key without a head has lost it.
        made.store_head(&Head::START)?;
        let text = Zeroizing::new(format!("{KEY_FORMAT}\n{}\n", hex(&*bytes)));
        write(&key, text.as_bytes()).map_err(|error| failed(&key, error))?;
        Ok(made)
    }
}

impl KeySource for KeyFile {
    fn audit_key(&self) -> Result<Key, KeyError> {
        Ok(self.master.derive("audit"))
    }

    fn row_key(&self) -> Result<Key, KeyError> {
        Ok(self.master.derive("rows"))
    }

    fn load_head(&self) -> Result<Option<Head>, KeyError> {
        let text = match fs::read_to_string(&self.head) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(None),
            Err(error) => {
                return Err(KeyError::Io {
                    path: self.head.clone(),
                    error,
                });
            }
        };
        Ok(self.parse_head(&text))
    }

    fn store_head(&self, head: &Head) -> Result<(), KeyError> {
        let text = format!(
            "{HEAD_FORMAT}\n{}\n{}\n{}\n",
            head.seq,
            hex(&head.code),
            hex(&self.seal_of(head))
        );
        write(&self.head, text.as_bytes()).map_err(|error| KeyError::Io {
            path: self.head.clone(),
            error,
        })
    }
}

impl KeyFile {
    fn seal_of(&self, head: &Head) -> [u8; 32] {
        let key = self.master.derive("head");
        key.code(&[&head.seq.to_be_bytes(), &head.code])
    }

    fn parse_head(&self, text: &str) -> Option<Head> {
        let mut lines = text.lines();
        let format = lines.next()?;
        let head = Head {
            seq: lines.next()?.parse().ok()?,
            code: unhex(lines.next()?)?,
        };
        let seal = unhex(lines.next()?)?;
        (format == HEAD_FORMAT && seal == self.seal_of(&head)).then_some(head)
    }
}

fn read_key(path: &Path) -> Result<Option<Key>, KeyError> {
    let failed = |error| KeyError::Io {
        path: path.to_owned(),
        error,
    };
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = file.metadata().map_err(failed)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(KeyError::Exposed(path.to_owned()));
        }
    }
    let mut text = Zeroizing::new(Vec::new());
    file.take(1024).read_to_end(&mut text).map_err(failed)?;
    let key = std::str::from_utf8(&text).ok().and_then(|text| {
        let (format, key) = text.split_once('\n')?;
        (format == KEY_FORMAT).then_some(())?;
        Some(Key::new(unhex(key.strip_suffix('\n')?)?))
    });
    key.map(Some)
        .ok_or_else(|| KeyError::Damaged(path.to_owned()))
}

/// Writes a file whole or not at all, durably, for its owner alone.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // Made with the rights 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    // The name is durable when the folder is; Windows cannot open one.
    #[cfg(unix)]
    fs::File::open(folder)?.sync_all()?;
    Ok(())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}
