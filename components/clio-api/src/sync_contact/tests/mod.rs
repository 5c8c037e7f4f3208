//! What `sync-contact.sync` sends and decides, against a script.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod endless;
mod known;
mod lost;
mod marker;
mod values;

use clio_types::sync_contact::Company;
use clio_types::types::{Disposition, ProblemCode};
use serde_json::{Value, json};

use super::*;
use crate::scripted::{Script, data, page, raw, refused, rows};
use crate::{Failure, Remedy};

const LIST: &str = "GET contacts.json";
const POST: &str = "POST contacts.json";

fn ann() -> SyncRequest {
    SyncRequest {
        source_id: "intake:7".into(),
        began: Some("2026-03-01T09:00:00Z".into()),
        contact: Contact::Person(Person {
            first_name: Some("Ann".into()),
            last_name: Some("Lée".into()),
            ..Person::default()
        }),
        emails: vec![Email {
            address: "ann@x.com".into(),
            label: Some(EmailLabel::Work),
        }],
        phones: vec![],
        addresses: vec![],
        known_id: None,
        known_others: vec![],
        find_others: None,
        marker_field: None,
        on_name_conflict: None,
    }
}

fn phone(number: &str) -> Phone {
    Phone {
        number: number.into(),
        label: Some(PhoneLabel::Mobile),
    }
}

fn row(id: u64, first: &str, last: &str, emails: &[&str]) -> Value {
    json!({
        "id": id, "type": "Person", "name": format!("{first} {last}"),
        "first_name": first, "last_name": last,
        "email_addresses": emails.iter().map(|a| json!({ "address": a })).collect::<Vec<_>>(),
        "phone_numbers": [],
    })
}

fn created(id: u64) -> crate::scripted::Reply {
    let row = json!({
        "data": { "id": id, "etag": "\"x\"", "type": "Person",
                  "email_addresses": [{ "address": "ann@x.com" }] }
    });
    raw(201, row.to_string())
}

fn run(clio: &mut Script, request: &SyncRequest) -> Result<SyncOutcome, Failure> {
    let outcome = sync(clio, request);
    clio.done();
    outcome
}

fn linked(id: u64, by: ContactMatch, others: &[u64]) -> SyncOutcome {
    SyncOutcome {
        id,
        disposition: Disposition::Linked,
        matched_by: Some(by),
        others: others.to_vec(),
    }
}

fn new(id: u64) -> SyncOutcome {
    SyncOutcome {
        id,
        disposition: Disposition::Created,
        matched_by: None,
        others: vec![],
    }
}

#[test]
fn a_new_contact_costs_three_requests() {
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([])))
        .on(LIST, rows(&json!([])))
        .on(POST, created(5));
    let mut request = ann();
    request.phones = vec![phone("555-0100")];
    request.addresses = vec![Address {
        city: Some("Miami".into()),
        ..Address::default()
    }];
    assert_eq!(run(&mut clio, &request).unwrap(), new(5));

    let [search, recent, post] = clio.sent.as_slice() else {
        panic!("three requests")
    };
    assert_eq!(search.param("query"), Some("ann@x.com"));
    assert_eq!(search.param("type"), Some("Person"));
    assert_eq!(search.param("order"), Some("id(asc)"));
    // Ten minutes before the request began, since clocks and indexes lag.
    assert_eq!(recent.param("created_since"), Some("2026-03-01T08:50:00Z"));
    assert_eq!(recent.param("query"), None);
    assert!(
        post.param("fields")
            .unwrap()
            .contains("email_addresses{address}")
    );
    assert_eq!(
        post.data,
        json!({
            "type": "Person", "first_name": "Ann", "last_name": "Lée",
            "email_addresses": [{ "name": "Work", "address": "ann@x.com", "default_email": true }],
            "phone_numbers": [{ "name": "Mobile", "number": "555-0100", "default_number": true }],
            "addresses": [{ "name": "Other", "city": "Miami" }],
        })
    );
    for sent in &clio.sent {
        assert_eq!(sent.header("x-api-version"), Some("4.0.13"));
        let agent = sent.header("user-agent").unwrap();
        assert!(agent.starts_with("clio-actions/") && !agent.contains("http"));
        assert_eq!(sent.header("authorization"), None);
    }
}

#[test]
fn a_contact_is_found_by_its_exact_address_with_one_request() {
    let mut clio = Script::default();
    clio.on(
        LIST,
        rows(&json!([
            // What a substring search brings along.
            row(1, "Joann", "Lee", &["joann@x.com"]),
            row(2, "Ann", "Lee", &["ann@x.com.au"]),
            row(3, "ANN", "LEE", &["old@y.com", "Ann@X.com"]),
        ])),
    );
    assert_eq!(
        run(&mut clio, &ann()).unwrap(),
        linked(3, ContactMatch::Email, &[])
    );
}

#[test]
fn every_page_of_a_search_is_read() {
    let mut clio = Script::default();
    let next = "https://app.clio.com/api/v4/contacts.json?page_token=abc&limit=200";
    clio.on(
        LIST,
        page(&json!([row(1, "Joann", "Lee", &["joann@x.com"])]), next),
    )
    .on(LIST, rows(&json!([row(9, "Ann", "Lee", &["ann@x.com"])])));
    assert_eq!(
        run(&mut clio, &ann()).unwrap(),
        linked(9, ContactMatch::Email, &[])
    );
    assert_eq!(clio.sent[1].param("page_token"), Some("abc"));
}

#[test]
fn a_next_page_at_another_origin_is_not_followed() {
    let mut clio = Script::default();
    clio.on(
        LIST,
        page(
            &json!([]),
            "https://evil.example/api/v4/contacts.json?page_token=abc",
        ),
    );
    let failure = run(&mut clio, &ann()).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::UnexpectedAnswer);
    assert_eq!(clio.sent.len(), 1);
}

#[test]
fn of_several_the_oldest_is_linked_and_the_rest_reported() {
    let mut clio = Script::default();
    clio.on(
        LIST,
        rows(&json!([
            row(9, "Ann", "Lee", &["ann@x.com"]),
            row(4, "ann", "lee", &["ANN@x.com"]),
            row(2, "Bob", "Lee", &["ann@x.com"]),
        ])),
    );
    assert_eq!(
        run(&mut clio, &ann()).unwrap(),
        linked(4, ContactMatch::Email, &[9])
    );
}

#[test]
fn an_address_under_another_name_is_ambiguous() {
    let mut clio = Script::default();
    let spouses = json!([
        row(8, "Bob", "Lee", &["ann@x.com"]),
        row(2, "Eve", "Lee", &["ann@x.com"])
    ]);
    clio.on(LIST, rows(&spouses));
    let failure = run(&mut clio, &ann()).unwrap_err();
    assert_eq!(
        (failure.remedy, failure.code()),
        (Remedy::Permanent, ProblemCode::Ambiguous)
    );
    assert_eq!(failure.problem.candidates, [2, 8]);
    assert_eq!(failure.problem.field.as_deref(), Some("/emails"));

    let mut clio = Script::default();
    clio.on(LIST, rows(&spouses));
    let mut request = ann();
    request.on_name_conflict = Some(NameConflict::Link);
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        linked(2, ContactMatch::Email, &[8])
    );

    let mut clio = Script::default();
    clio.on(LIST, rows(&spouses))
        .on(LIST, rows(&json!([])))
        .on(POST, created(10));
    request.on_name_conflict = Some(NameConflict::Create);
    assert_eq!(run(&mut clio, &request).unwrap(), new(10));
}

#[test]
fn the_nearest_name_is_linked_before_the_oldest_contact() {
    // CASES I12
    let at = |id, first: &str, last: &str| row(id, first, last, &["ann@x.com"]);
    for (found, id, others) in [
        (
            json!([at(1, "Tom", "Chan"), at(5, "Annabel", "Lee")]),
            5,
            [1],
        ),
        (json!([at(1, "Tom", "Lee"), at(5, "A.", "Lee")]), 5, [1]),
        (json!([at(1, "Tom", "Lee"), at(5, "Eve", "Lee")]), 1, [5]),
        (json!([at(1, "Tom", "Chan"), at(5, "Ann", "Chan")]), 5, [1]),
        (json!([at(5, "Tom", "Chan"), at(1, "Eve", "Poe")]), 1, [5]),
    ] {
        let mut clio = Script::default();
        clio.on(LIST, rows(&found));
        let request = SyncRequest {
            on_name_conflict: Some(NameConflict::Link),
            ..ann()
        };
        assert_eq!(
            run(&mut clio, &request).unwrap(),
            linked(id, ContactMatch::Email, &others),
            "{found}"
        );
    }
}

#[test]
fn an_address_is_written_once_however_often_it_is_given() {
    let mut request = ann();
    request.emails.push(Email {
        address: "ANN@x.com ".into(),
        label: None,
    });
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([])))
        .on(LIST, rows(&json!([])))
        .on(POST, created(5));
    assert_eq!(run(&mut clio, &request).unwrap(), new(5));
    assert_eq!(
        clio.sent[2].data["email_addresses"],
        json!([{ "name": "Work", "address": "ann@x.com", "default_email": true }])
    );
}

#[test]
fn every_address_is_looked_up() {
    let mut clio = Script::default();
    let mut request = ann();
    request.emails.push(Email {
        address: " Ann@Y.com ".into(),
        label: None,
    });
    request.emails.push(Email {
        address: "ANN@x.com".into(),
        label: None,
    });
    clio.on(LIST, rows(&json!([])))
        .on(LIST, rows(&json!([row(6, "Ann", "Lee", &["ann@y.com"])])));
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        linked(6, ContactMatch::Email, &[])
    );
    assert_eq!(clio.sent[1].param("query"), Some("Ann@Y.com"));
}

#[test]
fn a_contact_that_the_search_does_not_show_yet_is_not_made_again() {
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([])))
        .on(LIST, rows(&json!([row(5, "Ann", "Lee", &["ann@x.com"])])));
    assert_eq!(
        run(&mut clio, &ann()).unwrap(),
        linked(5, ContactMatch::Email, &[])
    );
}

#[test]
fn a_company_is_never_taken_for_a_person() {
    let mut clio = Script::default();
    let mut company = row(3, "Ann", "Lee", &["ann@x.com"]);
    company["type"] = "Company".into();
    clio.on(LIST, rows(&json!([company])))
        .on(LIST, rows(&json!([])))
        .on(POST, created(5));
    assert_eq!(run(&mut clio, &ann()).unwrap(), new(5));

    let mut clio = Script::default();
    let mut request = ann();
    request.contact = Contact::Company(Company {
        name: " Lée & Sons ".into(),
    });
    let row = json!({ "id": 4, "type": "Company", "name": "LEE & SONS",
                      "email_addresses": [{ "address": "ann@x.com" }] });
    clio.on(LIST, rows(&json!([row])));
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        linked(4, ContactMatch::Email, &[])
    );
    assert_eq!(clio.sent[0].param("type"), Some("Company"));
}

#[test]
fn a_known_contact_is_linked_or_removed() {
    let mut request = ann();
    request.known_id = Some(5);
    let mut clio = Script::default();
    // A merged contact answers as the one it was merged into.
    clio.on(
        "GET contacts/5.json",
        data(&row(6, "Ann", "Lee", &["old@y.com"])),
    );
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        linked(6, ContactMatch::KnownId, &[])
    );

    let mut clio = Script::default();
    clio.on("GET contacts/5.json", refused(404, "NotFound", "gone"));
    let failure = run(&mut clio, &request).unwrap_err();
    assert_eq!(
        (failure.remedy, failure.code()),
        (Remedy::Permanent, ProblemCode::Removed)
    );
    assert_eq!(failure.problem.candidates, [5]);
}

#[test]
fn a_malformed_input_costs_no_request() {
    type Change = fn(&mut SyncRequest);
    let cases: [(&str, Change); 17] = [
        ("/source_id", |r| r.source_id = String::new()),
        ("/source_id", |r| r.source_id = "a\u{7}".into()),
        ("/began", |r| r.began = Some("yesterday".into())),
        ("/began", |r| r.began = Some("2031-01-01T00:00:00Z".into())),
        ("/contact/person", |r| {
            r.contact = Contact::Person(Person::default())
        }),
        ("/contact/person/first_name", |r| {
            let first_name = Some("An\nn".into());
            r.contact = Contact::Person(Person {
                first_name,
                ..Person::default()
            });
        }),
        ("/contact/company/name", |r| {
            r.contact = Contact::Company(Company { name: " ".into() })
        }),
        ("/emails/0/address", |r| r.emails[0].address = "ann".into()),
        ("/emails/0/address", |r| r.emails[0].address = "ann@".into()),
        ("/emails/0/address", |r| {
            r.emails[0].address = "a b@x.com".into()
        }),
        ("/emails/0/address", |r| {
            r.emails[0].address = "a@x.com, b@x.com".into()
        }),
        ("/emails/0/address", |r| {
            r.emails[0].address = "abx.com".into()
        }),
        ("/phones/0/number", |r| r.phones = vec![phone("1\n2")]),
        ("/addresses/0/city", |r| {
            let city = Some("Mia\u{7}mi".into());
            r.addresses = vec![Address {
                city,
                ..Address::default()
            }];
        }),
        ("/known_others/1", |r| {
            r.known_others = vec![1, 0];
        }),
        ("/known_id", |r| r.known_id = Some(0)),
        ("/marker_field", |r| r.marker_field = Some(u64::MAX)),
    ];
    for (field, change) in cases {
        let mut request = ann();
        change(&mut request);
        let failure = run(&mut Script::default(), &request).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::InvalidInput, "{field}");
        assert_eq!(failure.problem.field.as_deref(), Some(field));
    }
}
