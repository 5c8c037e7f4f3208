//! Values of a case file: numbers as they are written, what is empty as nothing,
//! and every mistake before anything is sent.

use clio_sandbox::NewCustomField;
use clio_tests::World;
use serde_json::{Value, json};

async fn world() -> World {
    let world = World::new().await;
    world.control.add_practice_area("Family");
    for (name, kind) in [
        ("Tracking", "text_line"),
        ("Rate", "text_line"),
        ("Limit", "date"),
        ("Amount", "currency"),
        ("Notes", "text_area"),
    ] {
        world
            .control
            .add_custom_field(NewCustomField::new(name, "Matter", kind));
    }
    world.file("a.pdf", "%PDF-1.4");
    world
}

fn case(matter: &str) -> String {
    format!(
        r#"{{"source_id":"intake:17","client":{{"first_name":"Ann","last_name":"Lee",
        "email":"ann@example.com"}},"matter":{{"title":"Lee v. Harbor"{matter}}}}}"#
    )
}

fn held(world: &World) -> Vec<String> {
    let snapshot = world.control.snapshot();
    let values = snapshot.matters[0].values.iter();
    let mut held: Vec<String> = values.filter_map(|it| it.value.clone()).collect();
    held.sort();
    held
}

// CASES V1
#[tokio::test]
async fn a_number_for_a_text_field_keeps_its_digits() {
    let world = world().await;
    let fields = r#","fields":{"Tracking":9400111899223197428490,"Rate":0.10,"Amount":1250.50,
        "Limit":"2027-01-01","Notes":true}"#;
    let path = world.file("case.json", case(fields));
    let args = ["sync", path.to_str().unwrap(), "--json"];
    world.clio(&args).await.expect_code(0);
    assert_eq!(
        held(&world),
        [
            "0.10",
            "1250.50",
            "2027-01-01",
            "9400111899223197428490",
            "true"
        ]
    );
    let again = world.clio(&args).await.expect_code(0).json();
    assert_eq!(again["fields"][0]["status"], "unchanged");
    world.finish();
}

// CASES V2
#[tokio::test]
async fn an_empty_value_leaves_its_field_and_the_others_are_written() {
    let world = world().await;
    let path = world.file("case.json", case(r#","fields":{"Rate":"first"}"#));
    let args = ["sync", path.to_str().unwrap(), "--json"];
    world.clio(&args).await.expect_code(0);
    world.file(
        "case.json",
        case(r#","fields":{"Rate":"","Notes":"Called twice","Limit":" "}"#),
    );
    world.clio(&args).await.expect_code(0);
    assert_eq!(held(&world), ["Called twice", "first"]);
    world.file("case.json", case(r#","fields":{"Rate":null,"Limit":""}"#));
    world.clio(&args).await.expect_code(0);
    assert_eq!(held(&world), ["Called twice"], "null takes it away");
    world.finish();
}

// CASES V3
#[tokio::test]
async fn what_nobody_filled_in_is_nothing() {
    let world = world().await;
    let case = json!({
        "source_id": "intake:17", "began": null, "documents": null,
        "client": {"first_name": "Ann", "last_name": "Lee", "middle_name": "", "prefix": null,
            "company_id": "", "company_name": "", "email": "", "phone": "  ",
            "emails": [{"address": "", "label": "home"}, {"address": "ann@example.com"}],
            "phones": null, "addresses": [{"street": "", "city": ""}], "on_name_conflict": "",
            "fields": null, "source_id": ""},
        "matter": {"title": "Lee v. Harbor", "case_number": "", "case_type": "", "stage": null,
            "practice_area_id": null, "status": "", "numbering": null, "fields": ""},
    });
    let path = world.file("case.json", case.to_string());
    world
        .clio(&["sync", path.to_str().unwrap()])
        .await
        .expect_code(0);
    let snapshot = world.control.snapshot();
    assert_eq!(snapshot.contacts.len(), 1);
    assert_eq!(snapshot.matters[0].practice_area, None);
    let sent = format!("{:?}", world.control.trace());
    for member in ["middle_name", "prefix", "addresses", "phone_numbers"] {
        assert!(!sent.contains(&format!("{member}\":\"\"")), "{member}");
    }
    world.finish();
}

// CASES V4
#[tokio::test]
async fn all_that_the_actions_would_refuse_is_told_first_at_the_files_own_places() {
    let world = world().await;
    let document = |id: &str, name: &str, approval: Value| {
        json!({"source_id": id, "file": "a.pdf", "name": name, "approved": true,
            "approval": approval})
    };
    let approval = json!({"approver": "Bo", "at": "2026-03-01T00:00:00Z",
        "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"});
    let case = json!({
        "source_id": "intake:17", "began": "2999-01-01T00:00:00Z",
        "client": {"first_name": "A".repeat(256), "last_name": "Lee", "email": "ann@example.com",
            "addresses": [{"city": "a\u{7}"}]},
        "matter": {"title": "x".repeat(256), "fields": {"": "x", "Rate": "1"}},
        "documents": [
            document("a", "..", Value::Null),
            document("b", "b.pdf", Value::Null),
            document("b", "c.pdf", approval),
        ],
    });
    let path = world.file("case.json", case.to_string());
    let output = world
        .clio(&["sync", path.to_str().unwrap()])
        .await
        .expect_code(64);
    for pointer in [
        "/began:",
        "/client/first_name:",
        "/client/addresses/0/city:",
        "/matter/title:",
        "/matter/fields/:",
        "/documents/0/name:",
        "/documents/2/source_id:",
        "/documents/2/approval: is taken no more",
    ] {
        assert!(output.stderr.contains(pointer), "{pointer}: {output:#?}");
    }
    assert!(world.control.trace().is_empty());
    world.finish();
}

// CASES V4
#[tokio::test]
async fn what_only_an_action_knows_is_told_before_anything_is_sent() {
    let world = world().await;
    // A marker field cannot find such an identifier.
    let case = json!({"source_id": "=17",
        "client": {"last_name": "Lee", "marker_field": 7, "source_id": "<17"},
        "matter": {"title": "t", "marker_field": 8}});
    let path = world.file("case.json", case.to_string());
    let output = world
        .clio(&["sync", path.to_str().unwrap()])
        .await
        .expect_code(64);
    for pointer in ["/client/source_id:", "  /source_id:"] {
        assert!(output.stderr.contains(pointer), "{pointer}: {output:#?}");
    }
    assert!(world.control.trace().is_empty());
    world.finish();
}

// CASES V4
#[tokio::test]
async fn a_draft_that_is_not_there_is_told_before_anything_is_sent() {
    let world = world().await;
    let case = json!({"source_id": "i:1", "client": {"last_name": "Lee"},
        "matter": {"title": "t"}, "documents": [{"source_id": "a", "approved": true,
            "draft": "0123456789abcdef01234567", "name": "a.pdf"}]});
    let path = world.file("case.json", case.to_string());
    let output = world
        .clio(&["sync", path.to_str().unwrap()])
        .await
        .expect_code(64);
    let told = "/documents/0/draft: names no draft of this account";
    assert!(output.stderr.contains(told), "{output:#?}");
    assert!(world.control.trace().is_empty());
    world.finish();
}

// CASES V6
#[tokio::test]
async fn terms_that_are_the_same_or_lead_to_one_field_are_told_by_the_check() {
    let world = world().await;
    let repeated = json!({"version": 1, "case_types": {"PI": "Family", "pi ": "Family"},
        "document_kinds": {"Letter": {}, "letter": {}},
        "matter_fields": {"rate": {"field": "Rate", "values": {"a": "1", "A": "2"}}}});
    let path = world.file("repeated.json", repeated.to_string());
    let path = path.to_str().unwrap();
    let output = world.clio(&["mappings", "check", path]).await;
    let told = output.expect_code(64).stderr;
    for pointer in [
        "/case_types/pi ",
        "/document_kinds/letter",
        "/matter_fields/rate/values/a",
    ] {
        assert!(told.contains(pointer), "{pointer}: {told}");
    }

    let rate = world.control.snapshot().custom_fields[1].id;
    let twice = json!({"version": 1, "matter_fields":
        {"fee": "Rate", "rate": {"field": " rate"}, "tariff": rate, "limit": "Limit"}});
    let mapping = world.file("twice.json", twice.to_string());
    let mapping = mapping.to_str().unwrap();
    let output = world.clio(&["mappings", "check", mapping, "--json"]).await;
    let found = output.expect_code(1).json();
    let at: Vec<_> = found["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["at"].as_str().unwrap())
        .collect();
    assert_eq!(at, ["/matter_fields/rate", "/matter_fields/tariff"]);

    // A case that has a value for one of them is none the worse.
    let sync = |fields: &str| {
        let path = world.file("case.json", case(fields));
        vec![
            "sync".to_owned(),
            path.to_str().unwrap().to_owned(),
            "--mapping".to_owned(),
            mapping.to_owned(),
        ]
    };
    let both = sync(r#","fields":{"fee":"1","rate":"2"}"#);
    world.control.clear_trace();
    let output = world.clio(&both).await.expect_code(64);
    assert!(output.stderr.contains("/matter/fields/rate"), "{output:#?}");
    assert!(world.control.trace().is_empty());
    let one = sync(r#","fields":{"fee":"1","rate":""}"#);
    world.clio(&one).await.expect_code(0);
    world.finish();
}

// CASES V7
#[tokio::test]
async fn an_id_is_a_whole_number_however_it_is_written() {
    let world = world().await;
    let company = world
        .control
        .add_contact(clio_sandbox::NewContact::company("Acme"));
    for id in [format!("{company}.0"), format!("\"{company}\"")] {
        let text = format!(
            r#"{{"source_id":"i:1","client":{{"last_name":"Lee","email":"l@example.com",
            "company_id":{id}}},"matter":{{"title":"t"}}}}"#
        );
        let path = world.file("case.json", text);
        world
            .clio(&["sync", path.to_str().unwrap()])
            .await
            .expect_code(0);
    }
    let input = format!(r#"{{"source_id":"i:2","client":{company}.0,"title":"t"}}"#);
    world
        .clio(&["run", "create-matter", "--input", &input])
        .await
        .expect_code(0);
    let input = format!(r#"{{"source_id":"i:3","client":"0{company}","title":"t"}}"#);
    world
        .clio(&["run", "create-matter", "--input", &input])
        .await
        .expect_code(64);
    world.finish();
}

// CASES V9
#[tokio::test]
async fn what_an_action_needs_its_schema_names() {
    let world = world().await;
    let described = world
        .clio(&["describe", "generate-document", "--json"])
        .await;
    let described = described.expect_code(0).json();
    let start = &described["functions"][0]["input"];
    assert!(
        start["required"]
            .as_array()
            .unwrap()
            .contains(&json!("formats"))
    );
    assert_eq!(start["properties"]["formats"]["minItems"], 1);
    let input = json!({"source_id": "i:1", "matter": 1, "template": 1, "filename": "x"});
    let output = world
        .clio(&["run", "generate-document", "--input", &input.to_string()])
        .await
        .expect_code(64);
    assert!(output.stderr.contains("/formats"), "{output:#?}");
    world.finish();
}

// CASES V10
#[tokio::test]
async fn an_action_that_makes_no_requests_needs_no_account() {
    let world = World::new().await;
    let none = [("CLIO_ORIGIN", ""), ("CLIO_ACCESS_TOKEN", "")];
    let input = json!({
        "headers": [{"name": "X-Hook-Secret", "value": "s3cret"}], "body": "",
        "subscriptions": [{"model": "matter", "state": "pending"}], "last_known": [],
    });
    let args = ["run", "receive-webhook", "--input", &input.to_string()];
    let output = world.clio_with(&args, &none, None).await.expect_code(0);
    assert!(output.stdout.contains("handshake"), "{output:#?}");
    world
        .clio_with(&["describe", "sync-contact"], &none, None)
        .await
        .expect_code(0);
    // One that makes requests needs one.
    world
        .clio_with(&["run", "webhooks.list", "--input", "{}"], &none, None)
        .await
        .expect_code(77);
    world.finish();
}

// CASES S13
#[tokio::test]
async fn a_hidden_file_and_an_endless_one_are_refused_before_anything_is_sent() {
    let world = world().await;
    let hidden = world.file("a.pdf", "%PDF-1.4").with_file_name(".ssh");
    std::fs::create_dir_all(&hidden).unwrap();
    std::fs::write(hidden.join("id_ed25519"), "key").unwrap();
    let sparse = std::fs::File::create(hidden.with_file_name("sparse.pdf")).unwrap();
    let has_sparse = sparse.set_len(4 << 40).is_ok();
    let case = |file: &str| {
        let case = json!({"source_id": "i:1", "client": {"last_name": "Lee", "email": "l@x.example"},
            "matter": {"title": "t"}, "documents":
                [{"source_id": "a", "file": file, "name": "a.pdf", "approved": true}]});
        let path = world.file("case.json", case.to_string());
        path.to_str().unwrap().to_owned()
    };
    let path = case(".ssh/id_ed25519");
    let output = world.clio(&["sync", &path]).await.expect_code(64);
    assert!(output.stderr.contains("--hidden-files"), "{output:#?}");
    if has_sparse {
        let path = case("sparse.pdf");
        let output = world.clio(&["sync", &path]).await.expect_code(64);
        assert!(output.stderr.contains("31 GiB"), "{output:#?}");
    }
    assert!(world.control.trace().is_empty());
    let path = case(".ssh/id_ed25519");
    world
        .clio(&["sync", &path, "--hidden-files"])
        .await
        .expect_code(0);
    let input = json!({"source_id": "i:2", "parent": {"matter": 1}, "name": "a.pdf",
        "content": {"source": {"file": ".ssh/id_ed25519"}}, "provenance": "from_person"});
    let folder = hidden.parent().unwrap().to_str().unwrap();
    let args = [
        "run",
        "upload-document",
        "--input",
        &input.to_string(),
        "--files",
        folder,
    ];
    let output = world.clio(&args).await.expect_code(64);
    assert!(output.stderr.contains("--hidden-files"), "{output:#?}");
    world.finish();
}
