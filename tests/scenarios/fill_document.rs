//! Templates are filled with what stands of a matter, and documents inspected: by
//! the library, and by the command with files on both sides.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use clio_host::actions::fill_document::{
    Content, FillOutcome, FillRequest, GatherRequest, NamedValue, Template, Value as Own, Why,
};
use clio_host::actions::types::{FileContent, FileSource};
use clio_host::actions::upload_document::{
    Approval, Content as UploadContent, ContentSource, Parent, Provenance, UploadRequest,
};
use clio_host::{DraftUpload, Host, LocalSink, Made, Reviews, ReviewsError, Taken};
use clio_sandbox::{
    Access, Area, NewContact, NewCustomField, NewMatter, NewRelationship, NewRow, Permissions,
    Switches, TokenSpec,
};
use clio_tests::{World, sha256_hex};
use serde_json::{Value, json};

/// A matter with a client, an opposing party and custom fields.
fn furnish(world: &World) -> u64 {
    let control = &world.control;
    let row = |label: &str, value: &str| NewRow {
        label: label.to_owned(),
        value: value.to_owned(),
    };
    let ann = control.add_contact(NewContact {
        emails: vec![row("Work", "ann@x.example")],
        ..NewContact::person("Ann", "Lee")
    });
    let bo = control.add_contact(NewContact::person("Bo", "Ray"));
    let field = |kind: &str, name: &str| {
        control.add_custom_field(NewCustomField::new(name, "Matter", kind))
    };
    let court = field("text_line", "Court");
    let filing = field("date", "Filing date");
    let fee = field("currency", "Flat fee");
    let matter = control.add_matter(NewMatter {
        values: vec![
            (court, Some("Kings County".to_owned())),
            (filing, Some("2026-03-01".to_owned())),
            (fee, Some("1250.5".to_owned())),
        ],
        ..NewMatter::of(ann, "Lee v. Ray")
    });
    control.add_relationship(&NewRelationship {
        matter,
        contact: bo,
        description: "Opposing party".to_owned(),
    });
    // What is another matter's stays there.
    let other = control.add_matter(NewMatter::of(bo, "Ray v. Nobody"));
    control.add_relationship(&NewRelationship {
        matter: other,
        contact: ann,
        description: "Witness".to_owned(),
    });
    matter
}

fn text(template: &str) -> Template {
    let source = FileSource::Inline(template.as_bytes().to_vec());
    Template::Content(FileContent::new(source))
}

fn said(outcome: &FillOutcome) -> &str {
    match &outcome.content {
        Content::Inline(bytes) => std::str::from_utf8(bytes).unwrap(),
        Content::Put => panic!("it was sent away"),
    }
}

const LETTER: &str = "{{ matter.description }}, {{ matter.custom[\"Court\"] }}, \
    {{ custom[\"Filing date\"] | date(\"long\") }}: {{ client.name }} <{{ client.email }}>\
    {% for it in related %}, {{ it.role }} {{ it.name }}{% endfor %}, \
    {{ custom[\"Flat fee\"] | money }}. {{ matter.location }}";

#[tokio::test]
async fn a_template_is_filled_in_three_requests_under_every_reading() {
    for (name, switches) in Switches::all() {
        let world = World::under(switches).await;
        let matter = furnish(&world);
        world.control.clear_trace();
        let request = FillRequest::new(matter, text(LETTER));
        let outcome = world.call().run(request.clone()).await.unwrap();
        let redacts = name == "redact_associations" || outcome.unfilled.len() > 1;
        assert_eq!(
            world.requests(),
            [
                format!("GET /matters/{matter}"),
                "GET /relationships".to_owned(),
                "GET /contacts".to_owned(),
            ][..if redacts { 2 } else { 3 }],
            "{name}"
        );
        if !redacts {
            assert_eq!(
                said(&outcome),
                "Lee v. Ray, Kings County, March 1, 2026: Ann Lee <ann@x.example>, \
                 Opposing party Bo Ray, $1,250.50. {{ matter.location }}",
                "{name}"
            );
            assert_eq!(outcome.unfilled[0].why, Why::Empty, "{name}");
        }
        // The same once more, to the byte.
        let again = world.call().run(request).await.unwrap();
        assert_eq!(again.sha256, outcome.sha256, "{name}");
        assert_eq!(outcome.sha256, sha256_hex(said(&outcome).as_bytes()));
        world.finish();
    }
}

#[tokio::test]
async fn what_a_connection_may_not_see_is_told_and_not_blank() {
    let world = World::new().await;
    let matter = furnish(&world);
    let token = world.control.issue_token(TokenSpec {
        permissions: Permissions::only([(Area::Matters, Access::Read)]),
        ..TokenSpec::default()
    });
    let connection = world.connect(&token);
    let request = FillRequest::new(matter, text("{{ client.name }}, {{ matter.description }}"));
    let call = clio_tests::host().call(&connection);
    let outcome = call.run(request).await.unwrap();
    assert_eq!(said(&outcome), "{{ client.name }}, Lee v. Ray");
    let left: Vec<Why> = outcome.unfilled.iter().map(|it| it.why).collect();
    assert_eq!(left, [Why::Hidden]);
    world.finish();
}

#[tokio::test]
async fn a_sink_takes_what_is_more_than_comes_inline() {
    let world = World::new().await;
    let matter = furnish(&world);
    let paragraph = "x".repeat(1000);
    let mut request = FillRequest::new(matter, text("{% for it in more.p %}{{ it }}{% endfor %}"));
    request.more = Some(vec![NamedValue {
        name: "p".to_owned(),
        value: Own::Texts(vec![paragraph; 1500]),
    }]);
    let error = world.call().run(request.clone()).await.unwrap_err();
    assert_eq!(error.problem().unwrap().field.as_deref(), Some("/into"));
    let mut call = world.call();
    let sink = LocalSink::new(2 << 20, |_| Ok(()));
    request.into = Some(call.add_sink(sink.clone()));
    let outcome = call.run(request.clone()).await.unwrap();
    assert_eq!(outcome.content, Content::Put);
    let Taken { length, sha256 } = sink.taken().unwrap();
    assert_eq!((length, outcome.length), (1_500_000, 1_500_000));
    let hexadecimal: String = sha256.iter().map(|it| format!("{it:02x}")).collect();
    assert_eq!(outcome.sha256, hexadecimal);
    // Another call knows nothing of it, and a sink takes no more than it was opened for.
    let error = world.call().run(request.clone()).await.unwrap_err();
    assert_eq!(error.problem().unwrap().status, Some(404));
    let mut call = world.call();
    let small = LocalSink::new(1 << 20, |_| Ok(()));
    request.into = Some(call.add_sink(small.clone()));
    let error = call.run(request).await.unwrap_err();
    assert_eq!(error.problem().unwrap().status, Some(413));
    assert_eq!(small.taken(), None);
    world.finish();
}

fn templates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/templates")
}

async fn run(world: &World, input: &Value, more: &[&str]) -> Value {
    let input = input.to_string();
    let templates = templates();
    let mut args = vec!["run", "fill-document", "--input", &input, "--files"];
    args.push(templates.to_str().unwrap());
    args.extend(more);
    world.clio(&args).await.expect_code(0).json()
}

#[tokio::test]
async fn a_word_document_goes_from_a_file_into_a_file() {
    let world = World::new().await;
    let matter = furnish(&world);
    let keep = world.file("keep.txt", "");
    let filled = keep.with_file_name("petition.docx");
    let content = json!({"source": {"file": "petition.docx"}});
    let input = json!({"matter": matter, "template": {"content": content}});
    let told = run(&world, &input, &["--output", filled.to_str().unwrap()]).await;
    let bytes = std::fs::read(&filled).unwrap();
    assert!(bytes.starts_with(b"PK\x03\x04"));
    assert_eq!(told["sha256"], sha256_hex(&bytes), "{told}");
    assert_eq!(told["length"], bytes.len(), "{told}");
    assert_eq!(told["content"]["file"]["sha256"], told["sha256"], "{told}");
    let dry = run(&world, &input, &["--dry-run"]).await;
    assert_eq!(dry["result"]["sha256"], told["sha256"], "{dry}");
    assert_eq!(dry["would_send"], json!([]), "{dry}");

    // What was filled says so, without an account.
    let inspect = json!({"content": {"source": {"file": "petition.docx"}}}).to_string();
    let folder = filled.parent().unwrap().to_str().unwrap();
    let args = [
        "run",
        "inspect-document",
        "--input",
        &inspect,
        "--files",
        folder,
    ];
    let told = world.clio(&args).await.expect_code(0).json();
    let text = told["text"].as_str().unwrap();
    for part in ["Ann Lee", "KINGS COUNTY"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    world.finish();
}

#[tokio::test]
async fn another_program_drafts_and_sees_this_matter_alone() {
    let world = World::new().await;
    let matter = furnish(&world);
    let script = "cd \"$(dirname \"$0\")\"; cat > asked.json; env > variables; printf 'A draft'";
    let script = world.file("drafter.sh", script);
    let content = json!({"source": {"file": "memo.md"}});
    let input = json!({"matter": matter, "template": {"content": content}});
    let drafter = format!("sh {}", script.display());
    let told = run(&world, &input, &["--draft-with", &drafter]).await;
    assert_eq!(told["content"]["inline"], "QSBkcmFmdA==", "{told}");
    assert_eq!(told["sha256"], sha256_hex(b"A draft"), "{told}");
    assert_eq!(told["media_type"], "text/markdown; charset=utf-8", "{told}");
    let read = |name: &str| std::fs::read_to_string(script.with_file_name(name)).unwrap();
    let asked: Value = serde_json::from_str(&read("asked.json")).unwrap();
    let fields = &asked["fields"];
    assert_eq!(fields["client.name"], "Ann Lee", "{asked}");
    assert_eq!(fields["matter.custom[\"Court\"]"], "Kings County");
    assert_eq!(fields["related[0].name"], "Bo Ray");
    assert!(
        asked["template_text"]
            .as_str()
            .unwrap()
            .contains("Memo for")
    );
    // Neither what another matter holds, nor what would open the account.
    assert!(!asked.to_string().contains("Nobody"), "{asked}");
    let variables = read("variables");
    assert!(!variables.contains("CLIO_"), "{variables}");
    assert!(!variables.contains(world.sandbox.token()), "{variables}");

    let file = script.with_file_name("draft.md");
    let output = file.to_str().unwrap();
    let told = run(
        &world,
        &input,
        &["--draft-with", &drafter, "--output", output],
    )
    .await;
    assert_eq!(std::fs::read(&file).unwrap(), b"A draft", "{told}");
    world.finish();
}

/// Reviews that know what a machine made, and of no approval.
#[derive(Default)]
struct Machines(Mutex<Vec<(Made, String)>>);

impl Reviews for Machines {
    fn is_machine_made(&self, _: &str, made: Made) -> Result<bool, ReviewsError> {
        Ok(self.0.lock().unwrap().iter().any(|(it, _)| *it == made))
    }

    fn remember(&self, _: &str, made: Made, by: &str) -> Result<(), ReviewsError> {
        self.0.lock().unwrap().push((made, by.to_owned()));
        Ok(())
    }

    fn approval(&self, _: &DraftUpload<'_>) -> Result<Option<Approval>, ReviewsError> {
        Ok(None)
    }

    fn uploaded(&self, _: &DraftUpload<'_>, _: u64) -> Result<(), ReviewsError> {
        Ok(())
    }
}

#[tokio::test]
async fn a_function_drafts_and_what_it_returns_is_no_persons() {
    let world = World::new().await;
    let matter = furnish(&world);
    let machines = Arc::new(Machines::default());
    let host = Host::builder()
        .cache_dir(Some(clio_tests::cache_dir()))
        .workers(1)
        .reviews(machines.clone())
        .build()
        .unwrap();
    let connection = world.connect(world.sandbox.token());
    let request = || GatherRequest::new(matter, text("Dear {{ client.name }}"));
    let draft = host.call(&connection).draft(request(), |told| async move {
        let told = serde_json::to_string(&told).unwrap();
        assert!(!told.contains("Nobody"), "of another matter: {told}");
        assert!(told.contains("Kings County") && told.contains("Dear {{ client.name }}"));
        Ok::<_, String>(b"Dear Ann, as drafted".to_vec())
    });
    let draft = draft.await.unwrap();
    assert_eq!(said(&draft), "Dear Ann, as drafted");
    assert_eq!(draft.media_type, "text/plain; charset=utf-8");
    assert_eq!(draft.sha256, sha256_hex(b"Dear Ann, as drafted"));
    assert_eq!(machines.0.lock().unwrap()[0].1, "a drafter");

    // Neither by a person's name nor by an approval of the caller's own.
    let own = Approval {
        approver: "Ann".to_owned(),
        at: "2026-03-01T09:30:00Z".to_owned(),
        sha256: draft.sha256.clone(),
    };
    for provenance in [Provenance::FromPerson, Provenance::Draft(own)] {
        let source = ContentSource::Inline(said(&draft).as_bytes().to_vec());
        let upload = UploadRequest::new(
            "crm:17/letter",
            Parent::Matter(matter),
            "letter.txt",
            UploadContent::new(source),
            provenance,
        );
        let error = host.call(&connection).run(upload).await.unwrap_err();
        assert_eq!(error.code(), "review_required", "{error}");
    }
    assert!(world.control.snapshot().documents.is_empty());

    // One that fails, or writes no document, has made nothing.
    for answer in [Err("no answer"), Ok(vec![0xff, 0xfe]), Ok(b" ".to_vec())] {
        let words = answer.clone().err().unwrap_or("the drafter writes");
        let call = host
            .call(&connection)
            .draft(request(), |_| async { answer });
        let error = call.await.unwrap_err();
        assert_eq!(error.code(), "execution_failed:internal");
        assert!(error.to_string().contains(words), "{error}");
    }
    assert_eq!(machines.0.lock().unwrap().len(), 1);
    world.finish();
}
