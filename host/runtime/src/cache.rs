//! The directory of compiled code.
//!
//! Compiled code runs with the host's own rights, so a directory that someone
//! else could have written is as good as someone else's program. It is made for
//! this user alone, and one that is not is refused rather than repaired.
//!
//! What must stay true: what is not byte for byte what was written, for this
//! component and this engine, is not code. A file begins with the SHA-256 of its own
//! name and the rest of it; one that does not fit is passed over, and written anew. That holds off a disk's mistakes. It does not hold off
//! who may write there: they could write the digest as well.

use std::fs;
use std::hash::{Hash, Hasher};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use sha2::{Digest, Sha256};
use wasmtime::Engine;

use crate::digest::hex;

/// How hard zstd tries on compiled code: as little as it permits. The 640 KB of an
/// action take a quarter less time to unpack than at the usual 3, and a fourteenth
/// more room.
const COMPRESSION: i32 = 1;

/// The most files. Those that were not used for longest go.
const FILES: usize = 256;

/// The bytes of a digest.
const DIGEST: usize = 32;

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
}

/// A directory of compiled code.
#[derive(Debug, Clone)]
pub(crate) struct CodeCache {
    folder: PathBuf,
}

impl CodeCache {
    /// The one in `path`, which is made when it is not there.
    ///
    /// # Errors
    /// When the directory cannot be made, or someone else could write to it.
    pub(crate) fn open(path: &Path) -> Result<Self, CacheError> {
        let io = |cause| CacheError::Io {
            path: path.to_owned(),
            cause,
        };
        let path = std::path::absolute(path).map_err(io)?;
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(io)?;
        }
        match make(&path) {
            Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => return Err(io(cause)),
            _ => {}
        }
        check(&path)?;
        Ok(Self { folder: path })
    }

    /// The code of a component for an engine, if it was kept whole.
    pub(crate) fn get(&self, engine: &Engine, component: &[u8]) -> Option<Vec<u8>> {
        let path = self.path(engine, component);
        // Looked at before it is opened: opening a FIFO would wait for a writer.
        let about = fs::symlink_metadata(&path).ok()?;
        if !about.is_file() {
            return None;
        }
        let kept = fs::read(&path).ok()?;
        let (digest, packed) = kept.split_at_checked(DIGEST)?;
        if sealed(&path, packed) != digest {
            tracing::warn!(path = %path.display(), "damaged compiled code is not used");
            return None;
        }
        let code = zstd::decode_all(packed).ok()?;
        // What is used stays longest.
        let _ = fs::File::open(&path).and_then(|file| file.set_modified(SystemTime::now()));
        Some(code)
    }

    /// Keeps the code of a component for an engine. Where it cannot, the next one
    /// compiles again.
    pub(crate) fn put(&self, engine: &Engine, component: &[u8], code: &[u8]) {
        if let Err(error) = self.write(&self.path(engine, component), code) {
            let folder = self.folder.display();
            tracing::warn!(%error, %folder, "compiled code is not kept");
        }
        self.forget();
    }

    /// Written beside its place and moved there: another process finds all of it or
    /// none.
    fn write(&self, path: &Path, code: &[u8]) -> io::Result<()> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let packed = zstd::encode_all(code, COMPRESSION)?;
        let mut beside = path.to_owned();
        beside.set_extension(format!(
            "{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        ));
        let written = (|| {
            let mut file = fs::File::create_new(&beside)?;
            file.write_all(&sealed(path, &packed))?;
            file.write_all(&packed)?;
            fs::rename(&beside, path)
        })();
        written.inspect_err(|_| drop(fs::remove_file(&beside)))
    }

    /// Removes what was not used for longest, where there is too much.
    fn forget(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return;
        };
        let mut files: Vec<_> = entries
            .flatten()
            .filter_map(|entry| {
                let about = entry.metadata().ok().filter(fs::Metadata::is_file)?;
                Some((about.modified().ok()?, entry.path()))
            })
            .collect();
        files.sort();
        let many = files.len().saturating_sub(FILES);
        for (_, path) in &files[..many] {
            let _ = fs::remove_file(path);
        }
    }

    /// Where the code lies: by the engine with all its settings, and by the
    /// component.
    fn path(&self, engine: &Engine, component: &[u8]) -> PathBuf {
        let mut key = Key(Sha256::new());
        engine.precompile_compatibility_hash().hash(&mut key);
        key.0.update(Sha256::digest(component));
        self.folder.join(hex(&key.0.finalize()))
    }
}

/// The digest of what lies under a name, which says whose code it is.
fn sealed(path: &Path, packed: &[u8]) -> Vec<u8> {
    let name = path.file_name().unwrap_or_default();
    Sha256::new()
        .chain_update(name.as_encoded_bytes())
        .chain_update(packed)
        .finalize()
        .to_vec()
}

/// Takes what an engine says of itself into a digest.
struct Key(Sha256);

impl Hasher for Key {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        // The digest is what is wanted of it.
        0
    }
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
        CodeCache::open(&path).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o700
        );
        CodeCache::open(&path).unwrap();
    }

    #[test]
    fn a_directory_that_others_may_write_to_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        for mode in [0o777, 0o720, 0o702] {
            fs::set_permissions(dir.path(), fs::Permissions::from_mode(mode)).unwrap();
            let error = CodeCache::open(dir.path()).unwrap_err();
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
            let error = CodeCache::open(dir.path()).unwrap_err();
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
            CodeCache::open(&link).unwrap_err(),
            CacheError::NotADirectory(_)
        ));
    }

    #[test]
    fn what_was_damaged_is_no_code() {
        let dir = tempfile::tempdir().unwrap();
        let cache = CodeCache::open(&dir.path().join("compiled")).unwrap();
        let engine = Engine::default();
        let code = b"code, as far as a directory knows".repeat(20);
        cache.put(&engine, b"a component", &code);
        assert_eq!(cache.get(&engine, b"a component"), Some(code.clone()));
        assert_eq!(cache.get(&engine, b"another"), None);
        let path = cache.path(&engine, b"a component");
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs::write(&path, &damaged).unwrap();
            assert_eq!(cache.get(&engine, b"a component"), None, "{at}");
            fs::write(&path, &whole[..at]).unwrap();
            assert_eq!(cache.get(&engine, b"a component"), None, "{at}");
        }
        cache.put(&engine, b"a component", &code);
        assert_eq!(cache.get(&engine, b"a component"), Some(code));
        assert_eq!(fs::read_dir(&cache.folder).unwrap().count(), 1);
    }

    #[test]
    fn what_was_kept_for_another_component_is_no_code_of_this_one() {
        let dir = tempfile::tempdir().unwrap();
        let cache = CodeCache::open(&dir.path().join("compiled")).unwrap();
        let engine = Engine::default();
        cache.put(&engine, b"one", b"code of one");
        let other = cache.path(&engine, b"another");
        fs::copy(cache.path(&engine, b"one"), &other).unwrap();
        assert_eq!(cache.get(&engine, b"another"), None);
        fs::remove_file(&other).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, &other, rustix::fs::Mode::RUSR).unwrap();
        assert_eq!(cache.get(&engine, b"another"), None);
        cache.put(&engine, b"another", b"code of another");
        let kept = cache.get(&engine, b"another");
        assert_eq!(kept.as_deref(), Some(&b"code of another"[..]));
    }

    #[test]
    fn another_engine_has_code_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let cache = CodeCache::open(dir.path()).unwrap();
        let settled = |level| Engine::new(wasmtime::Config::new().cranelift_opt_level(level));
        let fast = settled(wasmtime::OptLevel::Speed).unwrap();
        let soon = settled(wasmtime::OptLevel::None).unwrap();
        cache.put(&fast, b"it", b"code");
        assert_eq!(cache.get(&soon, b"it"), None);
    }

    #[test]
    fn what_was_not_used_for_longest_goes() {
        let dir = tempfile::tempdir().unwrap();
        let cache = CodeCache::open(dir.path()).unwrap();
        let engine = Engine::default();
        for n in 0..FILES {
            cache.put(&engine, n.to_string().as_bytes(), b"code");
        }
        assert!(cache.get(&engine, b"0").is_some());
        cache.put(&engine, b"one more", b"code");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), FILES);
        for kept in ["0", "one more"] {
            assert!(cache.get(&engine, kept.as_bytes()).is_some(), "{kept}");
        }
    }
}
