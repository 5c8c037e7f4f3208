//! What stands behind a known id must still be who is asked for.

use super::*;

const KNOWN: &str = "GET contacts/5.json";

fn known() -> SyncRequest {
    SyncRequest {
        known_id: Some(5),
        phones: vec![phone("(555) 010-0100")],
        ..ann()
    }
}

fn with_phone(mut row: Value, number: &str) -> Value {
    row["phone_numbers"] = json!([{ "number": number }]);
    row
}

#[test]
fn a_name_an_address_or_a_number_that_agrees_is_enough() {
    for row in [
        row(5, "ann", "LEE", &["new@y.com"]),
        row(5, "Ann", "Lee", &[]),
        // She took her husband's name, and kept her address or her number.
        row(5, "Ann", "Chan", &["Ann@X.com"]),
        with_phone(row(5, "Ann", "Chan", &[]), "555 010 0100"),
        // A middle name that the input does not hold is no contradiction.
        json!({ "id": 5, "type": "Person", "first_name": "Ann", "middle_name": "M.",
                "last_name": "Lee" }),
        json!({ "id": 5, "type": "Person", "name": "Ann Lee" }),
        json!({ "id": 5, "primary_email_address": "ann@x.com" }),
    ] {
        let mut clio = Script::default();
        clio.on(KNOWN, data(&row));
        assert_eq!(
            run(&mut clio, &known()).unwrap(),
            linked(5, ContactMatch::KnownId, &[]),
            "{row}"
        );
    }
}

#[test]
fn somebody_else_is_never_linked() {
    // CASES I1
    let mut company = row(5, "Ann", "Lee", &["ann@x.com"]);
    company["type"] = "Company".into();
    for row in [
        row(5, "Bob", "Cruz", &["bob@cruz.example"]),
        with_phone(row(5, "Bob", "Lee", &["ann@x.com.au"]), "555 010 0199"),
        // Another kind of contact.
        company,
        // What cannot be seen does not agree.
        json!({ "id": 5, "etag": "x" }),
        json!({ "id": 5, "type": "Person", "name": "", "first_name": null,
                "email_addresses": { "redacted": true }, "phone_numbers": null }),
    ] {
        let mut clio = Script::default();
        clio.on(KNOWN, data(&row));
        let failure = run(&mut clio, &known()).unwrap_err();
        assert_eq!(
            (failure.remedy, failure.code()),
            (Remedy::Permanent, ProblemCode::Ambiguous),
            "{row}"
        );
        assert_eq!(failure.problem.field.as_deref(), Some("/known_id"));
        assert_eq!(failure.problem.candidates, [5]);
        assert!(failure.problem.message.contains("source id of their own"));
    }
    // A merged contact is named by the id under which it stands.
    let mut clio = Script::default();
    clio.on(KNOWN, data(&row(6, "Bob", "Cruz", &[])));
    let failure = run(&mut clio, &known()).unwrap_err();
    assert_eq!(failure.problem.candidates, [6]);

    // Texts that are no numbers agree with nobody.
    let mut request = known();
    request.phones = vec![phone("N/A")];
    let mut clio = Script::default();
    clio.on(KNOWN, data(&with_phone(row(5, "Bob", "Cruz", &[]), "N/A")));
    assert_eq!(
        run(&mut clio, &request).unwrap_err().code(),
        ProblemCode::Ambiguous
    );
}

#[test]
fn a_middle_name_tells_two_people_apart() {
    // CASES I3
    let asked = |middle: &str| {
        let mut request = known();
        request.contact = Contact::Person(Person {
            first_name: Some("John".into()),
            middle_name: Some(middle.into()),
            last_name: Some("Smith".into()),
            ..Person::default()
        });
        request.emails.clear();
        request.phones.clear();
        request
    };
    let standing = |first: &str, middle: &str| {
        json!({ "id": 5, "type": "Person", "first_name": first, "middle_name": middle,
                "last_name": "Smith" })
    };
    for (middle, row, fits) in [
        ("A.", standing("John", "a"), true),
        ("A.", standing("John", "Andrew"), true),
        ("Andrew", standing("John", "A."), true),
        ("Andrew", standing("John Andrew", ""), true),
        ("A.", standing("John", ""), true),
        ("A.", standing("John", "B."), false),
        ("Andrew", standing("John", "Albert"), false),
    ] {
        let mut clio = Script::default();
        clio.on(KNOWN, data(&row));
        assert_eq!(
            run(&mut clio, &asked(middle)).is_ok(),
            fits,
            "{middle} {row}"
        );
    }
}

#[test]
fn others_that_match_are_looked_for_on_request_and_the_lowest_is_settled_on() {
    // CASES I7: another machine made the same contact at the same instant.
    let mut request = known();
    request.find_others = Some(true);
    let ann = |id| row(id, "Ann", "Lee", &["ann@x.com"]);
    for (found, id, by, others) in [
        (json!([ann(5)]), 5, ContactMatch::KnownId, vec![]),
        (json!([ann(5), ann(6)]), 5, ContactMatch::KnownId, vec![6]),
        (
            json!([ann(9), ann(4), row(3, "Tom", "Lee", &["ann@x.com"])]),
            4,
            ContactMatch::Email,
            vec![5, 9],
        ),
    ] {
        let mut clio = Script::default();
        clio.on(KNOWN, data(&ann(5)))
            .on(LIST, rows(&found))
            .on(LIST, rows(&json!([])));
        assert_eq!(run(&mut clio, &request).unwrap(), linked(id, by, &others));
    }

    // One that the search does not show yet.
    let mut clio = Script::default();
    clio.on(KNOWN, data(&ann(5)))
        .on(LIST, rows(&json!([])))
        .on(LIST, rows(&json!([ann(4)])));
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        linked(4, ContactMatch::Email, &[5])
    );

    // Nobody is made, and an address under another name does not matter.
    let mut clio = Script::default();
    clio.on(KNOWN, data(&ann(5)))
        .on(LIST, rows(&json!([row(2, "Tom", "Lee", &["ann@x.com"])])))
        .on(LIST, rows(&json!([])));
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        linked(5, ContactMatch::KnownId, &[])
    );

    // Who does not fit is told before anything else is looked for.
    let mut clio = Script::default();
    clio.on(KNOWN, data(&row(5, "Bob", "Cruz", &[])));
    assert_eq!(
        run(&mut clio, &request).unwrap_err().code(),
        ProblemCode::Ambiguous
    );
}

#[test]
fn the_next_call_of_either_machine_reports_both() {
    // CASES I7: without a known id, by the address.
    let ann_is = |id| row(id, "Ann", "Lee", &["ann@x.com"]);
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([ann_is(6), ann_is(5)])));
    assert_eq!(
        run(&mut clio, &ann()).unwrap(),
        linked(5, ContactMatch::Email, &[6])
    );
    // One stands in the index already, the other does not.
    let mut request = ann();
    request.find_others = Some(true);
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([ann_is(6)])))
        .on(LIST, rows(&json!([ann_is(5), ann_is(6)])));
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        linked(5, ContactMatch::Email, &[6])
    );
}
