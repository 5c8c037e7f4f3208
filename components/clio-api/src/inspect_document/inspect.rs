//! `inspect-document.inspect`: the file, its text and its placeholders.

use clio_template::{self as engine, Format, Inspected, MarkKind};
use clio_types::inspect_document::{
    Difference, InspectOutcome, InspectRequest, Placeholder, PlaceholderKind,
};
use clio_types::types::FileContent;

use crate::file;
use crate::file_kind::{self, FileKind};
use crate::prelude::*;
use crate::problem::Failure;
use crate::transport::Transport;
use crate::upload_document::digest;

const CONTENT: &str = "/content";
const TEMPLATE: &str = "/template";

/// The most bytes of a text that are told.
pub(crate) const TEXT: usize = 256 << 10;

/// The most placeholders that are told.
const PLACEHOLDERS: usize = 2_000;

/// Tells what a document says, and what of it is unfilled.
///
/// # Errors
/// When a file cannot be read, or did not arrive whole.
pub fn inspect<T: Transport>(
    transport: &mut T,
    request: &InspectRequest,
) -> Result<InspectOutcome, Failure> {
    let origin = transport.origin();
    file::check(CONTENT, &request.content, origin)?;
    if let Some(template) = &request.template {
        file::check(TEMPLATE, template, origin)?;
    }
    let document = read(transport, CONTENT, &request.content)?;
    let difference = match &request.template {
        None => None,
        Some(template) => {
            let template = read(transport, TEMPLATE, template)?;
            let found = engine::difference(&template.inspected, &document.inspected);
            Some(Difference {
                kept: found.kept,
                places: u32::try_from(found.places).unwrap_or(u32::MAX),
                blank: found.blank,
                blankness: found.blankness,
                text: found.text,
            })
        }
    };
    let (text, text_cut) = cut(document.inspected.text, TEXT);
    let marks = document.inspected.marks;
    let more = marks.len().saturating_sub(PLACEHOLDERS);
    let marks = marks.into_iter().take(PLACEHOLDERS).map(placeholder);
    let mut placeholders: Vec<Placeholder> = marks.collect();
    if let (1.., Some(last)) = (more, placeholders.last().cloned()) {
        // A list that ended there would be taken for all of it.
        placeholders.push(Placeholder {
            name: format!("… and {more} more"),
            filled: false,
            ..last
        });
    }
    Ok(InspectOutcome {
        media_type: document.kind.media_type().to_owned(),
        length: document.length,
        sha256: document.sha256,
        text,
        text_cut,
        placeholders,
        difference,
    })
}

/// A file that was read.
struct Document {
    kind: FileKind,
    length: u64,
    sha256: String,
    inspected: Inspected,
}

fn read<T: Transport>(
    transport: &mut T,
    at: &str,
    content: &FileContent,
) -> Result<Document, Failure> {
    let bytes = file::read(transport, at, content)?;
    let kind = FileKind::of(&bytes, content.media_type.as_deref(), None);
    let kind = kind.ok_or_else(|| Failure::input(at, file_kind::UNKNOWN))?;
    let inspected = engine::inspect(format(kind), &bytes);
    Ok(Document {
        kind,
        length: bytes.len() as u64,
        sha256: digest::of(&bytes),
        inspected: inspected.map_err(|refused| Failure::input(at, refused.message()))?,
    })
}

/// As what a file is read.
fn format(kind: FileKind) -> Format {
    match kind {
        FileKind::Docx => Format::Docx,
        FileKind::Pdf => Format::Pdf,
        FileKind::Text | FileKind::Markdown | FileKind::Html => Format::Text,
    }
}

/// The beginning of a text, and whether there is more.
pub(crate) fn cut(mut text: String, most: usize) -> (String, bool) {
    if text.len() <= most {
        return (text, false);
    }
    let mut end = most;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    (text, true)
}

fn placeholder(mark: engine::Mark) -> Placeholder {
    Placeholder {
        name: mark.name,
        part: mark.part,
        kind: match mark.kind {
            MarkKind::Placeholder => PlaceholderKind::Expression,
            MarkKind::Control => PlaceholderKind::ContentControl,
            MarkKind::MergeField => PlaceholderKind::MergeField,
            MarkKind::Blank => PlaceholderKind::Blank,
        },
        filled: mark.filled,
    }
}
