//! Files that a person names are read up to a bound: what is longer is told, and
//! fills no memory.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// A file's bytes, at most so many.
pub(crate) fn file(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    read(File::open(path)?, most)
}

/// The same of anything that can be read.
pub(crate) fn read(from: impl Read, most: u64) -> io::Result<Vec<u8>> {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_longer_than_its_bound_is_not_read_on() {
        assert_eq!(read(&b"abc"[..], 3).unwrap(), b"abc");
        let told = |most: u64| read(io::repeat(7), most).unwrap_err().to_string();
        assert_eq!(told(64 << 10), "it is longer than 64 KiB");
        assert_eq!(told(4 << 20), "it is longer than 4 MiB");
    }
}
