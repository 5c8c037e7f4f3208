//! What a document says, and what of it is not filled.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::limits;
use crate::pieces::{Braces, listed, tags};
use crate::refused::{Refused, Result};

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A Word document.
    Docx,
    /// A PDF with a text layer.
    Pdf,
    /// Text, Markdown or HTML in UTF-8, read as it is written.
    Text,
}

/// What was found in a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inspected {
    /// Its text: a line each paragraph, the body before headers, footers and
    /// notes.
    pub text: String,
    /// What is or was to be filled, in the order of the text.
    pub marks: Vec<Mark>,
}

/// A place of a document that a value belongs into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// What it is.
    pub kind: MarkKind,
    /// Its name: of a placeholder all of it, `{{ client.name }}`.
    pub name: String,
    /// Where: a part of a Word document (`word/header1.xml`), or `text`.
    pub part: String,
    /// Whether there is a value.
    pub filled: bool,
    /// Where in [`Inspected::text`] it stands, in bytes.
    pub at: Range<usize>,
}

/// What a place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkKind {
    /// `{{ … }}` or `{% … %}` of this language; as it is still there, it is not
    /// filled.
    Placeholder,
    /// A content control of Word's with a tag or a title.
    Control,
    /// A merge field of Word's.
    MergeField,
    /// What other programs leave: `<<Matter.Client.Name>>`, `«Client»`.
    Blank,
}

/// What other programs leave in a text where a value belongs, in order. `wraps`:
/// a line of the text may end within a name, as in what a page shows.
pub(crate) fn blanks(text: &str, wraps: bool) -> Vec<Range<usize>> {
    const MOST: usize = 120;
    // As HTML writes them as well.
    const SIGNS: [(&str, &str); 4] = [
        ("<<", ">>"),
        ("&lt;&lt;", "&gt;&gt;"),
        ("«", "»"),
        ("&laquo;", "&raquo;"),
    ];
    let mut found: Vec<Range<usize>> = Vec::new();
    for (n, (open, close)) in SIGNS.into_iter().enumerate() {
        let quotes = n > 1;
        let mut at = 0;
        while let Some(start) = text[at..].find(open).map(|it| at + it) {
            let inside = start + open.len();
            at = inside;
            // No more is looked at than a name has.
            let rest = &text[inside..];
            let (most, _) = rest.char_indices().nth(MOST).unwrap_or((rest.len(), ' '));
            let lines = if wraps && !quotes { 2 } else { 1 };
            let lines: usize = rest[..most]
                .split_inclusive('\n')
                .take(lines)
                .map(str::len)
                .sum();
            let Some(end_of_name) = rest[..lines].find(close) else {
                continue;
            };
            let name = &rest[..end_of_name];
            // French quotes as they stand in French are no placeholder.
            if name.starts_with(char::is_alphabetic) && !(quotes && name.contains(' ')) {
                at = inside + end_of_name + close.len();
                found.push(start..at);
            }
            if found.len() > limits::MARKS {
                break;
            }
        }
    }
    found.sort_by_key(|it| it.start);
    found
}

/// The name of one: where a page had no room for it, it is one word all the same.
pub(crate) fn blank_name(text: &str) -> String {
    listed(text).replace(". ", ".")
}

/// What is found in a text: placeholders of this language, and others'.
pub(crate) fn of_text(text: String) -> Result<Inspected> {
    let mut marks = Vec::new();
    let mut mark = |kind, range: Range<usize>, name: fn(&str) -> String| {
        marks.push(Mark {
            kind,
            name: name(&text[range.clone()]),
            part: "text".into(),
            filled: false,
            at: range,
        });
    };
    for tag in tags(&text)
        .into_iter()
        .filter(|it| it.braces != Braces::Comment)
    {
        mark(MarkKind::Placeholder, tag.range, listed);
    }
    for range in blanks(&text, true) {
        mark(MarkKind::Blank, range, blank_name);
    }
    marks.sort_by_key(|it| it.at.start);
    few(&marks)?;
    Ok(Inspected { text, marks })
}

/// Sees that no more were found than are told.
pub(crate) fn few(marks: &[Mark]) -> Result<()> {
    match marks.len() > limits::MARKS {
        true => Err(Refused::new("it has more than 20,000 places for values")),
        false => Ok(()),
    }
}
