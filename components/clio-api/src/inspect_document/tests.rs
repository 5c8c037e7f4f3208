#![allow(clippy::unwrap_used)]

use clio_types::inspect_document::{InspectRequest, PlaceholderKind};
use clio_types::types::{FileContent, FileSource, ProblemCode};

use super::inspect;
use crate::scripted::{Script, raw};

fn file(bytes: &[u8]) -> FileContent {
    FileContent::new(FileSource::Inline(bytes.to_vec()))
}

#[test]
fn a_text_and_what_of_it_is_not_filled_are_told() {
    let mut script = Script::default();
    let text = "Dear {{ client.name }}, on {{ more.today }}";
    let request = InspectRequest::new(file(text.as_bytes()));
    let outcome = inspect(&mut script, &request).unwrap();
    assert_eq!(outcome.text, text);
    assert!(!outcome.text_cut);
    assert_eq!(outcome.media_type, "text/plain; charset=utf-8");
    assert_eq!(outcome.length, text.len() as u64);
    let names: Vec<&str> = outcome.placeholders.iter().map(|it| &*it.name).collect();
    assert_eq!(names, ["{{ client.name }}", "{{ more.today }}"]);
    let first = &outcome.placeholders[0];
    assert_eq!(first.kind, PlaceholderKind::Expression);
    assert!(!first.filled);
    script.done();
}

#[test]
fn a_list_of_placeholders_that_is_cut_says_so() {
    let text = "{{ a }} ".repeat(2_005);
    let request = InspectRequest::new(file(text.as_bytes()));
    let outcome = inspect(&mut Script::default(), &request).unwrap();
    assert_eq!(outcome.placeholders.len(), 2_001);
    assert_eq!(outcome.placeholders[2_000].name, "… and 5 more");
}

#[test]
fn a_document_may_lie_at_a_url() {
    let mut script = Script::default();
    script.on(
        "OPEN https://files.example/a.txt",
        raw(200, "é".repeat(200_000)),
    );
    let url = FileSource::Url("https://files.example/a.txt".to_owned());
    let request = InspectRequest::new(FileContent::new(url));
    let outcome = inspect(&mut script, &request).unwrap();
    assert_eq!(outcome.length, 400_000);
    assert!(outcome.text_cut);
    assert_eq!(outcome.text.len(), 256 << 10);
    script.done();
}

#[test]
fn what_cannot_be_read_is_refused_at_its_place() {
    let refused = |content: FileContent| {
        let error = inspect(&mut Script::default(), &InspectRequest::new(content)).unwrap_err();
        assert_eq!(error.code(), ProblemCode::InvalidInput);
        error.problem.field.unwrap()
    };
    assert_eq!(refused(file(b"")), "/content/source/inline");
    assert_eq!(refused(file(b"\xd0\xcf\x11\xe0")), "/content");
    let account = FileSource::Url("https://app.clio.com/api/v4/contacts/1.json".to_owned());
    assert_eq!(refused(FileContent::new(account)), "/content/source/url");
    let mut other = file(b"abc");
    other.sha256 = Some("0".repeat(64));
    assert_eq!(refused(other), "/content/sha256");
    let mut longer = file(b"abc");
    longer.length = Some(4);
    assert_eq!(refused(longer), "/content/length");
}

#[test]
fn a_document_that_clio_left_blank_is_told_by_its_template() {
    let template = "Dear {{ client.name }}, your case {{ matter.number }} is closed.";
    let inspected = |document: &str| {
        let mut request = InspectRequest::new(file(document.as_bytes()));
        request.template = Some(file(template.as_bytes()));
        let outcome = inspect(&mut Script::default(), &request).unwrap();
        outcome.difference.unwrap()
    };
    let blank = inspected("Dear , your case is closed.");
    assert_eq!((blank.kept, blank.places, blank.blankness), (100, 2, 100));
    assert_eq!(blank.blank, ["{{ client.name }}", "{{ matter.number }}"]);
    let filled = inspected("Dear Ann Lee, your case 00017-Lee is closed.");
    assert_eq!((filled.kept, filled.blankness), (100, 0));
    assert!(filled.blank.is_empty());
    assert!(filled.text.contains("+Dear Ann Lee") || filled.text.contains("+ Dear Ann Lee"));
}
