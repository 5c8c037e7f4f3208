//! Who or what is meant: never the wrong record, and never a second one where
//! it can be told. Under every reading of what is not known about Clio, with
//! marker fields in the account and without.

mod namesakes;
mod twins;

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
