//! Contacts of one name, told apart by anything else that is said of them.

use super::*;

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
