//! What lies in a folder, for who looks at it again and again.

use std::io;
use std::time::SystemTime;

use cap_primitives::fs::read_base_dir;
use jiff::Timestamp;

use super::Folder;

/// A file or a folder that lies in a folder. Links are neither.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub is_folder: bool,
    /// In bytes.
    pub length: u64,
    /// When its content was changed last, in milliseconds since 1970; 0 where the
    /// file system does not say.
    pub modified: i64,
}

impl Folder {
    /// The files and folders in it that it takes. What cannot be looked at, or has
    /// a name that is no text, is left out.
    pub fn entries(&self) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in read_base_dir(&self.handle)? {
            let entry = entry?;
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
                continue;
            };
            if !self.hidden && name.starts_with('.') {
                continue;
            }
            let Ok(data) = entry.metadata() else { continue };
            if !data.is_file() && !data.is_dir() {
                continue;
            }
            entries.push(Entry {
                name,
                is_folder: data.is_dir(),
                length: data.len(),
                modified: data.modified().map_or(0, |at| millisecond(at.into_std())),
            });
        }
        Ok(entries)
    }
}

/// An instant in milliseconds since 1970.
pub(super) fn millisecond(at: SystemTime) -> i64 {
    Timestamp::try_from(at).map_or(0, Timestamp::as_millisecond)
}
