//! The journal's keys, and the end of the audit.
//!
//! The chain of the audit tells what was changed in the middle. That rows were
//! cut off its end can only be told by someone who remembers where the end was:
//! so its number and its code are kept outside of the database, authenticated;
//! and so that database and end are not set back together, the vault remembers
//! from time to time how many rows there were.
//!
//! The file of the end is written over where it lies, and not synced for each
//! row. After a power cut it may tell an end from before, never one that is not
//! there, for a row is durable before it is told: and the chain goes on from the
//! later of the two.
//!
//! What must stay true: a key is made once, with a new journal, and never for
//! one that exists; a vault that cannot be opened is an error.

use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use clio_host::vault::{Vault, VaultError};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::snapshot::HEAD_FILE;
use crate::digest::hex;

const HEAD_FORMAT: &str = "clio-journal-head 1";
/// The bytes of the file of the end, filled up with line ends. One length always,
/// within one sector: so that writing it over is one write of one block, and
/// changes nothing but that.
const HEAD_BYTES: usize = 256;
/// What the vault calls the journal's key.
const PURPOSE: &str = "journal";
/// What the vault calls the number of rows that it remembers.
const LEAST: &str = "journal rows";
/// After how many rows the vault remembers their number again.
const REMEMBERED_EVERY: u64 = 64;

/// A key of 32 bytes. Not printed, and wiped when it is dropped.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// HMAC-SHA-256 over parts, each with its length before it, so that no two
    /// lists of parts give the same input.
    pub fn code(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.hmac(parts).finalize().into_bytes().into()
    }

    /// Whether a code fits, in constant time.
    pub fn fits(&self, parts: &[&[u8]], code: &[u8]) -> bool {
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
    pub fn derive(&self, purpose: &str) -> Self {
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
pub struct Head {
    pub seq: u64,
    pub code: [u8; 32],
}

impl Head {
    /// The end of an audit without rows.
    pub const START: Self = Self {
        seq: 0,
        code: [0; 32],
    };
}

/// Why a key cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("the vault in {} has no key for the journal, and the journal is not empty", .0.display())]
    Missing(PathBuf),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error("{} cannot be used: {error}", .path.display())]
    Io { path: PathBuf, error: io::Error },
}

/// The journal's keys, derived from one that the vault holds, and the end of its
/// audit in a file beside it.
pub struct Keys {
    head: PathBuf,
    master: Key,
    vault: Vault,
    /// The audit once had this many rows, says the vault.
    least: AtomicU64,
}

impl Keys {
    /// Reads the key, or makes one where neither a key nor a journal is. Under
    /// the journal's lock.
    pub fn open(folder: &Path, database: &Path, vault: Vault) -> Result<Self, KeyError> {
        let used = fs::metadata(database).is_ok_and(|file| file.len() > 0);
        let master = match vault.known_key(PURPOSE)? {
            Some(known) => known,
            None if used => return Err(KeyError::Missing(vault.folder().to_owned())),
            None => vault.key(PURPOSE)?,
        };
        let least = vault.note(LEAST)?.and_then(|text| text.parse().ok());
        let keys = Self {
            head: folder.join(HEAD_FILE),
            master: Key(master),
            least: AtomicU64::new(least.unwrap_or(0)),
            vault,
        };
        // From the first row on, an end that is not there was lost.
        if !used && least.is_none() && !keys.head.exists() {
            keys.write_head(&Head::START, Synced::Yes)?;
        }
        Ok(keys)
    }

    /// The key of the audit's chain.
    pub fn audit_key(&self) -> Key {
        self.master.derive("audit")
    }

    /// The key that rows are sealed with.
    pub fn row_key(&self) -> Key {
        self.master.derive("rows")
    }

    /// The end of the audit. `None` when it was lost, changed, or set back
    /// behind what the vault remembers.
    pub fn load_head(&self) -> Result<Option<Head>, KeyError> {
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
        let least = self.least.load(Ordering::Relaxed);
        Ok(self.parse_head(&text).filter(|head| head.seq >= least))
    }

    /// Keeps the end of the audit, whose row is durable. Called under the
    /// journal's lock.
    pub fn store_head(&self, head: &Head) -> Result<(), KeyError> {
        // The vault is written seldom: a journal that is set back by more rows
        // than this, database and end together, is noticed.
        let least = self.least.load(Ordering::Relaxed);
        let remembered = least..least.saturating_add(REMEMBERED_EVERY);
        if least > 0 && remembered.contains(&head.seq) {
            return self.write_head(head, Synced::Later);
        }
        // Synced: an end from before what the vault remembers counts as lost.
        self.write_head(head, Synced::Yes)?;
        self.vault.set_note(LEAST, &head.seq.to_string())?;
        self.least.store(head.seq, Ordering::Relaxed);
        Ok(())
    }

    fn write_head(&self, head: &Head, synced: Synced) -> Result<(), KeyError> {
        let mut text = format!(
            "{HEAD_FORMAT}\n{}\n{}\n{}\n",
            head.seq,
            hex(&head.code),
            hex(&self.seal_of(head))
        )
        .into_bytes();
        text.resize(HEAD_BYTES, b'\n');
        write(&self.head, &text, synced).map_err(|error| KeyError::Io {
            path: self.head.clone(),
            error,
        })
    }

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

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("head", &self.head)
            .finish_non_exhaustive()
    }
}

/// When a file is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Synced {
    /// Once it is written.
    Yes,
    /// When the system gets to it: it outlives this process, not a power cut.
    Later,
}

/// Writes a file whole or not at all, for its owner alone: over what it says,
/// where it has its length, and else, durably, as another file in its place.
fn write(path: &Path, bytes: &[u8], synced: Synced) -> io::Result<()> {
    if let Ok(mut file) = fs::OpenOptions::new().write(true).open(path)
        && file.metadata()?.len() == bytes.len() as u64
    {
        file.write_all(bytes)?;
        return match synced {
            Synced::Yes => file.sync_data(),
            Synced::Later => Ok(()),
        };
    }
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
