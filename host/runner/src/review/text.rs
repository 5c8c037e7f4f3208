//! What a person reads of a draft: its text, and how that differs from its
//! template's.

use std::collections::BTreeSet;
use std::sync::Arc;

use clio_template::{Format, Inspected, difference, inspect};

use crate::failure::Failure;
use crate::home::Home;
use crate::journal::Journal;
use crate::journal::drafts::Draft;

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// A draft as it is read.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// None: no text can be read out of it.
    pub text: Option<String>,
    /// None: it is not known what it was filled from.
    pub template: Option<String>,
    /// Lines with `-` stand in the template alone, lines with `+` in the draft.
    pub difference: Option<String>,
    /// The places without a value, as they stand in the text, each once.
    pub unfilled: Vec<String>,
}

/// Reads a draft. This works on files.
pub fn shown(home: &Home, journal: &Arc<Journal>, draft: &Draft) -> Result<Shown, Failure> {
    let bytes = super::open(home, journal, draft)?;
    let bytes = bytes.whole(draft).map_err(|error| {
        let what = format!(
            "the bytes of the draft {} cannot be read: {error}",
            draft.id
        );
        Failure::host(what).next("restore the folder of drafts from a backup, or add it anew")
    })?;
    let read = read(&draft.about.name, &draft.about.media_type, &bytes);
    let template = journal.draft_template(&draft.id)?;
    let difference = match (&template, &read) {
        (Some(template), Some(read)) => {
            let template = inspect(Format::Text, template.as_bytes()).unwrap_or_default();
            Some(difference(&template, read).text)
        }
        _ => None,
    };
    Ok(Shown {
        unfilled: read.as_ref().map(unfilled).unwrap_or_default(),
        text: read.map(|read| read.text),
        template,
        difference: difference.map(|text| match text.is_empty() {
            true => "The text is the template's own: nothing was filled in.\n".to_owned(),
            false => text,
        }),
    })
}

/// The places that nothing was put in for, in the order of the text.
fn unfilled(read: &Inspected) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
    for mark in read.marks.iter().filter(|mark| !mark.filled) {
        if seen.insert(mark.name.as_str()) {
            found.push(mark.name.clone());
        }
    }
    found
}

/// The text of a document, by its media type or else its name; none where it has
/// none, or cannot be read.
pub fn text(name: &str, media_type: &str, bytes: &[u8]) -> Option<String> {
    read(name, media_type, bytes).map(|read| read.text)
}

/// The text of a template that has no name, told by how its bytes begin; none where
/// none can be read.
pub fn template_text(bytes: &[u8]) -> Option<String> {
    let media_type = match bytes {
        [b'P', b'K', 3, 4, ..] => DOCX,
        [b'%', b'P', b'D', b'F', b'-', ..] => "application/pdf",
        _ => "text/plain",
    };
    text("", media_type, bytes)
}

fn read(name: &str, media_type: &str, bytes: &[u8]) -> Option<Inspected> {
    let by_name = mime_guess::from_path(name).first_raw().unwrap_or_default();
    let media_type = if media_type.is_empty() {
        by_name
    } else {
        media_type
    };
    // By the bytes first: a program on a desk goes by them, whatever was declared.
    let format = match media_type.split(';').next().unwrap_or_default().trim() {
        _ if bytes.starts_with(b"PK\x03\x04") => Format::Docx,
        _ if bytes.trim_ascii_start().starts_with(b"%PDF-") => Format::Pdf,
        DOCX => Format::Docx,
        "application/pdf" => Format::Pdf,
        text if text.starts_with("text/") => Format::Text,
        _ => return None,
    };
    inspect(format, bytes).ok()
}
