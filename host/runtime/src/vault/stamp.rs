//! Tells one state of the vault from another without reading it.
//!
//! Each change puts another file in the vault's place, so a look at the file's
//! own data is enough, and cheap enough to be made before each request.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

/// One state of the file. Another state has another stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    length: u64,
    written: SystemTime,
    /// Which file it is. A later one may be given the number of one that is
    /// gone, but not its time as well.
    file: u64,
}

impl Stamp {
    /// The file as it is now; `None`: nobody can say.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let about = fs::metadata(path).ok()?;
        Some(Self {
            length: about.len(),
            written: about.modified().ok()?,
            #[cfg(unix)]
            file: std::os::unix::fs::MetadataExt::ino(&about),
            #[cfg(not(unix))]
            file: 0,
        })
    }
}
