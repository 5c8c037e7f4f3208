//! Identifiers, names of documents, and files.

use clio_host::actions::types::ProblemCode;
use clio_tests::World;
use serde_json::json;

use super::{code, contact, run, sync};

// CASES I11
const NO_SOURCE_IDS: [&str; 5] = [
    "intake:17 ",
    "\u{a0}intake:17",
    "intake:\u{200b}17",
    "intake:\u{202e}17",
    "intake\u{2003}17",
];

// CASES T3
const NO_NAMES: [&str; 6] = [
    "invoice\u{202e}fdp.exe",
    "invoice\u{200b}.pdf",
    "in\u{ad}voice.pdf",
    "invoice\u{2066}.pdf",
    "..",
    "a\u{2028}b.pdf",
];

#[tokio::test]
async fn what_looks_like_another_identifier_or_name_is_refused_before_anything_is_sent() {
    let world = World::new().await;
    world.file("a.pdf", "%PDF-1.4");
    let good = json!({
        "source_id": "i:1",
        "client": {"last_name": "Poe"},
        "matter": {"title": "Poe"},
        "documents": [{"source_id": "a", "file": "a.pdf", "name": "A.pdf", "approved": true}],
    });
    let upload = json!({
        "source_id": "d:1",
        "parent": {"matter": 1},
        "name": "a.pdf",
        "content": {"source": {"inline": "JVBERi0xLjQ="}},
        "provenance": "from_person",
    });
    let decomposed = "fall:Mu\u{308}ller";
    for id in NO_SOURCE_IDS.into_iter().chain([decomposed]) {
        let mut wrong = vec![("sync-contact", None, contact(id, "Poe", None, None))];
        let mut document = upload.clone();
        document["source_id"] = json!(id);
        wrong.push(("upload-document", None, document));
        let matter = json!({"source_id": id, "client": 1, "title": "Poe"});
        wrong.push(("create-matter", Some("create"), matter));
        let look = json!({"scope": {"matter": 1}, "source_ids": [id]});
        wrong.push(("find-documents", None, look));
        for (action, function, input) in wrong {
            let error = run(&world, action, function, input).await.unwrap_err();
            assert_eq!(
                code(&error),
                Some(ProblemCode::InvalidInput),
                "{action} {id:?}"
            );
        }
        // The command composes what is not, as its files come from anywhere.
        if id == decomposed {
            continue;
        }
        for pointer in ["/source_id", "/client/source_id", "/documents/0/source_id"] {
            let mut case = good.clone();
            let (of, member) = pointer.rsplit_once('/').unwrap();
            case.pointer_mut(of).unwrap()[member] = json!(id);
            let output = sync(&world, &case, &[]).await.expect_code(64);
            assert!(output.stderr.contains(pointer), "{id:?} {output:#?}");
        }
    }
    for name in NO_NAMES {
        for pointer in ["/name", "/folder_path/0"] {
            let mut document = upload.clone();
            document["folder_path"] = json!(["In"]);
            *document.pointer_mut(pointer).unwrap() = json!(name);
            let error = run(&world, "upload-document", None, document)
                .await
                .unwrap_err();
            assert_eq!(
                code(&error),
                Some(ProblemCode::InvalidInput),
                "{pointer} {name:?}"
            );
        }
        let mut case = good.clone();
        case["documents"][0]["name"] = json!(name);
        let output = sync(&world, &case, &[]).await.expect_code(64);
        assert!(
            output.stderr.contains("/documents/0/name"),
            "{name:?} {output:#?}"
        );
    }
    assert!(world.api().is_empty(), "{:?}", world.requests());
    world.finish();
}

// CASES T8, T9, I11
#[tokio::test]
async fn files_are_found_and_read_however_a_system_encodes_them() {
    let world = World::new().await;
    world.file("Re\u{301}sume\u{301}.pdf", "%PDF-1.4");
    world.file("Verträge/a.pdf", "%PDF-1.4");
    let case = |id: &str| {
        json!({
            "source_id": id,
            "client": {"last_name": "Müller", "email": "m@poe.example"},
            "matter": {"title": "Müller"},
            "documents": [
                {"source_id": "a", "file": "Résumé.pdf", "approved": true},
                {"source_id": "b", "file": "Vertra\u{308}ge/a.pdf", "approved": true},
            ],
        })
        .to_string()
    };
    let utf16 = |text: &str, mark: &[u8], bytes: fn(u16) -> [u8; 2]| {
        [
            mark,
            &text.encode_utf16().flat_map(bytes).collect::<Vec<_>>(),
        ]
        .concat()
    };
    let (composed, decomposed) = (case("fall:Müller"), case("fall:Mu\u{308}ller"));
    for text in [
        composed.clone().into_bytes(),
        [b"\xef\xbb\xbf", decomposed.as_bytes()].concat(),
        utf16(&composed, b"\xff\xfe", u16::to_le_bytes),
        utf16(&decomposed, b"\xfe\xff", u16::to_be_bytes),
    ] {
        let path = world.file("case.json", text);
        world
            .clio(&["sync", path.to_str().unwrap()])
            .await
            .expect_code(0);
        let snapshot = world.control.snapshot();
        let counts = (
            snapshot.contacts.len(),
            snapshot.matters.len(),
            snapshot.documents.len(),
        );
        assert_eq!(counts, (1, 1, 2));
    }
    let path = world.file("case.json", b"{\"source_id\": \"M\xfcller\"}");
    let output = world
        .clio(&["sync", path.to_str().unwrap()])
        .await
        .expect_code(64);
    assert!(output.stderr.contains("UTF-8"), "{}", output.stderr);

    let mapping = world.file("firm.json", b"\xef\xbb\xbf{\"version\": 1}");
    let args = ["mappings", "check", mapping.to_str().unwrap()];
    world.clio(&args).await.expect_code(0);
    let input = contact("c:1", "Poe", Some("poe@poe.example"), None).to_string();
    let input = world.file("input.json", utf16(&input, b"\xff\xfe", u16::to_le_bytes));
    let argument = format!("@{}", input.display());
    world
        .clio(&["run", "sync-contact", "--input", &argument])
        .await
        .expect_code(0);
    world.finish();
}
