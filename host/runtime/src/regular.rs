//! Opens files that are read whole: regular ones alone.
//!
//! A pipe in the place of a file would hold its reader until somebody writes to
//! it, and a device may give bytes without end.

use std::fs::File;
use std::io;
use std::path::Path;

/// What stands at a path is a folder, a pipe, a socket or a device.
#[derive(Debug, thiserror::Error)]
#[error("it is no regular file")]
pub(crate) struct NotRegular;

/// Opens a regular file, without waiting for anybody.
///
/// # Errors
/// When it cannot be opened, or is no regular file.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // A pipe that nobody writes to is opened at once, and then refused. It
        // changes nothing for a regular file.
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(flags.bits().cast_signed());
    }
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, NotRegular));
    }
    Ok(file)
}

#[cfg(all(test, unix))]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A pipe that nobody writes to.
    pub(crate) fn pipe(path: &Path) {
        let made = std::process::Command::new("mkfifo").arg(path).status();
        assert!(made.unwrap().success());
    }

    #[test]
    fn what_is_no_regular_file_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let (fifo, file) = (folder.path().join("pipe"), folder.path().join("file"));
        pipe(&fifo);
        for odd in [fifo.as_path(), folder.path(), Path::new("/dev/zero")] {
            let error = open(odd).unwrap_err();
            assert_eq!(error.to_string(), "it is no regular file", "{odd:?}");
        }
        std::fs::write(&file, "x").unwrap();
        assert_eq!(io::read_to_string(open(&file).unwrap()).unwrap(), "x");
    }
}
