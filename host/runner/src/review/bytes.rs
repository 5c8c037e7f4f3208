//! The bytes of drafts: a file each below `CLIO_HOME`, sealed in pieces, so that a
//! draft is never in memory whole and any place of it can be read.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use crate::digest::Digest;
use crate::failure::Failure;
use crate::home::Home;
use crate::journal::Journal;
use crate::journal::drafts::Draft;

/// The bytes of one piece before it is sealed.
const PIECE: usize = 256 * 1024;
/// How many bytes more it has when it is: a nonce and a tag.
const SEALED: usize = 40;

/// The most bytes of a draft: it is for a person to read.
pub const MOST_BYTES: u64 = 100 * 1024 * 1024;

/// Bytes that lie sealed on the disk, without a name yet.
#[derive(Debug)]
pub(super) struct Written {
    file: NamedTempFile,
    pub(super) length: u64,
    pub(super) sha256: Digest,
}

impl Written {
    /// Seals what a reader gives under the id of a draft to be.
    pub(super) fn of(
        home: &Home,
        journal: &Journal,
        id: &str,
        mut bytes: impl Read,
    ) -> Result<Self, Failure> {
        let cannot = |error: io::Error| Failure::host(format!("a draft cannot be kept: {error}"));
        // Its rights are 0600.
        let mut file = NamedTempFile::new_in(home.drafts()?).map_err(cannot)?;
        let (mut digest, mut length) = (Sha256::new(), 0_u64);
        let mut piece = Vec::with_capacity(PIECE);
        for n in 0.. {
            piece.clear();
            let most = PIECE as u64;
            let read = (&mut bytes).take(most).read_to_end(&mut piece);
            read.map_err(|error| Failure::usage(format!("the draft cannot be read: {error}")))?;
            if piece.is_empty() {
                break;
            }
            length += piece.len() as u64;
            if length > MOST_BYTES {
                return Err(Failure::usage("a draft has at most 100 MiB"));
            }
            digest.update(&piece);
            let sealed = journal.seal_piece(id, n, &piece)?;
            file.write_all(&sealed).map_err(cannot)?;
        }
        file.as_file().sync_all().map_err(cannot)?;
        Ok(Self {
            file,
            length,
            sha256: Digest(digest.finalize().into()),
        })
    }

    /// Gives them their name.
    pub(super) fn keep(self, home: &Home, id: &str) -> Result<(), Failure> {
        let persisted = self.file.persist(home.drafts()?.join(id));
        persisted
            .map(drop)
            .map_err(|error| Failure::host(format!("a draft cannot be kept: {}", error.error)))
    }
}

/// The open bytes of a draft.
#[derive(Debug)]
pub struct DraftBytes {
    journal: Arc<Journal>,
    id: String,
    file: Mutex<File>,
    length: u64,
}

impl DraftBytes {
    pub(super) fn open(
        home: &Home,
        journal: &Arc<Journal>,
        draft: &Draft,
    ) -> Result<Self, Failure> {
        let path = home.drafts()?.join(&draft.id);
        let file = File::open(&path).map_err(|error| {
            Failure::host(format!(
                "the bytes of the draft {} cannot be read: {error}",
                draft.id
            ))
            .next("restore the folder of drafts from a backup, or add the draft anew")
        })?;
        Ok(Self {
            journal: Arc::clone(journal),
            id: draft.id.clone(),
            file: Mutex::new(file),
            length: draft.about.length,
        })
    }

    /// Their number.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Reads at most so many bytes from a place on; fewer at the end of a piece, and
    /// none at the end of all.
    pub fn read_at(&self, from: u64, most: usize) -> io::Result<Vec<u8>> {
        if from >= self.length || most == 0 {
            return Ok(Vec::new());
        }
        let n = from / PIECE as u64;
        let place = n * (PIECE + SEALED) as u64;
        let plain = PIECE.min(usize::try_from(self.length - n * PIECE as u64).unwrap_or(PIECE));
        let mut sealed = vec![0; plain + SEALED];
        {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(place))?;
            file.read_exact(&mut sealed)?;
        }
        let piece = self.journal.unseal_piece(&self.id, n, &sealed);
        let mut piece = piece.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        // Shorter than a usize: within one piece.
        let begin = (from % PIECE as u64) as usize;
        piece.drain(..begin);
        piece.truncate(most);
        Ok(piece)
    }

    /// All of them, compared with the draft's digest: for a person, who reads a
    /// document of this size.
    pub fn whole(&self, draft: &Draft) -> io::Result<Vec<u8>> {
        let mut whole = Vec::new();
        self.copy_to(draft, &mut whole)?;
        Ok(whole)
    }

    /// Writes all of them, compared with the draft's digest.
    pub fn copy_to(&self, draft: &Draft, to: &mut dyn io::Write) -> io::Result<()> {
        let (mut digest, mut at) = (Sha256::new(), 0);
        while at < self.length {
            let piece = self.read_at(at, PIECE)?;
            digest.update(&piece);
            at += piece.len() as u64;
            to.write_all(&piece)?;
        }
        match Digest(digest.finalize().into()).to_string() == draft.about.sha256 {
            true => Ok(()),
            false => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

/// Removes a draft's bytes.
pub(super) fn remove(folder: &Path, id: &str) -> io::Result<()> {
    match std::fs::remove_file(folder.join(id)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
