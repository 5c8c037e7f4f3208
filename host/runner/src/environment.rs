//! The variables that say what no argument may: secrets, and whose account.

use std::ffi::OsString;

use crate::failure::Failure;

/// A path that a variable names, if it is set.
pub fn path(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// The text that a variable holds, without the space around it; none where it is
/// not set or blank.
pub fn text(name: &str) -> Result<Option<String>, Failure> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value.trim().to_owned()).filter(|value| !value.is_empty())),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(Failure::usage(format!("{name} is no text"))),
    }
}
