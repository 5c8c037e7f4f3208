//! Why a vault cannot be used, and the next step.

use std::io;
use std::path::{Path, PathBuf};

use super::place::KeyPlace;

/// Why a vault cannot be used. It is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// A file of the vault cannot be read or written.
    #[error("{} {what}: {source}", .path.display())]
    Io {
        /// What could not be done.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// There is no vault to change the key of.
    #[error("there is no vault at {}; it is made with the first connection", .0.display())]
    Absent(PathBuf),
    /// The file is no vault, was cut, or was changed by something else.
    #[error(
        "the vault {} is damaged: {reason}; restore it from a backup, or move it away and connect \
         again", .path.display()
    )]
    Damaged {
        /// The vault's file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A later version wrote it.
    #[error("the vault {} has format {format}, which this version does not read; use a newer one", .path.display())]
    Format {
        /// The vault's file.
        path: PathBuf,
        /// Its format.
        format: u32,
    },
    /// The key that was found is not the vault's.
    #[error(
        "the key of {} ({place}) is another vault's: it wants the key {wanted}; restore that \
         key, or move the vault away and connect again", .path.display()
    )]
    ForeignKey {
        /// The vault's file.
        path: PathBuf,
        /// Where the key was found.
        place: KeyPlace,
        /// The identifier of the key that it wants. It is not secret.
        wanted: String,
    },
    /// The vault's key is not where it was kept.
    #[error(
        "the key of {} is not there: it was kept in {place}; restore it, or move the vault away \
         and connect again", .path.display()
    )]
    MissingKey {
        /// The vault's file.
        path: PathBuf,
        /// Where it was kept.
        place: KeyPlace,
    },
    /// Others may read the key's file.
    #[error(
        "the vault's key {} can be read by other users (mode {mode:o}), who may have the tokens: \
         take their rights away (chmod 600), then disconnect each connection and connect it again; \
         another key alone leaves the tokens valid", .path.display()
    )]
    KeyExposed {
        /// The key's file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A key is not 32 bytes in base64 or hexadecimal.
    #[error("a vault key is 32 bytes in base64 or hexadecimal, and what was given is not")]
    KeyForm,
    /// Whoever starts the process holds the key, so the next one is theirs too.
    #[error(
        "the vault's key is given by whoever starts the process, and no other place is chosen for \
         the next one: give that as well"
    )]
    NoNewKey,
    /// The new key is the one that the vault has.
    #[error("the new key is the one that the vault has already")]
    SameKey,
    /// The system's keyring does not answer or refuses.
    #[error("the system's keyring cannot be used: {0}; unlock it, or keep the key elsewhere")]
    Keyring(String),
    /// Another process holds a lock for longer than any change takes.
    #[error("{} is held by another process; repeat when it has ended", .0.display())]
    Busy(PathBuf),
    /// The system gave no randomness.
    #[error("the system gave no randomness: {0}")]
    Random(String),
}

impl VaultError {
    pub(super) fn io(what: &'static str, path: &Path) -> impl Fn(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io {
            what,
            path: path.clone(),
            source,
        }
    }

    pub(super) fn damaged(path: &Path, reason: &str) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            reason: reason.to_owned(),
        }
    }
}
