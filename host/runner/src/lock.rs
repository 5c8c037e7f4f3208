//! One process at a time works on a case, and one on a client.
//!
//! Two first runs at the same instant would both look, both find nothing, and
//! both create. The operating system's file lock is used because it ends with
//! its process, however that ends; the file itself stays.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::home;
use crate::output;

/// Holds a case, or a part of a client, until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// How a process waits for a lock.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// End instead of waiting.
    pub no_wait: bool,
    /// Say nothing while waiting.
    pub quiet: bool,
}

impl Lock {
    /// Takes the lock, or says who holds it, as far as its file does.
    pub fn try_take(path: &Path) -> io::Result<Result<Self, String>> {
        let mut file = home::private_file(path)?;
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
                if holder.is_empty() {
                    holder.push_str("another process");
                }
                Ok(Err(holder))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Takes the lock of `what`, such as "this case", and waits for it.
    pub async fn take(path: &Path, what: &str, patience: Patience) -> Result<Self, Failure> {
        let mut told = patience.quiet;
        loop {
            let taken = Self::try_take(path).map_err(|error| {
                Failure::host(format!("cannot lock {}: {error}", path.display()))
                    .next("make the folder writable, or set CLIO_HOME to another")
            })?;
            match taken {
                Ok(lock) => return Ok(lock),
                Err(holder) if patience.no_wait => {
                    let what = format!("{what} is being synced by {holder}");
                    return Err(Failure::new(Exit::Transient, what)
                        .next("run the same again when it has ended, or without --no-wait"));
                }
                Err(holder) => {
                    if !told {
                        output::tell(&format!("waiting: {what} is being synced by {holder}"));
                        told = true;
                    }
                    // The lock tells nobody when it becomes free.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}

/// How many locks all clients of a home share. So the folder does not grow with
/// the clients, and its names tell nobody who they are; two clients that share
/// one by chance wait for each other for a moment.
const STRIPES: u32 = 4096;

/// The locks of one client: one for each way in which it could be meant.
#[derive(Debug)]
pub struct ClientLocks {
    _held: Vec<Lock>,
}

impl ClientLocks {
    /// Takes the locks that `digests` lead to. All processes take them in the
    /// same order, so no two wait for each other. They are held for the steps of
    /// the client alone, and so are waited for in any case.
    pub async fn take(
        folder: &Path,
        digests: impl IntoIterator<Item = &str>,
        quiet: bool,
    ) -> Result<Self, Failure> {
        let stripes: BTreeSet<u32> = digests.into_iter().map(stripe).collect();
        let patience = Patience {
            no_wait: false,
            quiet,
        };
        let mut held = Vec::new();
        for stripe in stripes {
            let path = folder.join(format!("client-{stripe:03x}.lock"));
            held.push(Lock::take(&path, "this client", patience).await?);
        }
        Ok(Self { _held: held })
    }
}

/// A digest is evenly spread, so any part of it is.
fn stripe(digest: &str) -> u32 {
    let hex = digest.get(..8).unwrap_or(digest);
    u32::from_str_radix(hex, 16).unwrap_or(0) % STRIPES
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
        assert!(holder.contains(&std::process::id().to_string()), "{holder}");
        drop(held);
        assert!(Lock::try_take(&path).unwrap().is_ok());
    }

    #[tokio::test]
    async fn clients_that_share_any_lock_wait_and_none_waits_for_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        // Two digests of one stripe, in one client.
        let (a, same_stripe, b) = ("00000001aa", "00001001bb", "00000002cc");
        let held = ClientLocks::take(path, [b, a, same_stripe], true)
            .await
            .unwrap();
        let waits = ClientLocks::take(path, [a], true);
        let short = Duration::from_millis(300);
        assert!(tokio::time::timeout(short, waits).await.is_err());
        let other = ClientLocks::take(path, ["00000003dd"], true);
        assert!(tokio::time::timeout(short, other).await.is_ok());
        drop(held);
        assert!(ClientLocks::take(path, [a, b], true).await.is_ok());
    }
}
