//! What staff and other programs do with a document is left as it is: one that
//! was moved, and a version that somebody else has begun.

use clio_host::actions::find_documents::{FindRequest, Scope};
use clio_host::actions::types::{DocumentStatus, ProblemCode};
use clio_host::actions::upload_document::{OnChange, Parent, UploadDisposition};
use clio_sandbox::{Effect, ExternalProperties, Fault, NewContact, NewDocument, Place, Switches};
use clio_tests::{World, inline, sha256_hex};

use crate::setup_markers::Markers;
use crate::sync::world_with_case;
use crate::upload_document::{retainer, world_with_matter};

/// Trap: staff move a document to another matter.
/// Take out: `components/clio-api/src/find_documents.rs`: `(DocumentStatus::Complete, false) => DocumentStatus::Moved,`
/// Replace with: `(DocumentStatus::Complete, false) => continue,`
// CASES I9
#[tokio::test]
async fn a_document_that_was_moved_is_reported_and_left_under_every_reading() {
    for (name, switches) in Switches::all() {
        let world = World::under(switches).await;
        let (matter, other) = (world.add_matter(), world.add_matter());
        let first = world.call().run(retainer(matter)).await.unwrap();
        let contact = world.control.snapshot().contacts[0].id;
        for place in [Place::Matter(other), Place::Contact(contact)] {
            world.control.move_document(first.id, place);
            let before = world.control.snapshot();
            world.control.clear_trace();
            let mut request = retainer(matter);
            request.content = inline(b"%PDF-1.4 another text", "application/pdf");
            request.on_change = Some(OnChange::NewVersion);
            let told = world.call().run(request).await.unwrap();
            assert_eq!(
                (told.id, told.disposition, told.sent),
                (first.id, UploadDisposition::Moved, 0),
                "{name}"
            );
            assert_eq!(world.writes(), 0, "{name}");
            assert_eq!(
                world.control.snapshot().documents,
                before.documents,
                "{name}"
            );
        }
        world.finish();
    }
}

// CASES I9
#[tokio::test]
async fn a_look_for_one_document_tells_where_it_went_in_one_request() {
    let (world, matter) = world_with_matter().await;
    let other = world.add_matter();
    let first = world.call().run(retainer(matter)).await.unwrap();
    let look = async |scope| {
        world.control.clear_trace();
        let request = FindRequest {
            scope,
            source_ids: vec!["intake:case-17/retainer".to_owned()],
        };
        let mut states = world.call().run(request).await.unwrap();
        let state = states.remove(0);
        assert_eq!(state.id, Some(first.id));
        (state.status, world.requests())
    };
    let folder = world
        .control
        .add_folder(Place::Matter(matter), "Pleadings")
        .unwrap();
    let once = || vec!["GET /documents".to_owned()];
    let complete = DocumentStatus::Complete;
    assert_eq!(look(Scope::Matter(matter)).await, (complete, once()));
    // Another folder of the same matter is no other place.
    world.control.move_document(first.id, Place::Folder(folder));
    assert_eq!(look(Scope::Matter(matter)).await, (complete, once()));
    assert_eq!(look(Scope::Folder(folder)).await, (complete, once()));
    world.control.move_document(first.id, Place::Matter(matter));
    let (status, requests) = look(Scope::Folder(folder)).await;
    assert_eq!(status, complete);
    assert_eq!(requests, ["GET /documents", "GET /folders"]);

    world.control.move_document(first.id, Place::Matter(other));
    let moved = DocumentStatus::Moved;
    assert_eq!(look(Scope::Matter(matter)).await, (moved, once()));
    assert_eq!(look(Scope::Folder(folder)).await.0, moved);
    world.finish();
}

// CASES I9
#[tokio::test]
async fn a_sync_makes_no_second_copy_of_a_document_that_was_moved() {
    for markers in Markers::BOTH {
        let (world, path) = world_with_case(markers).await;
        // Documents go at the same time: their ids tell nothing of their places.
        let made = world.clio(&["sync", &path, "--json"]).await;
        let moved = made.expect_code(0).json()["documents"][0]["id"]
            .as_u64()
            .unwrap();
        let other = world.add_matter();
        world.control.move_document(moved, Place::Matter(other));
        let before = world.control.snapshot().documents;

        let elsewhere = tempfile::tempdir().unwrap();
        let home = [("CLIO_HOME", elsewhere.path().to_str().unwrap())];
        if markers == Markers::With {
            let linked = world.clio_with(&["setup"], &home, None).await;
            linked.expect_code(0);
        }
        // From the same machine, and from one that remembers nothing.
        for home in [&[][..], &home[..]] {
            world.control.clear_trace();
            let again = world
                .clio_with(&["sync", &path, "--json"], home, None)
                .await;
            let report = again.expect_code(0).json();
            let lines = report["documents"].as_array().unwrap();
            let statuses: Vec<_> = lines.iter().map(|line| &line["status"]).collect();
            assert_eq!(statuses, ["moved", "linked", "not_approved"], "{report}");
            assert_eq!(lines[0]["id"], moved);
            assert_eq!(world.writes(), 0);
            assert_eq!(world.control.snapshot().documents, before);
        }
        world.finish();
    }
}

// CASES I10
#[tokio::test]
async fn a_version_that_somebody_else_has_begun_is_left_to_them() {
    for (name, switches) in Switches::all() {
        let world = World::under(switches).await;
        let matter = world.add_matter();
        let theirs = world.add(
            Place::Matter(matter),
            NewDocument::complete("Lease.pdf", b"their bytes"),
        );
        let mut request = retainer(matter);
        request.parent = Parent::Document(theirs);
        // Also once the document carries our source id.
        for bytes in [b"%PDF-1.4 one".as_slice(), b"%PDF-1.4 two"] {
            world.control.add_version(theirs, None);
            let begun = world.control.snapshot().documents[0].versions.len();
            request.content = inline(bytes, "application/pdf");
            let outcome = world.call().run(request.clone()).await.unwrap();
            assert_eq!(outcome.disposition, UploadDisposition::NewVersion, "{name}");
            let versions = world.control.snapshot().documents.remove(0).versions;
            assert_eq!(versions.len(), begun + 1, "{name}");
            assert!(!versions[begun - 1].fully_uploaded, "{name}");
            let last = versions.last().unwrap();
            assert!(last.fully_uploaded, "{name}");
            assert_eq!(last.sha256, Some(sha256_hex(bytes)), "{name}");
        }
        world.finish();
    }
}

// CASES I10
#[tokio::test]
async fn a_document_that_somebody_else_has_begun_is_a_conflict() {
    let (world, matter) = world_with_matter().await;
    let theirs = world.add(Place::Matter(matter), NewDocument::incomplete("Lease.pdf"));
    let mut request = retainer(matter);
    request.parent = Parent::Document(theirs);
    let error = world.call().run(request).await.unwrap_err();
    assert_eq!(error.problem().unwrap().code, ProblemCode::Conflict);
    assert_eq!(error.problem().unwrap().candidates, [theirs]);
    assert_eq!(world.writes(), 0);
    world.finish();
}

/// Interrupted twice, an upload has two versions that nobody finished. The third
/// call must not take the document for whole.
#[tokio::test]
async fn an_upload_that_is_interrupted_again_and_again_ends_whole() {
    for (name, switches) in Switches::all() {
        let world = World::under(switches.clone()).await;
        let matter = world.add_matter();
        for _ in 0..3 {
            world.control.fault(Fault::storage("PUT", Effect::Reset));
            let broken = world.call().run(retainer(matter)).await;
            assert!(broken.unwrap_err().is_transient(), "{name}");
            // The upload's URL is over.
            world.control.advance(std::time::Duration::from_secs(3600));
        }
        let outcome = world.call().run(retainer(matter)).await.unwrap();
        assert_eq!(outcome.disposition, UploadDisposition::Completed, "{name}");
        let documents = world.control.snapshot().documents;
        assert_eq!(documents.len(), 1, "{name}");
        let version = documents[0].versions.last().unwrap();
        assert!(version.fully_uploaded, "{name}");
        world.finish();
    }
}

/// Two programs that use one account know each other's documents only where
/// Clio shows them.
#[tokio::test]
async fn a_contacts_folder_is_a_place_like_a_matter() {
    let world = World::under(Switches {
        external_properties: ExternalProperties::PerApp,
        ..Switches::default()
    })
    .await;
    let matter = world.add_matter();
    let contact = world.control.add_contact(NewContact::person("Cy", "Dow"));
    let mut request = retainer(matter);
    request.parent = Parent::Contact(contact);
    let first = world.call().run(request.clone()).await.unwrap();
    let again = world.call().run(request.clone()).await.unwrap();
    assert_eq!(
        (again.id, again.disposition),
        (first.id, UploadDisposition::Linked)
    );
    world.control.move_document(first.id, Place::Matter(matter));
    let told = world.call().run(request).await.unwrap();
    assert_eq!(
        (told.id, told.disposition),
        (first.id, UploadDisposition::Moved)
    );
    world.finish();
}
