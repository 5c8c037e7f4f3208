//! Whether others could have written a file or a folder.
//!
//! What decides over what leaves the machine, or runs on it, is only worth as
//! much as the rights on it: whoever may write the file, or put another in its
//! place in any folder on the way to it, decides as well, and so does whoever
//! owns a link on that way. So all of these belong to this user or to root, and
//! nobody else may write to them. In a folder with
//! the sticky bit, such as /tmp, others cannot touch what is not theirs; and
//! folders that root's own group may write are root's. A group whose number is the
//! owner's is taken for the owner alone, as most systems make one for each user.
//!
//! Known only where files have owners and modes: elsewhere nothing is refused.

#[cfg(unix)]
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
#[cfg(unix)]
use std::os::unix::fs::MetadataExt as _;
#[cfg(unix)]
use std::path::Component;
use std::path::{Path, PathBuf};

/// Why a file is not only ours.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotOurs {
    /// It belongs to another user.
    #[error("{} belongs to another user", .0.display())]
    ForeignOwner(PathBuf),
    /// Others may write to it.
    #[error("others may write to {}", .0.display())]
    WritableByOthers(PathBuf),
    /// It cannot be looked at.
    #[error("{} cannot be looked at: {cause}", .path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
}

impl NotOurs {
    /// What to do about it.
    pub(crate) const fn remedy(&self) -> &'static str {
        match self {
            Self::ForeignOwner(_) => "let it belong to you or to root (chown -h)",
            Self::WritableByOthers(_) => "take their rights away (chmod go-w)",
            Self::Unreadable { .. } => "let it be looked at",
        }
    }
}

/// Who may own what is trusted, beside root.
#[cfg(unix)]
fn us() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Checks an open file, and every folder on the way to it.
#[cfg(unix)]
pub(crate) fn check(file: &File, path: &Path) -> Result<(), NotOurs> {
    check_as(us(), file, path)
}

#[cfg(not(unix))]
pub(crate) fn check(_file: &File, _path: &Path) -> Result<(), NotOurs> {
    Ok(())
}

/// Whether an error says that there is nothing at a path.
pub(crate) fn tells_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Whether others may take away what is in a folder, whoever they are. One that
/// is not there holds nothing that could be taken.
#[cfg(unix)]
pub(crate) fn check_open(folder: &Path) -> Result<(), NotOurs> {
    match std::fs::metadata(folder) {
        Ok(about) if about.mode() & (STICKY | 0o002) == 0o002 => {
            Err(NotOurs::WritableByOthers(folder.to_owned()))
        }
        Ok(_) => Ok(()),
        Err(error) if tells_absence(&error) => Ok(()),
        Err(cause) => Err(unreadable(folder)(cause)),
    }
}

#[cfg(not(unix))]
pub(crate) fn check_open(_folder: &Path) -> Result<(), NotOurs> {
    Ok(())
}

#[cfg(unix)]
const OTHERS_WRITE: u32 = 0o022;
#[cfg(unix)]
const STICKY: u32 = 0o1000;

/// The system opens no file behind more links.
#[cfg(unix)]
const MOST_LINKS: usize = 40;

#[cfg(unix)]
fn check_as(user: u32, file: &File, path: &Path) -> Result<(), NotOurs> {
    let about = file.metadata().map_err(unreadable(path))?;
    trusted(user, path, &about, OTHERS_WRITE)?;
    walk(user, path)
}

/// Goes the way to a file as the system does, part by part. Whoever owns a link
/// on it, or may write to a folder that a part lies in, leads it elsewhere.
#[cfg(unix)]
fn walk(user: u32, path: &Path) -> Result<(), NotOurs> {
    let whole = std::path::absolute(path).map_err(unreadable(path))?;
    // What is still to be gone, the next part last.
    let mut ahead = parts(&whole);
    let mut links = 0;
    // Where the way has come to: no part of it is a link.
    let mut folder = PathBuf::from("/");
    while let Some(part) = ahead.pop() {
        if part == ".." {
            folder.pop();
            continue;
        }
        folder_is_trusted(user, &folder)?;
        let at = folder.join(part);
        // Whose a link is counts as well; its mode says nothing.
        let about = std::fs::symlink_metadata(&at).map_err(unreadable(&at))?;
        trusted(user, &at, &about, 0)?;
        if !about.is_symlink() {
            folder = at;
            continue;
        }
        links += 1;
        if links > MOST_LINKS {
            let cause = io::Error::other("there are too many links on the way");
            return Err(unreadable(path)(cause));
        }
        let target = std::fs::read_link(&at).map_err(unreadable(&at))?;
        if target.is_absolute() {
            folder = PathBuf::from("/");
        }
        ahead.extend(parts(&target));
    }
    Ok(())
}

/// The parts of a path, the first last.
#[cfg(unix)]
fn parts(path: &Path) -> Vec<OsString> {
    let named = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name),
        Component::ParentDir => Some(OsStr::new("..")),
        _ => None,
    });
    named.rev().map(OsStr::to_owned).collect()
}

#[cfg(unix)]
fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> NotOurs + use<> {
    let path = path.to_owned();
    move |cause| NotOurs::Unreadable { path, cause }
}

#[cfg(unix)]
fn folder_is_trusted(user: u32, folder: &Path) -> Result<(), NotOurs> {
    let about = std::fs::symlink_metadata(folder).map_err(unreadable(folder))?;
    let refused = match (about.mode() & STICKY, about.gid()) {
        (0, 0) => OTHERS_WRITE & !0o020,
        (0, _) => OTHERS_WRITE,
        _ => 0,
    };
    trusted(user, folder, &about, refused)
}

/// The rights that let in nobody but the owner. Where each user has a group of
/// their own, which bears their number, files are made for it to write.
#[cfg(unix)]
const fn harmless(owner: u32, group: u32) -> u32 {
    if owner == group { 0o020 } else { 0 }
}

/// Whether a file or folder belongs to the user or to root, and has none of the
/// rights `refused`.
#[cfg(unix)]
fn trusted(user: u32, path: &Path, about: &std::fs::Metadata, refused: u32) -> Result<(), NotOurs> {
    if about.uid() != user && about.uid() != 0 {
        return Err(NotOurs::ForeignOwner(path.to_owned()));
    }
    if about.mode() & refused & !harmless(about.uid(), about.gid()) != 0 {
        return Err(NotOurs::WritableByOthers(path.to_owned()));
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn looked_at(path: &Path) -> Result<(), NotOurs> {
        check(&File::open(path).unwrap(), path)
    }

    #[track_caller]
    fn refused_for(path: &Path, culprit: &Path) {
        match looked_at(path).unwrap_err() {
            NotOurs::WritableByOthers(found) => assert_eq!(found, culprit),
            other => panic!("{other}"),
        }
    }

    /// A file in a folder in a folder, and the root of it all.
    fn file() -> (tempfile::TempDir, PathBuf) {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("a/b");
        fs::create_dir_all(&folder).unwrap();
        for folder in ["a", "a/b"] {
            mode(&root.path().join(folder), 0o755);
        }
        let file = folder.join("file");
        fs::write(&file, "x").unwrap();
        mode(&file, 0o644);
        (root, file)
    }

    /// CASES S13
    #[test]
    fn a_file_that_others_may_write_or_put_another_in_the_place_of_is_refused() {
        let (root, file) = file();
        looked_at(&file).unwrap();
        for open in [0o646, 0o666, 0o777] {
            mode(&file, open);
            refused_for(&file, &file);
        }
        mode(&file, 0o644);
        for folder in ["a/b", "a"] {
            let folder = root.path().join(folder);
            mode(&folder, 0o757);
            refused_for(&file, &folder);
            // Others may add to it, and touch nothing that is there.
            mode(&folder, 0o1757);
            looked_at(&file).unwrap();
            mode(&folder, 0o755);
        }
    }

    #[test]
    fn the_group_of_the_owner_alone_may_write() {
        assert_eq!(harmless(1000, 1000), 0o020);
        assert_eq!(harmless(1000, 100), 0);
        let (root, file) = file();
        let folder = file.parent().unwrap();
        if us() != 0 {
            return;
        }
        let give = |path: &Path, owner, group| {
            std::os::unix::fs::chown(path, Some(owner), Some(group)).unwrap();
        };
        let look = || check_as(4242, &File::open(&file).unwrap(), &file);
        mode(&file, 0o664);
        mode(folder, 0o775);
        // Theirs through and through, as umask 002 makes them.
        give(&file, 4242, 4242);
        give(folder, 4242, 4242);
        look().unwrap();
        for (path, group) in [(&*file, 4243), (folder, 100)] {
            give(path, 4242, group);
            let error = look().unwrap_err();
            assert!(
                matches!(&error, NotOurs::WritableByOthers(found) if found == path),
                "{error}"
            );
            give(path, 4242, 4242);
        }
        // Everybody is no group.
        mode(&file, 0o666);
        assert!(matches!(look(), Err(NotOurs::WritableByOthers(_))));
        drop(root);
    }

    /// CASES S13
    #[test]
    fn a_link_is_as_good_as_the_folders_that_it_lies_in_and_leads_to() {
        let (root, file) = file();
        let (open, middle) = (root.path().join("open"), root.path().join("open/middle"));
        fs::create_dir(&open).unwrap();
        mode(&open, 0o755);
        symlink(&file, &middle).unwrap();
        let link = root.path().join("link");
        symlink("open/middle", &link).unwrap();
        looked_at(&link).unwrap();
        mode(&open, 0o777);
        refused_for(&link, &open);
        mode(&open, 0o755);
        let there = root.path().join("a");
        mode(&there, 0o777);
        refused_for(&link, &there);
    }

    /// CASES S13
    #[test]
    fn a_link_in_the_middle_of_the_way_counts_with_the_folder_that_it_lies_in() {
        let (root, file) = file();
        let real = root.path().canonicalize().unwrap();
        let (open, inner) = (real.join("open"), real.join("open/inner"));
        fs::create_dir(&open).unwrap();
        mode(&open, 0o755);
        // To a folder by way of another link, and back out of it.
        symlink("../a", &inner).unwrap();
        symlink("open/inner/b/../b", real.join("link")).unwrap();
        let path = real.join("link/file");
        assert!(path.canonicalize().unwrap() == file.canonicalize().unwrap());
        looked_at(&path).unwrap();
        mode(&open, 0o777);
        refused_for(&path, &open);
        // In a sticky folder others touch no link of ours, but may make their own.
        mode(&open, 0o1777);
        looked_at(&path).unwrap();
        if us() == 0 {
            std::os::unix::fs::lchown(&inner, Some(4242), None).unwrap();
            match looked_at(&path).unwrap_err() {
                NotOurs::ForeignOwner(found) => assert_eq!(found, inner),
                other => panic!("{other}"),
            }
            std::os::unix::fs::lchown(&inner, Some(0), None).unwrap();
            looked_at(&path).unwrap();
        }
        mode(&open, 0o755);
        // The folder that it leads through counts as well.
        let there = real.join("a");
        mode(&there, 0o777);
        refused_for(&path, &there);
        mode(&there, 0o755);
    }

    #[test]
    fn links_that_lead_round_come_to_an_end() {
        let (root, file) = file();
        let round = root.path().join("round");
        symlink("round", &round).unwrap();
        let error = walk(us(), &round.join("file")).unwrap_err();
        assert!(error.to_string().contains("too many links"), "{error}");
        walk(us(), &file).unwrap();
    }

    /// CASES S13: as another user sees it, it is another user's.
    #[test]
    fn what_belongs_to_another_user_is_refused() {
        let (_root, file) = file();
        let other = us() + 1;
        let opened = File::open(&file).unwrap();
        let error = check_as(other, &opened, &file);
        if us() != 0 {
            assert!(matches!(error, Err(NotOurs::ForeignOwner(_))), "{error:?}");
            return;
        }
        // Root's own may be trusted by everybody, so root gives something away.
        error.unwrap();
        std::os::unix::fs::chown(&file, Some(other), None).unwrap();
        let error = looked_at(&file);
        assert!(matches!(error, Err(NotOurs::ForeignOwner(_))), "{error:?}");
    }
}
