//! A component that a person names by its file.

use std::path::Path;

use crate::bounded;
use crate::failure::Failure;

/// The most bytes of a component file. The runner takes fewer, and says so.
const COMPONENT_BYTES: u64 = 64 * 1024 * 1024;

/// The bytes of a component's file.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    bounded::file(path, COMPONENT_BYTES).map_err(|error| {
        let path = path.display();
        Failure::usage(format!("the component {path} cannot be read: {error}"))
            .next("name a file that clio may read")
    })
}
