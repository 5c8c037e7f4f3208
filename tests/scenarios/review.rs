//! `clio review`: a draft is added, read beside its template, decided on by a person,
//! and uploaded; and all that does not go.

use clio_sandbox::{Effect, Fault, NewContact, NewDocument, NewMatter, Place};
use clio_tests::{CommandOutput, World, sha256_hex};
use serde_json::{Value, json};

fn matter(world: &World) -> u64 {
    let ann = world.control.add_contact(NewContact::person("Ann", "Lee"));
    world.control.add_matter(NewMatter::of(ann, "Lee v. Ray"))
}

async fn review(world: &World, args: &[&str]) -> CommandOutput {
    let args: Vec<&str> = ["review"].iter().chain(args).copied().collect();
    world.clio(&args).await
}

/// Adds a file to the drafts of a matter, and gives its id.
async fn added(world: &World, name: &str, text: &str, matter: u64) -> String {
    let file = world.file(name, text);
    let matter = matter.to_string();
    let args = ["add", file.to_str().unwrap(), "--matter", &matter];
    let told = review(world, &args).await.expect_code(0).json();
    assert_eq!(told["status"], "waiting", "{told}");
    assert_eq!(told["sha256"], sha256_hex(text.as_bytes()), "{told}");
    told["id"].as_str().unwrap().to_owned()
}

async fn upload(world: &World, draft: &str, matter: u64, source: &str) -> CommandOutput {
    let input = json!({"source_id": source, "parent": {"matter": matter}, "name": "a.txt",
        "content": {"source": {"draft": draft}}});
    let input = input.to_string();
    world
        .clio(&["run", "upload-document", "--input", &input])
        .await
}

fn documents(world: &World) -> usize {
    world.control.snapshot().documents.len()
}

#[tokio::test]
async fn a_draft_is_added_read_approved_and_uploaded() {
    let world = World::new().await;
    let matter = matter(&world);
    let template = world.file(
        "letter.txt",
        "Dear {{ client.name }},\nyours, {{ more.by }}\n",
    );
    let filled = world.file("filled.txt", "Dear Ann Lee,\nyours, {{ more.by }}\n");
    let of = matter.to_string();
    let args = ["add", filled.to_str().unwrap(), "--matter", &of];
    let args = [&args[..], &["--template", template.to_str().unwrap()]].concat();
    let told = review(&world, &args).await.expect_code(0).json();
    let id = told["id"].as_str().unwrap();
    // The same once more is the same draft.
    let again = review(&world, &args).await.expect_code(0);
    assert_eq!(again.json()["id"], id);
    assert!(again.stderr.contains("no other draft"), "{again:?}");

    let refused = upload(&world, id, matter, "crm:1").await.expect_code(1);
    assert_eq!(
        refused.json()["error"]["permanent"]["code"],
        "review_required"
    );
    let listed = review(&world, &["list", "--status", "waiting"]).await;
    let listed = listed.expect_code(0).json();
    assert_eq!(listed[0]["id"], id, "{listed}");
    let shown = review(&world, &["show", id]).await.expect_code(0).stdout;
    let unfilled = "One place has no value: {{ more.by }}\n";
    for part in [
        "{{ client.name }}",
        "Dear Ann Lee",
        "status: waiting",
        unfilled,
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let out = template.with_file_name("out.txt");
    let args = ["show", id, "--json", "--output", out.to_str().unwrap()];
    let shown = review(&world, &args).await.expect_code(0).json();
    assert_eq!(
        shown["text"], "Dear Ann Lee,\nyours, {{ more.by }}\n",
        "{shown}"
    );
    assert_eq!(
        std::fs::read(&out).unwrap(),
        std::fs::read(&filled).unwrap()
    );
    // What is there is not written over.
    review(&world, &args).await.expect_code(64);

    // Other bytes than the person saw are not approved.
    let other = sha256_hex(b"other");
    let args = ["approve", id, "--as", "Ann", "--sha256", &other];
    let code = review(&world, &args).await.code;
    assert_ne!(code, 0);
    let sha256 = sha256_hex(&std::fs::read(&filled).unwrap());
    let args = ["approve", id, "--as", "Ann", "--sha256", &sha256];
    let told = review(&world, &args).await.expect_code(0);
    assert!(told.stderr.contains("{{ more.by }}"), "{told:?}");
    let told = told.json();
    assert_eq!(
        (&told["status"], &told["decided_by"]),
        (&json!("approved"), &json!("Ann"))
    );
    let done = upload(&world, id, matter, "crm:1")
        .await
        .expect_code(0)
        .json();
    let again = upload(&world, id, matter, "crm:1")
        .await
        .expect_code(0)
        .json();
    assert_eq!(done["id"], again["id"]);
    assert_eq!(documents(&world), 1);
    let told = review(&world, &["show", id, "--json"]).await.json();
    assert_eq!(told["status"], "uploaded", "{told}");
    assert_eq!(told["document"].to_string(), done["id"].to_string());

    // Who decided, on what, stands in the audit.
    let log = world.clio(&["log", "--json"]).await.expect_code(0).stdout;
    let rows: Vec<Value> = log
        .lines()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    let decided: Vec<&Value> = rows
        .iter()
        .filter(|row| row.to_string().contains("approve"))
        .collect();
    let [row] = decided.as_slice() else {
        panic!("{rows:#?}")
    };
    for part in ["Ann", &sha256] {
        assert!(row.to_string().contains(part), "{part} in {row}");
    }
    world.finish();
}

#[tokio::test]
async fn what_nobody_approved_for_this_place_stays_out() {
    let world = World::new().await;
    let (one, other) = (matter(&world), matter(&world));
    let rejected = added(&world, "rejected.txt", "rejected", one).await;
    let args = [
        "reject",
        &rejected,
        "--as",
        "Ann",
        "--reason",
        "wrong court",
    ];
    let told = review(&world, &args).await.expect_code(0).json();
    assert_eq!(told["reason"], "wrong court", "{told}");
    let elsewhere = added(&world, "elsewhere.txt", "elsewhere", other).await;
    review(&world, &["approve", &elsewhere, "--as", "Ann"])
        .await
        .expect_code(0);
    let taken_back = added(&world, "back.txt", "taken back", one).await;
    for verb in ["approve", "reject"] {
        review(&world, &[verb, &taken_back, "--as", "Ann"])
            .await
            .expect_code(0);
    }
    let file = world.file("late.txt", "late");
    let of = one.to_string();
    let args = [
        "add",
        file.to_str().unwrap(),
        "--matter",
        &of,
        "--keep-for",
        "1s",
    ];
    let late = review(&world, &args).await.expect_code(0).json();
    let late = late["id"].as_str().unwrap().to_owned();
    review(&world, &["approve", &late, "--as", "Ann"])
        .await
        .expect_code(0);
    tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
    for id in [
        &rejected,
        &elsewhere,
        &taken_back,
        &late,
        &"none".to_owned(),
    ] {
        let refused = upload(&world, id, one, "crm:1").await;
        assert_ne!(refused.code, 0, "{id}");
    }
    assert_eq!(documents(&world), 0);
    let ended = review(&world, &["expire"]).await.expect_code(0).json();
    assert_eq!(ended["expired"], 1, "{ended}");
    let told = review(&world, &["show", &late, "--json"]).await.json();
    assert_eq!(told["status"], "expired", "{told}");

    // A person's decision needs a person's name.
    let unnamed = added(&world, "unnamed.txt", "unnamed", one).await;
    review(&world, &["approve", &unnamed, "--as", " "])
        .await
        .expect_code(64);
    let nobody = review(&world, &["approve", &unnamed]).await.expect_code(64);
    assert!(nobody.stderr.contains("--as NAME"), "{nobody:?}");
    world.finish();
}

#[tokio::test]
async fn a_version_is_of_a_document_of_the_same_matter() {
    let world = World::new().await;
    let (one, other) = (matter(&world), matter(&world));
    let theirs = NewDocument::complete("theirs.txt", b"theirs");
    let theirs = world.control.add_document(Place::Matter(other), theirs);
    let file = world.file("a.txt", "a draft");
    let (matter, document) = (one.to_string(), theirs.unwrap().to_string());
    let args = [
        "add",
        file.to_str().unwrap(),
        "--matter",
        &matter,
        "--version-of",
        &document,
    ];
    let refused = review(&world, &args).await.expect_code(64);
    assert!(refused.stderr.contains("another matter"), "{refused:?}");
    let listed = review(&world, &["list"]).await.expect_code(0).json();
    assert_eq!(listed, json!([]));
    world.finish();
}

/// Adds a draft of a version of a document, and approves it.
async fn approved_version(world: &World, matter: u64, document: u64) -> String {
    let file = world.file("version.txt", "a version");
    let (matter, document) = (matter.to_string(), document.to_string());
    let args = [
        "add",
        file.to_str().unwrap(),
        "--matter",
        &matter,
        "--version-of",
        &document,
    ];
    let told = review(world, &args).await.expect_code(0).json();
    let id = told["id"].as_str().unwrap().to_owned();
    review(world, &["approve", &id, "--as", "Ann"])
        .await
        .expect_code(0);
    id
}

async fn status(world: &World, id: &str) -> Value {
    review(world, &["show", id, "--json"])
        .await
        .expect_code(0)
        .json()["status"]
        .clone()
}

#[tokio::test]
async fn a_document_that_was_moved_meanwhile_gets_no_version() {
    let world = World::new().await;
    let (one, other) = (matter(&world), matter(&world));
    let petition = NewDocument::complete("petition.txt", b"blank");
    let document = world
        .control
        .add_document(Place::Matter(one), petition)
        .unwrap();
    let id = approved_version(&world, one, document).await;
    let input = json!({"source_id": "crm:1", "parent": {"document": document}, "name": "a.txt",
        "content": {"source": {"draft": id}}})
    .to_string();
    let args = ["run", "upload-document", "--input", &input];
    world.control.move_document(document, Place::Matter(other));
    let refused = world.clio(&args).await.expect_code(1);
    assert_eq!(
        refused.json()["error"]["permanent"]["code"],
        "review_required"
    );
    assert!(
        refused.stderr.contains("not in the matter any more"),
        "{refused:?}"
    );
    world.control.move_document(document, Place::Matter(one));
    world.clio(&args).await.expect_code(0);
    assert_eq!(status(&world, &id).await, "uploaded");
    world.finish();
}

#[tokio::test]
async fn what_a_caller_says_is_there_is_no_upload() {
    let world = World::new().await;
    let (one, other) = (matter(&world), matter(&world));
    let theirs = NewDocument::complete("theirs.txt", b"theirs");
    let theirs = world
        .control
        .add_document(Place::Matter(other), theirs)
        .unwrap();
    let id = added(&world, "a.txt", "a draft", one).await;
    review(&world, &["approve", &id, "--as", "Ann"])
        .await
        .expect_code(0);
    let input = json!({"source_id": "crm:1", "parent": {"matter": one}, "name": "a.txt",
        "content": {"source": {"draft": id}},
        "known": {"source_id": "crm:1", "status": "complete", "id": theirs, "others": [],
            "sha256": sha256_hex(b"a draft")}})
    .to_string();
    let linked = world
        .clio(&["run", "upload-document", "--input", &input])
        .await;
    assert_eq!(linked.expect_code(0).json()["disposition"], "linked");
    assert_eq!(status(&world, &id).await, "approved");
    upload(&world, &id, one, "crm:1").await.expect_code(0);
    assert_eq!(status(&world, &id).await, "uploaded");
    world.finish();
}

#[tokio::test]
async fn a_document_of_its_own_takes_no_other_ones_place() {
    let world = World::new().await;
    let matter = matter(&world);
    let upload = |content: Value, more: Value| {
        let mut input = json!({"source_id": "crm:1", "parent": {"matter": matter},
            "name": "a.txt", "content": {"source": content}});
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        input.to_string()
    };
    let persons = upload(
        json!({"inline": "YSBwZXJzb24ncw=="}),
        json!({"provenance": "from_person"}),
    );
    world
        .clio(&["run", "upload-document", "--input", &persons])
        .await
        .expect_code(0);
    let id = added(&world, "a.txt", "a draft", matter).await;
    review(&world, &["approve", &id, "--as", "Ann"])
        .await
        .expect_code(0);
    let draft = upload(json!({"draft": id}), json!({"on_change": "new_version"}));
    let refused = world
        .clio(&["run", "upload-document", "--input", &draft])
        .await;
    let refused = refused.expect_code(1).json();
    assert_eq!(
        refused["error"]["permanent"]["code"], "review_required",
        "{refused}"
    );
    let snapshot = world.control.snapshot();
    assert_eq!(snapshot.documents[0].versions.len(), 1);
    world.finish();
}

#[tokio::test]
async fn what_is_rejected_on_its_way_is_told_as_it_stands() {
    let world = World::new().await;
    let matter = matter(&world);
    let id = added(&world, "a.txt", "a draft", matter).await;
    review(&world, &["approve", &id, "--as", "Ann"])
        .await
        .expect_code(0);
    let by = std::time::Duration::from_secs(3);
    let begins = Fault::next("POST", "/documents", Effect::Delay { by });
    world.control.fault(begins);
    let reject = async {
        while !world
            .requests()
            .iter()
            .any(|it| it.starts_with("POST /documents"))
        {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        review(&world, &["reject", &id, "--as", "Bo"])
            .await
            .expect_code(0)
    };
    let (done, _) = tokio::join!(upload(&world, &id, matter, "crm:1"), reject);
    let done = done.expect_code(0).json();
    let told = review(&world, &["show", &id, "--json"]).await.json();
    assert_eq!(
        (&told["status"], &told["document"]),
        (&json!("rejected"), &done["id"])
    );
    let log = world.clio(&["log", "--json"]).await.expect_code(0).stdout;
    let at = |action: &str| {
        log.find(action)
            .unwrap_or_else(|| panic!("{action} in {log}"))
    };
    assert!(at("draft-approve") < at("draft-reject") && at("draft-reject") < at("draft-upload"));
    world.finish();
}

#[tokio::test]
async fn a_machines_bytes_wait_for_no_other_try() {
    let world = World::new().await;
    let matter = matter(&world);
    added(&world, "a.txt", "a draft", matter).await;
    let input = json!({"source_id": "crm:1", "parent": {"matter": matter}, "name": "a.txt",
        "content": {"source": {"inline": "YSBkcmFmdA=="}}, "provenance": "from_person"})
    .to_string();
    let refused = world
        .clio(&["run", "upload-document", "--input", &input])
        .await;
    let refused = refused.expect_code(1);
    assert!(
        refused.stderr.contains("clio review add FILE"),
        "{refused:?}"
    );
    assert!(!refused.stderr.contains("clio retry"), "{refused:?}");
    let waiting = world.clio(&["retry", "--json"]).await.expect_code(0);
    assert_eq!(waiting.json(), json!([]));
    world.finish();
}
