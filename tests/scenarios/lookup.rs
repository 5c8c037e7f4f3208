//! A form is filled: what there is to choose from, of each kind, narrowed by
//! what a person typed.

use std::time::Duration;

use clio_host::actions::lookup::{
    ContactKind, ContactScope, FieldOwner, FindOutcome, FindRequest, Kind, MatterScope,
    MatterStatus, Place, Subscription, UserScope,
};
use clio_host::actions::types::{Problem, ProblemCode};
use clio_sandbox::{
    Access, Area, CustomFieldAccess, Effect, Fault, FaultAnswer, NewContact, NewCustomField,
    NewMatter, Permissions, Seed, SeedUser, Switches, Times, TokenSpec,
};
use clio_tests::World;

/// A firm that has something of each kind.
struct Firm {
    area: u64,
    client: u64,
    matter: u64,
    folder: u64,
    court: u64,
}

impl Firm {
    fn new(world: &World) -> Self {
        let control = &world.control;
        control.seed(Seed {
            users: vec![
                SeedUser::new("Cy", "Roe", true),
                SeedUser::new("Dé", "Poe", false),
                SeedUser::new("Gone", "Away", true),
            ],
            ..Seed::empty()
        });
        let users = control.snapshot().users;
        control.enable_user(users.last().unwrap().id, false);
        let area = control.add_practice_area("Família");
        control.add_stage(area, "Intake");
        control.add_stage(area, "Closing");
        let other = control.add_practice_area("Tax");
        control.add_stage(other, "Elsewhere");
        let client = control.add_contact(NewContact::person("Bo", "Chan").email("bo@example.com"));
        control.add_contact(NewContact::company("Harbor Ltd"));
        let matter = control.add_matter(NewMatter::of(client, "Chan v. Harbor"));
        control.add_matter(NewMatter {
            status: Some("closed".into()),
            ..NewMatter::of(client, "Chan's will")
        });
        let folder = control
            .add_folder(clio_sandbox::Place::Matter(matter), "Pleadings")
            .unwrap();
        control.add_folder(clio_sandbox::Place::Folder(folder), "Drafts");
        let category = control.add_document_category("Contracts");
        control.add_template_in(category, "Retainer.docx");
        control.add_template("Fee note.docx", b"");
        let court = NewCustomField::picklist("Court", "Matter", &["Superior", "Family"]);
        let court = control.add_custom_field(court);
        control.add_custom_field(NewCustomField::new("Judge", "Matter", "contact"));
        control.add_custom_field(NewCustomField::new("Birthday", "Contact", "date"));
        let gone = NewCustomField::new("Gone", "Matter", "text_line");
        control.delete_custom_field(control.add_custom_field(gone));
        Self {
            area,
            client,
            matter,
            folder,
            court,
        }
    }
}

fn matters() -> Kind {
    Kind::Matters(MatterScope {
        statuses: vec![],
        client: None,
    })
}

fn contacts() -> Kind {
    Kind::Contacts(ContactScope {
        kind: None,
        clients_only: None,
    })
}

fn users(subscription: Option<Subscription>) -> Kind {
    Kind::Users(UserScope { subscription })
}

fn searching(kind: Kind, text: &str) -> FindRequest {
    FindRequest {
        search: Some(text.into()),
        ..FindRequest::new(kind)
    }
}

async fn find(world: &World, request: FindRequest) -> FindOutcome {
    world.call().run(request).await.unwrap()
}

async fn labels(world: &World, request: FindRequest) -> Vec<String> {
    let options = find(world, request).await.options;
    options.into_iter().map(|it| it.label).collect()
}

/// A look that has to fail.
async fn refused(call: clio_host::Call, kind: Kind) -> Problem {
    let error = call.run(FindRequest::new(kind)).await.unwrap_err();
    error.problem().unwrap().clone()
}

#[tokio::test]
async fn every_kind_is_offered_under_every_reading_for_one_request_each() {
    for (name, switches) in Switches::all() {
        let world = World::under(switches).await;
        let firm = Firm::new(&world);
        let before = world.api().len();
        let own = world.control.snapshot().users[0].name.clone();
        let number = |id| {
            let matters = world.control.snapshot().matters;
            let matter = matters.into_iter().find(|it| it.id == id).unwrap();
            matter.display_number
        };
        let (first, second) = (number(firm.matter), number(firm.matter + 1));
        let stories: Vec<(Kind, Vec<&str>)> = vec![
            (Kind::PracticeAreas, vec!["Família", "Tax"]),
            (Kind::Stages(firm.area), vec!["Intake", "Closing"]),
            (users(None), vec![&own, "Cy Roe", "Dé Poe"]),
            (users(Some(Subscription::NonAttorney)), vec!["Dé Poe"]),
            (matters(), vec![&first, &second]),
            (
                Kind::Matters(MatterScope {
                    statuses: vec![MatterStatus::Open, MatterStatus::Pending],
                    client: Some(firm.client),
                }),
                vec![&first],
            ),
            (contacts(), vec!["Bo Chan", "Harbor Ltd"]),
            (
                Kind::Contacts(ContactScope {
                    kind: Some(ContactKind::Company),
                    clients_only: None,
                }),
                vec!["Harbor Ltd"],
            ),
            (
                Kind::Contacts(ContactScope {
                    kind: None,
                    clients_only: Some(true),
                }),
                vec!["Bo Chan"],
            ),
            (
                Kind::Folders(Place::Matter(firm.matter)),
                vec![&first, "Pleadings", "Drafts"],
            ),
            (Kind::Folders(Place::Folder(firm.folder)), vec!["Drafts"]),
            (Kind::Folders(Place::Contact(firm.client)), vec![]),
            (Kind::DocumentCategories, vec!["Contracts"]),
            (
                Kind::DocumentTemplates,
                vec!["Retainer.docx", "Fee note.docx"],
            ),
            (
                Kind::CustomFields(FieldOwner::Matter),
                vec!["Court", "Judge"],
            ),
            (Kind::CustomFields(FieldOwner::Contact), vec!["Birthday"]),
        ];
        let count = stories.len();
        for (kind, expected) in stories {
            let outcome = find(&world, FindRequest::new(kind.clone())).await;
            let told: Vec<&str> = outcome.options.iter().map(|it| it.label.as_str()).collect();
            assert_eq!(told, expected, "{name}: {kind:?}");
            assert_eq!((outcome.cursor, outcome.may_lag), (None, false), "{name}");
        }
        assert_eq!(world.api().len() - before, count, "{name}");

        let fields = Kind::CustomFields(FieldOwner::Matter);
        let fields = find(&world, FindRequest::new(fields)).await;
        let court = &fields.options[0];
        assert_eq!(court.id, firm.court, "{name}");
        assert_eq!(court.detail.as_deref(), Some("picklist"), "{name}");
        let choices: Vec<&str> = court.choices.iter().map(|it| it.label.as_str()).collect();
        assert_eq!(choices, ["Superior", "Family"], "{name}");
        let matters = find(&world, FindRequest::new(matters())).await;
        let detail = matters.options[0].detail.as_deref();
        assert_eq!(detail, Some("Bo Chan: Chan v. Harbor"), "{name}");
        world.finish();
    }
}

#[tokio::test]
async fn a_search_finds_what_a_person_typed() {
    let world = World::new().await;
    let firm = Firm::new(&world);
    for (kind, text, expected) in [
        (Kind::PracticeAreas, "FAMILIA", vec!["Família"]),
        (Kind::Stages(firm.area), "clos", vec!["Closing"]),
        (users(None), "dé", vec!["Dé Poe"]),
        (users(None), "CY@firm", vec!["Cy Roe"]),
        (Kind::DocumentTemplates, "note", vec!["Fee note.docx"]),
        (
            Kind::Folders(Place::Matter(firm.matter)),
            "draft",
            vec!["Drafts"],
        ),
        (Kind::CustomFields(FieldOwner::Matter), "jud", vec!["Judge"]),
        (Kind::DocumentCategories, "contr", vec!["Contracts"]),
    ] {
        let told = labels(&world, searching(kind.clone(), text)).await;
        assert_eq!(told, expected, "{kind:?}");
    }
    // Clio's own search lags, and says so.
    let chan = searching(contacts(), "chan");
    let early = find(&world, chan.clone()).await;
    assert!(early.options.is_empty() && early.may_lag);
    world.control.advance(Duration::from_secs(60));
    assert_eq!(labels(&world, chan).await, ["Bo Chan"]);
    let will = labels(&world, searching(matters(), "will")).await;
    assert_eq!(will.len(), 1);
    // A folder that was made just now is found: folders are not searched.
    let place = clio_sandbox::Place::Folder(firm.folder);
    world.control.add_folder(place, "Letters");
    let within = Kind::Folders(Place::Folder(firm.folder));
    let told = labels(&world, searching(within, "letters")).await;
    assert_eq!(told, ["Letters"]);
    world.finish();
}

#[tokio::test]
async fn options_come_in_pages_and_each_of_them_once() {
    for (name, switches) in Switches::all() {
        let world = World::under(switches).await;
        for n in 0..7 {
            world.control.add_practice_area(&format!("Area {n}"));
        }
        for search in [None, Some("area".to_owned())] {
            let mut request = FindRequest {
                search,
                limit: Some(3),
                ..FindRequest::new(Kind::PracticeAreas)
            };
            let before = world.api().len();
            let mut told = Vec::new();
            loop {
                let outcome = find(&world, request.clone()).await;
                assert!(outcome.options.len() <= 3, "{name}");
                told.extend(outcome.options.into_iter().map(|it| it.label));
                request.cursor = outcome.cursor;
                if request.cursor.is_none() {
                    break;
                }
            }
            let expected: Vec<String> = (0..7).map(|n| format!("Area {n}")).collect();
            assert_eq!(told, expected, "{name}");
            assert_eq!(world.api().len() - before, 3, "{name}");
        }
        world.finish();
    }
}

#[tokio::test]
async fn a_search_on_this_side_reads_a_bounded_number_of_pages() {
    let world = World::new().await;
    for n in 0..1200 {
        world.control.add_template(&format!("Form {n}.docx"), b"");
    }
    world.control.add_template("Retainer.docx", b"");
    let request = searching(Kind::DocumentTemplates, "retainer");
    let first = find(&world, request.clone()).await;
    assert!(first.options.is_empty());
    assert_eq!(world.api().len(), 5);
    let request = FindRequest {
        cursor: first.cursor,
        ..request
    };
    let second = find(&world, request).await;
    assert_eq!(second.options[0].label, "Retainer.docx");
    assert_eq!((second.cursor, world.api().len()), (None, 7));
    world.finish();
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let world = World::new().await;
    Firm::new(&world);
    let token = world.control.issue_token(TokenSpec {
        permissions: Permissions::only([(Area::Matters, Access::Read)]),
        ..TokenSpec::default()
    });
    let narrow = world.connect(&token);
    for (kind, permission) in [
        (users(None), "Users"),
        (contacts(), "Contacts"),
        (Kind::DocumentTemplates, "Documents"),
        (Kind::CustomFields(FieldOwner::Matter), "Custom fields"),
    ] {
        let call = clio_tests::host().call(&narrow);
        let problem = refused(call, kind).await;
        assert_eq!(problem.code, ProblemCode::Forbidden, "{permission}");
        let named = format!("“{permission}”");
        assert!(problem.message.contains(&named), "{}", problem.message);
    }
    // A client that may not be seen leaves the description.
    let call = clio_tests::host().call(&narrow);
    let matters = call.run(FindRequest::new(matters())).await;
    let detail = matters.unwrap().options[0].detail.clone();
    assert_eq!(detail.as_deref(), Some("Chan v. Harbor"));
    world.finish();

    // Definitions can be closed to a user all the same.
    let world = World::under(Switches {
        custom_field_access: CustomFieldAccess::DefinitionsForbidden,
        ..Switches::default()
    })
    .await;
    let problem = refused(world.call(), Kind::CustomFields(FieldOwner::Contact)).await;
    assert_eq!(problem.code, ProblemCode::Forbidden);
    assert!(problem.message.contains("“Custom fields”"));
    world.finish();
}

#[tokio::test]
async fn a_cut_answer_is_transient_and_a_next_page_elsewhere_is_not_followed() {
    let world = World::new().await;
    Firm::new(&world);
    for effect in [
        Effect::CutAfter { bytes: 40 },
        Effect::MalformedJson,
        Effect::Maintenance,
        Effect::Reset,
        Effect::Answer(FaultAnswer::status(502)),
    ] {
        let fault = Fault::next("GET", "/contacts", effect.clone());
        world.control.fault(fault.times(Times::Forever));
        let error = world.call().run(FindRequest::new(contacts()));
        let error = error.await.unwrap_err();
        assert!(error.is_transient(), "{effect:?}: {error}");
        world.control.clear_faults();
    }
    assert_eq!(
        find(&world, FindRequest::new(contacts()))
            .await
            .options
            .len(),
        2
    );
    world.finish();

    let world = World::under(Switches {
        next_page_origin: Some("https://evil.example".into()),
        ..Switches::default()
    })
    .await;
    Firm::new(&world);
    let request = FindRequest {
        limit: Some(1),
        ..FindRequest::new(contacts())
    };
    let error = world.call().run(request).await.unwrap_err();
    let problem = error.problem().unwrap();
    assert_eq!(problem.code, ProblemCode::UnexpectedAnswer);
    assert_eq!(world.api().len(), 1);
    world.finish();
}

#[tokio::test]
async fn a_cursor_is_bound_to_its_question() {
    let world = World::new().await;
    Firm::new(&world);
    let request = FindRequest {
        limit: Some(1),
        ..FindRequest::new(matters())
    };
    let cursor = find(&world, request).await.cursor;
    assert!(cursor.is_some());
    let before = world.api().len();
    for other in [
        FindRequest::new(contacts()),
        searching(matters(), "chan"),
        FindRequest::new(matters()),
    ] {
        let request = FindRequest {
            cursor: cursor.clone(),
            ..other
        };
        let error = world.call().run(request).await.unwrap_err();
        let problem = error.problem().unwrap();
        assert_eq!(problem.code, ProblemCode::InvalidInput);
        assert_eq!(problem.field.as_deref(), Some("/cursor"));
    }
    assert_eq!(world.api().len(), before);
    world.finish();
}
