//! The folders that a person named for files, as one place to find them in.

use std::path::{Path, PathBuf, absolute};

use super::{FileError, Folder, LocalFile, NewFile};
use crate::failure::Failure;

/// The folders that files are taken from, in the order in which they were named.
#[derive(Debug)]
pub struct Roots(Vec<Folder>);

impl Roots {
    /// No folder: every file is refused.
    #[cfg(test)]
    pub fn none() -> Self {
        Self(Vec::new())
    }

    /// Opens the folders, and takes files whose names begin with a dot where
    /// `hidden` says so.
    pub fn open(paths: &[PathBuf], hidden: bool) -> Result<Self, Failure> {
        let open = |path: &PathBuf| {
            let folder = absolute(path).and_then(|path| Folder::open(&path));
            folder
                .map(|folder| folder.with_hidden(hidden))
                .map_err(|error| {
                    let shown = path.display();
                    Failure::usage(format!("the folder {shown} cannot be opened: {error}"))
                        .next("name a folder that clio may read")
                })
        };
        paths.iter().map(open).collect::<Result<_, _>>().map(Self)
    }

    /// Opens a file for reading: by its path inside one of the folders, where the
    /// first that has it counts, or by a path that begins with a folder's own.
    pub fn file(&self, name: &str) -> Result<LocalFile, FileError> {
        if let Some((folder, name)) = self.leads_into(name)? {
            return folder.file(name);
        }
        let mut missing = FileError::NoFolder;
        for folder in &self.0 {
            match folder.file(name) {
                Err(error @ FileError::Missing(_)) => missing = error,
                found => return found,
            }
        }
        Err(missing)
    }

    /// Begins a file that is not there yet: in the first folder, or below the one
    /// that its path begins with.
    pub fn create(&self, name: &str) -> Result<NewFile, FileError> {
        if let Some((folder, name)) = self.leads_into(name)? {
            return folder.create(name);
        }
        self.0.first().ok_or(FileError::NoFolder)?.create(name)
    }

    /// Of a whole path, the folder that it begins with, and the rest.
    fn leads_into<'n>(&self, name: &'n str) -> Result<Option<(&Folder, &'n str)>, FileError> {
        if !Path::new(name).is_absolute() || self.0.is_empty() {
            return Ok(None);
        }
        let rest = |folder: &Folder| Path::new(name).strip_prefix(&folder.path).ok()?.to_str();
        let mut found = self.0.iter().filter_map(|it| Some((it, rest(it)?)));
        found.next().map(Some).ok_or(FileError::NotRelative)
    }
}
