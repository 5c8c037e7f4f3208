//! What two machines made at the same instant, and who share an address.

use super::*;

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
