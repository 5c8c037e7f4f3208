//! The system's keyring, where it may hold a vault's key: that of macOS and that
//! of Windows.
//!
//! On Linux the kernel's keyring forgets at a restart, and the Secret Service of
//! a desktop brings a whole message bus and is absent on servers, so the key
//! file is used there. Without the feature `keyring` no build uses one.

/// Whether this build puts keys into a keyring.
pub(super) const USABLE: bool = cfg!(all(
    feature = "keyring",
    any(target_os = "macos", target_os = "windows")
));

pub(super) use entry::{discard, keep, read};

#[cfg(feature = "keyring")]
mod entry {
    use std::path::Path;

    use keyring::{Entry, Error};

    use crate::vault::VaultError;

    /// What the keyring lists the key under.
    const SERVICE: &str = "clio vault";

    /// The text that is kept for the vault in a folder.
    pub(crate) fn read(folder: &Path) -> Result<Option<String>, VaultError> {
        entry(folder, |entry| match entry.get_password() {
            Err(Error::NoEntry) => Ok(None),
            found => found.map(Some),
        })
    }

    /// Keeps a text in place of the one that is kept.
    pub(crate) fn keep(folder: &Path, text: &str) -> Result<(), VaultError> {
        entry(folder, |entry| entry.set_password(text))
    }

    /// Forgets the text.
    pub(crate) fn discard(folder: &Path) -> Result<(), VaultError> {
        entry(folder, |entry| match entry.delete_credential() {
            Err(Error::NoEntry) => Ok(()),
            deleted => deleted,
        })
    }

    fn entry<T>(
        folder: &Path,
        act: impl FnOnce(&Entry) -> keyring::Result<T>,
    ) -> Result<T, VaultError> {
        // The message of the keyring names the entry, which is a path.
        let refused = |error: Error| VaultError::Keyring(error.to_string());
        let entry = Entry::new(SERVICE, &folder.to_string_lossy()).map_err(refused)?;
        act(&entry).map_err(refused)
    }
}

#[cfg(not(feature = "keyring"))]
mod entry {
    use std::path::Path;

    use crate::vault::VaultError;

    pub(crate) fn read(_: &Path) -> Result<Option<String>, VaultError> {
        Err(absent())
    }

    pub(crate) fn keep(_: &Path, _: &str) -> Result<(), VaultError> {
        Err(absent())
    }

    pub(crate) fn discard(_: &Path) -> Result<(), VaultError> {
        Err(absent())
    }

    fn absent() -> VaultError {
        VaultError::Keyring("this program was built without one".to_owned())
    }
}
