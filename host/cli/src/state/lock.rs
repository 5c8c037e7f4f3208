//! One process at a time works on a case.
//!
//! Two first runs of one case at the same instant would both look, both find
//! nothing, and both create. The operating system's file lock is used because
//! it ends with its process, however that ends; the file itself stays.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;

use jiff::Timestamp;

/// Holds a case until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// Who holds a case, as far as the lock file says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Holder(String);

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_empty() {
            "another process"
        } else {
            &self.0
        })
    }
}

impl Lock {
    /// Takes the lock, or says who holds it.
    pub(crate) fn try_take(path: &Path) -> io::Result<Result<Self, Holder>> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        match file.try_lock() {
            Ok(()) => {
                // Who reads it meanwhile gets half a line at worst.
                file.set_len(0)?;
                file.rewind()?;
                write!(
                    file,
                    "process {} since {:.0}",
                    std::process::id(),
                    Timestamp::now()
                )?;
                file.flush()?;
                Ok(Ok(Self { _file: file }))
            }
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Some platforms do not let a locked file be read.
                let _ = file.take(200).read_to_string(&mut holder);
                Ok(Err(Holder(holder)))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_held_lock_names_its_holder_and_is_free_when_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("case.lock");
        let held = Lock::try_take(&path).unwrap().unwrap();
        let holder = Lock::try_take(&path).unwrap().unwrap_err();
        assert!(
            holder.to_string().contains(&std::process::id().to_string()),
            "{holder}"
        );
        drop(held);
        assert!(Lock::try_take(&path).unwrap().is_ok());
    }
}
