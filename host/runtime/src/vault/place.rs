//! Where the key of a vault is kept: never beside the vault in one file.
//!
//! In order: with whoever starts the process (an environment variable, filled
//! by a service manager or a container's secrets), in the system's keyring
//! where there is one, or in a file of mode 0600. The last protects a vault
//! that is copied without its key, as into a backup, not against whoever may
//! read this user's files.

use std::fmt;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::VaultError;
use super::key::{Key, Keys};
use super::{keyring, write_whole};
use crate::regular;

/// The key file's name in the vault's folder.
pub(super) const FILE: &str = "key";
/// The most that is read of it: it holds a line or two.
const MOST_READ: u64 = 64 * 1024;

/// Where the key of a vault is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum KeyPlace {
    /// Whoever starts the process gives it.
    Environment,
    /// The system's keyring.
    Keyring,
    /// A file of mode 0600.
    File,
}

impl fmt::Display for KeyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environment => "the environment of the process",
            Self::Keyring => "the system's keyring",
            Self::File => "its key file",
        })
    }
}

/// Finds and keeps keys.
#[derive(Debug)]
pub(super) struct KeyHolder {
    folder: PathBuf,
    given: Option<Key>,
    keyring: bool,
}

impl KeyHolder {
    pub(super) fn new(folder: &Path, given: Option<Key>, keyring: bool) -> Self {
        Self {
            folder: folder.to_owned(),
            given,
            keyring: keyring && keyring::USABLE,
        }
    }

    /// Whether whoever starts the process gave the key.
    pub(super) fn is_given(&self) -> bool {
        self.given.is_some()
    }

    /// The keys for a vault whose header says where its key is kept. A key that
    /// was given comes first: it may be a copy of the kept one.
    pub(super) fn find(&self, place: KeyPlace, vault: &Path) -> Result<Keys, VaultError> {
        if let Some(given) = &self.given {
            return Ok(Keys::one(given.clone(), KeyPlace::Environment));
        }
        self.kept(place)?.ok_or_else(|| VaultError::MissingKey {
            path: vault.to_owned(),
            place,
        })
    }

    /// The key for the first vault. One that is kept already is used again: the
    /// vault may have been moved away.
    pub(super) fn begin(&self) -> Result<Keys, VaultError> {
        if let Some(given) = &self.given {
            return Ok(Keys::one(given.clone(), KeyPlace::Environment));
        }
        let place = self.place_of_new(KeyPlace::File);
        if let Some(kept) = self.kept(place)? {
            return Ok(kept);
        }
        let keys = Keys::one(Key::random()?, place);
        self.keep(place, &keys)?;
        Ok(keys)
    }

    /// Where a random key goes that replaces one from `place`.
    pub(super) fn place_of_new(&self, place: KeyPlace) -> KeyPlace {
        match place {
            KeyPlace::Keyring => KeyPlace::Keyring,
            _ if self.keyring => KeyPlace::Keyring,
            _ => KeyPlace::File,
        }
    }

    pub(super) fn kept(&self, place: KeyPlace) -> Result<Option<Keys>, VaultError> {
        let text = match place {
            KeyPlace::Environment => None,
            KeyPlace::Keyring => keyring::read(&self.folder)?,
            KeyPlace::File => self.read_file()?,
        };
        let text = text.map(zeroize::Zeroizing::new);
        text.map(|text| Keys::parse(&text, place)).transpose()
    }

    fn read_file(&self) -> Result<Option<String>, VaultError> {
        let path = self.folder.join(FILE);
        let unreadable = VaultError::io("cannot be read", &path);
        let file = match regular::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(&unreadable)?,
        };
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let about = file.metadata().map_err(&unreadable)?;
            let mode = about.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                return Err(VaultError::KeyExposed { path, mode });
            }
        }
        let mut text = String::new();
        let read = file.take(MOST_READ).read_to_string(&mut text);
        read.map_err(&unreadable)?;
        Ok(Some(text))
    }

    /// Keeps keys in place of those that are kept there.
    pub(super) fn keep(&self, place: KeyPlace, keys: &Keys) -> Result<(), VaultError> {
        let text = keys.to_text();
        match place {
            // Whoever gave it keeps it.
            KeyPlace::Environment => Ok(()),
            KeyPlace::Keyring => keyring::keep(&self.folder, &text),
            KeyPlace::File => write_whole(&self.folder, &self.folder.join(FILE), text.as_bytes()),
        }
    }

    /// Forgets the keys of a place that the vault has left.
    pub(super) fn discard(&self, place: KeyPlace) -> Result<(), VaultError> {
        match place {
            KeyPlace::Environment => Ok(()),
            KeyPlace::Keyring => keyring::discard(&self.folder),
            KeyPlace::File => {
                let path = self.folder.join(FILE);
                match fs::remove_file(&path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        Err(VaultError::io("cannot be removed", &path)(error))
                    }
                    _ => Ok(()),
                }
            }
        }
    }
}
