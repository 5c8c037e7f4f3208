#![allow(clippy::unwrap_used)]
use super::*;
use serde_json::json;

fn report() -> Report {
    let mut matter = Line::new("i:1", Status::Linked).id(5, vec![9]);
    matter.display_number = Some("00005-Lee".to_owned());
    Report {
        source_id: "i:1".to_owned(),
        contact: Line::new("i:1/client", Status::Created).id(4, Vec::new()),
        matter,
        fields: Vec::new(),
        notes: Vec::new(),
        documents: vec![
            Line::new("i:1/draft", Status::NotApproved),
            Line::unreadable("i:1/scan", "there is no such file".to_owned()),
        ],
        requests: 4,
        correlation_id: None,
        would_send: Vec::new(),
    }
}

#[test]
fn the_table_has_a_line_for_each_record_and_a_sum() {
    assert_eq!(
        report().render(),
        "\
record    source id   status                  id in Clio
contact   i:1/client  created                 4
matter    i:1         linked                  5 (00005-Lee)
document  i:1/draft   skipped (not approved)
document  i:1/scan    failed

i:1: duplicates in Clio: 9
1 created, 1 linked, 1 skipped (not approved), 1 failed, 4 requests
"
    );
}

#[test]
fn as_json_it_names_statuses_and_errors_for_programs() {
    assert_eq!(
        serde_json::to_value(report()).unwrap(),
        json!({
            "source_id": "i:1",
            "contact": {"source_id": "i:1/client", "status": "created", "id": 4},
            "matter": {"source_id": "i:1", "status": "linked", "id": 5,
                "display_number": "00005-Lee", "others": [9]},
            "documents": [
                {"source_id": "i:1/draft", "status": "not_approved"},
                {"source_id": "i:1/scan", "status": "failed", "error":
                    {"execution_failed": {"cause": "file", "message": "there is no such file"}},
                    "next": "make the file readable, and run the same again"},
            ],
            "requests": 4,
        })
    );
}

#[test]
fn the_worst_line_decides_and_a_skipped_document_is_no_failure() {
    let mut report = report();
    assert_eq!(report.exit(), Exit::HostFailure);
    let failure = report.failure().unwrap();
    assert_eq!(failure.exit(), Exit::HostFailure);
    assert_eq!(
        failure.to_string(),
        "error: the case is not whole in Clio: 1 of 4 records failed\n  \
         i:1/scan: there is no such file\n\
         next: make the file readable, and run the same again"
    );
    report.documents.pop();
    assert_eq!(report.exit(), Exit::Done);
    assert!(report.failure().is_none());
}
