//! A document, a version of one or a template is read: with what is said of it,
//! its bytes whole, and never with a credential to the storage.

use std::sync::{Arc, Mutex};

use clio_host::actions::read_document::{
    Content, ReadOutcome, ReadRequest, Recorded, Stored, VersionRef, Wanted,
};
use clio_host::actions::types::ProblemCode;
use clio_sandbox::{
    Access, Area, Config, ContentCaps, Effect, Fault, FaultAnswer, FaultBody, NewDocument,
    Permissions, Place, RateLimit, Switches, Times, TokenSpec,
};
use clio_tests::memory::{EXPORT, with_memory_shown};
use clio_tests::{World, browse, empty, sha256_hex};
use serde_json::{Value, json};

use crate::upload_document::{retainer, world_with_matter};

const BYTES: &[u8] = b"%PDF-1.4 a retainer agreement";
const MIB: usize = 1 << 20;

fn of(document: u64) -> ReadRequest {
    ReadRequest {
        of: Stored::Document(document),
        content: None,
    }
}

fn of_version(document: u64, version: u64) -> ReadRequest {
    ReadRequest {
        of: Stored::Version(VersionRef { document, version }),
        content: None,
    }
}

#[track_caller]
fn inline(outcome: &ReadOutcome) -> (&[u8], Recorded) {
    match &outcome.content {
        Content::Inline(it) => {
            assert_eq!(it.sha256, sha256_hex(&it.bytes));
            assert_eq!(outcome.size, Some(it.bytes.len() as u64));
            (&it.bytes, it.recorded)
        }
        other => panic!("not inline: {other:?}"),
    }
}

/// A read that has to fail.
async fn refused(world: &World, request: ReadRequest) -> (ProblemCode, bool) {
    let error = world.call().run(request).await.unwrap_err();
    (error.problem().unwrap().code, error.is_transient())
}

#[tokio::test]
async fn what_was_uploaded_is_read_again_under_every_reading() {
    for (name, switches) in Switches::all() {
        let world = World::under(switches).await;
        let matter = world.add_matter();
        let id = world.call().run(retainer(matter)).await.unwrap().id;
        world.control.clear_trace();
        let read = world.call().run(of(id)).await.unwrap();
        assert_eq!(
            world.requests(),
            [
                format!("GET /documents/{id}"),
                format!("GET /documents/{id}/download")
            ],
            "{name}"
        );
        assert_eq!(world.storage().len(), 1, "{name}");
        assert_eq!(inline(&read), (BYTES, Recorded::Matches), "{name}");
        assert_eq!(
            (read.id, read.name.as_str()),
            (id, "Retainer.pdf"),
            "{name}"
        );
        assert_eq!(read.media_type.as_deref(), Some("application/pdf"));
        assert!(read.etag.is_some() && read.created_at.is_some() && read.updated_at.is_some());
        let facts = read.document.unwrap();
        let stands = &world.control.snapshot().documents[0];
        assert_eq!(facts.matter, Some(matter), "{name}");
        assert_eq!(facts.folder, Some(stands.folder), "{name}");
        assert_eq!(facts.source_id.as_deref(), Some("intake:case-17/retainer"));
        assert_eq!(facts.version.and_then(|version| version.number), Some(1));
        assert!(facts.complete && !facts.trashed && !facts.newer_unfinished);
        world.finish();
    }
}

#[tokio::test]
async fn each_version_is_read_and_bytes_that_came_otherwise_are_told() {
    for (name, switches) in Switches::all() {
        let world = World::under(switches).await;
        let matter = world.add_matter();
        let id = world.call().run(retainer(matter)).await.unwrap().id;
        let first = world.call().run(of(id)).await.unwrap();
        let first = first.document.unwrap().version.unwrap().id;
        // A person adds a version in Clio.
        world
            .control
            .add_version(id, Some(b"signed by hand".to_vec()));
        let read = world.call().run(of(id)).await.unwrap();
        assert_eq!(inline(&read).0, b"signed by hand", "{name}");
        assert_eq!(inline(&read).1, Recorded::Differs, "{name}");
        let second = read.document.unwrap().version.unwrap();
        assert_eq!(second.number, Some(2), "{name}");
        for (version, bytes) in [(first, BYTES), (second.id, b"signed by hand")] {
            let request = of_version(id, version);
            let read = world.call().run(request).await.unwrap();
            assert_eq!(inline(&read).0, bytes, "{name}");
            assert_eq!(read.document.unwrap().version.unwrap().id, version);
        }
        // A number is no id.
        let (code, _) = refused(&world, of_version(id, 2)).await;
        assert_eq!(code, ProblemCode::NotFound);
        world.finish();
    }
}

#[tokio::test]
async fn a_version_that_is_being_uploaded_hides_none_before_it() {
    let (world, matter) = world_with_matter().await;
    let id = world.add_document(matter, "a.pdf");
    world.control.add_version(id, None);
    let read = world.call().run(of(id)).await.unwrap();
    assert_eq!(inline(&read).0, b"some bytes");
    let facts = read.document.unwrap();
    assert!(facts.newer_unfinished && facts.complete);

    let new = NewDocument::incomplete("b.pdf");
    let begun = world.add(Place::Matter(matter), new);
    let ended = refused(&world, of(begun)).await;
    assert_eq!(ended, (ProblemCode::UploadIncomplete, true));
    let request = ReadRequest {
        content: Some(Wanted::Metadata),
        ..of(begun)
    };
    let read = world.call().run(request).await.unwrap();
    assert!(!read.document.unwrap().complete);
    assert_eq!(read.content, Content::Withheld);
    assert_eq!(refused(&world, of(5)).await, (ProblemCode::NotFound, false));
    world.finish();
}

#[tokio::test]
async fn a_document_in_the_trash_is_read_and_says_so() {
    let (world, matter) = world_with_matter().await;
    let id = world.add_document(matter, "a.pdf");
    world.control.trash_document(id);
    let read = world.call().run(of(id)).await.unwrap();
    assert!(read.document.as_ref().unwrap().trashed);
    assert_eq!(inline(&read).0, b"some bytes");
    world.finish();
}

#[tokio::test]
async fn a_template_is_read() {
    let world = World::new().await;
    let id = world.control.add_template("Retainer.docx", b"Dear");
    let request = ReadRequest {
        of: Stored::Template(id),
        content: None,
    };
    let read = world.call().run(request).await.unwrap();
    assert_eq!(inline(&read).0, b"Dear");
    assert_eq!(
        (read.name.as_str(), read.document.is_none()),
        ("Retainer.docx", true)
    );
    world.finish();
}

#[tokio::test]
async fn much_comes_by_url_and_the_component_does_not_grow() {
    let world = World::with(Config {
        content: ContentCaps {
            each: 128 << 20,
            total: 256 << 20,
        },
        ..empty()
    })
    .await;
    let matter = world.add_matter();
    let built = clio_catalog::action("read-document").unwrap().component();
    let action = clio_tests::host().load(&with_memory_shown(built)).unwrap();
    let mut sizes = Vec::new();
    for (name, length) in [("small.txt", 10), ("mib.txt", MIB), ("large.txt", 64 * MIB)] {
        let new = NewDocument::complete(name, &vec![b'x'; length]);
        let id = world.add(Place::Matter(matter), new);
        let memory = Arc::new(Mutex::new(0));
        let taken = Arc::clone(&memory);
        let read: Value = world
            .call()
            .inspect(EXPORT, move |bytes| *taken.lock().unwrap() = bytes.len())
            .invoke(&action, None, json!({"of": {"document": id}}))
            .await
            .unwrap();
        assert_eq!(read["size"], length, "{name}");
        sizes.push(*memory.lock().unwrap());
        if length <= MIB {
            assert!(read["content"]["inline"]["bytes"].is_string(), "{name}");
            continue;
        }
        // Anybody gets them there, for as long as the URL lives.
        let url = read["content"]["url"].as_str().unwrap();
        assert!(url.starts_with(world.sandbox.storage_origin()));
        let page = browse(url, None).await;
        assert_eq!(page.status, 200);
        assert!(page.text.len() > length);
        world.control.advance(std::time::Duration::from_secs(601));
        assert_eq!(browse(url, None).await.status, 403);
    }
    eprintln!("memory of the component for 10 bytes, 1 MiB and 64 MiB: {sizes:?} bytes");
    assert!(sizes[1] < 8 * MIB, "{sizes:?}");
    assert!(sizes[2] <= sizes[0], "{sizes:?}");
    world.finish();
}

#[tokio::test]
async fn when_any_exchange_breaks_nothing_false_is_read() {
    let faults = [
        Effect::AppliedThen(FaultAnswer::status(502)),
        Effect::AnswerLost,
        Effect::CutAfter { bytes: 9 },
        Effect::MalformedJson,
        Effect::Maintenance,
        Effect::Reset,
        Effect::WrappedRateLimit { seconds: 1 },
    ];
    let (world, matter) = world_with_matter().await;
    world.control.set_rate_limit(RateLimit {
        limit: 10_000,
        window: std::time::Duration::from_secs(60),
    });
    let id = world.call().run(retainer(matter)).await.unwrap().id;
    let request = |path| Fault::next("GET", path, Effect::Reset);
    for place in [
        request("/documents/*"),
        request("/documents/*/download"),
        Fault::storage("GET", Effect::Reset),
    ] {
        for effect in &faults {
            let fault = Fault {
                effect: effect.clone(),
                ..place.clone()
            };
            // As often as the host tries, and once.
            for times in [Times::Forever, Times::Once] {
                world.control.fault(fault.clone().times(times));
                let ended = world.call().run(of(id)).await;
                world.control.clear_faults();
                match ended {
                    Ok(read) => assert_eq!(inline(&read), (BYTES, Recorded::Matches), "{fault:?}"),
                    Err(error) => assert!(error.is_transient(), "{fault:?}: {error:?}"),
                }
                let read = world.call().run(of(id)).await.unwrap();
                assert_eq!(inline(&read), (BYTES, Recorded::Matches));
            }
        }
    }
    world.finish();
}

#[tokio::test]
async fn a_url_that_is_over_is_asked_for_anew() {
    let (world, matter) = world_with_matter().await;
    let id = world.add_document(matter, "a.pdf");
    let over = Effect::Answer(FaultAnswer {
        status: 403,
        headers: Vec::new(),
        body: FaultBody::Text(
            "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
                .to_owned(),
        ),
    });
    // Take out the second round in `fetch::bytes`, and this fails.
    world.control.fault(Fault::storage("GET", over.clone()));
    let read = world.call().run(of(id)).await.unwrap();
    assert_eq!(inline(&read).0, b"some bytes");
    assert_eq!(world.count("GET", &format!("/documents/{id}/download")), 2);
    world
        .control
        .fault(Fault::storage("GET", over).times(Times::Forever));
    let ended = refused(&world, of(id)).await;
    assert_eq!(ended, (ProblemCode::Unavailable, true));
    assert_eq!(world.count("GET", &format!("/documents/{id}/download")), 4);
    world.finish();
}

#[tokio::test]
async fn a_missing_permission_is_told() {
    let (world, matter) = world_with_matter().await;
    let id = world.add_document(matter, "a.pdf");
    let token = world.control.issue_token(TokenSpec {
        permissions: Permissions::only([(Area::Matters, Access::Write)]),
        ..TokenSpec::default()
    });
    let connection = world.connect(&token);
    let call = clio_tests::host().call(&connection);
    let error = call.run(of(id)).await.unwrap_err();
    assert_eq!(error.problem().unwrap().code, ProblemCode::Forbidden);
    world.finish();
}

#[tokio::test]
async fn the_command_prints_bytes_and_urls() {
    let (world, matter) = world_with_matter().await;
    let id = world.add_document(matter, "a.pdf");
    let input = json!({"of": {"document": id}}).to_string();
    let args = ["run", "read-document", "--input", &input];
    let told = world.clio(&args).await.expect_code(0).json();
    assert_eq!(told["content"]["inline"]["bytes"], "c29tZSBieXRlcw==");
    let input = json!({"of": {"document": id}, "content": "url"}).to_string();
    let args = ["run", "read-document", "--input", &input];
    let told = world.clio(&args).await.expect_code(0).json();
    let url = told["content"]["url"].as_str().unwrap();
    let page = browse(url, None).await;
    assert!(page.text.ends_with("some bytes"), "{page:#?}");
    world.finish();
}
