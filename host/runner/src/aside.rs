//! Work that takes long and cannot be awaited: files, keyrings, a person at a
//! terminal. Ctrl-c ends the wait for it.

use crate::failure::Failure;

/// Does it on a thread of its own.
pub async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Failure::host(format!("a thread ended early: {error}")))
}
