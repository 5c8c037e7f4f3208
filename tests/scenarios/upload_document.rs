//! A document is uploaded: whole, once, into the right place, and never with a
//! credential to the storage.

use clio_host::LocalContent;
use clio_host::actions::types::{DocumentState, DocumentStatus, ProblemCode};
use clio_host::actions::upload_document::{
    ContentSource, OnChange, Parent, Provenance, UploadDisposition, UploadRequest,
};
use clio_sandbox::{NewContact, NewMatter, Place};
use clio_tests::{World, anns_approval, inline, property, sha256_hex};

const BYTES: &[u8] = b"%PDF-1.4 a retainer agreement";

/// A matter to upload into.
pub(crate) async fn world_with_matter() -> (World, u64) {
    let world = World::new().await;
    let client = world.control.add_contact(NewContact::person("Ann", "Lee"));
    let matter = world
        .control
        .add_matter(NewMatter::of(client, "Lee v. Harbor"));
    (world, matter)
}

/// The retainer agreement, from a person.
pub(crate) fn retainer(matter: u64) -> UploadRequest {
    UploadRequest {
        source_id: "intake:case-17/retainer".to_owned(),
        began: None,
        parent: Parent::Matter(matter),
        name: "Retainer.pdf".to_owned(),
        content: inline(BYTES, "application/pdf"),
        provenance: Provenance::FromPerson,
        known: None,
        on_change: None,
        folder_path: None,
        category: None,
        received_at: None,
    }
}

/// Trap: a write without `fields` answers id and etag alone.
/// Take out: `components/clio-api/src/upload_document/upload.rs`: `let query = Query::new("documents.json").fields(body.fields());`
/// Replace with: `let query = Query::new("documents.json");`
/// Trap: the last step of an upload is forgotten.
/// Take out: `components/clio-api/src/upload_document/upload.rs`: `Some(ended) => self.finish(row.id, &version, &[], &ended, UploadDisposition::Created),`
/// Replace with: `Some(_) => Ok(self.outcome(row.id, UploadDisposition::Created, 29)),`
/// Trap: storage is sent the bearer.
/// Take out: `host/runtime/src/egress/stream.rs`: `*request.headers_mut() = headers.clone();`
/// Replace with: `*request.headers_mut() = headers.clone(); if let Ok(token) = self.connection.credential().bearer().await && let Ok(value) = token.authorization() { request.headers_mut().insert(http::header::AUTHORIZATION, value); }`
/// Trap: a header of the upload URL is dropped.
/// Take out: `components/clio-api/src/upload_document/storage.rs`: `each.map(|header| (header.name.clone(), header.value.clone()))`
/// Replace with: `each.skip(1).map(|header| (header.name.clone(), header.value.clone()))`
#[tokio::test]
async fn a_document_is_complete_with_its_bytes_and_its_marks() {
    let (world, matter) = world_with_matter().await;
    let outcome = world.call().run(retainer(matter)).await.unwrap();
    assert_eq!(outcome.disposition, UploadDisposition::Created);
    assert_eq!(outcome.sent, BYTES.len() as u64);
    assert_eq!(
        world.requests(),
        [
            "GET /documents".to_owned(),
            "POST /documents".to_owned(),
            format!("PATCH /documents/{}", outcome.id)
        ]
    );
    assert_eq!(world.storage().len(), 1);

    let snapshot = world.control.snapshot();
    let document = &snapshot.documents[0];
    assert_eq!(document.id, outcome.id);
    assert_eq!(document.matter, Some(matter));
    assert_eq!(document.name, "Retainer.pdf");
    let version = document.versions.last().unwrap();
    assert!(version.fully_uploaded);
    assert_eq!(version.sha256.as_deref(), Some(sha256_hex(BYTES).as_str()));
    assert_eq!(
        property(document, "source-id"),
        Some("intake:case-17/retainer")
    );
    assert_eq!(
        property(document, "sha256"),
        Some(sha256_hex(BYTES).as_str())
    );
    world.finish();
}

#[tokio::test]
async fn what_is_known_to_be_absent_costs_two_requests() {
    let (world, matter) = world_with_matter().await;
    let mut request = retainer(matter);
    request.known = Some(DocumentState {
        source_id: request.source_id.clone(),
        status: DocumentStatus::Absent,
        id: None,
        sha256: None,
        others: Vec::new(),
    });
    world.call().run(request).await.unwrap();
    assert_eq!(world.api().len(), 2);
    world.finish();
}

#[tokio::test]
async fn the_same_document_again_changes_nothing() {
    let (world, matter) = world_with_matter().await;
    let first = world.call().run(retainer(matter)).await.unwrap();
    world.control.clear_trace();
    let again = world.call().run(retainer(matter)).await.unwrap();
    assert_eq!(
        (again.id, again.disposition),
        (first.id, UploadDisposition::Linked)
    );
    assert_eq!((again.sent, world.writes(), world.api().len()), (0, 0, 1));
    world.finish();
}

#[tokio::test]
async fn other_bytes_are_reported_and_become_a_version_only_on_request() {
    let (world, matter) = world_with_matter().await;
    let first = world.call().run(retainer(matter)).await.unwrap();
    let mut changed = retainer(matter);
    changed.content = inline(b"%PDF-1.4 another text", "application/pdf");

    let told = world.call().run(changed.clone()).await.unwrap();
    assert_eq!(
        (told.id, told.disposition),
        (first.id, UploadDisposition::Changed)
    );
    assert_eq!(world.control.snapshot().documents[0].versions.len(), 1);

    changed.on_change = Some(OnChange::NewVersion);
    let added = world.call().run(changed.clone()).await.unwrap();
    assert_eq!(
        (added.id, added.disposition),
        (first.id, UploadDisposition::NewVersion)
    );
    let document = world.control.snapshot().documents.remove(0);
    assert_eq!(document.versions.len(), 2);
    assert!(
        document
            .versions
            .iter()
            .all(|version| version.fully_uploaded)
    );

    let again = world.call().run(changed).await.unwrap();
    assert_eq!(again.disposition, UploadDisposition::Linked);
    assert_eq!(world.control.snapshot().documents[0].versions.len(), 2);
    world.finish();
}

/// Trap: a document in the trash answers like any other.
/// Take out: `components/clio-api/src/upload_document/wire.rs`: `self.deleted_at.as_deref().is_some_and(|at| !at.is_empty())`
/// Replace with: `false`
#[tokio::test]
async fn a_document_in_the_trash_is_told_as_removed() {
    let (world, matter) = world_with_matter().await;
    let first = world.call().run(retainer(matter)).await.unwrap();
    world.control.trash_document(first.id);
    for on_change in [None, Some(OnChange::NewVersion)] {
        let mut request = retainer(matter);
        request.on_change = on_change;
        let error = world.call().run(request).await.unwrap_err();
        assert_eq!(error.problem().unwrap().code, ProblemCode::Removed);
    }
    assert_eq!(world.control.snapshot().documents.len(), 1);
    world.finish();
}

#[tokio::test]
async fn a_document_goes_into_a_folder_a_contact_and_onto_a_document() {
    let (world, matter) = world_with_matter().await;
    let contact = world.control.add_contact(NewContact::person("Bo", "Chan"));
    let folder = world
        .control
        .add_folder(Place::Matter(matter), "Pleadings")
        .unwrap();
    for (source_id, parent) in [
        ("a", Parent::Folder(folder)),
        ("b", Parent::Contact(contact)),
    ] {
        let mut request = retainer(matter);
        request.source_id = source_id.into();
        request.parent = parent;
        let outcome = world.call().run(request.clone()).await.unwrap();
        assert_eq!(outcome.disposition, UploadDisposition::Created);
        let again = world.call().run(request).await.unwrap();
        assert_eq!(
            (again.id, again.disposition),
            (outcome.id, UploadDisposition::Linked)
        );
    }
    let existing = world.add_document(matter, "By hand.pdf");
    let mut version = retainer(matter);
    version.source_id = "c".into();
    version.parent = Parent::Document(existing);
    version.content = inline(b"%PDF-1.4 a second version", "application/pdf");
    let outcome = world.call().run(version).await.unwrap();
    assert_eq!(outcome.id, existing);
    let snapshot = world.control.snapshot();
    let document = snapshot
        .documents
        .iter()
        .find(|d| d.id == existing)
        .unwrap();
    assert_eq!(document.versions.len(), 2);
    world.finish();
}

#[tokio::test]
async fn a_local_file_is_passed_on_under_a_name_of_one_call() {
    let (world, matter) = world_with_matter().await;
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    let path = world.file("scan.png", &bytes);
    let mut call = world.call();
    let url = call
        .add_content(LocalContent::open(&path).unwrap())
        .unwrap();
    let mut request = retainer(matter);
    request.content.source = ContentSource::Url(url);
    request.content.sha256 = Some(sha256_hex(&bytes));
    let outcome = call.run(request).await.unwrap();
    assert_eq!(outcome.sent, bytes.len() as u64);
    let snapshot = world.control.snapshot();
    let version = snapshot.documents[0].versions.last().unwrap().clone();
    assert_eq!(version.sha256, Some(sha256_hex(&bytes)));
    world.finish();
}

#[tokio::test]
async fn a_draft_needs_an_approval_of_exactly_its_bytes() {
    let (world, matter) = world_with_matter().await;
    let approval = |digest: String| Provenance::Draft(anns_approval(digest));
    let mut request = retainer(matter);
    request.provenance = approval(sha256_hex(b"other bytes"));
    let error = world
        .reviewed_call()
        .run(request.clone())
        .await
        .unwrap_err();
    assert_eq!(error.problem().unwrap().code, ProblemCode::ReviewRequired);
    assert!(
        world.api().is_empty(),
        "nothing reaches Clio before the bytes were checked"
    );

    // The digest is of the bytes themselves, not of what the caller says.
    let path = world.file("draft.pdf", BYTES);
    let mut call = world.reviewed_call();
    request.content.source = ContentSource::Url(
        call.add_content(LocalContent::open(&path).unwrap())
            .unwrap(),
    );
    request.content.sha256 = Some(sha256_hex(b"other bytes"));
    let error = call.run(request.clone()).await.unwrap_err();
    assert!(
        matches!(
            error.problem().unwrap().code,
            ProblemCode::ReviewRequired | ProblemCode::InvalidInput
        ),
        "{error:?}"
    );
    assert!(world.api().is_empty());

    request.provenance = approval(sha256_hex(BYTES));
    request.content = inline(BYTES, "application/pdf");
    // Nor is an approval one where nobody keeps any.
    let error = world.call().run(request.clone()).await.unwrap_err();
    let problem = error.problem().unwrap();
    assert_eq!(problem.code, ProblemCode::ReviewRequired);
    assert_eq!(problem.field.as_deref(), Some("/provenance/draft"));
    assert!(world.api().is_empty());

    let outcome = world.reviewed_call().run(request).await.unwrap();
    assert_eq!(outcome.disposition, UploadDisposition::Created);
    world.finish();
}

#[tokio::test]
async fn names_that_clio_takes_arrive_as_they_are() {
    let (world, matter) = world_with_matter().await;
    for (index, name) in [
        "Lee \"final\" (1).pdf",
        "Ünïcode 📎.pdf",
        "a'b&c=d;e%20f+g#h?.pdf",
        "x",
    ]
    .iter()
    .enumerate()
    {
        let mut request = retainer(matter);
        request.source_id = format!("doc-{index}");
        request.name = (*name).to_owned();
        world.call().run(request).await.unwrap();
        assert_eq!(
            world.control.snapshot().documents.last().unwrap().name,
            *name
        );
    }
    world.finish();
}

#[tokio::test]
async fn names_that_cannot_be_are_refused_before_anything_is_made() {
    let (world, matter) = world_with_matter().await;
    for name in [
        "",
        "  ",
        "a/b.pdf",
        "a\\b.pdf",
        "a\nb.pdf",
        "a\u{0}b.pdf",
        &"x".repeat(300),
        "..",
    ] {
        let mut request = retainer(matter);
        request.name = name.to_owned();
        let error = world.call().run(request).await.unwrap_err();
        let problem = error.problem().unwrap();
        assert_eq!(
            problem.code,
            ProblemCode::InvalidInput,
            "{name:?}: {problem:?}"
        );
        assert_eq!(problem.field.as_deref(), Some("/name"));
    }
    assert!(world.control.trace().is_empty());
    world.finish();
}
