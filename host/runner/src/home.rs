//! Where the command keeps things: what it remembers, and compiled components.
//!
//! `CLIO_HOME` holds both when it is set; otherwise each goes where the
//! platform wants it. `CLIO_CACHE` moves the cache alone, which several homes
//! may share. The folders belong to their owner alone, for the state
//! names a firm's cases and the cache holds code that will be run.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use etcetera::base_strategy::{BaseStrategy as _, choose_base_strategy};

use crate::environment;
use crate::failure::Failure;

/// The folders of one person's `clio`.
#[derive(Debug, Clone)]
pub struct Home {
    state: PathBuf,
    cache: PathBuf,
}

impl Home {
    /// `CLIO_HOME` and `CLIO_CACHE`, or the platform's folders.
    pub fn from_environment() -> Result<Self, Failure> {
        let mut home = match environment::path("CLIO_HOME") {
            Some(home) => Self::at(Path::new(&home)),
            None => {
                let base = choose_base_strategy().map_err(|error| {
                    Failure::host(format!("there is no home folder: {error}"))
                        .next("set CLIO_HOME to a folder that clio may write")
                })?;
                let state = base.state_dir().unwrap_or_else(|| base.data_dir());
                Self {
                    state: state.join("clio"),
                    cache: base.cache_dir().join("clio"),
                }
            }
        };
        if let Some(cache) = environment::path("CLIO_CACHE") {
            home.cache = cache.into();
        }
        Ok(home)
    }

    /// The same folders, wherever the process goes from here.
    pub fn absolute(self) -> Result<Self, Failure> {
        let absolute = |path: &Path| {
            std::path::absolute(path)
                .map_err(|error| Failure::host(format!("there is no home folder: {error}")))
        };
        Ok(Self {
            state: absolute(&self.state)?,
            cache: absolute(&self.cache)?,
        })
    }

    /// One folder for everything.
    pub fn at(home: &Path) -> Self {
        Self {
            state: home.to_owned(),
            cache: home.join("cache"),
        }
    }

    /// The folder of all but the cache, which may not be there.
    pub fn folder(&self) -> &Path {
        &self.state
    }

    /// The folder of the locks of what one process at a time works on, made when
    /// it is not there.
    pub fn locks(&self) -> Result<PathBuf, Failure> {
        made(&self.state.join("locks"))
    }

    /// The folder of the journal and its key, made when it is not there.
    pub fn journal(&self) -> Result<PathBuf, Failure> {
        made(&self.state.join("journal"))
    }

    /// The folder of the vault. The vault makes it when it is first written.
    pub fn vault(&self) -> PathBuf {
        self.state.join("vault")
    }

    /// The folder of mappings, which may not be there.
    pub fn mappings(&self) -> PathBuf {
        self.state.join("mappings")
    }

    /// Where the service's settings stand, if there are any.
    pub fn serve_settings(&self) -> PathBuf {
        self.state.join("serve.toml")
    }

    /// The folder of what was uploaded to the service, made when it is not there.
    pub fn uploads(&self) -> Result<PathBuf, Failure> {
        made(&self.state.join("uploads"))
    }

    /// The folder of the sealed bytes of drafts, made when it is not there.
    pub fn drafts(&self) -> Result<PathBuf, Failure> {
        made(&self.state.join("drafts"))
    }

    /// The folder of the files of cases that were posted to the service and are not
    /// in Clio yet, made when it is not there.
    pub fn cases(&self) -> Result<PathBuf, Failure> {
        made(&self.state.join("cases"))
    }

    /// Where the operator's policy for this home stands, if there is one.
    pub fn policy(&self) -> PathBuf {
        self.state.join("policy.toml")
    }

    /// The folder of compiled components, made when it is not there.
    pub fn cache(&self) -> Result<PathBuf, Failure> {
        made(&self.cache)
    }
}

fn made(folder: &Path) -> Result<PathBuf, Failure> {
    create_private(folder).map_err(|error| {
        Failure::host(format!(
            "the folder {} cannot be made: {error}",
            folder.display()
        ))
        .next("set CLIO_HOME to a folder that clio may write")
    })?;
    Ok(folder.to_owned())
}

/// Opens a file, made for its owner alone. SQLite gives the files beside a
/// database the same rights.
pub fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[cfg(unix)]
    #[test]
    fn the_folders_belong_to_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let root = tempfile::tempdir().unwrap();
        let home = Home::at(&root.path().join("home"));
        for folder in [home.locks().unwrap(), home.cache().unwrap()] {
            let mode = std::fs::metadata(&folder).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{}", folder.display());
        }
    }

    #[test]
    fn a_home_that_cannot_be_made_names_the_next_step() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let failure = Home::at(file.path()).locks().unwrap_err();
        assert!(
            failure.to_string().contains("next: set CLIO_HOME"),
            "{failure}"
        );
    }
}
