//! The checks of an upload before the first request.

use clio_types::types::ProblemCode;

use super::buffered::LONGEST;
use super::{
    Category, ContentSource, DocumentStatus, Parent, Provenance, Scope, UploadRequest, digest,
};
use crate::find_documents::scope;
use crate::prelude::*;
use crate::problem::Failure;
use crate::{Instant, content_url, input, instant};

/// The most folders in one another that a path names.
const DEEPEST: usize = 20;

/// The most bytes that come inline: 1 MiB.
const INLINE: usize = 1 << 20;

pub(super) fn check(request: &UploadRequest, origin: &str, now: Instant) -> Result<(), Failure> {
    input::source_id("/source_id", &request.source_id)?;
    instant::began(request.began.as_deref(), now)?;
    match request.parent {
        Parent::Matter(id) => scope("/parent", Scope::Matter(id))?,
        Parent::Folder(id) => scope("/parent", Scope::Folder(id))?,
        Parent::Contact(id) => scope("/parent", Scope::Contact(id))?,
        Parent::Document(id) => input::id("/parent/document", id)?,
    }
    input::document_name("/name", &request.name)?;
    folder_path(request)?;
    content(request, origin)?;
    if let Provenance::Draft(approval) = &request.provenance {
        let review = |member: &str, message: &str| {
            Failure::permanent(ProblemCode::ReviewRequired, message)
                .field(format!("/provenance/draft/{member}"))
        };
        if clio_text::is_blank(&approval.approver) {
            return Err(review(
                "approver",
                "The approval does not say who approved the draft.",
            ));
        }
        instant::parse_past("/provenance/draft/at", &approval.at, now)?;
        if !digest::is_hex(&approval.sha256) {
            return Err(review(
                "sha256",
                "The approval holds no SHA-256 in lower-case hexadecimal.",
            ));
        }
    }
    if let Some(known) = &request.known {
        if known.source_id != request.source_id {
            return Err(Failure::input(
                "/known/source_id",
                "The known state belongs to another source id.",
            ));
        }
        if known.id.is_none() && known.status != DocumentStatus::Absent {
            return Err(Failure::input("/known/id", "The known document has no id."));
        }
        if let Some(id) = known.id {
            input::id("/known/id", id)?;
        }
    }
    match &request.category {
        Some(Category::Id(id)) => input::id("/category/id", *id)?,
        Some(Category::Name(name)) if clio_text::is_blank(name) => {
            return Err(Failure::input("/category/name", "The name is blank."));
        }
        _ => {}
    }
    if let Some(received_at) = &request.received_at {
        instant::parse("/received_at", received_at)?;
    }
    Ok(())
}

fn folder_path(request: &UploadRequest) -> Result<(), Failure> {
    let path = request.folder_path.as_deref().unwrap_or_default();
    if path.len() > DEEPEST {
        return Err(Failure::input("/folder_path", "Give at most 20 names."));
    }
    if !path.is_empty() && matches!(request.parent, Parent::Document(_)) {
        return Err(Failure::input(
            "/folder_path",
            "A new version lies where its document lies. Leave the path out.",
        ));
    }
    for (index, folder) in path.iter().enumerate() {
        input::document_name(&format!("/folder_path/{index}"), folder)?;
    }
    Ok(())
}

fn content(request: &UploadRequest, origin: &str) -> Result<(), Failure> {
    let content = &request.content;
    match &content.source {
        ContentSource::Inline(bytes) if bytes.len() > INLINE => {
            return Err(Failure::input(
                "/content/source/inline",
                "More than 1 MiB came inline. Pass the content by URL.",
            ));
        }
        // A host that was given a text in place of bytes may have passed none.
        ContentSource::Inline(bytes) if bytes.is_empty() && content.length != Some(0) => {
            return Err(Failure::input(
                "/content/source/inline",
                "The content is empty. If that is meant, give the `length` 0.",
            ));
        }
        ContentSource::Inline(bytes) => {
            if content
                .length
                .is_some_and(|length| length != bytes.len() as u64)
            {
                return Err(Failure::input(
                    "/content/length",
                    "The length is not that of the bytes.",
                ));
            }
        }
        ContentSource::Url(url) => content_url::check("/content/source/url", url, origin)?,
    }
    if content.length.is_some_and(|length| !fits(length)) {
        return Err(too_long());
    }
    if let Some(media_type) = &content.media_type {
        content_url::media_type("/content/media_type", media_type)?;
    }
    if content
        .sha256
        .as_deref()
        .is_some_and(|sha256| !digest::is_hex(sha256))
    {
        return Err(Failure::input(
            "/content/sha256",
            "The digest is no SHA-256 in lower-case hexadecimal.",
        ));
    }
    Ok(())
}

/// The refusal of a content that is too long for its parts.
pub(super) fn too_long() -> Failure {
    Failure::input(
        "/content/length",
        "The content is longer than 31 GiB, the most of one upload.",
    )
}

/// Whether an upload can carry the content.
pub(super) fn fits(length: u64) -> bool {
    length <= LONGEST
}
