#![allow(clippy::unwrap_used)]
use super::*;
use crate::files::Folder;

fn case(text: &str) -> Case {
    let folder = tempfile::tempdir().unwrap();
    Case::parse(text.as_bytes(), &Folder::open(folder.path()).unwrap()).unwrap()
}

fn record() -> CaseRecord {
    let began = "2026-03-02T00:00:00Z".parse().unwrap();
    CaseRecord::new("https://app.clio.com", "i:1", began)
}

fn lookup(known: Option<u64>) -> Lookup {
    Lookup {
        known,
        known_others: vec![8],
        find_others: true,
        began: "2026-03-02T00:00:00Z".parse().unwrap(),
    }
}

const CASE: &str = r#"{"source_id":"i:1","began":"2026-03-01T00:00:00Z",
    "client":{"first_name":"Ann","last_name":"Lee","email":"ann@example.com"},
    "matter":{"title":"Estate","case_type":"Estate Planning","stage":"Intake"},
    "documents":[{"source_id":"a","file":"scans/a.pdf","folder":7,
        "approved":true}]}"#;

fn client() -> MatterClient {
    MatterClient {
        id: 4,
        others: vec![9],
        is_new: true,
    }
}

#[test]
fn the_accounts_marker_fields_are_used_unless_the_case_names_its_own() {
    let markers = Some(Markers {
        contact: 7,
        matter: 8,
    });
    let plain = with_file();
    let marker = |case: &Case| {
        let contact = contact(case, &lookup(None), markers).marker_field;
        let matter = matter(case, &record(), client(), None, markers).marker_field;
        (contact, matter)
    };
    assert_eq!(marker(&plain), (Some(7), Some(8)));
    let own = case(
        r#"{"source_id":"i:1","client":{"last_name":"Lee","marker_field":17},
            "matter":{"title":"Estate","marker_field":18}}"#,
    );
    assert_eq!(marker(&own), (Some(17), Some(18)));
    assert_eq!(
        contact(&plain, &lookup(None), None).marker_field,
        None,
        "an account that was not set up"
    );
}

fn with_file() -> Case {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("scans")).unwrap();
    std::fs::write(folder.path().join("scans/a.pdf"), "abc").unwrap();
    Case::parse(CASE.as_bytes(), &Folder::open(folder.path()).unwrap()).unwrap()
}

#[test]
fn others_are_looked_for_once_beside_what_is_known() {
    let case = with_file();
    let asked = contact(&case, &lookup(Some(4)), None);
    assert_eq!((asked.known_id, asked.find_others), (Some(4), Some(true)));
    assert_eq!(asked.known_others, [8]);
    // Who knows nothing looks for all that match anyway.
    assert_eq!(contact(&case, &lookup(None), None).find_others, None);

    let mut record = record();
    record.matter = Some(5);
    let asked = matter(&case, &record, client(), None, None);
    assert_eq!((asked.known_id, asked.find_others), (Some(5), None));
    assert_eq!(asked.other_clients, [9]);
    record.look_again = true;
    let asked = matter(&case, &record, client(), None, None);
    assert_eq!(asked.find_others, Some(true));
}

#[test]
fn the_case_files_own_word_for_a_matter_stands_above_what_is_remembered() {
    let case = case(
        r#"{"source_id":"i:1","client":{"last_name":"Lee","id":17},
            "matter":{"title":"Estate","id":18}}"#,
    );
    let mut record = record();
    record.matter = Some(5);
    let asked = matter(&case, &record, client(), None, None);
    assert_eq!(asked.known_id, Some(18));
    assert_eq!(case.client.id, Some(17));
}

#[test]
fn a_case_began_at_the_earliest_instant_that_anyone_knows() {
    let remembered = record().began;
    let given = "2026-03-01T00:00:00Z".parse().unwrap();
    assert_eq!(began(&with_file(), remembered), given);
    let later = case(
        r#"{"source_id":"i:1","began":"2026-03-05T00:00:00Z","client":{"last_name":"Lee"},
            "matter":{"title":"Estate"}}"#,
    );
    assert_eq!(began(&later, remembered), remembered);
}

#[test]
fn names_that_were_resolved_are_not_looked_up_again() {
    let case = with_file();
    assert!(resolve(&case).is_some());
    let resolved = create_matter::ResolveOutcome {
        practice_area: Some(2),
        matter_stage: Some(3),
    };
    let request = matter(&case, &record(), client(), Some(&resolved), None);
    assert_eq!(request.practice_area, Some(create_matter::RecordRef::Id(2)));
    assert_eq!(
        request.matter_stage,
        Some(create_matter::MatterStage::Resolved(3))
    );
    let request = matter(&case, &record(), client(), None, None);
    assert_eq!(
        request.practice_area,
        Some(create_matter::RecordRef::Name("Estate Planning".to_owned()))
    );
}

#[test]
fn an_approved_draft_carries_its_approval_and_goes_where_the_case_says() {
    let case = with_file();
    let document = &case.documents[0];
    let offered = Offered {
        url: "http://content.invalid/0".to_owned(),
        length: 3,
        media_type: None,
        sha256: "00".to_owned(),
        approval: Some(upload_document::Approval {
            approver: "A. Lee".to_owned(),
            at: "2026-03-01T00:00:00Z".to_owned(),
            sha256: "00".to_owned(),
        }),
    };
    let request = upload(
        &case,
        document,
        &record(),
        5,
        offered,
        None,
        OnChange::NewVersion,
    );
    assert_eq!(request.source_id, "i:1/a");
    assert_eq!(request.name, "a.pdf");
    assert_eq!(request.parent, upload_document::Parent::Folder(7));
    // It was approved as a document of its own, and takes no other's place.
    assert_eq!(request.on_change, Some(upload_document::OnChange::Report));
    assert!(
        matches!(request.provenance, upload_document::Provenance::Draft(approval)
        if approval.approver == "A. Lee")
    );
}
