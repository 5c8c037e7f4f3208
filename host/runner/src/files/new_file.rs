//! A file that did not lie there, made inside a folder.
//!
//! What must stay true: no link leads it out of the folder, it is never written
//! over another unless that is asked for, and it has its name only once all bytes are
//! in it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use cap_primitives::fs::{
    DirOptions, FollowSymlinks, OpenOptions, create_dir, hard_link, open, open_dir, remove_file,
    rename, stat,
};

use super::{FileError, Folder};
use crate::digest::hex;

/// A file that is being written.
#[derive(Debug)]
pub struct NewFile {
    /// The folder it will lie in, open: a link that takes its place leads nowhere.
    parent: File,
    name: PathBuf,
    /// What it is called until it is whole.
    part: PathBuf,
    handle: File,
    /// Where it will lie, as a person reads it.
    shown: PathBuf,
}

impl Folder {
    /// Begins a file inside the folder. Nobody else may read it.
    pub fn create(&self, name: &str) -> Result<NewFile, FileError> {
        let new = self.begin(name)?;
        if stat(&new.parent, &new.name, FollowSymlinks::No).is_ok() {
            return Err(FileError::Exists);
        }
        Ok(new)
    }

    /// Makes the folders that a file of this name lies in.
    pub fn make_folders_of(&self, name: &str) -> Result<(), FileError> {
        let path = self.inside(name)?;
        let mut parents: Vec<&Path> = path.ancestors().skip(1).collect();
        parents.pop();
        for parent in parents.into_iter().rev() {
            match create_dir(&self.handle, parent, &DirOptions::new()) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(FileError::Unwritable(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Begins a file that [`NewFile::replace`] may put in the place of another.
    pub fn begin(&self, name: &str) -> Result<NewFile, FileError> {
        let path = self.inside(name)?;
        // A person reads it in a question, and in a terminal.
        if name.chars().any(char::is_control) {
            return Err(FileError::Control);
        }
        let name = path
            .file_name()
            .map(PathBuf::from)
            .ok_or(FileError::NotRelative)?;
        let parent = match path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            Some(parent) => {
                let parent = self.on_disk(parent)?;
                let led = cap_primitives::fs::canonicalize(&self.handle, &parent);
                let led = led.map_err(|error| self.explain(error))?;
                if !self.hidden && super::is_hidden(&led) {
                    return Err(FileError::Hidden);
                }
                open_dir(&self.handle, &led).map_err(|error| self.explain(error))?
            }
            None => self.handle.try_clone().map_err(FileError::Unwritable)?,
        };
        let mut random = [0; 8];
        getrandom::fill(&mut random)
            .map_err(|error| FileError::Unwritable(io::Error::other(error.to_string())))?;
        let part = PathBuf::from(format!(".clio-{}.part", hex(&random)));
        let handle = open(&parent, &part, &private()).map_err(FileError::Unwritable)?;
        Ok(NewFile {
            parent,
            name,
            part,
            handle,
            shown: self.path.join(path),
        })
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use cap_primitives::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

impl NewFile {
    pub fn handle(&self) -> &File {
        &self.handle
    }

    /// Where it will lie.
    pub fn path(&self) -> &Path {
        &self.shown
    }

    /// Gives it its name, unless something has that by now.
    pub fn keep(self) -> io::Result<()> {
        // A second name, which fails where one is, as a move would not.
        hard_link(&self.parent, &self.part, &self.parent, &self.name)
    }

    /// Gives it its name, and takes it from what has that by now.
    pub fn replace(self) -> io::Result<()> {
        rename(&self.parent, &self.part, &self.parent, &self.name)
    }
}

impl Drop for NewFile {
    /// Takes the name away that it had until it was whole.
    fn drop(&mut self) {
        let _ = remove_file(&self.parent, &self.part);
    }
}
