//! The directory of compiled code.
//!
//! Compiled code runs with the host's own rights, so a directory that someone
//! else could have written is as good as someone else's program. It is made for
//! this user alone, and one that is not is refused rather than repaired.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use wasmtime::{Cache, CacheConfig};

/// How hard zstd tries on compiled code: as little as the engine permits. The
/// 640 KB of an action take a quarter less time to unpack than at the usual 3,
/// and a fourteenth more room.
const COMPRESSION: i32 = 1;

/// Why the directory of compiled code is not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CacheError {
    /// It cannot be made or read.
    #[error("the cache directory {} cannot be used: {cause}; choose another or run without", path.display())]
    Io {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// Not a directory of its own.
    #[error("the cache directory {} is a link or a file; name a directory", .0.display())]
    NotADirectory(PathBuf),
    /// It belongs to another user.
    #[error(
        "the cache directory {} belongs to another user, who could put code into it; \
         remove it or choose another",
        .0.display()
    )]
    ForeignOwner(PathBuf),
    /// Others may write to it.
    #[error(
        "others may write to the cache directory {}; run `chmod 700` on it after checking \
         what is in it, or choose another",
        .0.display()
    )]
    WritableByOthers(PathBuf),
    /// The engine refused it.
    #[error("the cache of compiled code cannot be set up: {0}")]
    Engine(String),
}

/// The cache in `path`, which is made when it is not there.
///
/// # Errors
/// When the directory cannot be made, or someone else could write to it.
pub(crate) fn open(path: &Path) -> Result<Cache, CacheError> {
    let io = |cause| CacheError::Io {
        path: path.to_owned(),
        cause,
    };
    // The engine wants an absolute path.
    let path = std::path::absolute(path).map_err(io)?;
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(io)?;
    }
    match make(&path) {
        Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => return Err(io(cause)),
        _ => {}
    }
    check(&path)?;
    let mut config = CacheConfig::new();
    config
        .with_directory(&path)
        .with_baseline_compression_level(COMPRESSION)
        // Each start reads it, and packing tighter makes that slower.
        .with_optimized_compression_usage_counter_threshold(u64::MAX);
    Cache::new(config).map_err(|cause| CacheError::Engine(cause.to_string()))
}

#[cfg(unix)]
fn make(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn make(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

fn check(path: &Path) -> Result<(), CacheError> {
    let metadata = fs::symlink_metadata(path).map_err(|cause| CacheError::Io {
        path: path.to_owned(),
        cause,
    })?;
    if !metadata.is_dir() {
        return Err(CacheError::NotADirectory(path.to_owned()));
    }
    #[cfg(unix)]
    check_owner(rustix::process::geteuid().as_raw(), path, &metadata)?;
    Ok(())
}

/// Whether the directory is this user's alone.
#[cfg(unix)]
fn check_owner(user: u32, path: &Path, metadata: &fs::Metadata) -> Result<(), CacheError> {
    use std::os::unix::fs::MetadataExt;
    if metadata.uid() != user {
        return Err(CacheError::ForeignOwner(path.to_owned()));
    }
    if metadata.mode() & 0o022 != 0 {
        return Err(CacheError::WritableByOthers(path.to_owned()));
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_new_directory_is_this_users_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b");
        open(&path).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o700
        );
        open(&path).unwrap();
    }

    #[test]
    fn a_directory_that_others_may_write_to_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        for mode in [0o777, 0o720, 0o702] {
            fs::set_permissions(dir.path(), fs::Permissions::from_mode(mode)).unwrap();
            let error = open(dir.path()).unwrap_err();
            assert!(matches!(error, CacheError::WritableByOthers(_)), "{error}");
        }
    }

    /// CASES S14: as another user finds it. Where this user may give files away
    /// (root), the whole way is gone once more.
    #[test]
    fn a_directory_of_another_user_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let us = rustix::process::geteuid().as_raw();
        let about = fs::symlink_metadata(dir.path()).unwrap();
        check_owner(us, dir.path(), &about).unwrap();
        let error = check_owner(us + 1, dir.path(), &about).unwrap_err();
        assert!(matches!(error, CacheError::ForeignOwner(_)), "{error}");
        if std::os::unix::fs::chown(dir.path(), Some(us + 1), None).is_ok() {
            let error = open(dir.path()).unwrap_err();
            assert!(matches!(error, CacheError::ForeignOwner(_)), "{error}");
        }
    }

    #[test]
    fn a_link_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let (target, link) = (dir.path().join("target"), dir.path().join("link"));
        fs::create_dir(&target).unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(matches!(
            open(&link).unwrap_err(),
            CacheError::NotADirectory(_)
        ));
    }
}
