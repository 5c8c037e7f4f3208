//! What this command writes: results to standard output, which may be a terminal,
//! a file, or a pipe nobody reads, and what is told beside them to stderr.
//!
//! What must stay true: nothing reaches either that a terminal would obey, but
//! for our own colours ([`crate::terminal`]).
//!
//! A reader that went away (`clio actions | head -1`) is no error of ours: what
//! remains to be written is dropped and the command ends as it would have. Any
//! other failure to write (a full disk) is one, for the result is lost.

use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;

use crate::failure::Failure;
use crate::terminal;

/// Whether a person reads standard output.
pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether a result is written as JSON: where it is asked for, or no person
/// reads it.
pub fn is_json(asked: bool) -> bool {
    asked || !is_terminal()
}

/// Writes text of several lines.
pub fn text(text: &str) -> Result<(), Failure> {
    plain(&terminal::lines(text))
}

/// Writes a line with colours of ours. No text of anybody else's may be in it
/// that has not gone through [`terminal::line`].
pub fn styled(line: &str) -> Result<(), Failure> {
    plain(&format!("{line}\n"))
}

/// Tells a person something on stderr, beside the result, on a line of its own.
/// That nobody listens there is no failure.
pub fn tell(text: &str) {
    let told = format!("{}\n", terminal::lines(text));
    let _ = io::stderr().lock().write_all(told.as_bytes());
}

fn plain(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::host(format!(
            "standard output cannot be written: {error}"
        ))),
        _ => Ok(()),
    }
}

/// Writes one line, whatever stands in it.
pub fn line(line: &str) -> Result<(), Failure> {
    plain(&format!("{}\n", terminal::line(line)))
}

/// Writes a value as JSON, indented for a terminal and on one line otherwise.
pub fn json(value: &impl Serialize) -> Result<(), Failure> {
    let rendered = if is_terminal() {
        serde_json::to_string_pretty(value)
    } else {
        serde_json::to_string(value)
    };
    let rendered =
        rendered.map_err(|error| Failure::host(format!("the result is no JSON: {error}")))?;
    plain(&format!("{}\n", terminal::json(&rendered)))
}
