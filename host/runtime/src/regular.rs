//! Opens files that are read whole: regular ones alone.
//!
//! A pipe in the place of a file would hold its reader until somebody writes to
//! it, and a device may give bytes without end.

use std::fs::File;
use std::io::{self, Read};
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

/// Reads to the end, unless that is more than so many bytes.
///
/// # Errors
/// When it cannot be read; [`io::ErrorKind::FileTooLarge`] when it is longer.
pub fn read_at_most(from: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= most) {
        return Ok(bytes);
    }
    let most = most >> 10;
    let (most, unit) = if most < 1024 {
        (most, "KiB")
    } else {
        (most >> 10, "MiB")
    };
    let what = format!("it is longer than {most} {unit}");
    Err(io::Error::new(io::ErrorKind::FileTooLarge, what))
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

    #[test]
    fn what_is_longer_than_its_bound_is_not_read_on() {
        assert_eq!(read_at_most(&b"abc"[..], 3).unwrap(), b"abc");
        let told = |most: u64| read_at_most(io::repeat(7), most).unwrap_err().to_string();
        assert_eq!(told(64 << 10), "it is longer than 64 KiB");
        assert_eq!(told(4 << 20), "it is longer than 4 MiB");
    }
}
