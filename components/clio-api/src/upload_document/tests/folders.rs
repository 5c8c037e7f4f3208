//! Paths of folders, and categories by name.

use clio_types::types::ProblemCode;

use super::*;
use crate::scripted::{lost, page, rows};

const MATTER: &str = "GET matters/3.json";
const FOLDERS: &str = "GET folders.json";
const MAKE: &str = "POST folders.json";
const CATEGORIES: &str = "GET document_categories.json";

fn into(path: &[&str]) -> UploadRequest {
    let mut request = request();
    request.folder_path = Some(path.iter().map(|name| (*name).to_owned()).collect());
    request
}

/// The matter, with its own folder.
fn matter() -> Reply {
    answer(&json!({ "id": 3, "folder": { "id": 30 } }))
}

fn folder(id: u64, name: &str, parent: u64) -> Value {
    json!({ "id": id, "name": name, "parent": { "id": parent } })
}

fn uploads(clio: &mut Script) {
    clio.on(POST, noted())
        .on(PUT, stored())
        .on(PATCH, finished());
}

#[test]
fn a_path_that_stands_there_is_followed_and_nothing_made() {
    let mut clio = Script::default();
    clio.on(MATTER, matter()).on(
        FOLDERS,
        rows(&json!([
            folder(33, "Letters", 31),
            // Another of the name, younger; one elsewhere, older.
            folder(32, "correspondence", 30),
            folder(31, "Correspondence ", 30),
            folder(29, "Letters", 28),
        ])),
    );
    uploads(&mut clio);
    let done = run(&mut clio, &into(&["Correspondence", " letters"])).unwrap();
    assert_eq!(done.folder, Some(33));
    assert_eq!(
        clio.sent[2].data["parent"],
        json!({ "id": 33, "type": "Folder" })
    );
    assert_eq!(clio.sent[1].param("parent_id"), Some("30"));
    assert_eq!(clio.sent[1].param("scope"), Some("descendants"));
}

#[test]
fn what_is_missing_of_a_path_is_made() {
    let mut clio = Script::default();
    clio.on(MATTER, matter())
        .on(FOLDERS, rows(&json!([folder(31, "A", 30)])))
        .on(MAKE, answer(&folder(41, "B", 31)))
        .on(MAKE, answer(&folder(42, "C", 41)));
    uploads(&mut clio);
    let done = run(&mut clio, &into(&["A", "B", "C"])).unwrap();
    assert_eq!(done.folder, Some(42));
    assert_eq!(
        clio.sent[2].data,
        json!({ "name": "B", "parent": { "id": 31, "type": "Folder" } })
    );
    assert_eq!(
        clio.sent[3].data,
        json!({ "name": "C", "parent": { "id": 41, "type": "Folder" } })
    );
}

#[test]
fn a_matter_without_a_folder_gets_one_with_the_first() {
    let mut clio = Script::default();
    clio.on(MATTER, answer(&json!({ "id": 3, "folder": null })))
        .on(MAKE, answer(&folder(41, "A", 30)));
    uploads(&mut clio);
    run(&mut clio, &into(&["A"])).unwrap();
    assert_eq!(
        clio.sent[1].data,
        json!({ "name": "A", "parent": { "id": 3, "type": "Matter" } })
    );
}

#[test]
fn a_lost_answer_makes_no_second_folder() {
    let mut clio = Script::default();
    clio.on(MATTER, answer(&json!({ "id": 3 })))
        .on(MAKE, lost())
        .on(MATTER, matter())
        .on(FOLDERS, rows(&json!([folder(41, "A", 30)])))
        .on(MAKE, answer(&folder(42, "B", 41)));
    uploads(&mut clio);
    let done = run(&mut clio, &into(&["A", "B"])).unwrap();
    assert_eq!(done.folder, Some(42));

    // It was not carried out, as far as can be seen: the caller tries again.
    let mut clio = Script::default();
    clio.on(MATTER, matter())
        .on(FOLDERS, rows(&json!([])))
        .on(MAKE, lost())
        .on(MATTER, matter())
        .on(FOLDERS, rows(&json!([])));
    let failure = run(&mut clio, &into(&["A"])).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::Unavailable);
}

#[test]
fn folders_that_may_not_be_seen_are_not_taken_for_missing() {
    let mut clio = Script::default();
    clio.on(
        MATTER,
        answer(&json!({ "id": 3, "folder": { "redacted": true } })),
    );
    let failure = run(&mut clio, &into(&["A"])).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::Forbidden);
    assert_eq!(failure.problem.field.as_deref(), Some("/folder_path"));
}

#[test]
fn a_document_that_stands_there_costs_no_look_at_folders() {
    let mut request = into(&["A"]);
    request.category = Some(Category::Name("Letters".into()));
    request.known = Some(known(DocumentStatus::Complete, Some(DIGEST)));
    let done = run(&mut Script::default(), &request).unwrap();
    assert_eq!(done.disposition, UploadDisposition::Linked);
    assert_eq!((done.folder, done.category), (None, None));
}

#[test]
fn a_path_that_cannot_be_is_refused_before_the_first_request() {
    for (path, field) in [
        (vec![""], "/folder_path/0"),
        (vec!["A", "b/c"], "/folder_path/1"),
        (vec![".."], "/folder_path/0"),
        (vec!["A"; 21], "/folder_path"),
    ] {
        let failure = run(&mut Script::default(), &into(&path)).unwrap_err();
        assert_eq!(failure.problem.field.as_deref(), Some(field));
    }
    let mut request = into(&["A"]);
    request.parent = Parent::Document(5);
    let failure = run(&mut Script::default(), &request).unwrap_err();
    assert_eq!(failure.problem.field.as_deref(), Some("/folder_path"));
}

#[test]
fn a_category_is_found_by_its_whole_name_on_every_page() {
    let next = "https://app.clio.com/api/v4/document_categories.json?page_token=2";
    let mut clio = Script::default();
    clio.on(
        CATEGORIES,
        page(
            &json!([{ "id": 1, "name": "Letters in" }, { "id": 2, "name": "In" }]),
            next,
        ),
    )
    .on(
        CATEGORIES,
        rows(&json!([{ "id": 3, "name": " letters " }, { "id": 4, "name": "Letters" }])),
    );
    uploads(&mut clio);
    let mut request = request();
    request.category = Some(Category::Name("Letters".into()));
    let done = run(&mut clio, &request).unwrap();
    assert_eq!(done.category, Some(3));
    assert_eq!(clio.sent[2].data["document_category"], json!({ "id": 3 }));
}

#[test]
fn a_category_that_is_not_there_leaves_nothing_half_made() {
    let mut clio = Script::default();
    clio.on(
        CATEGORIES,
        rows(&json!([{ "id": 1, "name": "Letters in" }])),
    );
    let mut request = into(&["A"]);
    request.category = Some(Category::Name("Letters".into()));
    let failure = run(&mut clio, &request).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::NotFound);
    assert_eq!(failure.problem.field.as_deref(), Some("/category/name"));
}
