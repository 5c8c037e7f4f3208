//! New documents are told, each once, whatever happens around them.

use std::time::Duration;

use clio_host::actions::detect_documents::{DetectRequest, Hint, Hinted, Start, WatchScope};
use clio_host::actions::types::ProblemCode;
use clio_sandbox::{NewAutomation, NewContact, NewDocument, NewMatter, Place};
use clio_tests::World;

use crate::upload_document::{retainer, world_with_matter};

/// Polls once and returns the ids told and the next cursor.
pub(crate) async fn poll(world: &World, scope: WatchScope, start: Start) -> (Vec<u64>, Start) {
    let mut told = Vec::new();
    let mut start = start;
    loop {
        let outcome = world
            .call()
            .run(DetectRequest {
                scope,
                start,
                max_pages: None,
                hint: None,
            })
            .await
            .unwrap();
        told.extend(outcome.documents.iter().map(|document| document.id));
        start = Start::Cursor(outcome.cursor);
        if !outcome.more {
            return (told, start);
        }
    }
}

/// Trap: an edit makes a document new again.
/// Take out: `components/clio-api/src/detect_documents/scan.rs`: `if row.id <= self.cursor.floor || self.cursor.recent.contains_key(&row.id) {`
/// Replace with: `if row.id <= self.cursor.floor {`
#[tokio::test]
async fn a_document_is_told_once_and_an_edit_is_not_new() {
    let (world, matter) = world_with_matter().await;
    let old = world.add_document(matter, "old.pdf");
    let (told, cursor) = poll(&world, WatchScope::Account, Start::Now).await;
    assert!(told.is_empty(), "{old} stood there before");

    world.control.advance(Duration::from_secs(30));
    let new = world.add_document(matter, "new.pdf");
    let (told, cursor) = poll(&world, WatchScope::Account, cursor).await;
    assert_eq!(told, [new]);

    world.control.advance(Duration::from_secs(30));
    world.control.edit_document(old, "renamed.pdf");
    world.control.edit_document(new, "renamed.pdf");
    let (told, _) = poll(&world, WatchScope::Account, cursor).await;
    assert!(told.is_empty());
    world.finish();
}

#[tokio::test]
async fn a_quiet_account_costs_one_request() {
    let (world, _) = world_with_matter().await;
    let (_, cursor) = poll(&world, WatchScope::Account, Start::Now).await;
    world.control.clear_trace();
    world.control.advance(Duration::from_secs(600));
    poll(&world, WatchScope::Account, cursor).await;
    assert_eq!(world.requests(), ["GET /documents"]);
    world.finish();
}

/// Trap: an upload ends after the cursor has passed its creation.
/// Take out: `components/clio-api/src/detect_documents/detect.rs`: `.with("show_uncompleted", "true")`
#[tokio::test]
async fn a_document_that_was_created_long_before_it_became_complete_is_told() {
    let (world, matter) = world_with_matter().await;
    let (_, cursor) = poll(&world, WatchScope::Account, Start::Now).await;
    let slow = world.add(Place::Matter(matter), NewDocument::incomplete("slow.pdf"));
    world.control.advance(Duration::from_secs(30));
    let (told, mut cursor) = poll(&world, WatchScope::Account, cursor).await;
    assert!(told.is_empty());
    for _ in 0..5 {
        world.control.advance(Duration::from_secs(3600));
        let other = world.add_document(matter, "other.pdf");
        let (told, next) = poll(&world, WatchScope::Account, cursor).await;
        assert_eq!(told, [other]);
        cursor = next;
    }
    world.control.complete_document(slow, b"its bytes");
    let (told, _) = poll(&world, WatchScope::Account, cursor).await;
    assert_eq!(told, [slow]);
    world.finish();
}

#[tokio::test]
async fn what_our_own_upload_made_is_told_with_its_source_id() {
    let (world, matter) = world_with_matter().await;
    let (_, cursor) = poll(&world, WatchScope::Matter(matter), Start::Now).await;
    let id = world.call().run(retainer(matter)).await.unwrap().id;
    let outcome = world
        .call()
        .run(DetectRequest {
            scope: WatchScope::Matter(matter),
            start: cursor,
            max_pages: None,
            hint: None,
        })
        .await
        .unwrap();
    assert_eq!(outcome.documents.len(), 1);
    assert_eq!(outcome.documents[0].id, id);
    assert_eq!(
        outcome.documents[0].source_id.as_deref(),
        Some("intake:case-17/retainer")
    );
    assert_eq!(outcome.documents[0].matter, Some(matter));
    world.finish();
}

#[tokio::test]
async fn a_scope_holds_what_belongs_to_it() {
    let (world, matter) = world_with_matter().await;
    let client = world.control.add_contact(NewContact::person("Bo", "Chan"));
    let other = world.control.add_matter(NewMatter::of(client, "Chan"));
    let folder = world
        .control
        .add_folder(Place::Matter(matter), "Pleadings")
        .unwrap();
    let here = world.add_document(matter, "here.pdf");
    let deep = world.add(
        Place::Folder(folder),
        NewDocument::complete("deep.pdf", b"some bytes"),
    );
    let there = world.add_document(other, "there.pdf");
    for (scope, expected) in [
        (WatchScope::Account, vec![here, deep, there]),
        (WatchScope::Matter(matter), vec![here, deep]),
        (WatchScope::Folder(folder), vec![deep]),
        (WatchScope::Matter(other), vec![there]),
    ] {
        let (told, _) = poll(&world, scope, Start::Beginning).await;
        assert_eq!(told, expected, "{scope:?}");
    }
    world.finish();
}

#[tokio::test]
async fn a_cursor_of_another_scope_or_account_or_none_at_all_is_refused() {
    let (world, matter) = world_with_matter().await;
    let elsewhere = World::new().await;
    let (_, cursor) = poll(&world, WatchScope::Account, Start::Now).await;
    let refused = [
        (&world, WatchScope::Matter(matter), cursor.clone()),
        (&elsewhere, WatchScope::Account, cursor),
        (
            &world,
            WatchScope::Account,
            Start::Cursor("no cursor".into()),
        ),
        (&world, WatchScope::Account, Start::Cursor(String::new())),
    ];
    for (world, scope, start) in refused {
        let error = world
            .call()
            .run(DetectRequest {
                scope,
                start,
                max_pages: None,
                hint: None,
            })
            .await
            .unwrap_err();
        let problem = error.problem().unwrap();
        assert_eq!(problem.code, ProblemCode::InvalidInput);
        assert_eq!(problem.field.as_deref(), Some("/start/cursor"));
    }
    world.finish();
}

#[tokio::test]
async fn a_scan_goes_on_where_a_page_limit_cut_it() {
    let (world, matter) = world_with_matter().await;
    let expected: Vec<u64> = (0..450)
        .map(|n| world.add_document(matter, &format!("{n}.pdf")))
        .collect();
    let mut told = Vec::new();
    let mut start = Start::Beginning;
    let mut calls = 0;
    loop {
        let outcome = world
            .call()
            .run(DetectRequest {
                scope: WatchScope::Account,
                start,
                max_pages: Some(1),
                hint: None,
            })
            .await
            .unwrap();
        calls += 1;
        told.extend(outcome.documents.iter().map(|document| document.id));
        start = Start::Cursor(outcome.cursor);
        if !outcome.more {
            break;
        }
    }
    assert_eq!(told, expected);
    assert_eq!(calls, 3);
    world.finish();
}

/// Trap: a document in the trash answers like any other.
/// Take out: `components/clio-api/src/detect_documents/wire.rs`: `trashed: self.deleted_at.as_deref().is_some_and(|at| !at.is_empty()),`
/// Replace with: `trashed: false,`
#[tokio::test]
async fn a_document_that_waits_in_the_trash_is_told_when_it_is_restored() {
    let (world, matter) = world_with_matter().await;
    let (_, cursor) = poll(&world, WatchScope::Account, Start::Now).await;
    let id = world.add_document(matter, "early.pdf");
    world.control.trash_document(id);
    world.control.advance(Duration::from_secs(1200));
    let (told, cursor) = poll(&world, WatchScope::Account, cursor).await;
    assert!(told.is_empty());
    world.control.advance(Duration::from_secs(1200));
    world.control.restore_document(id);
    let (told, cursor) = poll(&world, WatchScope::Account, cursor).await;
    assert_eq!(told, [id]);

    // One that was told, trashed and restored is not new.
    world.control.trash_document(id);
    world.control.advance(Duration::from_secs(1200));
    let (told, cursor) = poll(&world, WatchScope::Account, cursor).await;
    assert!(told.is_empty());
    world.control.restore_document(id);
    let (told, _) = poll(&world, WatchScope::Account, cursor).await;
    assert!(told.is_empty());
    world.finish();
}

#[tokio::test]
async fn a_stage_that_was_told_leads_to_the_document_generated_after_it() {
    let world = World::new().await;
    let area = world.control.add_practice_area("Estate Planning");
    let stage = world.control.add_stage(area, "Retained");
    world.control.add_stage_automation(NewAutomation {
        stage,
        name: "Engagement letter.docx".to_owned(),
        content: Some(b"generated".to_vec()),
        after: Duration::from_secs(100),
    });
    let client = world.control.add_contact(NewContact::person("Bo", "Chan"));
    let mut matter = NewMatter::of(client, "Chan v. Harbor");
    matter.practice_area = Some(area);
    let matter = world.control.add_matter(matter);
    let other = world.add_matter();
    let (_, mut cursor) = poll(&world, WatchScope::Account, Start::Now).await;

    world.control.set_stage(matter, stage);
    let elsewhere = world.add_document(other, "elsewhere.pdf");
    let (mut told, mut looks) = (Vec::new(), 0);
    loop {
        let outcome = world
            .call()
            .run(DetectRequest {
                scope: WatchScope::Account,
                start: cursor,
                max_pages: None,
                hint: Some(Hint {
                    about: Hinted::Matter(matter),
                    look: Some(looks),
                }),
            })
            .await
            .unwrap();
        told.extend(outcome.documents.into_iter().map(|document| document.name));
        cursor = Start::Cursor(outcome.cursor);
        looks += 1;
        let Some(wait) = outcome.look_again_ms else {
            break;
        };
        world.control.advance(Duration::from_millis(wait.into()));
    }
    assert_eq!(
        (told, looks),
        (vec!["Engagement letter.docx".to_owned()], 5)
    );
    // The next call without a hint tells what no delivery was about.
    let (told, _) = poll(&world, WatchScope::Account, cursor).await;
    assert_eq!(told, [elsewhere]);
    world.finish();
}
