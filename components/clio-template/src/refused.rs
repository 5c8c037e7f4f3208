//! Why a template is not filled.

use alloc::format;
use alloc::string::String;
use core::fmt;

/// A template or document that is not worked with, and why. The message is for
/// the template's author: it quotes placeholders, and no values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    message: String,
}

pub(crate) type Result<T> = core::result::Result<T, Refused>;

impl Refused {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }

    /// The same, with where it is before it.
    pub(crate) fn at(self, place: &str) -> Self {
        Self::new(format!("{place}: {}", self.message))
    }

    /// What is wrong, and what to do.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl core::error::Error for Refused {}

/// A piece of a template for a message: in one line, and short.
pub(crate) fn quoted(text: &str) -> String {
    const MOST: usize = 60;
    let mut out = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if !word.is_empty() {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(word);
        }
        if out.len() > 8 * MOST {
            break;
        }
    }
    if let Some((at, _)) = out.char_indices().nth(MOST) {
        out.truncate(at);
        out.push('…');
    }
    out
}
