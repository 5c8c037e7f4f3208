//! A document goes into a folder by its path, and into a category by its name.
//! What is missing of the path is made, once.

use clio_host::actions::types::ProblemCode;
use clio_host::actions::upload_document::{
    Category, Parent, UploadDisposition, UploadOutcome, UploadRequest,
};
use clio_sandbox::{Effect, Fault, FaultAnswer, NewContact, Place, Switches};
use clio_tests::World;

use crate::upload_document::{retainer, world_with_matter};

fn letter(matter: u64, source_id: &str) -> UploadRequest {
    let mut request = retainer(matter);
    request.source_id = source_id.to_owned();
    request.folder_path = Some(vec!["Correspondence".into(), "In".into()]);
    request
}

async fn upload(world: &World, request: UploadRequest) -> UploadOutcome {
    world.call().run(request).await.unwrap()
}

/// The names of the folders from a document up to the matter's.
fn path(world: &World, document: u64) -> Vec<String> {
    let snapshot = world.control.snapshot();
    let document = snapshot.documents.iter().find(|it| it.id == document);
    let mut at = Some(document.unwrap().folder);
    let mut names = Vec::new();
    while let Some(folder) = at.and_then(|id| snapshot.folders.iter().find(|it| it.id == id)) {
        names.push(folder.name.clone());
        at = folder.parent;
    }
    // The outermost is the matter's own.
    names.pop();
    names.reverse();
    names
}

/// Search lags behind a creation, so folders are listed. Take out `"scope",
/// "descendants"` in `clio_api::upload_document::folders::follow`, or search there
/// with `query`, and the second document gets folders of its own.
#[tokio::test]
async fn a_path_is_made_once_and_found_again() {
    let (world, matter) = world_with_matter().await;
    let first = upload(&world, letter(matter, "a")).await;
    let second = upload(&world, letter(matter, "b")).await;
    assert_eq!(world.count("POST", "/folders"), 2);
    assert_eq!(first.folder, second.folder);
    for document in [first.id, second.id] {
        assert_eq!(path(&world, document), ["Correspondence", "In"]);
    }

    // A caller that kept the folder needs no look.
    world.control.clear_trace();
    let mut third = letter(matter, "c");
    third.folder_path = None;
    third.parent = Parent::Folder(first.folder.unwrap());
    let third = upload(&world, third).await;
    assert_eq!(path(&world, third.id), ["Correspondence", "In"]);
    assert_eq!(world.api().len(), 3, "{:?}", world.requests());

    // Nor does a document that stands there.
    world.control.clear_trace();
    let again = upload(&world, letter(matter, "a")).await;
    assert_eq!(again.disposition, UploadDisposition::Linked);
    assert_eq!((world.api().len(), again.folder), (1, None));
    world.finish();
}

#[tokio::test]
async fn a_path_ends_the_same_under_every_reading_with_every_answer_lost() {
    for (name, switches) in Switches::all() {
        for effect in [
            Effect::AppliedThen(FaultAnswer::status(502)),
            Effect::AnswerLost,
            Effect::CutAfter { bytes: 5 },
        ] {
            let world = World::under(switches.clone()).await;
            let matter = world.add_matter();
            let lost = Fault::next("POST", "/folders", effect.clone());
            world.control.fault(lost.clone());
            world.control.fault(lost.after(1));
            let outcome = upload(&world, letter(matter, "a")).await;
            assert_eq!(path(&world, outcome.id), ["Correspondence", "In"], "{name}");
            assert_eq!(world.count("POST", "/folders"), 2, "{name}");
            world.finish();
        }
    }
}

#[tokio::test]
async fn a_folder_whose_creation_was_not_carried_out_is_made_by_the_next_call() {
    let (world, matter) = world_with_matter().await;
    world
        .control
        .fault(Fault::next("POST", "/folders", Effect::Reset).after(1));
    let error = world.call().run(letter(matter, "a")).await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    assert!(world.control.snapshot().documents.is_empty());
    let outcome = upload(&world, letter(matter, "a")).await;
    assert_eq!(path(&world, outcome.id), ["Correspondence", "In"]);
    assert_eq!(world.control.snapshot().folders.len(), 3);
    world.finish();
}

#[tokio::test]
async fn of_several_folders_the_oldest_is_taken_and_none_elsewhere() {
    let (world, matter) = world_with_matter().await;
    let other = world.add_matter();
    let add = |place, name| world.control.add_folder(place, name).unwrap();
    add(Place::Matter(other), "Correspondence");
    let oldest = add(Place::Matter(matter), "correspondence");
    add(Place::Matter(matter), "Correspondence");
    let inside = add(Place::Folder(oldest), "in");
    add(Place::Folder(inside), "Correspondence");
    let outcome = upload(&world, letter(matter, "a")).await;
    assert_eq!(outcome.folder, Some(inside));
    assert_eq!(world.count("POST", "/folders"), 0);
    world.finish();
}

#[tokio::test]
async fn a_path_begins_in_a_folder_or_a_contacts_own() {
    let (world, matter) = world_with_matter().await;
    let contact = world.control.add_contact(NewContact::person("Bo", "Chan"));
    let folder = world
        .control
        .add_folder(Place::Matter(matter), "Pleadings")
        .unwrap();
    for (source_id, parent, expected) in [
        (
            "a",
            Parent::Folder(folder),
            &["Pleadings", "Correspondence", "In"][..],
        ),
        ("b", Parent::Contact(contact), &["Correspondence", "In"][..]),
    ] {
        for source_id in [source_id.to_owned(), format!("{source_id}/2")] {
            let mut request = letter(matter, &source_id);
            request.parent = parent;
            let outcome = upload(&world, request).await;
            assert_eq!(path(&world, outcome.id), expected);
        }
    }
    assert_eq!(world.count("POST", "/folders"), 4);
    world.finish();
}

#[tokio::test]
async fn a_category_is_given_by_its_name() {
    let (world, matter) = world_with_matter().await;
    world.control.add_document_category("Letters in");
    let letters = world.control.add_document_category("Letters");
    let mut request = letter(matter, "a");
    request.category = Some(Category::Name(" letters ".into()));
    let outcome = upload(&world, request).await;
    assert_eq!(outcome.category, Some(letters));
    assert_eq!(
        world.control.snapshot().documents[0].category,
        Some(letters)
    );

    let mut request = letter(matter, "b");
    request.category = Some(Category::Name("Postcards".into()));
    world.control.clear_trace();
    let error = world.call().run(request).await.unwrap_err();
    let problem = error.problem().unwrap();
    assert_eq!(problem.code, ProblemCode::NotFound);
    assert_eq!(problem.field.as_deref(), Some("/category/name"));
    assert_eq!(world.writes(), 0);
    world.finish();
}
