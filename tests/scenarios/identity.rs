//! Who or what is meant: never the wrong record, and never a second one where
//! it can be told. Under every reading of what is not known about Clio, with
//! marker fields in the account and without.

use std::time::Duration;

use clio_host::actions::create_matter::{CreateRequest, MatterMatch};
use clio_host::actions::sync_contact::{
    Address, Company, Contact, ContactMatch, NameConflict, Person, Phone, PhoneLabel, SyncOutcome,
    SyncRequest,
};
use clio_host::actions::types::{Disposition, ProblemCode};
use clio_host::{CallError, actions::sync_contact::Email};
use clio_sandbox::{Effect, Fault, FaultAnswer, NewContact, NewMatter, Switches};
use clio_tests::{World, case_matter, email, person};

use crate::setup_markers::{Fields, Markers};

const DAY: Duration = Duration::from_secs(86_400);

/// Tells a story in a world of its own under every reading, with marker fields
/// and without.
async fn everywhere(story: impl AsyncFn(Markers, &World, Fields)) {
    for (name, switches) in Switches::all() {
        for markers in Markers::BOTH {
            println!("{name}, {markers:?}");
            let world = World::under(switches.clone()).await;
            let fields = markers.fields(&world);
            story(markers, &world, fields).await;
            world.finish();
        }
    }
}

async fn sync(world: &World, request: &SyncRequest) -> Result<SyncOutcome, CallError> {
    world.call().run(request.clone()).await
}

/// Repeats what fails for the moment, as an orchestrator would.
async fn insist(world: &World, request: &SyncRequest) -> SyncOutcome {
    for _ in 0..4 {
        match sync(world, request).await {
            Ok(outcome) => return outcome,
            Err(error) => assert!(error.is_transient(), "{error:?}"),
        }
    }
    panic!("it never ends: {request:?}");
}

#[track_caller]
fn is_ambiguous(error: &CallError, field: &str, candidates: &[u64]) {
    let problem = error.problem().expect("a typed problem");
    assert_eq!(problem.code, ProblemCode::Ambiguous, "{problem:?}");
    assert_eq!(problem.field.as_deref(), Some(field));
    assert_eq!(problem.candidates, candidates);
    assert!(!error.is_transient());
    let said = &problem.message;
    assert!(said.contains("source id"), "{said}");
    assert!(said.contains("Nothing was written"), "{said}");
}

fn gail(world: &World) -> SyncRequest {
    let began = world.control.now();
    person("intake:950", "Gail", "Orr", Some("gail@orr.example"), began)
}

fn bob(world: &World) -> SyncRequest {
    let began = world.control.now();
    person("intake:950", "Bob", "Cruz", Some("bob@cruz.example"), began)
}

// CASES I1, I2
#[tokio::test]
async fn a_source_id_that_stands_for_somebody_else_is_told_and_nothing_is_written() {
    everywhere(async |markers, world, fields| {
        world.control.add_practice_area("Family");
        let gail = sync(world, &fields.in_contact(gail(world))).await.unwrap();
        let orr = CreateRequest {
            source_id: "intake:950".into(),
            title: "Orr v. City".into(),
            ..case_matter(gail.id, "Family", world.control.now())
        };
        let orr = world.call().run(fields.in_matter(orr)).await.unwrap();
        let writes = world.writes();

        // The same machine knows the id.
        let mut known = fields.in_contact(bob(world));
        known.known_id = Some(gail.id);
        let error = sync(world, &known).await.unwrap_err();
        is_ambiguous(&error, "/known_id", &[gail.id]);
        let dry = world
            .call()
            .dry_run(|withheld| assert!(withheld.is_empty()));
        let error = dry.run(known).await.unwrap_err();
        is_ambiguous(&error, "/known_id", &[gail.id]);

        // Another one finds the marker.
        let stranger = fields.in_contact(bob(world));
        if markers == Markers::With {
            let error = sync(world, &stranger).await.unwrap_err();
            is_ambiguous(&error, "/source_id", &[gail.id]);
            let mut company = stranger.clone();
            company.contact = Contact::Company(Company {
                name: "Cruz Ltd".into(),
            });
            let error = sync(world, &company).await.unwrap_err();
            is_ambiguous(&error, "/source_id", &[gail.id]);
        }
        assert_eq!(world.writes(), writes);

        // Bob stands there as somebody of his own, and so must his matter.
        let mut own = fields.in_contact(bob(world));
        own.source_id = "crm:bob".into();
        let bob = sync(world, &own).await.unwrap();
        assert_eq!(bob.disposition, Disposition::Created);
        let writes = world.writes();
        let cruz = fields.in_matter(CreateRequest {
            source_id: "intake:950".into(),
            title: "Cruz divorce".into(),
            known_id: Some(orr.id),
            ..case_matter(bob.id, "Family", world.control.now())
        });
        let error = world.call().run(cruz.clone()).await.unwrap_err();
        is_ambiguous(&error, "/known_id", &[orr.id]);
        if markers == Markers::With {
            let found = CreateRequest {
                known_id: None,
                ..cruz
            };
            let error = world.call().run(found).await.unwrap_err();
            is_ambiguous(&error, "/source_id", &[orr.id]);
        }
        assert_eq!(world.writes(), writes);
    })
    .await;
}

#[tokio::test]
async fn who_changed_a_name_or_an_address_is_still_the_same() {
    everywhere(async |markers, world, fields| {
        let first = fields.in_contact(gail(world));
        let id = sync(world, &first).await.unwrap().id;
        let mut married = fields.in_contact(gail(world));
        married.contact = Contact::Person(Person {
            first_name: Some("Gail".into()),
            last_name: Some("Cruz".into()),
            ..Person::default()
        });
        let mut moved = fields.in_contact(gail(world));
        moved.emails = vec![email("gail@new.example")];
        for mut changed in [married, moved] {
            if markers == Markers::With {
                assert_eq!(sync(world, &changed).await.unwrap().id, id);
            }
            changed.known_id = Some(id);
            let outcome = sync(world, &changed).await.unwrap();
            assert_eq!(
                (outcome.id, outcome.matched_by),
                (id, Some(ContactMatch::KnownId))
            );
        }
        assert_eq!(world.writes(), 1);
    })
    .await;
}

/// A person of whom nothing is known but what is given.
fn john(source_id: &str, middle: Option<&str>, phones: &[&str], streets: &[&str]) -> SyncRequest {
    SyncRequest {
        phones: phones
            .iter()
            .map(|number| Phone {
                number: (*number).to_owned(),
                label: Some(PhoneLabel::Home),
            })
            .collect(),
        addresses: streets
            .iter()
            .map(|street| Address {
                street: Some((*street).to_owned()),
                city: Some("Miami".into()),
                province: None,
                postal_code: Some("33101".into()),
                country: None,
                label: None,
            })
            .collect(),
        ..SyncRequest::new(
            source_id,
            Contact::Person(Person {
                first_name: Some("John".into()),
                middle_name: middle.map(str::to_owned),
                last_name: Some("Smith".into()),
                ..Person::default()
            }),
        )
    }
}

/// Namesakes who differ in one value each.
fn namesakes() -> Vec<SyncRequest> {
    let company = |source_id: &str, name: &str| {
        let name = name.to_owned();
        SyncRequest::new(source_id, Contact::Company(Company { name }))
    };
    let mut doctor = john("crm:9010", None, &[], &[]);
    if let Contact::Person(person) = &mut doctor.contact {
        person.prefix = Some("Dr.".into());
        person.title = Some("Surgeon".into());
    }
    vec![
        john("crm:9001", None, &[], &[]),
        john("crm:9002", Some("A."), &["305 555 0147"], &[]),
        john("crm:9003", Some("B."), &["305 555 0147"], &[]),
        john("crm:9004", None, &["305 555 0147"], &[]),
        john("crm:9005", None, &["305 555 0147", "305 555 0148"], &[]),
        john("crm:9006", None, &[], &["1 A St"]),
        john("crm:9007", None, &[], &["2 B St"]),
        john("crm:9008", None, &[], &["1 A St", "2 B St"]),
        doctor,
        company("crm:9011", "John Smith"),
    ]
}

// CASES I3
#[tokio::test]
async fn namesakes_who_differ_in_any_value_are_contacts_of_their_own() {
    everywhere(async |_, world, fields| {
        let began = Some(world.control.now().to_string());
        let mut ids = Vec::new();
        for round in 0..2 {
            for (at, request) in namesakes().into_iter().enumerate() {
                let request = fields.in_contact(SyncRequest {
                    began: began.clone(),
                    ..request
                });
                if round == 0 {
                    // Half of the answers to a creation are lost.
                    if at % 2 == 0 {
                        let lost = Fault::next("POST", "/contacts", Effect::AnswerLost);
                        world.control.fault(lost);
                    }
                    let outcome = insist(world, &request).await;
                    assert_eq!(outcome.disposition, Disposition::Created, "{request:?}");
                    ids.push(outcome.id);
                } else {
                    assert_eq!(sync(world, &request).await.unwrap().id, ids[at]);
                }
            }
        }
        assert_eq!(world.control.snapshot().contacts.len(), ids.len());
    })
    .await;
}

// CASES I3
#[tokio::test]
async fn namesakes_of_whom_every_value_agrees_are_told_apart_by_the_caller_or_a_marker() {
    everywhere(async |markers, world, fields| {
        let began = Some(world.control.now().to_string());
        let john = |source_id: &str| {
            fields.in_contact(SyncRequest {
                began: began.clone(),
                ..john(source_id, None, &[], &[])
            })
        };
        let first = sync(world, &john("crm:9001")).await.unwrap().id;
        let second = sync(world, &john("crm:9002")).await.unwrap().id;
        // The limit that the contract names.
        assert_eq!(first == second, markers == Markers::Without);

        let third = SyncRequest {
            known_others: vec![first, second],
            ..john("crm:9003")
        };
        for effect in [Effect::AnswerLost, Effect::status(503)] {
            let fault = Fault::next("POST", "/contacts", effect);
            world.control.fault(fault);
        }
        let made = insist(world, &third).await;
        assert_eq!(made.disposition, Disposition::Created);
        assert!(![first, second].contains(&made.id));
        world.control.clear_faults();
        assert_eq!(sync(world, &third).await.unwrap().id, made.id);
        let count = world.control.snapshot().contacts.len();
        assert_eq!(count, markers.either(2, 3));
    })
    .await;
}

// CASES I4
#[tokio::test]
async fn an_old_beginning_links_no_stranger() {
    everywhere(async |_, world, fields| {
        let now = world.control.now();
        let days = |days: u64| now.checked_sub(DAY * u32::try_from(days).unwrap()).unwrap();
        let stranger = NewContact::person("John", "Smith").created_at(days(60));
        let stranger = world.control.add_contact(stranger);
        for (source_id, began) in [
            ("crm:1", days(87)),
            ("crm:2", days(62)),
            ("crm:3", days(59)),
        ] {
            let request = fields.in_contact(SyncRequest {
                began: Some(began.to_string()),
                known_others: world.control.snapshot().contacts[1..]
                    .iter()
                    .map(|contact| contact.id)
                    .collect(),
                ..john(source_id, None, &[], &[])
            });
            let lost = Fault::next("POST", "/contacts", Effect::AnswerLost);
            world.control.fault(lost);
            let outcome = insist(world, &request).await;
            assert_eq!(outcome.disposition, Disposition::Created, "{source_id}");
            assert_ne!(outcome.id, stranger);
        }
    })
    .await;
}

/// The limit that the contract names: a first creation is found again when it
/// fell within a day of the beginning, however late the repetition comes.
#[tokio::test]
async fn a_repetition_days_later_finds_what_was_made_when_it_began() {
    let world = World::new().await;
    let began = world.control.now().checked_sub(DAY * 5).unwrap();
    let request = SyncRequest {
        began: Some(began.to_string()),
        ..john("crm:1", None, &["305 555 0147"], &["1 A St"])
    };
    let hours = |hours: u32| began.checked_add(DAY / 24 * hours).unwrap();
    for (made, found) in [(23, true), (25, false)] {
        world.control.freeze(Some(hours(made)));
        let first = sync(&world, &request).await.unwrap();
        assert_eq!(first.disposition, Disposition::Created);
        world.control.freeze(Some(hours(100)));
        let again = sync(&world, &request).await.unwrap();
        assert_eq!(again.id == first.id, found);
        for contact in world.control.snapshot().contacts {
            world.control.delete_contact(contact.id);
        }
    }
    world.finish();
}

// CASES I5
#[tokio::test]
async fn a_phone_without_a_number_is_nothing_and_makes_no_second_contact() {
    everywhere(async |_, world, fields| {
        let began = Some(world.control.now().to_string());
        for number in ["N/A", "none", "-", "", "unknown", "N/A"] {
            let request = fields.in_contact(SyncRequest {
                began: began.clone(),
                ..john("crm:1", None, &[number], &[])
            });
            insist(world, &request).await;
        }
        let contacts = world.control.snapshot().contacts;
        assert_eq!(contacts.len(), 1);
        assert!(contacts[0].phones.is_empty(), "{contacts:?}");
    })
    .await;
}

// CASES I5
#[tokio::test]
async fn what_no_address_recognises_is_one_contact_whatever_answer_is_lost() {
    let effects = [
        Effect::AnswerLost,
        Effect::AppliedThen(FaultAnswer::status(502)),
        Effect::CutAfter { bytes: 20 },
        Effect::MalformedJson,
        Effect::Maintenance,
        Effect::Reset,
    ];
    for markers in Markers::BOTH {
        let looks = u32::try_from(markers.either(1, 2)).unwrap();
        // Each look, the creation, and the look after a creation that was lost.
        for (method, skip) in [("GET", 0), ("GET", 1), ("GET", looks), ("POST", 0)] {
            for effect in &effects {
                let world = World::new().await;
                let fields = markers.fields(&world);
                let fault = Fault::next(method, "/contacts", effect.clone()).after(skip);
                world.control.fault(fault);
                if skip == looks {
                    let lost = Fault::next("POST", "/contacts", Effect::AnswerLost);
                    world.control.fault(lost);
                }
                let request = fields.in_contact(SyncRequest {
                    began: Some(world.control.now().to_string()),
                    ..john("crm:1", Some("A."), &["N/A", "305 555 0147"], &["1 A St"])
                });
                for _ in 0..2 {
                    insist(&world, &request).await;
                }
                let count = world.control.snapshot().contacts.len();
                assert_eq!(count, 1, "{markers:?} {method} {skip} {effect:?}");
                world.finish();
            }
        }
    }
}

/// Two machines made Ann and her matter at the same instant.
fn twice(world: &World, fields: Fields, address: bool) -> ([u64; 2], [u64; 2]) {
    let ann = || {
        let mut ann = NewContact::person("Ann", "Lee");
        if address {
            ann = ann.email("ann@example.com");
        }
        if let Some(field) = fields.contact {
            ann = ann.value(field, Some("intake:ann"));
        }
        world.control.add_contact(ann)
    };
    let matter = |client| {
        world.control.add_matter(NewMatter {
            client_reference: Some("intake:case-17".into()),
            values: fields
                .matter
                .map(|field| (field, Some("intake:case-17".to_owned())))
                .into_iter()
                .collect(),
            ..NewMatter::of(client, "Lee v. Harbor Freight (2026-17)")
        })
    };
    let clients = [ann(), ann()];
    (clients, clients.map(matter))
}

// CASES I7
#[tokio::test]
async fn what_two_machines_made_at_the_same_instant_is_found_and_reported_by_either() {
    everywhere(async |markers, world, fields| {
        for address in [true, false] {
            let began = world.control.now();
            let emails: Vec<Email> = address
                .then(|| email("ann@example.com"))
                .into_iter()
                .collect();
            let (clients, matters) = twice(world, fields, address);
            // The search of the slowest reading shows them by now.
            world.control.advance(Duration::from_secs(61));
            let request = fields.in_contact(SyncRequest {
                emails,
                ..person("intake:ann", "Ann", "Lee", None, began)
            });

            // Without a known id.
            let outcome = sync(world, &request).await.unwrap();
            assert_eq!((outcome.id, outcome.others), (clients[0], vec![clients[1]]));

            for machine in 0..2 {
                let known = SyncRequest {
                    known_id: Some(clients[machine]),
                    find_others: Some(true),
                    ..request.clone()
                };
                world.control.clear_trace();
                let outcome = sync(world, &known).await.unwrap();
                assert_eq!((outcome.id, outcome.others), (clients[0], vec![clients[1]]));
                assert_eq!(outcome.disposition, Disposition::Linked);
                // The one that is known, the marker, the address, and those
                // created lately.
                let looks = 2 + markers.either(0, 1) + usize::from(address);
                assert_eq!(world.requests().len(), looks);

                let known = fields.in_matter(CreateRequest {
                    known_id: Some(matters[machine]),
                    other_clients: vec![clients[1]],
                    find_others: Some(true),
                    ..case_matter(clients[0], "Family", began)
                });
                world.control.clear_trace();
                let outcome = world.call().run(known).await.unwrap();
                assert_eq!((outcome.id, outcome.others), (matters[0], vec![matters[1]]));
                assert_eq!(world.requests().len(), 3 + markers.either(0, 1));
            }

            // One client, two matters with one reference, no known id.
            let third = world.control.add_matter(NewMatter {
                client_reference: Some("intake:case-17".into()),
                ..NewMatter::of(clients[0], "Another title")
            });
            let request = CreateRequest {
                other_clients: vec![clients[1]],
                find_others: Some(true),
                ..case_matter(clients[0], "Family", began)
            };
            let outcome = world.call().run(request).await.unwrap();
            assert_eq!(outcome.id, matters[0]);
            assert_eq!(outcome.others, [matters[1], third]);
            assert_eq!(outcome.matched_by, Some(MatterMatch::Reference));

            for matter in [matters[0], matters[1], third] {
                world.control.delete_matter(matter);
            }
            for client in clients {
                world.control.delete_contact(client);
            }
        }
        assert_eq!(world.writes(), 0);
    })
    .await;
}

// CASES I12
#[tokio::test]
async fn of_several_who_share_an_address_the_nearest_name_is_linked_and_all_are_told() {
    everywhere(async |_, world, fields| {
        let add = |first: &str, last: &str| {
            let contact = NewContact::person(first, last).email("office@lee.example");
            world.control.add_contact(contact)
        };
        let all = [add("Tom", "Chan"), add("Eve", "Lee"), add("Annabel", "Lee")];
        world.control.advance(Duration::from_secs(61));
        let address = Some("office@lee.example");
        let request = person("intake:ann", "Ann", "Lee", address, world.control.now());
        let mut request = fields.in_contact(request);
        let error = sync(world, &request).await.unwrap_err();
        assert_eq!(error.problem().unwrap().code, ProblemCode::Ambiguous);
        assert_eq!(error.problem().unwrap().candidates, all);

        // The one who is meant is given: the address agrees.
        request.known_id = Some(all[1]);
        assert_eq!(sync(world, &request).await.unwrap().id, all[1]);

        request.known_id = None;
        request.on_name_conflict = Some(NameConflict::Link);
        let outcome = sync(world, &request).await.unwrap();
        assert_eq!(outcome.id, all[2]);
        assert_eq!(outcome.others, all[..2]);
        assert_eq!(world.writes(), 0);
    })
    .await;
}
