//! `fill-document.fill`: the template, the values, and the document.

use clio_template::{self as engine, Kind};
use clio_types::fill_document::{Content, FillOutcome, FillRequest, Unfilled, Why};

use super::{check, put, read, template};
use crate::client::Client;
use crate::file;
use crate::file_kind::FileKind;
use crate::prelude::*;
use crate::problem::Failure;
use crate::transport::Transport;
use crate::upload_document::digest;

/// Fills a template with the values of one matter.
///
/// # Errors
/// When the request is malformed, a record is not there, the template cannot be
/// filled, or the document finds no way out.
pub fn fill<T: Transport>(
    transport: &mut T,
    request: &FillRequest,
) -> Result<FillOutcome, Failure> {
    let checked = check::fill(request, transport.origin())?;
    let mut client = Client::new(transport);
    let (bytes, kind) = template::read(&mut client, request.matter, &request.template)?;
    let locale = checked.locale;
    let values = read::values(&mut client, request.matter, checked)?;
    let filled = engine::fill(engine_kind(kind), &bytes, &values, locale);
    let filled = filled
        .map_err(|refused| Failure::input(template::field(&request.template), refused.message()))?;
    // Both at once are more than a component needs to hold.
    drop((bytes, values));
    let (length, sha256) = (filled.bytes.len(), digest::of(&filled.bytes));
    let media_type = kind.media_type();
    let content = match &request.into {
        Some(url) => {
            put::put(client.transport, url, media_type, &filled.bytes)?;
            Content::Put
        }
        None if length > file::INLINE => {
            return Err(Failure::input(
                "/into",
                "The document is larger than 1 MiB, more than comes inline. Give a URL that it is \
                 sent to.",
            ));
        }
        None => Content::Inline(filled.bytes),
    };
    Ok(FillOutcome {
        content,
        length: length as u64,
        sha256,
        media_type: media_type.to_owned(),
        unfilled: filled.unfilled.into_iter().map(unfilled).collect(),
    })
}

pub(super) fn engine_kind(kind: FileKind) -> Kind {
    match kind {
        FileKind::Docx => Kind::Docx,
        FileKind::Markdown => Kind::Markdown,
        FileKind::Html => Kind::Html,
        FileKind::Text | FileKind::Pdf => Kind::Text,
    }
}

fn unfilled(it: engine::Unfilled) -> Unfilled {
    Unfilled {
        placeholder: it.placeholder,
        part: it.part,
        why: match it.why {
            engine::Why::Empty => Why::Empty,
            engine::Why::Hidden => Why::Hidden,
            engine::Why::Unknown => Why::Unknown,
            engine::Why::Several => Why::Several,
            engine::Why::Kind => Why::Kind,
            engine::Why::Link => Why::Link,
            engine::Why::Place => Why::Place,
        },
    }
}
