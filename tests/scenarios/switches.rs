//! What nobody knows for sure about Clio: a whole case ends the same under each
//! reading, also when every answer to a write is lost.

use std::time::Duration;

use clio_host::actions::detect_documents::{Start, WatchScope};
use clio_host::actions::types::Disposition;
use clio_host::actions::upload_document::UploadDisposition;
use clio_sandbox::{Effect, ExternalProperties, Fault, FaultAnswer, Switches};
use clio_tests::{World, ann, case_matter};

use crate::detect_documents::poll;
use crate::upload_document::retainer;

#[tokio::test]
async fn a_case_ends_the_same_under_every_reading() {
    for (name, switches) in Switches::all() {
        let world = World::under(switches).await;
        world.control.add_practice_area("Family");
        let began = world.control.now();
        for round in 0..2 {
            let contact = world.call().run(ann(began)).await.unwrap();
            let matter = world
                .call()
                .run(case_matter(contact.id, "Family", began))
                .await
                .unwrap();
            let document = world.call().run(retainer(matter.id)).await.unwrap();
            let (expected, stored) = if round == 0 {
                (Disposition::Created, UploadDisposition::Created)
            } else {
                (Disposition::Linked, UploadDisposition::Linked)
            };
            assert_eq!(contact.disposition, expected, "{name}");
            assert_eq!(matter.disposition, expected, "{name}");
            assert_eq!(document.disposition, stored, "{name}");
        }
        one_of_each(&world, name);
        world.finish();
    }
}

#[tokio::test]
async fn lost_answers_leave_one_of_each_under_every_reading() {
    for (name, switches) in Switches::all() {
        // A document whose creation was lost can only be found by what the
        // account shows of it.
        let blind = switches.external_properties == ExternalProperties::PerApp;
        let world = World::under(switches).await;
        world.control.add_practice_area("Family");
        let lost = || Effect::AppliedThen(FaultAnswer::status(502));
        for (method, path) in [
            ("POST", "/contacts"),
            ("POST", "/matters"),
            ("POST", "/documents"),
            ("PATCH", "/documents/*"),
        ] {
            world.control.fault(Fault::next(method, path, lost()));
        }
        world
            .control
            .fault(Fault::storage("PUT", Effect::AnswerLost));
        let began = world.control.now();
        let mut done = false;
        for _ in 0..6 {
            done = case(&world, began).await;
            if done {
                break;
            }
            world.control.advance(Duration::from_secs(5));
        }
        assert!(
            done,
            "{name}: the case never ends (external properties hidden: {blind})"
        );
        one_of_each(&world, name);
        for path in ["/contacts", "/matters"] {
            assert_eq!(world.count("POST", path), 1, "{name}");
        }
        world.finish();
    }
}

#[tokio::test]
async fn detection_tells_each_document_once_under_every_reading() {
    for (name, switches) in Switches::all() {
        let world = World::under(switches).await;
        let client = world
            .control
            .add_contact(clio_sandbox::NewContact::person("Ann", "Lee"));
        let matter = world
            .control
            .add_matter(clio_sandbox::NewMatter::of(client, "Lee"));
        let (_, cursor) = poll(&world, WatchScope::Account, Start::Now).await;
        let id = world.call().run(retainer(matter)).await.unwrap().id;
        let (told, cursor) = poll(&world, WatchScope::Account, cursor).await;
        assert_eq!(told, [id], "{name}");
        world.control.advance(Duration::from_secs(300));
        let (told, _) = poll(&world, WatchScope::Account, cursor).await;
        assert!(told.is_empty(), "{name}");
        world.finish();
    }
}

/// One attempt at the whole case, as an orchestrator repeats it.
async fn case(world: &World, began: jiff::Timestamp) -> bool {
    let Ok(contact) = world.call().run(ann(began)).await else {
        return false;
    };
    let matter = case_matter(contact.id, "Family", began);
    let Ok(matter) = world.call().run(matter).await else {
        return false;
    };
    let mut document = retainer(matter.id);
    document.began = Some(began.to_string());
    world.call().run(document).await.is_ok()
}

#[track_caller]
fn one_of_each(world: &World, name: &str) {
    let snapshot = world.control.snapshot();
    let counts = (
        snapshot.contacts.len(),
        snapshot.matters.len(),
        snapshot.documents.len(),
    );
    assert_eq!(counts, (1, 1, 1), "{name}");
    // Where no URL can be had again, the version whose URL was lost stays
    // unfinished below the one that replaced it.
    assert!(
        snapshot.documents[0]
            .latest()
            .is_some_and(|v| v.fully_uploaded),
        "{name}"
    );
}
