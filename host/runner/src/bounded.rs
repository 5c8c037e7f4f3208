//! Files that a person names are read up to a bound: what is longer is told, and
//! fills no memory.

use std::fs::File;
use std::io;
use std::path::Path;

use clio_host::read_at_most;

/// A file's bytes, at most so many.
pub fn file(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    read_at_most(File::open(path)?, most)
}
