//! A document that staff moved is left where it is.

use clio_types::types::ProblemCode;

use super::*;
use crate::scripted::rows;

const FOLDERS: &str = "GET folders.json";

fn unknown() -> UploadRequest {
    let mut request = request();
    request.known = None;
    request
}

/// A whole document with our source id in a place.
fn placed(id: u64, place: Value) -> Value {
    let mut row = document(&version(1, true, None), Some(DIGEST));
    row["id"] = json!(id);
    for (name, value) in place.as_object().unwrap() {
        row[name] = value.clone();
    }
    row
}

fn moved() -> UploadOutcome {
    outcome(UploadDisposition::Moved, 0)
}

// CASES I9
#[test]
fn a_document_that_lies_elsewhere_is_reported_and_left() {
    for place in [
        json!({ "matter": { "id": 4 } }),
        json!({ "matter": { "id": "4" }, "contact": null }),
    ] {
        for on_change in [None, Some(OnChange::NewVersion)] {
            let mut request = unknown();
            request.on_change = on_change;
            let mut clio = Script::default();
            clio.on(LIST, rows(&json!([placed(5, place.clone())])));
            assert_eq!(run(&mut clio, &request).unwrap(), moved());
            // One request, for the whole account.
            let look = &clio.sent[0];
            assert_eq!(look.param("external_property_name"), Some("source-id"));
            assert_eq!(look.param("external_property_value"), Some("intake:doc-1"));
            assert_eq!(look.param("matter_id"), None);
        }
    }
}

// CASES I9
#[test]
fn what_has_no_matter_or_one_that_may_not_be_seen_is_told_by_the_filter() {
    for matter in [Value::Null, json!({ "redacted": true })] {
        let row = placed(5, json!({ "matter": matter }));
        let mut clio = Script::default();
        clio.on(LIST, rows(&json!([row.clone()])))
            .on(LIST, rows(&json!([])));
        assert_eq!(run(&mut clio, &unknown()).unwrap(), moved());
        assert_eq!(clio.sent[1].param("matter_id"), Some("3"));

        let mut clio = Script::default();
        clio.on(LIST, rows(&json!([row.clone()])))
            .on(LIST, rows(&json!([row])));
        assert_eq!(
            run(&mut clio, &unknown()).unwrap(),
            outcome(UploadDisposition::Linked, 0)
        );
    }
}

// CASES I9
#[test]
fn another_folder_of_the_same_matter_or_contact_is_no_other_place() {
    let mut request = unknown();
    request.parent = Parent::Folder(8);
    let linked = || outcome(UploadDisposition::Linked, 0);
    let of = |parent: u64, matter: u64| {
        placed(
            5,
            json!({ "parent": { "id": parent }, "matter": { "id": matter } }),
        )
    };

    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([of(8, 3)])));
    assert_eq!(run(&mut clio, &request).unwrap(), linked());

    let folder = || rows(&json!([{ "id": 8, "matter": { "id": 3 } }]));
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([of(9, 3)])))
        .on(FOLDERS, folder());
    assert_eq!(run(&mut clio, &request).unwrap(), linked());
    assert_eq!(clio.sent[1].param("ids[]"), Some("8"));

    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([of(9, 4)])))
        .on(FOLDERS, folder());
    assert_eq!(run(&mut clio, &request).unwrap(), moved());

    // A contact's own folder, and one of another contact.
    request.parent = Parent::Contact(6);
    for (contact, disposition) in [
        (6, UploadDisposition::Linked),
        (7, UploadDisposition::Moved),
    ] {
        let row = placed(5, json!({ "matter": null, "contact": { "id": contact } }));
        let mut clio = Script::default();
        clio.on(LIST, rows(&json!([row])));
        assert_eq!(run(&mut clio, &request).unwrap(), outcome(disposition, 0));
    }
}

// CASES I9
#[test]
fn the_one_that_lies_where_it_belongs_is_preferred() {
    let elsewhere = placed(4, json!({ "matter": { "id": 4 } }));
    let mut clio = Script::default();
    clio.on(
        LIST,
        rows(&json!([elsewhere.clone(), placed(5, json!({}))])),
    );
    let done = run(&mut clio, &unknown()).unwrap();
    assert_eq!((done.id, done.disposition), (5, UploadDisposition::Linked));
    assert_eq!(done.others, [4]);

    // What is unfinished there is no reason to add a second copy.
    let mut begun = document(&version(1, false, Some(1)), Some(DIGEST));
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([elsewhere, begun.clone()])));
    let done = run(&mut clio, &unknown()).unwrap();
    assert_eq!((done.id, done.disposition), (4, UploadDisposition::Moved));

    // Nobody moved what nobody could see: an upload into another matter.
    begun["matter"] = json!({ "id": 4 });
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([begun])))
        .on(POST, noted())
        .on(PUT, stored())
        .on(PATCH, finished());
    assert_eq!(
        run(&mut clio, &unknown()).unwrap().disposition,
        UploadDisposition::Created
    );
}

// CASES I9
#[test]
fn what_is_known_of_a_document_must_still_fit() {
    let elsewhere = |version: &Value| {
        let mut row = document(version, Some(OTHER));
        row["matter"] = json!({ "id": 4 });
        answer(&row)
    };
    // It was moved after the look.
    for (status, version) in [
        (DocumentStatus::Complete, version(1, true, None)),
        (DocumentStatus::Incomplete, version(1, false, Some(1))),
        (DocumentStatus::Incomplete, version(2, false, Some(2))),
    ] {
        let mut request = request();
        request.known = Some(known(status, Some(OTHER)));
        request.on_change = Some(OnChange::NewVersion);
        let mut clio = Script::default();
        clio.on(READ, elsewhere(&version));
        assert_eq!(run(&mut clio, &request).unwrap(), moved());
    }
    // The look told it.
    let mut request = request();
    request.known = Some(known(DocumentStatus::Moved, Some(OTHER)));
    request.on_change = Some(OnChange::NewVersion);
    assert_eq!(run(&mut Script::default(), &request).unwrap(), moved());
}

#[test]
fn one_that_was_moved_and_put_into_the_trash_was_removed() {
    let mut row = placed(5, json!({ "matter": { "id": 4 } }));
    row["deleted_at"] = json!("2026-02-01T00:00:00Z");
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([row])));
    let failure = run(&mut clio, &unknown()).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::Removed);
}

// CASES I9
#[test]
fn a_look_for_one_document_tells_that_it_was_moved() {
    let mut clio = Script::default();
    clio.on(
        LIST,
        rows(&json!([placed(5, json!({ "matter": { "id": 4 } }))])),
    );
    let request = FindRequest {
        scope: Scope::Matter(3),
        source_ids: vec!["intake:doc-1".into()],
    };
    let states = find(&mut clio, &request).unwrap();
    assert_eq!(
        (states[0].status, states[0].id),
        (DocumentStatus::Moved, Some(5))
    );
    clio.done();
}
