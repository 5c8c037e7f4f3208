//! The action `document-contents.read` as a component: types in, types out. All
//! that matters stands in `clio_api::read_document`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_guest::generate!("read-document");

use clio_api::DocumentId;
use clio_api::read_document as api;
use clio_guest::WasiTransport;
use exports::clio::actions::document_contents as wit;
use exports::clio::actions::types;

struct ReadDocument;

impl wit::Guest for ReadDocument {
    fn read(request: wit::ReadRequest) -> Result<wit::ReadOutcome, types::Error> {
        let mut transport = WasiTransport::connect().map_err(refuse)?;
        let of = match request.of {
            wit::Stored::Document(id) => api::Stored::Document(DocumentId(id)),
            wit::Stored::Version(it) => api::Stored::Version {
                document: DocumentId(it.document),
                version: it.version,
            },
            wit::Stored::Template(id) => api::Stored::Template(id),
        };
        let wanted = request.content.map(|wanted| match wanted {
            wit::Wanted::Metadata => api::Wanted::Metadata,
            wit::Wanted::Url => api::Wanted::Url,
            wit::Wanted::Bytes => api::Wanted::Bytes,
        });
        api::read(&mut transport, of, wanted)
            .map(answered)
            .map_err(refuse)
    }
}

export!(ReadDocument);

clio_guest::contract_error!(types);

fn answered(outcome: api::ReadOutcome) -> wit::ReadOutcome {
    wit::ReadOutcome {
        id: outcome.id,
        name: outcome.name,
        filename: outcome.filename,
        media_type: outcome.media_type,
        size: outcome.size,
        etag: outcome.etag,
        created_at: outcome.created_at,
        updated_at: outcome.updated_at,
        category: outcome.category.map(|category| wit::Category {
            id: category.id.0,
            name: category.name,
        }),
        document: outcome.document.map(facts),
        content: match outcome.content {
            api::Content::Withheld => wit::Content::Withheld,
            api::Content::Url(url) => wit::Content::Url(url),
            api::Content::Inline {
                bytes,
                sha256,
                recorded,
            } => wit::Content::Inline(wit::InlineContent {
                bytes,
                sha256,
                recorded: match recorded {
                    api::Recorded::Matches => wit::Recorded::Matches,
                    api::Recorded::Differs => wit::Recorded::Differs,
                    api::Recorded::Absent => wit::Recorded::Absent,
                },
            }),
        },
    }
}

fn facts(facts: api::DocumentFacts) -> wit::DocumentFacts {
    wit::DocumentFacts {
        matter: facts.matter.map(|id| id.0),
        contact: facts.contact.map(|id| id.0),
        folder: facts.folder.map(|id| id.0),
        version: facts.version.map(|version| wit::VersionFacts {
            id: version.id,
            number: version.number,
            created_at: version.created_at,
        }),
        source_id: facts.source_id,
        sha256: facts.sha256,
        trashed: facts.trashed,
        complete: facts.complete,
        newer_unfinished: facts.newer_unfinished,
    }
}
