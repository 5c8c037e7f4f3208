//! A lock between processes, which the system gives back however they end.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use super::error::VaultError;

/// Longer than any change of a vault takes.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(5);

/// A file lock, given back when dropped. The file stays.
#[derive(Debug)]
pub(crate) struct FileLock {
    _file: File,
}

impl FileLock {
    /// Takes the lock unless it is held.
    pub(crate) fn try_take(path: &Path) -> Result<Option<Self>, VaultError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options
            .open(path)
            .map_err(VaultError::io("cannot be opened", path))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(VaultError::io("cannot be locked", path)(error)),
        }
    }

    /// Waits for the lock.
    pub(crate) fn take(path: &Path) -> Result<Self, VaultError> {
        let began = Instant::now();
        loop {
            if let Some(lock) = Self::try_take(path)? {
                return Ok(lock);
            }
            if began.elapsed() > PATIENCE {
                return Err(VaultError::Busy(path.to_owned()));
            }
            std::thread::sleep(PAUSE);
        }
    }
}
