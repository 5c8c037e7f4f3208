//! `fields`, pages, orders, tags, and what is ignored.

use std::time::Duration;

use clio_sandbox::{IgnoredKind, NewContact, NewDocument, NewMatter, Place};
use serde_json::json;

use crate::client::start;

#[tokio::test]
async fn without_fields_an_answer_is_minimal_also_after_a_write() {
    let clio = start().await;
    let made = clio
        .post(
            "/contacts.json",
            json!({"type": "Person", "first_name": "Ann"}),
        )
        .await;
    assert_eq!(made.status, 201);
    let data = made.data();
    assert_eq!(
        data.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["etag", "id"]
    );
    assert_eq!(
        made.header("content-type"),
        Some("application/json; charset=utf-8")
    );
    let shown = clio
        .get(&format!("/contacts/{}?fields=id,name", made.id()))
        .await;
    assert_eq!(shown.data(), json!({"id": made.id(), "name": "Ann"}));
}

#[tokio::test]
async fn nested_resources_show_stubs_and_a_second_level_of_braces_is_refused() {
    let clio = start().await;
    let ann = clio
        .control
        .add_contact(NewContact::person("Ann", "Lee").email("ann@x.example"));
    let matter = clio.control.add_matter(NewMatter::of(ann, "Lee"));
    let bare = clio
        .get(&format!("/contacts/{ann}?fields=email_addresses"))
        .await
        .data();
    assert_eq!(
        bare["email_addresses"][0]
            .as_object()
            .unwrap()
            .keys()
            .collect::<Vec<_>>(),
        ["etag", "id"]
    );
    let nested = clio
        .get(&format!("/matters/{matter}?fields=client%7Bid,name%7D"))
        .await
        .data();
    assert_eq!(nested, json!({"client": {"id": ann, "name": "Ann Lee"}}));
    for (fields, name) in [
        ("id,client{id,company{name}}", "company}"),
        ("id,nonsense", "nonsense"),
        ("client{nonsense}", "nonsense"),
    ] {
        let (status, kind, message) = clio.get(&format!("/matters?fields={fields}")).await.error();
        assert_eq!((status, kind.as_str()), (400, "InvalidFields"));
        assert_eq!(message, format!("{name} is not a valid field"));
    }
}

#[tokio::test]
async fn a_bad_field_refuses_a_write_before_it_is_applied() {
    let clio = start().await;
    let answer = clio
        .post(
            "/contacts?fields=id,nonsense",
            json!({"type": "Company", "name": "A"}),
        )
        .await;
    assert_eq!(answer.status, 400);
    assert!(clio.control.snapshot().contacts.is_empty());
}

#[tokio::test]
async fn a_hidden_record_is_redacted_instead_of_an_error() {
    let clio = start().await;
    let ann = clio.control.add_contact(NewContact::person("Ann", "Lee"));
    let matter = clio.control.add_matter(NewMatter::of(ann, "Lee"));
    let mut switches = clio.control.switches();
    switches.redact_associations = true;
    clio.control.set_switches(switches);
    let answer = clio
        .get(&format!("/matters/{matter}?fields=id,client{{id,name}}"))
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["client"], json!({"redacted": true}));
}

#[tokio::test]
async fn cursor_pages_follow_a_whole_url_and_see_no_record_twice() {
    let clio = start().await;
    let ids: Vec<u64> = (0..5)
        .map(|n| {
            clio.control
                .add_contact(NewContact::company(&format!("C{n}")))
        })
        .collect();
    let first = clio
        .get("/contacts.json?order=id(asc)&limit=2&fields=id,name")
        .await;
    assert_eq!(first.ids(), ids[..2]);
    let next = first.json()["meta"]["paging"]["next"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(next.starts_with(clio.sandbox.origin()), "{next}");
    // One of those already seen goes; by cursor nothing shifts.
    clio.control.delete_contact(ids[0]);
    let second = clio.get(&next).await;
    assert_eq!(second.ids(), ids[2..4]);
    assert_eq!(second.data()[0]["name"], "C2");
    let last = clio
        .get(second.json()["meta"]["paging"]["next"].as_str().unwrap())
        .await;
    assert_eq!(last.ids(), ids[4..]);
    assert!(last.json()["meta"]["paging"].get("next").is_none());
    let previous = last.json()["meta"]["paging"]["previous"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(clio.get(&previous).await.ids(), ids[2..4]);
    // Putting the URL back as a token is a known mistake.
    let wrong = format!(
        "/contacts?page_token={}",
        next.replace(':', "%3A").replace(['?', '&', '='], "%3F")
    );
    assert_eq!(clio.get(&wrong).await.error().2, "page_token is invalid");
    assert_eq!(clio.get("/contacts").await.json()["meta"], json!({}));
}

#[tokio::test]
async fn offset_pages_take_any_order_and_shift() {
    let clio = start().await;
    for name in ["Cat", "Ann", "Bea"] {
        clio.control.add_contact(NewContact::company(name));
    }
    let first = clio
        .get("/contacts?order=name(asc)&limit=2&fields=id,name")
        .await;
    assert_eq!(first.data()[0]["name"], "Ann");
    clio.control.add_contact(NewContact::company("Aaa"));
    let next = first.json()["meta"]["paging"]["next"]
        .as_str()
        .unwrap()
        .to_owned();
    let second = clio.get(&next).await;
    assert_eq!(second.data()[0]["name"], "Bea", "Bea is seen twice");
    assert_eq!(
        clio.get("/contacts?offset=3&fields=id,name&order=name(desc)")
            .await
            .data()[0]["name"],
        "Aaa"
    );
    assert_eq!(clio.get("/contacts?offset=10000").await.status, 400);
    for limit in ["0", "201"] {
        assert_eq!(
            clio.get(&format!("/contacts?limit={limit}")).await.status,
            400
        );
    }
    assert_eq!(
        clio.get("/contacts?order=updated_at(asc)").await.status,
        400
    );
    assert!(clio.ignored().is_empty());
}

#[tokio::test]
async fn paging_by_offset_ends_at_ten_thousand_and_by_cursor_does_not() {
    let clio = start().await;
    let client = clio.control.add_contact(NewContact::company("A"));
    for n in 0..10_050 {
        clio.control.add_document(
            Place::Contact(client),
            NewDocument::complete(&format!("{n}.txt"), b""),
        );
    }
    for (order, want) in [("created_at(asc)", 10_000), ("id(asc)", 10_050)] {
        let mut url = Some(format!("/documents?order={order}"));
        let mut seen = std::collections::BTreeSet::new();
        while let Some(next) = url {
            let page = clio.get(&next).await;
            seen.extend(page.ids());
            url = page.json()["meta"]["paging"]["next"]
                .as_str()
                .map(str::to_owned);
        }
        assert_eq!(seen.len(), want, "{order}");
    }
}

#[tokio::test]
async fn unknown_parameters_and_keys_are_ignored_and_recorded() {
    let clio = start().await;
    let ann = clio.control.add_contact(NewContact::person("Ann", "Lee"));
    for description in ["one", "two"] {
        clio.control.add_matter(NewMatter::of(ann, description));
    }
    // No such filter: the whole account.
    assert_eq!(clio.get("/matters?matter_stage_id=7").await.ids().len(), 2);
    let made = clio
        .post(
            "/contacts",
            json!({"type": "Person", "first_name": "Bo", "source": "x",
                "phone_numbers": [{"number": "1", "extension": "2"}]}),
        )
        .await;
    assert_eq!(made.status, 201);
    assert_eq!(
        clio.ignored(),
        [
            "matter_stage_id",
            "/data/phone_numbers/0/extension",
            "/data/source"
        ]
    );
    assert_eq!(
        clio.control.ignored()[0].what,
        IgnoredKind::UnknownParameter
    );
    assert_eq!(clio.control.ignored()[0].exchange, 1);
    // Known to Clio, but not simulated here: said so.
    clio.get("/matters?grant_id=7").await;
    assert_eq!(clio.control.ignored()[3].what, IgnoredKind::NotSimulated);
}

#[tokio::test]
async fn an_unwrapped_or_broken_body_fails() {
    let clio = start().await;
    let unwrapped = clio
        .call(
            "POST",
            "/contacts",
            &[],
            Some(json!({"type": "Company", "name": "A"})),
        )
        .await
        .unwrap();
    assert_eq!(unwrapped.status, 400);
    assert!(clio.control.snapshot().contacts.is_empty());
}

#[tokio::test]
async fn tags_answer_304_and_412() {
    let clio = start().await;
    let ann = clio.control.add_contact(NewContact::person("Ann", "Lee"));
    let path = format!("/contacts/{ann}?fields=id,etag");
    let read = clio.get(&path).await;
    let tag = read.header("etag").unwrap().to_owned();
    assert_eq!(read.data()["etag"], tag.as_str());
    assert!(tag.starts_with('"') && tag.len() == 34, "{tag}");
    let modified = read.header("last-modified").unwrap().to_owned();
    for header in [
        ("if-none-match", tag.as_str()),
        ("if-modified-since", modified.as_str()),
    ] {
        let again = clio.call("GET", &path, &[header], None).await.unwrap();
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    }
    let body = || Some(json!({"data": {"first_name": "Anna"}}));
    let fresh = clio
        .call("PATCH", &path, &[("if-match", &tag)], body())
        .await
        .unwrap();
    assert_eq!(fresh.status, 200);
    assert_ne!(fresh.data()["etag"], tag.as_str());
    let stale = clio
        .call("PATCH", &path, &[("if-match", &tag)], body())
        .await
        .unwrap();
    assert_eq!(stale.status, 412);
    assert_eq!(
        clio.patch(&path, json!({"first_name": "Annie"}))
            .await
            .status,
        200
    );
    assert_eq!(
        clio.call("GET", &path, &[("if-none-match", &tag)], None)
            .await
            .unwrap()
            .status,
        200
    );
}

#[tokio::test]
async fn the_date_of_every_answer_is_the_sandboxes() {
    let clio = start().await;
    clio.control
        .freeze(Some("2031-05-06T07:08:09Z".parse().unwrap()));
    let token = clio.control.issue_token(clio_sandbox::TokenSpec::default());
    let mut clio = clio;
    clio.token = token;
    let answer = clio.get("/contacts").await;
    assert_eq!(answer.header("date"), Some("Tue, 06 May 2031 07:08:09 GMT"));
    clio.control.advance(Duration::from_secs(1));
    let missing = clio.get("/contacts/1").await;
    assert_eq!(
        missing.header("date"),
        Some("Tue, 06 May 2031 07:08:10 GMT")
    );
}

#[tokio::test]
async fn who_am_i_names_the_user_and_users_filter_in_lower_case() {
    let clio = start().await;
    let me = clio
        .get("/users/who_am_i.json?fields=id,name,subscription_type")
        .await
        .data();
    assert_eq!(me["name"], "Alex Attorney");
    assert_eq!(me["subscription_type"], "Attorney");
    assert_eq!(
        clio.get("/users?subscription_type=nonattorney")
            .await
            .ids()
            .len(),
        1
    );
}
