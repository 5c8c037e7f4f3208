//! Standard output, which may be a terminal, a file, or a pipe nobody reads.
//!
//! A reader that went away (`clio actions | head -1`) is no error of ours: what
//! remains to be written is dropped and the command ends as it would have. Any
//! other failure to write (a full disk) is one, for the result is lost.

use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;

use crate::failure::Failure;

/// Whether a person reads standard output.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Writes text as it is.
pub(crate) fn text(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    settle(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Writes one line.
pub(crate) fn line(line: &str) -> Result<(), Failure> {
    text(&format!("{line}\n"))
}

/// Writes a value as JSON, indented for a terminal and on one line otherwise.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let rendered = if is_terminal() {
        serde_json::to_string_pretty(value)
    } else {
        serde_json::to_string(value)
    };
    let rendered =
        rendered.map_err(|error| Failure::host(format!("the result is no JSON: {error}")))?;
    line(&rendered)
}

fn settle(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::host(format!(
            "standard output cannot be written: {error}"
        ))),
        Ok(()) => Ok(()),
    }
}
