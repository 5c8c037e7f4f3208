//! A client is synced: created once, found again, never mixed up. With marker
//! fields in the account, and without.

use std::time::Duration;

use clio_host::actions::sync_contact::{
    Company, Contact, ContactMatch, Email, EmailLabel, NameConflict, Phone, PhoneLabel,
};
use clio_host::actions::types::{Disposition, ProblemCode};
use clio_sandbox::{Config, NewContact, RateLimit};
use clio_tests::{World, ann, email, empty, person};

use crate::setup_markers::both_ways;

const HOUR: Duration = Duration::from_secs(3600);

/// Trap: a write without `fields` answers id and etag alone.
/// Take out: `components/clio-api/src/sync_contact/create.rs`: `let query = Query::new("contacts.json").fields(fields);`
/// Replace with: `let query = Query::new("contacts.json");`
#[tokio::test]
async fn a_new_person_is_created_once_and_found_again_with_one_request() {
    both_ways(async |markers, world, fields| {
        let request = fields.in_contact(ann(world.control.now()));
        let first = world.call().run(request.clone()).await.unwrap();
        assert_eq!(first.disposition, Disposition::Created);
        // A marker costs one look more: nothing else finds what it finds.
        let looks = markers.either(2, 3);
        let mut requests = vec!["GET /contacts"; looks];
        requests.push("POST /contacts");
        assert_eq!(world.requests(), requests);

        world.control.clear_trace();
        world.control.advance(Duration::from_secs(60));
        let second = world.call().run(request).await.unwrap();
        assert_eq!(
            (second.id, second.disposition),
            (first.id, Disposition::Linked)
        );
        let by = markers.either(ContactMatch::Email, ContactMatch::Marker);
        assert_eq!(second.matched_by, Some(by));
        assert_eq!(world.requests(), ["GET /contacts"]);
    })
    .await;
}

#[tokio::test]
async fn what_stands_in_clio_is_what_was_asked_for() {
    both_ways(async |_, world, fields| {
        let mut request = ann(world.control.now());
        request.emails = vec![
            Email {
                address: "ann@example.com".into(),
                label: Some(EmailLabel::Work),
            },
            Email {
                address: "lee@example.org".into(),
                label: Some(EmailLabel::Home),
            },
        ];
        request.phones = vec![
            Phone {
                number: "555-0100".into(),
                label: Some(PhoneLabel::Mobile),
            },
            Phone {
                number: "555-0101".into(),
                label: Some(PhoneLabel::Fax),
            },
        ];
        let outcome = world.call().run(fields.in_contact(request)).await.unwrap();

        let snapshot = world.control.snapshot();
        assert_eq!(snapshot.contacts.len(), 1);
        let contact = &snapshot.contacts[0];
        assert_eq!(contact.id, outcome.id);
        assert_eq!(contact.first_name, "Ann");
        assert_eq!(contact.last_name, "Lee");
        let labelled = |rows: &[(&str, &str)]| {
            rows.iter()
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            contact.emails,
            labelled(&[("Work", "ann@example.com"), ("Home", "lee@example.org")])
        );
        assert_eq!(
            contact.phones,
            labelled(&[("Mobile", "555-0100"), ("Fax", "555-0101")])
        );
    })
    .await;
}

/// Trap: the search index lags writes.
/// Take out: `components/clio-api/src/sync_contact/sync.rs`: `look.created_lately()?;`
#[tokio::test]
async fn a_repetition_within_the_lag_of_the_search_makes_no_second_contact() {
    both_ways(async |_, world, fields| {
        let began = world.control.now();
        let first = world
            .call()
            .run(fields.in_contact(ann(began)))
            .await
            .unwrap();
        let second = world
            .call()
            .run(fields.in_contact(ann(began)))
            .await
            .unwrap();
        assert_eq!(second.id, first.id);
        assert_eq!(world.control.snapshot().contacts.len(), 1);
    })
    .await;
}

/// Trap: a search for an address finds longer ones.
/// Take out: `components/clio-api/src/sync_contact/matching.rs`: `if !wanted.profile.same_kind(&standing) || !wanted.profile.shares_email(&standing) {`
/// Replace with: `if !wanted.profile.same_kind(&standing) {`
#[tokio::test]
async fn an_address_that_only_contains_the_wanted_one_is_somebody_else() {
    both_ways(async |_, world, fields| {
        world
            .control
            .add_contact(NewContact::person("Jo", "Ann").email("joann@example.com"));
        world.control.advance(HOUR);
        let outcome = world
            .call()
            .run(fields.in_contact(ann(world.control.now())))
            .await
            .unwrap();
        assert_eq!(outcome.disposition, Disposition::Created);
        assert_eq!(world.control.snapshot().contacts.len(), 2);
    })
    .await;
}

/// Trap: an address stands there in another case.
/// Take out: `components/clio-api/src/sync_contact/profile.rs`: `.map(clio_text::email_key)`
/// Replace with: `.map(ToOwned::to_owned)`
#[tokio::test]
async fn a_name_agrees_whatever_its_case_accents_and_spaces() {
    both_ways(async |_, world, fields| {
        let id = world
            .control
            .add_contact(NewContact::person("José  María", "MÜLLER").email("Jose@Example.com"));
        world.control.advance(HOUR);
        let request = person(
            "intake:jose",
            "Jose Maria",
            "Muller",
            Some("jose@example.COM"),
            world.control.now(),
        );
        let outcome = world.call().run(fields.in_contact(request)).await.unwrap();
        assert_eq!((outcome.id, outcome.disposition), (id, Disposition::Linked));
    })
    .await;
}

#[tokio::test]
async fn of_several_contacts_that_match_the_oldest_is_linked_and_the_rest_reported() {
    both_ways(async |_, world, fields| {
        let old = world
            .control
            .add_contact(NewContact::person("Ann", "Lee").email("ann@example.com"));
        let young = world
            .control
            .add_contact(NewContact::person("Ann", "Lee").email("ann@example.com"));
        world.control.advance(HOUR);
        let outcome = world
            .call()
            .run(fields.in_contact(ann(world.control.now())))
            .await
            .unwrap();
        assert_eq!(outcome.id, old);
        assert_eq!(outcome.others, [young]);
    })
    .await;
}

#[tokio::test]
async fn an_address_under_another_name_is_for_a_person_to_decide() {
    both_ways(async |_, world, fields| {
        let spouse = world
            .control
            .add_contact(NewContact::person("Tom", "Lee").email("ann@example.com"));
        world.control.advance(HOUR);
        let began = world.control.now();

        let error = world
            .call()
            .run(fields.in_contact(ann(began)))
            .await
            .unwrap_err();
        let problem = error.problem().expect("a typed problem");
        assert_eq!(problem.code, ProblemCode::Ambiguous);
        assert_eq!(problem.candidates, [spouse]);
        assert!(!error.is_transient());
        assert_eq!(world.writes(), 0, "nothing is half-made");

        let mut linked = ann(began);
        linked.on_name_conflict = Some(NameConflict::Link);
        let outcome = world.call().run(fields.in_contact(linked)).await.unwrap();
        assert_eq!(
            (outcome.id, outcome.disposition),
            (spouse, Disposition::Linked)
        );

        let mut created = ann(began);
        created.on_name_conflict = Some(NameConflict::Create);
        let outcome = world.call().run(fields.in_contact(created)).await.unwrap();
        assert_eq!(outcome.disposition, Disposition::Created);
        assert_ne!(outcome.id, spouse);
    })
    .await;
}

#[tokio::test]
async fn a_company_is_no_person_of_the_same_address() {
    both_ways(async |_, world, fields| {
        world
            .control
            .add_contact(NewContact::person("Ann", "Lee").email("office@example.com"));
        world.control.advance(HOUR);
        let began = world.control.now();
        let mut request = ann(began);
        request.source_id = "intake:harbor".into();
        request.contact = Contact::Company(Company {
            name: "Harbor Freight Inc.".into(),
        });
        request.emails = vec![email("office@example.com")];
        let first = world
            .call()
            .run(fields.in_contact(request.clone()))
            .await
            .unwrap();
        assert_eq!(first.disposition, Disposition::Created);

        world.control.advance(Duration::from_secs(60));
        let again = world.call().run(fields.in_contact(request)).await.unwrap();
        assert_eq!(
            (again.id, again.disposition),
            (first.id, Disposition::Linked)
        );
    })
    .await;
}

#[tokio::test]
async fn a_person_without_an_address_is_found_again_by_every_value() {
    both_ways(async |markers, world, fields| {
        let began = world.control.now();
        let mut request = person("intake:bo", "Bo", "Chan", None, began);
        request.phones = vec![Phone {
            number: "(555) 010-0200".into(),
            label: None,
        }];
        let first = world
            .call()
            .run(fields.in_contact(request.clone()))
            .await
            .unwrap();
        let again = world.call().run(fields.in_contact(request)).await.unwrap();
        assert_eq!(again.id, first.id);
        let by = markers.either(ContactMatch::Recent, ContactMatch::Marker);
        assert_eq!(again.matched_by, Some(by));
    })
    .await;
}

#[tokio::test]
async fn a_known_contact_that_is_gone_is_told_and_not_made_again() {
    both_ways(async |_, world, fields| {
        let id = world
            .control
            .add_contact(NewContact::person("Ann", "Lee").email("ann@example.com"));
        world.control.delete_contact(id);
        let mut request = ann(world.control.now());
        request.known_id = Some(id);
        let error = world
            .call()
            .run(fields.in_contact(request))
            .await
            .unwrap_err();
        assert_eq!(error.problem().unwrap().code, ProblemCode::Removed);
        assert_eq!(world.writes(), 0);
    })
    .await;
}

/// An import of contacts makes the look at those created lately endless.
#[tokio::test]
async fn after_an_import_the_failure_tells_what_to_give_and_that_works() {
    let world = World::with(Config {
        rate_limit: RateLimit {
            limit: 1_000_000,
            window: HOUR,
        },
        page_cap: Some(1),
        ..empty()
    })
    .await;
    let standing = world.control.add_contact(NewContact::person("Ann", "Lee"));
    for number in 0..100 {
        let imported = NewContact::person("Bo", &format!("Chan {number}"));
        world.control.add_contact(imported);
    }
    let request = ann(world.control.now());
    let error = world.call().run(request.clone()).await.unwrap_err();
    let problem = error.problem().unwrap();
    assert_eq!(problem.code, ProblemCode::InvalidInput);
    assert_eq!(problem.field.as_deref(), Some("/began"));
    // One search, and a hundred pages.
    assert_eq!((world.requests().len(), world.writes()), (101, 0));

    for way_out in ["`known_id`", "a later `began`"] {
        assert!(problem.message.contains(way_out), "{problem:?}");
    }
    world.control.clear_trace();
    let mut known = request.clone();
    known.known_id = Some(standing);
    let outcome = world.call().run(known).await.unwrap();
    assert_eq!((outcome.id, world.requests().len()), (standing, 1));

    world.control.clear_trace();
    world.control.advance(HOUR);
    let later = ann(world.control.now());
    let outcome = world.call().run(later).await.unwrap();
    assert_eq!(outcome.disposition, Disposition::Created);
    assert_eq!(world.requests().len(), 3);
    world.finish();
}
