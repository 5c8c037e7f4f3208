//! The vault: a firm's tokens and keys in one sealed file.
//!
//! The file is sealed whole with XChaCha20-Poly1305 and written whole: beside
//! its place, to the disk, and then renamed. So a process that is killed at any
//! point leaves the old vault or the new one. Its key lies elsewhere: in the
//! system's keyring, in a file of its own, or with whoever starts the process.
//!
//! What must stay true: nothing in it is readable without the key; what cannot
//! be opened is an error and is never written over; two processes that change
//! it at once lose nothing, for each change reads anew under the lock.

mod contents;
mod error;
mod key;
mod keyring;
mod lock;
mod place;
mod seal;
mod sealer;
mod stamp;

#[cfg(test)]
mod tests;

use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::SecretString;
use zeroize::Zeroizing;

pub use contents::{Contents, SavedAccount, SavedConnection, SavedCredentials, Secret};
pub use error::VaultError;
pub(crate) use lock::FileLock;
pub use place::KeyPlace;
pub use sealer::{SealError, Sealer};
pub(crate) use stamp::Stamp;

use crate::regular;
use key::{Key, Keys};
use place::KeyHolder;

/// The sealed file's name in the vault's folder.
const FILE: &str = "vault";
/// What the names of files begin with that are being written.
const UNFINISHED: &str = ".unfinished-";
/// The most bytes of a vault: a thousand connections take less than one MiB.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// Where a vault lies and how its key is found.
#[derive(Clone)]
#[non_exhaustive]
pub struct VaultSettings {
    /// The folder of the vault. It is made for this user alone.
    pub folder: PathBuf,
    /// The key itself, where whoever starts the process holds it: 32 bytes in
    /// base64 or hexadecimal.
    pub key: Option<SecretString>,
    /// Whether a new vault's key goes to the system's keyring where there is
    /// one. A vault that exists is opened by where its key lies.
    pub keyring: bool,
}

impl VaultSettings {
    /// A vault in this folder, its key in the keyring where there is one, else
    /// in a file.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            key: None,
            keyring: true,
        }
    }
}

impl fmt::Debug for VaultSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VaultSettings")
            .field("folder", &self.folder)
            .field("keyring", &self.keyring)
            .finish_non_exhaustive()
    }
}

/// A vault. Cheap to clone. Its calls do file work: from async code, call them
/// on a thread that may block.
#[derive(Clone)]
pub struct Vault {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    holder: KeyHolder,
}

impl Vault {
    /// Names a vault. Nothing is read or made until it is used.
    ///
    /// # Errors
    /// When the key that was given is none.
    pub fn new(settings: VaultSettings) -> Result<Self, VaultError> {
        let given = settings.key.as_ref().map(Key::parse).transpose()?;
        Ok(Self {
            inner: Arc::new(Inner {
                holder: KeyHolder::new(&settings.folder, given, settings.keyring),
                folder: settings.folder,
            }),
        })
    }

    /// The folder it lies in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.inner.folder
    }

    /// Where the key of the vault lies; `None` when there is no vault yet.
    ///
    /// # Errors
    /// When the file cannot be read or is no vault.
    pub fn key_place(&self) -> Result<Option<KeyPlace>, VaultError> {
        let Some(sealed) = self.sealed()? else {
            return Ok(None);
        };
        let header = seal::header(&sealed).map_err(|damage| damage.at(&self.file()))?;
        Ok(Some(header.place))
    }

    /// What it holds. A vault that does not exist holds nothing.
    ///
    /// # Errors
    /// When it cannot be read, or its key is missing or another one.
    pub fn read(&self) -> Result<Contents, VaultError> {
        let Some(sealed) = self.sealed()? else {
            return Ok(Contents::default());
        };
        match self.open(&sealed) {
            // The key was changed between two look-ups: both anew.
            Err(VaultError::ForeignKey { .. } | VaultError::MissingKey { .. }) => {
                match self.sealed()? {
                    Some(sealed) => self.open(&sealed).map(|(contents, _)| contents),
                    None => Ok(Contents::default()),
                }
            }
            opened => opened.map(|(contents, _)| contents),
        }
    }

    /// Changes what it holds. The change stands on disk when this returns; no
    /// other change happens between reading and writing.
    ///
    /// # Errors
    /// When it cannot be read or written. It is then as it was.
    pub fn update<T>(&self, change: impl FnOnce(&mut Contents) -> T) -> Result<T, VaultError> {
        let _lock = self.lock()?;
        let (mut contents, keys) = self.open_or_begin()?;
        let outcome = change(&mut contents);
        self.store(&contents, keys.first(), keys.place)?;
        Ok(outcome)
    }

    /// A key of 32 random bytes for a purpose of the embedder's, made when
    /// first asked for. It stays the same when the vault's own key is changed.
    ///
    /// # Errors
    /// As [`Self::read`] and [`Self::update`].
    pub fn key(&self, purpose: &str) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        if let Some(known) = self.known_key(purpose)? {
            return Ok(known);
        }
        let fresh = Key::random()?;
        self.update(|contents| {
            let kept = contents
                .keys
                .entry(purpose.to_owned())
                .or_insert_with(|| Secret::from(fresh.to_text()));
            Key::parse_secret(kept)
        })?
        .map(Key::into_bytes)
    }

    /// A key that [`Self::key`] has made before.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn known_key(&self, purpose: &str) -> Result<Option<Zeroizing<[u8; 32]>>, VaultError> {
        let found = self.read()?.keys.get(purpose).map(Key::parse_secret);
        Ok(found.transpose()?.map(Key::into_bytes))
    }

    /// A small text that the embedder keeps under a name.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn note(&self, name: &str) -> Result<Option<String>, VaultError> {
        Ok(self.read()?.notes.remove(name))
    }

    /// Keeps a small text under a name.
    ///
    /// # Errors
    /// As [`Self::update`].
    pub fn set_note(&self, name: &str, text: &str) -> Result<(), VaultError> {
        self.update(|contents| contents.notes.insert(name.to_owned(), text.to_owned()))?;
        Ok(())
    }

    /// Seals the vault with a new key: `given`, or a random one. The old key
    /// opens nothing afterwards but old copies of the file. Where the vault was
    /// opened with a key that was given, the next one must be given too: it was
    /// kept from the disk on purpose.
    ///
    /// Killed at any point, the vault opens: the new key is kept beside the old
    /// one before anything is sealed with it.
    ///
    /// # Errors
    /// As [`Self::update`], when there is no vault, and when there is no new key
    /// where there has to be one.
    pub fn rotate(&self, given: Option<&SecretString>) -> Result<KeyPlace, VaultError> {
        let given = given.map(Key::parse).transpose()?;
        let _lock = self.lock()?;
        let sealed = self
            .sealed()?
            .ok_or_else(|| VaultError::Absent(self.file()))?;
        let (contents, mut keys) = self.open(&sealed)?;
        let holder = &self.inner.holder;
        let (place, fresh) = match given {
            Some(given) if given.id() == keys.first().id() => return Err(VaultError::SameKey),
            Some(given) => (KeyPlace::Environment, given),
            None if holder.is_given() => return Err(VaultError::NoNewKey),
            None => (holder.place_of_new(keys.place), Key::random()?),
        };
        let before = keys.place;
        keys.put_first(fresh.clone());
        holder.keep(place, &keys)?;
        self.store(&contents, &fresh, place)?;
        holder.keep(place, &Keys::one(fresh, place))?;
        if before != place {
            holder.discard(before)?;
        }
        Ok(place)
    }

    /// Copies the vault, sealed as it is, into a folder that is there, and returns
    /// where its key lies. A key file goes with it only `with_key`: who has both
    /// has what is in it. Nothing is copied where there is no vault.
    ///
    /// # Errors
    /// When it cannot be read, or the copy not be written.
    pub fn copy_into(&self, folder: &Path, with_key: bool) -> Result<Option<KeyPlace>, VaultError> {
        // Nobody changes its key between the two files.
        let _lock = self.lock()?;
        let Some(sealed) = self.sealed()? else {
            return Ok(None);
        };
        let header = seal::header(&sealed).map_err(|damage| damage.at(&self.file()))?;
        write_whole(folder, &folder.join(FILE), &sealed)?;
        if with_key && header.place == KeyPlace::File {
            let keys = self.inner.holder.kept(KeyPlace::File)?;
            let keys = keys.ok_or_else(|| VaultError::MissingKey {
                path: self.file(),
                place: KeyPlace::File,
            })?;
            let text = keys.to_text();
            write_whole(folder, &folder.join(place::FILE), text.as_bytes())?;
        }
        Ok(Some(header.place))
    }

    /// The file that the key lies in, where it lies in one.
    #[must_use]
    pub fn key_file(&self) -> PathBuf {
        self.inner.folder.join(place::FILE)
    }

    /// Tells whether the vault was changed, without opening it.
    pub(crate) fn stamp(&self) -> Option<Stamp> {
        Stamp::of(&self.file())
    }

    /// Takes a lock beside the vault, by a name of its own.
    pub(crate) fn try_lock(&self, name: &str) -> Result<Option<FileLock>, VaultError> {
        self.make_folder()?;
        FileLock::try_take(&self.inner.folder.join(name))
    }

    fn lock(&self) -> Result<FileLock, VaultError> {
        self.make_folder()?;
        FileLock::take(&self.inner.folder.join("lock"))
    }

    fn file(&self) -> PathBuf {
        self.inner.folder.join(FILE)
    }

    fn make_folder(&self) -> Result<(), VaultError> {
        let folder = &self.inner.folder;
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(folder)
            .map_err(VaultError::io("cannot be made", folder))
    }

    fn sealed(&self) -> Result<Option<Vec<u8>>, VaultError> {
        let path = self.file();
        let unreadable = VaultError::io("cannot be read", &path);
        let file = match regular::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(&unreadable)?,
        };
        match regular::read_at_most(file, MOST_BYTES) {
            Ok(sealed) => Ok(Some(sealed)),
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                Err(VaultError::damaged(&path, "it is too long for a vault"))
            }
            Err(error) => Err(unreadable(error)),
        }
    }

    fn open(&self, sealed: &[u8]) -> Result<(Contents, Keys), VaultError> {
        let path = self.file();
        let header = seal::header(sealed).map_err(|damage| damage.at(&path))?;
        let keys = self.inner.holder.find(header.place, &path)?;
        let key = keys
            .by_id(&header.key_id)
            .ok_or_else(|| VaultError::ForeignKey {
                path: path.clone(),
                place: keys.place,
                wanted: header.key_id.clone(),
            })?;
        let plain = seal::open(key, sealed).map_err(|damage| damage.at(&path))?;
        let contents = Contents::parse(&plain)
            .map_err(|reason| VaultError::damaged(&path, reason.as_str()))?;
        // What is sealed next is sealed with the key that opened it.
        let keys = keys.with_first(&header.key_id, header.place);
        Ok((contents, keys))
    }

    /// Opens the vault, or begins one where there is none.
    fn open_or_begin(&self) -> Result<(Contents, Keys), VaultError> {
        match self.sealed()? {
            Some(sealed) => self.open(&sealed),
            None => Ok((Contents::default(), self.inner.holder.begin()?)),
        }
    }

    fn store(&self, contents: &Contents, key: &Key, place: KeyPlace) -> Result<(), VaultError> {
        let sealed = seal::seal(key, place, &contents.to_json()?)?;
        let folder = &self.inner.folder;
        self.sweep();
        write_whole(folder, &self.file(), &sealed)
    }

    /// Removes what a killed process left half written. Only under the lock.
    fn sweep(&self) {
        let Ok(entries) = fs::read_dir(&self.inner.folder) else {
            return;
        };
        for entry in entries.flatten() {
            if entry
                .file_name()
                .to_str()
                .is_some_and(|name| name.starts_with(UNFINISHED))
            {
                // It is only untidy when it stays.
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault")
            .field("folder", &self.inner.folder)
            .finish_non_exhaustive()
    }
}

/// Writes a file whole or not at all, readable by its owner alone.
fn write_whole(folder: &Path, path: &Path, bytes: &[u8]) -> Result<(), VaultError> {
    let write = || -> io::Result<()> {
        let mut file = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        // The name is durable when the folder is; Windows cannot open one.
        #[cfg(unix)]
        fs::File::open(folder)?.sync_all()?;
        Ok(())
    };
    write().map_err(VaultError::io("cannot be written", path))
}
