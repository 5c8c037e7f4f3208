//! Fills templates, and tells what of a document is not filled.
//!
//! A law firm's templates are Word documents, and sometimes text, Markdown or
//! HTML. Placeholders, conditions and loops are a small part of Jinja's language
//! (`{{ client.name }}`), and Word's own content controls and merge fields are
//! filled by their names. The crate knows nothing of Clio: values by name go in,
//! and bytes come out.
//!
//! What must stay true:
//! - The same template and values give the same bytes: no clock, no random
//!   number, no order of a hash table.
//! - A placeholder without a value stays where it is, and is listed.
//! - A value is only ever text: it ends no element, opens no tag, and is no part
//!   of the language.
//! - Templates are foreign bytes. What they cost is bounded ([`limits`]), and a
//!   part of a document that nobody fills is handed on as it came.
#![cfg_attr(not(test), no_std)]
#![cfg_attr(test, allow(clippy::unwrap_used))] // what a test cannot read fails it

extern crate alloc;

mod align;
mod decimal;
mod difference;
mod docx;
mod escape;
mod evaluate;
mod expression;
mod filters;
mod format;
mod html;
mod inspect;
pub mod limits;
mod locale;
mod nodes;
mod package;
mod pdf;
mod pieces;
mod refused;
mod render;
mod text;
mod unfilled;
mod value;
mod xml;

pub use decimal::Decimal;
pub use difference::{Difference, difference};
pub use inspect::{Format, Inspected, Mark, MarkKind};
pub use locale::Locale;
pub use refused::Refused;
pub use unfilled::{Filled, Unfilled, Why};
pub use value::{Date, Time, Value};

/// What a template is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A Word document (ECMA-376), or a Word template without macros.
    Docx,
    /// Text in UTF-8. Values go in as they are.
    Text,
    /// CommonMark in UTF-8.
    Markdown,
    /// HTML in UTF-8.
    Html,
}

/// Fills a template with the members of a record.
///
/// # Errors
///
/// [`Refused`]: the template is not what `kind` says, not in the language, in
/// bad faith, or too large.
pub fn fill(
    kind: Kind,
    template: &[u8],
    values: &Value,
    locale: Locale,
) -> Result<Filled, Refused> {
    if template.len() > limits::TEMPLATE {
        return Err(Refused::new(
            "the template is larger than 10 MiB; make its pictures smaller",
        ));
    }
    match kind {
        Kind::Docx => docx::fill(template, values, locale),
        Kind::Text => text::fill(text::Markup::Text, template, values, locale),
        Kind::Markdown => text::fill(text::Markup::Markdown, template, values, locale),
        Kind::Html => text::fill(text::Markup::Html, template, values, locale),
    }
}

/// Tells what a template says, and what of it is to be filled.
///
/// # Errors
///
/// [`Refused`]: the template is not what `kind` says, in bad faith, or too large.
pub fn inspect_template(kind: Kind, template: &[u8]) -> Result<Inspected, Refused> {
    // A component that only fills has no reader of PDF in it.
    match kind {
        _ if template.len() > limits::TEMPLATE => {
            Err(Refused::new("the template is larger than 10 MiB"))
        }
        Kind::Docx => docx::inspect(template),
        Kind::Text | Kind::Markdown | Kind::Html => {
            text::read(template).and_then(|text| inspect::of_text(text.into()))
        }
    }
}

/// Tells what a document says, and what of it is not filled.
///
/// # Errors
///
/// [`Refused`]: the document is not what `format` says, in bad faith, or too
/// large.
pub fn inspect(format: Format, document: &[u8]) -> Result<Inspected, Refused> {
    if document.len() > limits::TEMPLATE {
        return Err(Refused::new("the document is larger than 10 MiB"));
    }
    match format {
        Format::Docx => docx::inspect(document),
        Format::Pdf => pdf::text(document).and_then(inspect::of_text),
        Format::Text => text::read(document).and_then(|text| inspect::of_text(text.into())),
    }
}
