//! Files that hold a secret are closed to other users. A group may read them: programs
//! that renew certificates give them to one.

use std::fs::File;
use std::path::Path;

/// That nobody but a file's owner and group may read or write it.
pub(crate) fn to_others(path: &Path) -> Result<(), String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let file = File::open(path).and_then(|file| file.metadata());
        let mode = file
            .map_err(|error| error.to_string())?
            .permissions()
            .mode();
        if mode & 0o007 != 0 {
            return Err("other users may read or write it".to_owned());
        }
    }
    #[cfg(not(unix))]
    File::open(path).map_err(|error| error.to_string())?;
    Ok(())
}
