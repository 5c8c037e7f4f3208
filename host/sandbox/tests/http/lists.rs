//! Lists of an account that is large, and those that a form chooses from.

use clio_sandbox::{NewContact, NewMatter};
use serde_json::json;

use crate::client::start;

#[tokio::test]
async fn a_large_account_is_listed_by_cursor_whole_and_in_order() {
    let clio = start().await;
    let client = clio.control.add_contact(NewContact::person("Ann", "Lee"));
    let like = NewMatter {
        client_reference: Some("intake:many".into()),
        ..NewMatter::of(client, "One of many")
    };
    let made = clio.control.add_matters(10_450, &like);
    let mut listed = Vec::new();
    let mut next = "/matters?fields=id&order=id(asc)&limit=200".to_owned();
    loop {
        let page = clio.get(&next).await;
        listed.extend(page.ids());
        match page.json()["meta"]["paging"]["next"].as_str() {
            Some(url) => next = url.to_owned(),
            None => break,
        }
    }
    assert_eq!(listed, made);

    // By offset the same list ends at ten thousand.
    let far = clio
        .get("/matters?fields=id&order=created_at(asc)&offset=9990")
        .await;
    assert_eq!(far.ids().len(), 10);
    // Newest first is another order, however the records stand.
    let newest = clio.get("/matters?fields=id&order=id(desc)&limit=1").await;
    assert_eq!(newest.ids(), [*made.last().unwrap()]);
    let shown = clio
        .get("/matters?fields=display_number,client_reference&limit=1")
        .await;
    assert_eq!(shown.data()[0]["display_number"], "00001-Lee");
    assert_eq!(shown.data()[0]["client_reference"], "intake:many");
}

#[tokio::test]
async fn document_templates_are_listed_with_their_categories() {
    let clio = start().await;
    let category = clio.control.add_document_category("Contracts");
    let one = clio.control.add_template_in(category, "Retainer.docx");
    let other = clio.control.add_template("Fee note.docx", b"");
    let listed = clio
        .get("/document_templates?fields=id,filename,content_type,document_category{name}")
        .await;
    assert_eq!(listed.ids(), [one, other]);
    assert_eq!(listed.data()[0]["document_category"]["name"], "Contracts");
    assert_eq!(listed.data()[1]["document_category"], json!(null));
    let ordered = clio
        .get("/document_templates?fields=id&order=filename(asc)")
        .await;
    assert_eq!(ordered.ids(), [other, one]);
}

#[tokio::test]
async fn a_disabled_user_is_left_out_where_that_is_asked() {
    let clio = start().await;
    let all = clio.get("/users?fields=id").await.ids();
    let gone = format!("/users/{}/disable", all[1]);
    clio.sandbox("POST", &gone, json!(null)).await;
    let enabled = clio.get("/users?fields=id&enabled=true").await.ids();
    assert_eq!(enabled, [all[0]]);
    let template = json!({"name": "Retainer.docx"});
    clio.sandbox("POST", "/templates", template).await;
    let many = json!({"count": 3, "matter": {"client": 1, "description": "One of three"}});
    let made = clio.sandbox("POST", "/matters/many", many).await.json();
    assert_eq!(made["ids"].as_array().unwrap().len(), 3);
    assert_eq!(
        clio.get("/document_templates?fields=id").await.ids().len(),
        1
    );
}
