//! Documents are generated from a template, once, and followed to their end.

use std::time::Duration;

use clio_host::actions::generate_document::{
    AutomationState, DocumentFormat, FollowOutcome, FollowRequest, StartRequest, TemplatesRequest,
};
use clio_host::actions::read_document::{Content, ReadRequest, Stored};
use clio_host::actions::types::{Disposition, ProblemCode};
use clio_sandbox::{
    Access, Area, AutomationDocuments, Config, Effect, Fault, FaultAnswer, GenerationEnd,
    Permissions, Switches, TokenSpec,
};
use clio_tests::{World, empty};
use serde_json::json;

fn letter(world: &World, matter: u64, template: u64) -> StartRequest {
    StartRequest {
        source_id: "intake:case-17/letter".to_owned(),
        began: Some(world.control.now().to_string()),
        matter,
        template,
        filename: "Engagement letter".to_owned(),
        formats: vec![DocumentFormat::Original, DocumentFormat::Pdf],
    }
}

/// A matter, and a letter to generate for it.
fn wanted(world: &World) -> StartRequest {
    let matter = world.add_matter();
    let template = world
        .control
        .add_template("Engagement.docx", b"Dear client");
    letter(world, matter, template)
}

/// Looks as often as it is told to, until the end.
async fn followed(world: &World, id: u64) -> FollowOutcome {
    for _ in 0..9 {
        let request = FollowRequest { id };
        let told = world.call().run(request).await.unwrap();
        match told.look_again_ms {
            Some(ms) => world.control.advance(Duration::from_millis(ms)),
            None => return told,
        }
    }
    panic!("the automation {id} never ends");
}

#[tokio::test]
async fn documents_are_generated_once_and_read_under_every_reading() {
    for (name, switches) in Switches::all() {
        let later = switches.automation_documents == AutomationDocuments::IncompleteFirst;
        let world = World::under(switches).await;
        let request = wanted(&world);
        let first = world.call().run(request.clone()).await.unwrap();
        assert_eq!(first.disposition, Disposition::Created, "{name}");
        assert_eq!(
            world.requests(),
            ["GET /document_automations", "POST /document_automations"],
            "{name}"
        );
        // A repetition while it runs, and one after its end.
        for _ in 0..2 {
            let again = world.call().run(request.clone()).await.unwrap();
            assert_eq!(
                (again.id, again.disposition),
                (first.id, Disposition::Linked)
            );
            let told = followed(&world, first.id).await;
            assert_eq!(told.state, AutomationState::Completed, "{name}");
            assert_eq!(told.documents.len(), 2, "{name}");
        }
        if later {
            world.control.advance(Duration::from_secs(30));
        }
        let told = followed(&world, first.id).await;
        let snapshot = world.control.snapshot();
        assert_eq!(snapshot.generations.len(), 1, "{name}");
        assert_eq!(snapshot.documents.len(), 2, "{name}");
        let names: Vec<_> = told.documents.iter().map(|it| it.name.clone()).collect();
        assert_eq!(
            names,
            ["Engagement letter.docx", "Engagement letter.pdf"].map(|name| Some(name.to_owned()))
        );
        let read = ReadRequest {
            of: Stored::Document(told.documents[0].id),
            content: None,
        };
        let read = world.call().run(read).await.unwrap();
        let Content::Inline(content) = read.content else {
            panic!("{name}: not inline");
        };
        assert_eq!(content.bytes, b"Dear client", "{name}");
        assert_eq!(
            read.document.unwrap().matter,
            Some(request.matter),
            "{name}"
        );
        world.finish();
    }
}

#[tokio::test]
async fn a_start_whose_answer_is_lost_is_found_and_never_repeated() {
    for (name, switches) in Switches::all() {
        for lost in [
            // Take out the second look in `automations::start`, and this fails.
            Effect::AppliedThen(FaultAnswer::status(502)),
            Effect::AnswerLost,
            Effect::CutAfter { bytes: 9 },
            Effect::MalformedJson,
        ] {
            let world = World::under(switches.clone()).await;
            let request = wanted(&world);
            world
                .control
                .fault(Fault::next("POST", "/document_automations", lost));
            let started = world.call().run(request.clone()).await.unwrap();
            assert_eq!(started.disposition, Disposition::Created, "{name}");
            let again = world.call().run(request).await.unwrap();
            assert_eq!(again.id, started.id, "{name}");
            assert_eq!(world.control.snapshot().generations.len(), 1, "{name}");
            world.finish();
        }
    }
}

#[tokio::test]
async fn when_any_exchange_breaks_a_repetition_starts_no_second() {
    // Lost together: the start's answer, and the look after it.
    let lost = || Effect::AppliedThen(FaultAnswer::status(502));
    for effect in [
        lost(),
        Effect::AnswerLost,
        Effect::CutAfter { bytes: 9 },
        Effect::MalformedJson,
        Effect::Maintenance,
        Effect::Reset,
    ] {
        for skip in 0..2 {
            let world = World::new().await;
            let request = wanted(&world);
            let control = &world.control;
            control.fault(Fault::next("POST", "/document_automations", lost()));
            let look = Fault::next("GET", "/document_automations", effect.clone());
            control.fault(look.after(skip).times(clio_sandbox::Times::Forever));
            let error = world.call().run(request.clone()).await.unwrap_err();
            assert!(error.is_transient(), "{effect:?}: {error:?}");
            control.clear_faults();
            control.advance(Duration::from_secs(120));
            let started = world.call().run(request).await.unwrap();
            let told = followed(&world, started.id).await;
            assert_eq!(told.state, AutomationState::Completed);
            assert_eq!(world.control.snapshot().generations.len(), 1, "{effect:?}");
            world.finish();
        }
    }
}

#[tokio::test]
async fn another_letter_is_another_automation() {
    let world = World::new().await;
    let request = wanted(&world);
    let first = world.call().run(request.clone()).await.unwrap();
    let other = |change: fn(&mut StartRequest)| {
        let mut request = request.clone();
        change(&mut request);
        request
    };
    let others = [
        other(|r| r.filename = "Reminder".to_owned()),
        other(|r| r.formats = vec![DocumentFormat::Pdf]),
        letter(&world, world.add_matter(), request.template),
        letter(
            &world,
            request.matter,
            world.control.add_template("b.docx", b"b"),
        ),
    ];
    for request in others {
        let made = world.call().run(request).await.unwrap();
        assert_eq!(made.disposition, Disposition::Created);
    }
    // The same, on purpose, later.
    world.control.advance(Duration::from_secs(700));
    let later = letter(&world, request.matter, request.template);
    let made = world.call().run(later).await.unwrap();
    assert_eq!(made.disposition, Disposition::Created);
    assert_ne!(made.id, first.id);
    assert_eq!(world.control.snapshot().generations.len(), 6);
    world.finish();
}

#[tokio::test]
async fn one_that_ends_without_documents_is_told_and_may_be_tried_again() {
    for (end, state) in [
        (GenerationEnd::Failed, AutomationState::Failed),
        (GenerationEnd::Empty, AutomationState::Empty),
    ] {
        let world = World::new().await;
        world.control.next_generation(end);
        let request = wanted(&world);
        let first = world.call().run(request.clone()).await.unwrap();
        let told = followed(&world, first.id).await;
        assert_eq!((told.state, told.documents.len()), (state, 0));
        // The same call tells the same.
        let again = world.call().run(request.clone()).await.unwrap();
        assert_eq!((again.id, again.state), (first.id, state));
        // A later one starts anew.
        let later = letter(&world, request.matter, request.template);
        let second = world.call().run(later).await.unwrap();
        assert_eq!(second.disposition, Disposition::Created);
        let told = followed(&world, second.id).await;
        assert_eq!(told.state, AutomationState::Completed);
        world.finish();
    }
}

#[tokio::test]
async fn what_is_not_there_or_not_permitted_is_told() {
    let world = World::new().await;
    let request = wanted(&world);
    for (matter, template) in [(5, request.template), (request.matter, 5)] {
        let error = world
            .call()
            .run(letter(&world, matter, template))
            .await
            .unwrap_err();
        assert_eq!(error.problem().unwrap().code, ProblemCode::NotFound);
    }
    let gone = FollowRequest { id: 5 };
    let error = world.call().run(gone).await.unwrap_err();
    assert_eq!(error.problem().unwrap().field.as_deref(), Some("/id"));

    let limited = |areas: &[(Area, Access)]| {
        let token = world.control.issue_token(TokenSpec {
            permissions: Permissions::only(areas.iter().copied()),
            ..TokenSpec::default()
        });
        let connection = world.connect(&token);
        clio_tests::host().call(&connection)
    };
    let reads = limited(&[
        (Area::Documents, Access::Read),
        (Area::Matters, Access::Read),
    ]);
    let error = reads.run(request.clone()).await.unwrap_err();
    assert_eq!(error.problem().unwrap().code, ProblemCode::Forbidden);
    assert!(world.control.snapshot().generations.is_empty());

    // Without the matters, one cannot be told from another: none is started.
    let blind = || limited(&[(Area::Documents, Access::Write)]);
    let first = blind().run(request.clone()).await.unwrap();
    let error = blind().run(request).await.unwrap_err();
    let problem = error.problem().unwrap();
    assert_eq!(problem.code, ProblemCode::Forbidden);
    assert_eq!(problem.candidates, [first.id]);
    assert_eq!(world.control.snapshot().generations.len(), 1);
    world.finish();
}

#[tokio::test]
async fn templates_are_listed_page_by_page() {
    let world = World::with(Config {
        page_cap: Some(2),
        ..empty()
    })
    .await;
    let made: Vec<u64> = (0..5)
        .map(|n| world.control.add_template(&format!("{n}.docx"), b"x"))
        .collect();
    let (mut told, mut cursor, mut pages) = (Vec::new(), None, 0);
    loop {
        let request = TemplatesRequest { cursor };
        let page = world.call().run(request).await.unwrap();
        told.extend(page.templates.iter().map(|template| template.id));
        pages += 1;
        cursor = page.cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!((told, pages), (made, 3));
    let request = TemplatesRequest {
        cursor: Some("page_token=x".to_owned()),
    };
    let error = world.call().run(request).await.unwrap_err();
    assert_eq!(error.problem().unwrap().field.as_deref(), Some("/cursor"));
    world.finish();
}

#[tokio::test]
async fn the_command_generates_and_follows() {
    let world = World::new().await;
    let request = wanted(&world);
    let input = json!({
        "source_id": request.source_id,
        "began": request.began,
        "matter": request.matter,
        "template": request.template,
        "filename": request.filename,
        "formats": ["pdf"],
    })
    .to_string();
    let start = ["run", "generate-document", "--input", &input];
    let told = world.clio(&start).await.expect_code(0).json();
    assert_eq!(told["disposition"], "created", "{told}");
    world.control.advance(Duration::from_secs(60));
    let input = json!({"id": told["id"]}).to_string();
    let follow = ["run", "generate-document.follow", "--input", &input];
    let told = world.clio(&follow).await.expect_code(0).json();
    assert_eq!(told["state"], "completed", "{told}");
    assert_eq!(told["documents"][0]["name"], "Engagement letter.pdf");
    let again = world.clio(&start).await.expect_code(0).json();
    assert_eq!(again["disposition"], "linked", "{again}");
    let list = ["run", "generate-document.templates", "--input", "{}"];
    let told = world.clio(&list).await.expect_code(0).json();
    assert_eq!(told["templates"][0]["id"], request.template);
    world.finish();
}
