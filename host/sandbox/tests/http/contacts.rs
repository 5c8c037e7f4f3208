//! Contacts.

use std::time::Duration;

use clio_sandbox::{NewContact, NewMatter};
use serde_json::json;

use crate::client::start;

#[tokio::test]
async fn a_person_needs_a_first_or_last_name_and_a_company_a_name() {
    let clio = start().await;
    for body in [
        json!({"type": "Person"}),
        json!({"type": "Person", "name": "Ann Lee"}),
    ] {
        let (status, _, message) = clio.post("/contacts", body).await.error();
        assert_eq!(status, 422);
        assert_eq!(
            message,
            "At least one of first name or last name must be provided"
        );
    }
    assert_eq!(
        clio.post("/contacts", json!({"type": "Company"}))
            .await
            .status,
        422
    );
    let made = clio
        .post(
            "/contacts?fields=id,name,type",
            json!({"type": "Person", "last_name": "Lee"}),
        )
        .await;
    assert_eq!(made.data()["name"], "Lee");
}

#[tokio::test]
async fn labels_are_strict_on_writes_and_free_on_reads() {
    let clio = start().await;
    for (key, row) in [
        (
            "email_addresses",
            json!({"name": "work", "address": "a@x.example"}),
        ),
        (
            "email_addresses",
            json!({"name": "Mobile", "address": "a@x.example"}),
        ),
        ("phone_numbers", json!({"name": "Cell", "number": "1"})),
    ] {
        let mut body = json!({"type": "Person", "first_name": "Ann"});
        body[key] = json!([row]);
        assert_eq!(clio.post("/contacts", body).await.status, 422);
    }
    let old = clio
        .control
        .add_contact(NewContact::person("Old", "Import").labelled_email("Personal", "o@x.example"));
    let shown = clio
        .get(&format!(
            "/contacts/{old}?fields=email_addresses{{name,address,primary,default_email}}"
        ))
        .await;
    assert_eq!(
        shown.data()["email_addresses"][0],
        json!({"name": "Personal", "address": "o@x.example", "primary": true, "default_email": true})
    );
}

#[tokio::test]
async fn rows_change_by_id_and_those_not_named_stay() {
    let clio = start().await;
    let made = clio
        .post(
            "/contacts?fields=id,primary_email_address,email_addresses{id,address,name}",
            json!({"type": "Person", "first_name": "Ann", "email_addresses": [
                {"name": "Work", "address": "w@x.example"},
                {"address": "o@x.example", "default_email": true}]}),
        )
        .await
        .data();
    assert_eq!(made["primary_email_address"], "o@x.example");
    assert_eq!(made["email_addresses"][1]["name"], "Other");
    let (id, first, second) = (
        made["id"].as_u64().unwrap(),
        &made["email_addresses"][0]["id"],
        &made["email_addresses"][1]["id"],
    );
    let path =
        format!("/contacts/{id}?fields=id,primary_email_address,email_addresses{{id,address}}");
    let changed = clio
        .patch(
            &path,
            json!({"email_addresses": [
            {"id": first, "address": "w2@x.example"}, {"address": "n@x.example"}]}),
        )
        .await
        .data();
    let addresses: Vec<_> = changed["email_addresses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["address"].as_str().unwrap())
        .collect();
    assert_eq!(addresses, ["w2@x.example", "o@x.example", "n@x.example"]);
    let gone = clio
        .patch(
            &path,
            json!({"email_addresses": [{"id": second, "_destroy": true}]}),
        )
        .await
        .data();
    assert_eq!(gone["email_addresses"].as_array().unwrap().len(), 2);
    assert_eq!(gone["primary_email_address"], "w2@x.example");
    let rows = clio
        .get(&format!(
            "/contacts/{id}/email_addresses.json?fields=address"
        ))
        .await;
    assert_eq!(rows.data().as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_search_lags_behind_writes_and_finds_substrings() {
    let clio = start().await;
    clio.control.freeze(None);
    for address in ["ann@x.example", "joann@x.example"] {
        let made = clio
            .post(
                "/contacts",
                json!({"type": "Person", "first_name": "A",
                "email_addresses": [{"name": "Work", "address": address}]}),
            )
            .await;
        assert_eq!(made.status, 201);
    }
    assert!(
        clio.get("/contacts?query=ann@x.example")
            .await
            .ids()
            .is_empty()
    );
    // Exact filters do not lag.
    let since = clio
        .control
        .now()
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string();
    assert_eq!(
        clio.get(&format!("/contacts?created_since={since}"))
            .await
            .ids()
            .len(),
        2
    );
    clio.control.advance(Duration::from_secs(5));
    assert_eq!(
        clio.get("/contacts?query=ann@x.example").await.ids().len(),
        2
    );
}

#[tokio::test]
async fn contacts_filter_by_type_email_initial_and_client() {
    let clio = start().await;
    let ann = clio
        .control
        .add_contact(NewContact::person("Ann", "Lee").email("a@x.example"));
    let firm = clio.control.add_contact(NewContact::company("Zed"));
    clio.control.add_matter(NewMatter::of(ann, "Lee"));
    for (query, want) in [
        ("type=Person", ann),
        ("type=Company", firm),
        ("email_only=true", ann),
        ("client_only=true", ann),
        ("initial=Z", firm),
        (&format!("exclude_ids[]={ann}"), firm),
        (&format!("ids[]={firm}"), firm),
    ] {
        assert_eq!(
            clio.get(&format!("/contacts?{query}")).await.ids(),
            [want],
            "{query}"
        );
    }
    assert_eq!(clio.get("/contacts?type=person").await.status, 400);
    assert!(clio.ignored().is_empty());
}

#[tokio::test]
async fn a_client_is_not_deleted_and_a_deleted_contact_is_gone() {
    let clio = start().await;
    let ann = clio.control.add_contact(NewContact::person("Ann", "Lee"));
    let bob = clio.control.add_contact(NewContact::person("Bob", "Ray"));
    clio.control.add_matter(NewMatter::of(ann, "Lee"));
    assert_eq!(clio.delete(&format!("/contacts/{ann}")).await.status, 422);
    assert_eq!(clio.delete(&format!("/contacts/{bob}")).await.status, 204);
    assert_eq!(clio.delete(&format!("/contacts/{bob}")).await.status, 404);
}

#[tokio::test]
async fn a_merged_contact_leaves_its_rows_and_matters_to_the_other() {
    let clio = start().await;
    let kept = clio
        .control
        .add_contact(NewContact::person("Ann", "Lee").email("a@x.example"));
    let gone = clio
        .control
        .add_contact(NewContact::person("Anne", "Lee").email("b@x.example"));
    let matter = clio.control.add_matter(NewMatter::of(gone, "Lee"));
    clio.control.merge_contacts(kept, gone);
    assert_eq!(clio.get(&format!("/contacts/{gone}")).await.status, 404);
    let state = clio.control.snapshot();
    assert_eq!(state.contacts[0].emails.len(), 2);
    assert_eq!(state.matters[0].client, kept);
    assert_eq!(
        clio.get(&format!("/matters?client_id={kept}")).await.ids(),
        [matter]
    );
}
