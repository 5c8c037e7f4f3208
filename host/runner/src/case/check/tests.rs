#![allow(clippy::unwrap_used)]
use super::*;
use serde_json::json;

fn told(case: &Value) -> Vec<String> {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("here.pdf"), "%PDF").unwrap();
    let folder = Folder::open(root.path()).unwrap();
    check(case, &folder)
        .iter()
        .map(|m| {
            m.to_string()
                .replace(&root.path().display().to_string(), "FOLDER")
        })
        .collect()
}

fn with_documents(documents: Value) -> Value {
    json!({"source_id": "i:1", "client": {"last_name": "Lee"}, "matter": {"title": "t"},
        "documents": documents})
}

#[test]
fn a_right_case_has_no_mistakes() {
    let quotes = json!([{"source_id": "a", "file": "here.pdf", "approved": true,
        "name": "The \"final\" offer 📄.pdf"}]);
    assert_eq!(told(&with_documents(quotes)), Vec::<String>::new());
}

#[test]
fn all_mistakes_of_the_documents_are_told_at_once() {
    let mistakes = told(&with_documents(json!([
        {"source_id": "a", "file": "here.pdf", "approved": true},
        {"source_id": "a", "file": "absent.pdf", "approved": true},
        {"source_id": "b", "file": "../here.pdf", "approved": true},
        {"source_id": "c", "file": "here.pdf", "approved": true, "name": "a/b.pdf"},
        {"source_id": "d", "file": "here.pdf", "approved": true, "name": "a\nb.pdf"},
        {"source_id": "e", "file": "here.pdf", "approved": true, "name": "ä".repeat(128)},
        {"source_id": "f\u{7}", "file": "here.pdf", "approved": true, "received_at": "today"},
        {"source_id": "g".repeat(252), "file": "here.pdf"},
    ])));
    assert_eq!(
        mistakes,
        [
            "/documents/1/source_id: is the same as /documents/0/source_id",
            "/documents/1/file: there is no such file in FOLDER",
            "/documents/2/file: must name a file inside the folder, as a relative path without `..`",
            "/documents/3/name: The name holds a slash, a backslash or a control character.",
            "/documents/4/name: The name holds a slash, a backslash or a control character.",
            "/documents/5/name: The name is longer than 255 bytes.",
            "/documents/6/source_id: The source id holds a control character.",
            "/documents/6/received_at: must be an RFC 3339 date-time with an offset, such as 2026-03-01T09:30:00Z",
            "/documents/7/source_id: and the case's are together longer than 255 characters",
        ]
    );
}

#[test]
fn the_file_of_a_document_that_is_not_approved_need_not_be_there() {
    let draft = json!([{"source_id": "a", "file": "absent.pdf"}]);
    assert_eq!(told(&with_documents(draft)), Vec::<String>::new());
    let outside = json!([{"source_id": "a", "file": "../x.pdf", "approved": false,
        "approval": null}]);
    assert_eq!(told(&with_documents(outside)), Vec::<String>::new());
}

#[test]
fn a_client_is_a_person_or_a_company() {
    let client = |client: Value| {
        told(&json!({"source_id": "i:1", "client": client, "matter": {"title": "t"}}))
    };
    assert_eq!(
        client(json!({"first_name": " ", "email": "ann"})),
        [
            "/client: needs first_name or last_name, or company_name for a company",
            "/client/email: is no e-mail address",
        ]
    );
    assert_eq!(
        client(json!({"company_name": "Acme", "last_name": "Lee"})),
        ["/client/last_name: belongs to a person, and company_name is given"]
    );
    assert_eq!(
        client(json!({"company_name": "Acme"})),
        Vec::<String>::new()
    );
}

// CASES V4
#[test]
fn what_the_actions_would_refuse_later_is_told_now() {
    let mut case = with_documents(json!([
        {"source_id": "a", "file": "here.pdf", "approved": true, "name": "..",
            "approval": {"approver": "Bo", "at": "2026-03-01T09:30:00Z", "sha256": "00"}},
        {"source_id": "b", "file": "here.pdf", "approved": true, "name": " . "},
    ]));
    case["matter"]["fields"] = json!({"": "x", "A\n": "x", "B": "x".repeat(65_536)});
    case["client"]["fields"] = json!({" ": null, "C": 7});
    case["client"]["addresses"] = json!([null, {"street": "A 1\nB", "city": "A\tB"}]);
    case["began"] = json!("2999-01-01T00:00:00Z");
    assert_eq!(
        told(&case),
        [
            "/began: lies in the future: check the clock it comes from",
            "/client/fields/ : has no name: name the field",
            "/client/addresses/1/city: must not hold control characters",
            "/matter/fields/: has no name: name the field",
            "/matter/fields/A\u{fffd}: has a name with control characters",
            "/matter/fields/B: must be at most 65535 bytes long",
            "/documents/0/approval: is taken no more: add the draft with `clio review add`, have a \
             person approve it, and name it here as \"draft\", in place of a file",
            "/documents/0/name: The name names a folder.",
            "/documents/1/name: The name names a folder.",
        ]
    );
}

#[test]
fn a_draft_takes_the_place_of_a_file_and_has_a_name() {
    let id = "0123456789abcdef01234567";
    let documents = json!([
        {"source_id": "a", "draft": id, "name": "a.docx", "approved": true},
        {"source_id": "b", "draft": id, "approved": true},
        {"source_id": "c", "draft": id, "file": "here.pdf"},
        {"source_id": "d", "draft": id, "name": ".."},
    ]);
    assert_eq!(
        told(&with_documents(documents)),
        [
            "/documents/1/name: is needed for a draft",
            "/documents/2/draft: is given beside file: one of them is enough",
            "/documents/3/name: The name names a folder.",
        ]
    );
}

#[test]
fn a_line_end_around_a_text_is_no_mistake_and_one_in_it_is() {
    let case = |around: &str, within: &str| {
        let text = format!("A{within}B{around}");
        told(&json!({"source_id": "i:1",
            "client": {"first_name": text, "last_name": text,
                "phone": format!("305{within}555-0147{around}")},
            "matter": {"title": text, "case_number": text}}))
    };
    for around in ["\r\n", "\n", "\t", " "] {
        assert_eq!(case(around, " "), Vec::<String>::new(), "{around:?}");
        assert_eq!(case(around, "\n").len(), 5, "{around:?}");
    }
}

#[test]
fn a_stage_by_name_needs_its_practice_area() {
    let matter = |matter: Value| {
        told(&json!({"source_id": "i:1", "client": {"last_name": "Lee"}, "matter": matter}))
    };
    assert_eq!(matter(json!({"title": "t", "stage": "Intake"})).len(), 1);
    assert_eq!(
        matter(json!({"title": " ", "case_type": "Estate", "practice_area_id": 4})),
        [
            "/matter/title: must not be blank",
            "/matter/practice_area_id: is given beside case_type: one of them is enough",
        ]
    );
}
