//! What the document actions send and decide, against a script.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod content;
mod find;
mod folders;
mod moved;
mod others;
mod parts;
mod settle;
mod upload;
mod versions;

use clio_types::find_documents::FindRequest;
use clio_types::types::DocumentState;
use serde_json::{Value, json};

use super::*;

use crate::Failure;
use crate::find_documents::find;
use crate::scripted::{Reply, Script, raw};

const LIST: &str = "GET documents.json";
const POST: &str = "POST documents.json";
const READ: &str = "GET documents/5.json";
const PATCH: &str = "PATCH documents/5.json";
const PUT: &str = "PUT https://s3.example/put?X-Amz-Signature=1";
const VERSIONS: &str = "GET documents/5/versions.json";
const THIRD: &str = "PUT https://s3.example/put?X-Amz-Signature=3";
const AGAIN: &str = "PUT https://s3.example/put?X-Amz-Signature=2";

/// `hello`, and its digest.
const BYTES: &[u8] = b"hello";
const DIGEST: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
const OTHER: &str = "486ea46224d1bb4fb680f34f7c9ad96a8f24ec88be73ea8e5a6c65260e9cb8a7";

fn request() -> UploadRequest {
    UploadRequest {
        source_id: "intake:doc-1".into(),
        began: None,
        parent: Parent::Matter(3),
        folder_path: None,
        name: "Retainer “final” 🎉 'x'.pdf".into(),
        content: Content {
            source: ContentSource::Inline(BYTES.to_vec()),
            length: None,
            media_type: Some("application/pdf".into()),
            sha256: None,
        },
        provenance: Provenance::FromPerson,
        known: Some(known(DocumentStatus::Absent, None)),
        on_change: None,
        category: Some(Category::Id(4)),
        received_at: None,
    }
}

fn known(status: DocumentStatus, sha256: Option<&str>) -> DocumentState {
    DocumentState {
        source_id: "intake:doc-1".into(),
        status,
        id: (status != DocumentStatus::Absent).then_some(5),
        sha256: sha256.map(str::to_owned),
        others: vec![],
    }
}

fn version(number: u64, uploaded: bool, signature: Option<u64>) -> Value {
    let put_url = signature.map_or_else(String::new, |s| {
        format!("https://s3.example/put?X-Amz-Signature={s}")
    });
    json!({
        "uuid": format!("uuid-{number}"), "version_number": number, "fully_uploaded": uploaded,
        "put_url": put_url,
        "put_headers": [
            { "name": "x-amz-server-side-encryption", "value": "AES256" },
            { "name": "Content-Type", "value": "application/pdf" },
        ],
    })
}

fn properties(sha256: Option<&str>) -> Value {
    let mut rows = vec![json!({ "id": 70, "name": "source-id", "value": "intake:doc-1" })];
    rows.extend(sha256.map(|sha256| json!({ "id": 71, "name": "sha256", "value": sha256 })));
    json!(rows)
}

fn document(version: &Value, sha256: Option<&str>) -> Value {
    json!({
        "id": 5, "etag": "\"x\"", "matter": { "id": 3 }, "external_properties": properties(sha256),
        "latest_document_version": version,
    })
}

fn answer(document: &Value) -> Reply {
    raw(200, json!({ "data": document }).to_string())
}

/// The answer of a creation: an upload URL.
fn noted() -> Reply {
    answer(&document(&version(1, false, Some(1)), Some(DIGEST)))
}

/// The answer of the last step.
fn finished() -> Reply {
    answer(&document(&version(1, true, None), Some(DIGEST)))
}

fn stored() -> Reply {
    raw(200, "")
}

fn run(clio: &mut Script, request: &UploadRequest) -> Result<UploadOutcome, Failure> {
    let outcome = super::upload(clio, request);
    clio.done();
    outcome
}

fn outcome(disposition: UploadDisposition, sent: u64) -> UploadOutcome {
    UploadOutcome {
        id: 5,
        disposition,
        sent,
        others: vec![],
        folder: None,
        category: None,
    }
}
