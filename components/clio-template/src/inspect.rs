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

/// What other programs leave in a text where a value belongs.
pub(crate) fn blanks(text: &str) -> Vec<Range<usize>> {
    const MOST: usize = 120;
    let mut found = Vec::new();
    for (open, close) in [("<<", ">>"), ("«", "»")] {
        let mut at = 0;
        while let Some(start) = text[at..].find(open).map(|it| at + it) {
            let inside = start + open.len();
            at = inside;
            // No more is looked at than a name has.
            let rest = &text[inside..];
            let (most, _) = rest.char_indices().nth(MOST).unwrap_or((rest.len(), ' '));
            let line = rest[..most].lines().next().unwrap_or_default();
            let Some(end) = line.find(close) else {
                continue;
            };
            let named = |it: &str| it.starts_with(char::is_alphabetic);
            // French quotes as they stand in French are no placeholder.
            if named(&line[..end]) && (open == "<<" || !line[..end].contains(' ')) {
                at = inside + end + close.len();
                found.push(start..at);
            }
            if found.len() > limits::MARKS {
                break;
            }
        }
    }
    found
}

/// What is found in a text: placeholders of this language, and others'.
pub(crate) fn of_text(text: String) -> Result<Inspected> {
    let mut marks = Vec::new();
    let mut mark = |kind, range: Range<usize>| {
        marks.push(Mark {
            kind,
            name: listed(&text[range.clone()]),
            part: "text".into(),
            filled: false,
            at: range,
        });
    };
    for tag in tags(&text)
        .into_iter()
        .filter(|it| it.braces != Braces::Comment)
    {
        mark(MarkKind::Placeholder, tag.range);
    }
    for range in blanks(&text) {
        mark(MarkKind::Blank, range);
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
