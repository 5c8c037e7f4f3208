//! A case file or an input with a mistake: every mistake is told by pointer,
//! and nothing is sent.

use clio_tests::World;
use serde_json::{Value, json};

fn good() -> Value {
    json!({
        "source_id": "intake:case-17",
        "client": {"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com"},
        "matter": {"title": "Lee v. Harbor", "case_number": "2026-17", "case_type": "Family"},
        "documents": [{"source_id": "a", "file": "a.pdf", "name": "A.pdf", "approved": true}],
    })
}

fn with(pointer: &str, value: Value) -> Value {
    let mut case = good();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = case.pointer_mut(parent).unwrap();
    match (parent, key.parse::<usize>()) {
        (Value::Array(list), Ok(index)) if index < list.len() => list[index] = value,
        (Value::Array(list), Ok(_)) => list.push(value),
        (Value::Object(map), _) => {
            map.insert(key.to_owned(), value);
        }
        _ => panic!("no {pointer}"),
    }
    case
}

#[tokio::test]
async fn every_mistake_in_a_case_file_is_told_by_pointer_before_anything_is_sent() {
    let world = World::new().await;
    world.control.add_practice_area("Family");
    world.file("a.pdf", "%PDF-1.4");
    world.file("../outside.pdf", "%PDF-1.4");
    let document = |file: &str, name: &str| json!({"source_id": "b", "file": file, "name": name, "approved": true});
    let mut mistakes = vec![
        (with("/sauce_id", json!("x")), "sauce_id"),
        (with("/source_id", json!("")), "/source_id"),
        (with("/source_id", json!(17)), "/source_id"),
        (with("/client", json!({})), "/client"),
        (
            with("/client", json!({"first_name": " ", "last_name": ""})),
            "/client",
        ),
        (with("/client/email", json!("no address")), "/client/email"),
        (with("/client/phonne", json!("555")), "phonne"),
        (with("/matter/title", json!("")), "/matter/title"),
        (with("/matter", json!({"case_type": "Family"})), "title"),
        (
            with("/documents/0", document("missing.pdf", "A.pdf")),
            "/documents/0/file",
        ),
        (
            with("/documents/0", document("../outside.pdf", "A.pdf")),
            "/documents/0/file",
        ),
        (
            with("/documents/0", document("/etc/passwd", "A.pdf")),
            "/documents/0/file",
        ),
        (
            with("/documents/0", document(".", "A.pdf")),
            "/documents/0/file",
        ),
        (
            with("/documents/0", document("a.pdf", "a/b.pdf")),
            "/documents/0/name",
        ),
        (
            with("/documents/0", document("a.pdf", "a\nb.pdf")),
            "/documents/0/name",
        ),
        (
            with("/documents/0", document("a.pdf", "..")),
            "/documents/0/name",
        ),
        (
            with("/documents/0", document("a.pdf", &"x".repeat(300))),
            "/documents/0/name",
        ),
        (
            with(
                "/documents/1",
                json!({"source_id": "a", "file": "a.pdf", "name": "B.pdf", "approved": true}),
            ),
            "/documents/1/source_id",
        ),
    ];
    #[cfg(unix)]
    {
        let link = world.file("x", "").with_file_name("link.pdf");
        std::os::unix::fs::symlink("../outside.pdf", link).unwrap();
        mistakes.push((
            with("/documents/0", document("link.pdf", "A.pdf")),
            "/documents/0/file",
        ));
    }
    for (case, pointer) in mistakes {
        let path = world.file("case.json", case.to_string());
        let output = world.clio(&["sync", path.to_str().unwrap()]).await;
        assert_eq!(output.code, 64, "{case}: {output:#?}");
        assert!(
            output.stderr.contains(pointer),
            "{pointer} is not named: {output:#?}"
        );
    }
    for text in ["", "{", "[]", "null", "{\"source_id\": \"a\", }"] {
        let path = world.file("case.json", text);
        world
            .clio(&["sync", path.to_str().unwrap()])
            .await
            .expect_code(64);
    }
    world
        .clio(&["sync", "no such file.json"])
        .await
        .expect_code(64);
    assert!(world.control.trace().is_empty());
    world.finish();
}

#[tokio::test]
async fn all_mistakes_are_told_at_once() {
    let world = World::new().await;
    let case = json!({
        "source_id": "",
        "client": {"first_name": "Ann", "email": "nonsense"},
        "matter": {"title": ""},
        "documents": [{"source_id": "a", "file": "a.pdf", "name": "a/b", "approved": "yes"}],
    });
    let path = world.file("case.json", case.to_string());
    let output = world
        .clio(&["sync", path.to_str().unwrap()])
        .await
        .expect_code(64);
    for pointer in [
        "/source_id",
        "/client/email",
        "/matter/title",
        "/documents/0/approved",
    ] {
        assert!(
            output.stderr.contains(pointer),
            "{pointer}: {}",
            output.stderr
        );
    }
    world.finish();
}

#[tokio::test]
async fn a_mistake_in_the_input_of_an_action_is_told_by_pointer() {
    let world = World::new().await;
    let person = |extra: Value| {
        let mut input = json!({
            "source_id": "intake:ann",
            "contact": {"person": {"first_name": "Ann", "last_name": "Lee"}},
        });
        for (key, value) in extra.as_object().unwrap() {
            input[key.as_str()] = value.clone();
        }
        input
    };
    for (input, pointer) in [
        (person(json!({"nickname": "A"})), "nickname"),
        (person(json!({"source_id": ""})), "/source_id"),
        (person(json!({"source_id": 5})), "/source_id"),
        (person(json!({"contact": {"person": {}}})), "/contact"),
        (
            person(json!({"contact": {"person": {"first_name": " "}}})),
            "/contact",
        ),
        (person(json!({"contact": {"robot": {}}})), "/contact"),
        (
            person(json!({"contact": {"company": {"name": ""}}})),
            "/contact/company/name",
        ),
        (
            person(json!({"emails": [{"address": "nonsense"}]})),
            "/emails/0/address",
        ),
        (
            person(json!({"emails": [{"address": "a@example.com", "label": "mobile"}]})),
            "/emails/0/label",
        ),
        (
            person(json!({"phones": [{"number": "5", "label": "Mobile"}]})),
            "/phones/0/label",
        ),
        (person(json!({"began": "yesterday"})), "/began"),
        (person(json!({"known_id": -1})), "/known_id"),
        (person(json!({"known_id": 1.5})), "/known_id"),
    ] {
        let text = input.to_string();
        let output = world.clio(&["run", "sync-contact", "--input", &text]).await;
        assert!(matches!(output.code, 1 | 64), "{text}: {output:#?}");
        let told = format!("{}{}", output.stdout, output.stderr);
        assert!(
            told.contains(pointer),
            "{pointer} is not named: {output:#?}"
        );
    }
    for text in ["", "{", "[]", "nul", "\"x\""] {
        world
            .clio(&["run", "sync-contact", "--input", text])
            .await
            .expect_code(64);
    }
    world
        .clio(&["run", "no-such-action", "--input", "{}"])
        .await
        .expect_code(64);
    assert_eq!(world.writes(), 0);
    world.finish();
}

#[tokio::test]
async fn what_the_account_lacks_leaves_nothing_half_made() {
    let world = World::new().await;
    world.control.add_practice_area("Personal Injury");
    world.file("a.pdf", "%PDF-1.4");
    let path = world.file("case.json", good().to_string());
    let output = world
        .clio(&["sync", path.to_str().unwrap(), "--json"])
        .await
        .expect_code(1);
    assert!(output.stdout.contains("not_found"), "{output:#?}");
    assert!(output.stderr.contains("practice area"), "{output:#?}");
    let snapshot = world.control.snapshot();
    assert!(snapshot.matters.is_empty() && snapshot.documents.is_empty());
    world.finish();
}
