//! People, by their names, addresses and numbers.

use clio_host::actions::types::ProblemCode;
use clio_sandbox::NewContact;
use clio_tests::World;
use serde_json::json;

use super::{Pair, code, contact, run, sync};

// CASES T1, T4
const NAMES: [Pair; 10] = [
    ("O'Brien", "O’BRIEN", true),
    ("Smith-Jones", "Smith‑Jones", true),
    (
        "김민준",
        "\u{1100}\u{1175}\u{11b7}\u{1106}\u{1175}\u{11ab}\u{110c}\u{116e}\u{11ab}",
        true,
    ),
    ("Nguyễn", "NGUYEN", true),
    ("Groß", "GROSS", true),
    ("Ｍａｅｄａ", "Mae\u{200b}da", true),
    ("İpek", "ipek", true),
    ("Anna", "Anne", false),
    ("たかし", "だかし", false),
    ("Lee", "Li", false),
];

// CASES T2, T6
const ADDRESSES: [Pair; 9] = [
    ("zoe@weir.example", "\u{200b}zoe@weir.example", true),
    ("ivy@poe.example", "mailto:Ivy@poe.example", true),
    ("kim@poe.example", "<kim@poe.example>", true),
    ("lea@poe.example", "Lea Poe <lea@poe.example>", true),
    ("max@poe.example", " max@poe.example. ", true),
    ("ann@bücher.example", "ann@xn--bcher-kva.example", true),
    ("bo@xn--bcher-kva.example", "bo@BU\u{308}CHER.example", true),
    ("cy@poe.example", "cy@poe.example.com", false),
    ("di@straße.example", "di@strasse.example", false),
];

/// What is no address at all.
const NO_ADDRESSES: [&str; 5] = [
    "none",
    "abpoe.example",
    "ivy@poe.example, bo@poe.example",
    "ivy poe@poe.example",
    "ivy@poe..example",
];

// CASES T7
const NUMBERS: [Pair; 8] = [
    ("(305) 555-0147", "+1 305 555 0147", true),
    ("020 7946 0000", "+44 (0)20 7946 0000", true),
    ("+33 6 12 34 56 78", "06 12 34 56 78", true),
    ("305-555-0188", "٣٠٥ ٥٥٥ ٠١٨٨", true),
    ("305-555-0166 x22", "+1 305 555 0166 ext. 22", true),
    ("305-555-0155", "305-555-0156", false),
    ("305-555-0144", "+44 305 555 0144", false),
    ("305-555-0133", "305-555-0133 x9", false),
];

#[tokio::test]
async fn a_person_is_the_same_however_the_name_is_typed() {
    let world = World::new().await;
    for (index, (stands, asked, same)) in NAMES.into_iter().enumerate() {
        let address = format!("p{index}@poe.example");
        world
            .control
            .add_contact(NewContact::person("Ann", stands).email(&address));
        let count = world.control.snapshot().contacts.len();
        let asked_for = contact(&format!("c:{index}"), asked, Some(&address), None);
        match run(&world, "sync-contact", None, asked_for).await {
            Ok(told) => assert!(same && told["disposition"] == "linked", "{asked:?} {told}"),
            Err(error) => assert!(
                !same && code(&error) == Some(ProblemCode::Ambiguous),
                "{asked:?}"
            ),
        }
        let case = json!({
            "source_id": format!("i:{index}"),
            "client": {"first_name": "Ann", "last_name": asked, "email": address},
            "matter": {"title": "Lee"},
        });
        let output = sync(&world, &case, &[]).await;
        assert_eq!(output.code == 0, same, "{asked:?} {output:#?}");
        assert_eq!(world.control.snapshot().contacts.len(), count, "{asked:?}");
    }
    world.finish();
}

#[tokio::test]
async fn an_address_is_the_same_however_it_is_typed() {
    let world = World::new().await;
    for (index, (stands, asked, same)) in ADDRESSES.into_iter().enumerate() {
        let last = format!("Poe {index}");
        world
            .control
            .add_contact(NewContact::person("Ann", &last).email(stands));
        let count = world.control.snapshot().contacts.len();
        let asked_for = contact(&format!("c:{index}"), &last, Some(asked), None);
        run(&world, "sync-contact", None, asked_for).await.unwrap();
        let case = json!({
            "source_id": format!("i:{index}"),
            "client": {"first_name": "Ann", "last_name": last, "email": asked},
            "matter": {"title": "Lee"},
        });
        sync(&world, &case, &[]).await.expect_code(0);
        let contacts = world.control.snapshot().contacts;
        assert_eq!(contacts.len(), count + usize::from(!same), "{asked:?}");
        for (_, address) in contacts.iter().flat_map(|contact| &contact.emails) {
            assert!(!address.contains(['<', ':', '\u{200b}', ' ']), "{asked:?}");
        }
    }
    let before = (world.writes(), world.api().len());
    for none in NO_ADDRESSES {
        let asked = contact("c:none", "Poe", Some(none), None);
        let error = run(&world, "sync-contact", None, asked).await.unwrap_err();
        assert_eq!(code(&error), Some(ProblemCode::InvalidInput), "{none:?}");
        let case = json!({
            "source_id": "i:none",
            "client": {"last_name": "Poe", "emails": [{"address": none}]},
            "matter": {"title": "Poe"},
        });
        let output = sync(&world, &case, &[]).await.expect_code(64);
        assert!(
            output.stderr.contains("/client/emails/0/address"),
            "{output:#?}"
        );
    }
    assert_eq!(
        (world.writes(), world.api().len()),
        before,
        "told before anything is sent"
    );
    world.finish();
}

#[tokio::test]
async fn a_number_is_the_same_however_it_is_typed() {
    let world = World::new().await;
    for (index, (stands, asked, same)) in NUMBERS.into_iter().enumerate() {
        let (last, source_id) = (format!("Poe {index}"), format!("c:{index}"));
        let mut ids = Vec::new();
        for number in [stands, asked] {
            let asked = contact(&source_id, &last, None, Some(number));
            let told = run(&world, "sync-contact", None, asked).await.unwrap();
            ids.push(told["id"].clone());
        }
        assert_eq!(ids[0] == ids[1], same, "{stands:?} {asked:?}");
    }
    world.finish();
}
