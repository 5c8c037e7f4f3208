//! Contacts that nothing recognises but their values: no e-mail address, no
//! marker.

use super::*;

/// John Smith, of whom nothing but the name is known.
fn john() -> SyncRequest {
    let mut request = ann();
    request.contact = Contact::Person(Person {
        first_name: Some("John".into()),
        last_name: Some("Smith".into()),
        ..Person::default()
    });
    request.emails.clear();
    request
}

/// What stands in Clio once a request without e-mail address has been written.
fn written(id: u64, request: &SyncRequest) -> Value {
    let mut row = json!({
        "id": id, "company": null, "created_at": "2026-03-01T09:00:02Z",
        "email_addresses": [], "addresses": request.addresses.iter().map(|address| json!({
            "street": address.street, "city": address.city,
        })).collect::<Vec<_>>(),
        "phone_numbers": request.phones.iter().map(|phone| json!({ "number": phone.number }))
            .collect::<Vec<_>>(),
    });
    match &request.contact {
        Contact::Person(person) => {
            row["type"] = "Person".into();
            row["first_name"] = json!(person.first_name);
            row["middle_name"] = json!(person.middle_name);
            row["last_name"] = json!(person.last_name);
            row["prefix"] = json!(person.prefix);
            row["title"] = json!(person.title);
            if let Some(company) = person.company {
                row["company"] = json!({ "id": company });
            }
        }
        Contact::Company(company) => {
            row["type"] = "Company".into();
            row["name"] = json!(company.name);
        }
    }
    row
}

fn street(street: &str) -> Address {
    Address {
        street: Some(street.into()),
        city: Some("Miami".into()),
        ..Address::default()
    }
}

fn named(change: impl FnOnce(&mut Person)) -> SyncRequest {
    let mut request = john();
    if let Contact::Person(person) = &mut request.contact {
        change(person);
    }
    request
}

/// Everybody who differs from everybody else in one value. CASES I3.
fn namesakes() -> Vec<SyncRequest> {
    let with = |phones: &[&str], addresses: &[&str]| SyncRequest {
        phones: phones.iter().map(|number| phone(number)).collect(),
        addresses: addresses.iter().map(|line| street(line)).collect(),
        ..john()
    };
    let company = |name: &str| SyncRequest {
        contact: Contact::Company(Company { name: name.into() }),
        ..john()
    };
    vec![
        john(),
        named(|person| person.middle_name = Some("A.".into())),
        named(|person| person.middle_name = Some("B.".into())),
        named(|person| person.prefix = Some("Dr.".into())),
        named(|person| person.title = Some("Roofer".into())),
        named(|person| person.company = Some(8)),
        named(|person| person.first_name = None),
        with(&["555-0100"], &[]),
        with(&["555-0101"], &[]),
        with(&["555-0100", "555-0101"], &[]),
        with(&[], &["1 A St"]),
        with(&[], &["2 B St"]),
        with(&["555-0100"], &["1 A St"]),
        with(&["555-0100"], &["1 A St", "2 B St"]),
        company("John Smith"),
        company("John Smith Ltd"),
    ]
}

#[test]
fn only_a_contact_whose_every_value_agrees_is_this_one() {
    // CASES I3
    let everybody = namesakes();
    for (at, request) in everybody.iter().enumerate() {
        let others: Vec<_> = everybody
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != at)
            .map(|(other, request)| written(10 + other as u64, request))
            .collect();
        let mut clio = Script::default();
        let answer = json!({ "data": { "id": 9, "company": { "id": 8 } } });
        clio.on(LIST, rows(&json!(others)))
            .on(POST, raw(201, answer.to_string()));
        assert_eq!(run(&mut clio, request).unwrap(), new(9), "{request:?}");

        // Written in another way, it is the same.
        let mut ours = written(5, request);
        ours["first_name"] = json!(ours["first_name"].as_str().map(str::to_uppercase));
        if let Some(rows) = ours["phone_numbers"].as_array_mut() {
            rows.reverse();
        }
        let mut clio = Script::default();
        clio.on(LIST, rows(&json!([others.clone(), vec![ours]].concat())));
        assert_eq!(
            run(&mut clio, request).unwrap(),
            linked(5, ContactMatch::Recent, &[]),
            "{request:?}"
        );
    }
}

#[test]
fn it_was_created_when_the_request_began_and_not_weeks_later() {
    // CASES I4: staff made John Smith weeks after an old `began`.
    let request = SyncRequest {
        began: Some("2025-12-01T09:00:00-05:00".into()),
        ..john()
    };
    for (created_at, ours) in [
        (json!("2025-12-01T13:49:59Z"), false),
        (json!("2025-12-01T13:50:00Z"), true),
        (json!("2025-12-01T09:00:02-05:00"), true),
        (json!("2025-12-02T14:00:00Z"), true),
        (json!("2025-12-02T14:00:01Z"), false),
        (json!("2025-12-31T14:00:00Z"), false),
        // An account that does not tell: no guess.
        (json!(null), false),
        (json!("yesterday"), false),
    ] {
        let mut row = written(4, &request);
        row["created_at"] = created_at.clone();
        let mut clio = Script::default();
        clio.on(LIST, rows(&json!([row])));
        if !ours {
            clio.on(POST, created(9));
        }
        let outcome = run(&mut clio, &request).unwrap();
        let expected = match ours {
            true => linked(4, ContactMatch::Recent, &[]),
            false => new(9),
        };
        assert_eq!(outcome, expected, "{created_at}");
        assert_eq!(
            clio.sent[0].param("created_since"),
            Some("2025-12-01T13:50:00Z")
        );
    }
}

#[test]
fn an_old_beginning_does_not_read_what_was_created_since() {
    // CASES I4: what comes after the window is not read page by page.
    let request = SyncRequest {
        began: Some("2025-12-01T09:00:00Z".into()),
        ..john()
    };
    let mut late = written(4, &request);
    late["created_at"] = "2025-12-09T09:00:00Z".into();
    let next = "https://app.clio.com/api/v4/contacts.json?page_token=2";
    let mut clio = Script::default();
    clio.on(LIST, page(&json!([late]), next))
        .on(POST, created(9));
    assert_eq!(run(&mut clio, &request).unwrap(), new(9));

    // With an address, only what a search may not show yet is read.
    let request = SyncRequest {
        began: request.began,
        ..ann()
    };
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([])))
        .on(LIST, rows(&json!([])))
        .on(POST, created(9));
    assert_eq!(run(&mut clio, &request).unwrap(), new(9));
    let since = clio.sent[1].param("created_since");
    assert_eq!(since, Some("2026-02-28T09:20:00Z"));
}

#[test]
fn a_beginning_in_the_future_is_now() {
    let request = SyncRequest {
        began: Some("2026-03-01T20:00:00Z".into()),
        ..john()
    };
    let mut before = written(4, &request);
    before["created_at"] = "2026-03-01T09:20:00Z".into();
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([before])));
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        linked(4, ContactMatch::Recent, &[])
    );
    let since = clio.sent[0].param("created_since");
    assert_eq!(since, Some("2026-03-01T09:20:00Z"));
}

#[test]
fn a_contact_known_under_another_source_id_is_somebody_else() {
    // CASES I3: every value agrees, and the caller can tell them apart.
    let mut request = john();
    request.known_others = vec![3, 4];
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([written(4, &request)])))
        .on(POST, created(9));
    assert_eq!(run(&mut clio, &request).unwrap(), new(9));

    // An address recognises them all the same.
    let request = SyncRequest {
        known_others: vec![4],
        ..ann()
    };
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([row(4, "Ann", "Lee", &["ann@x.com"])])));
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        linked(4, ContactMatch::Email, &[])
    );
}

#[test]
fn a_phone_without_a_number_is_nothing() {
    // CASES I5
    for number in ["N/A", "none", " ", "-", "unknown"] {
        let request = SyncRequest {
            phones: vec![phone(number)],
            ..john()
        };
        let mut clio = Script::default();
        clio.on(LIST, rows(&json!([]))).on(POST, created(9));
        assert_eq!(run(&mut clio, &request).unwrap(), new(9));
        assert_eq!(clio.sent[1].data.get("phone_numbers"), None, "{number}");

        let mut clio = Script::default();
        clio.on(LIST, rows(&json!([written(9, &john())])));
        assert_eq!(
            run(&mut clio, &request).unwrap(),
            linked(9, ContactMatch::Recent, &[]),
            "{number}"
        );
    }
    // An account of Skype has no number, and is written.
    let request = SyncRequest {
        phones: vec![Phone {
            number: "john.smith".into(),
            label: Some(PhoneLabel::Skype),
        }],
        ..john()
    };
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([written(4, &john())])))
        .on(POST, created(9));
    assert_eq!(run(&mut clio, &request).unwrap(), new(9));
    assert_eq!(
        clio.sent[1].data["phone_numbers"][0]["number"],
        "john.smith"
    );
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([written(9, &request)])));
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        linked(9, ContactMatch::Recent, &[])
    );
}

#[test]
fn what_is_empty_is_nothing() {
    let mut request = john();
    request.emails = vec![Email {
        address: " ".into(),
        label: None,
    }];
    request.addresses = vec![Address::default(), street("1 A St")];
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([]))).on(POST, created(9));
    assert_eq!(run(&mut clio, &request).unwrap(), new(9));
    assert_eq!(
        clio.sent[1].data,
        json!({
            "type": "Person", "first_name": "John", "last_name": "Smith",
            "addresses": [{ "name": "Other", "street": "1 A St", "city": "Miami" }],
        })
    );
}

#[test]
fn what_is_hidden_is_not_taken_for_empty() {
    let request = john();
    for (member, hidden) in [
        ("email_addresses", json!({ "redacted": true })),
        ("phone_numbers", json!({ "redacted": true })),
        ("addresses", json!({ "redacted": true })),
        ("addresses", json!(null)),
        ("company", json!({ "redacted": true })),
        ("type", json!(null)),
    ] {
        let mut row = written(4, &request);
        row[member] = hidden;
        let mut clio = Script::default();
        clio.on(LIST, rows(&json!([row]))).on(POST, created(9));
        assert_eq!(run(&mut clio, &request).unwrap(), new(9), "{member}");
    }
}

#[test]
fn after_a_lost_answer_only_what_was_not_there_before_is_ours() {
    let request = SyncRequest {
        began: Some("2026-03-01T09:25:00Z".into()),
        ..john()
    };
    // Somebody alike, whom the caller knows under another source id, and one
    // of weeks ago whom an ignored filter brings along.
    let known = SyncRequest {
        known_others: vec![3],
        ..request.clone()
    };
    let alike = |id: u64, created_at: &str| {
        let mut row = written(id, &request);
        row["created_at"] = created_at.into();
        row
    };
    let (old, other) = (
        alike(2, "2026-01-01T09:00:00Z"),
        alike(3, "2026-03-01T09:29:00Z"),
    );
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([old, other])))
        .on(POST, crate::scripted::lost())
        .on(
            LIST,
            rows(&json!([old, other, alike(9, "2026-03-01T09:30:01Z")])),
        );
    assert_eq!(run(&mut clio, &known).unwrap(), new(9));

    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([old, other])))
        .on(POST, crate::scripted::lost())
        .on(LIST, rows(&json!([old, other])));
    let failure = run(&mut clio, &known).unwrap_err();
    assert_eq!(failure.remedy, Remedy::Transient);
}
