//! Documents: lists, the trash, folders, external properties, downloads.

use std::time::Duration;

use clio_sandbox::{ExternalProperties, NewContact, NewDocument, NewMatter, Place, TokenSpec};
use serde_json::json;

use crate::client::{Clio, send, start};

async fn with_matter() -> (Clio, u64) {
    let clio = start().await;
    let ann = clio.control.add_contact(NewContact::person("Ann", "Lee"));
    let matter = clio.control.add_matter(NewMatter::of(ann, "Lee"));
    (clio, matter)
}

#[tokio::test]
async fn an_incomplete_document_is_listed_only_on_request() {
    let (clio, matter) = with_matter().await;
    let done = clio
        .control
        .add_document(Place::Matter(matter), NewDocument::complete("a.pdf", b"a"))
        .unwrap();
    let draft = clio
        .control
        .add_document(Place::Matter(matter), NewDocument::incomplete("b.pdf"))
        .unwrap();
    assert_eq!(clio.get("/documents").await.ids(), [done]);
    assert_eq!(
        clio.get("/documents?show_uncompleted=true").await.ids(),
        [done, draft]
    );
    assert_eq!(clio.get(&format!("/documents/{draft}")).await.status, 200);
    clio.control.complete_document(draft, b"b");
    assert_eq!(
        clio.get(&format!("/documents?matter_id={matter}"))
            .await
            .ids(),
        [done, draft]
    );
}

#[tokio::test]
async fn a_trashed_document_still_answers_and_is_gone_after_thirty_days() {
    let (mut clio, matter) = with_matter().await;
    let id = clio
        .control
        .add_document(Place::Matter(matter), NewDocument::complete("a.pdf", b"a"))
        .unwrap();
    let path = format!("/documents/{id}?fields=id,deleted_at");
    assert_eq!(clio.delete(&path).await.status, 204);
    let trashed = clio.get(&path).await;
    assert_eq!(trashed.status, 200);
    assert!(trashed.data()["deleted_at"].is_string());
    assert!(clio.get("/documents").await.ids().is_empty());
    assert_eq!(
        clio.get("/documents?include_deleted=true").await.ids(),
        [id]
    );
    let restored = clio.patch(&path, json!({"restore": true})).await;
    assert_eq!(restored.data()["deleted_at"], json!(null));
    clio.control.trash_document(id);
    clio.control.advance(Duration::from_hours(24 * 29));
    assert_eq!(clio.get(&path).await.status, 200);
    clio.control.advance(Duration::from_hours(24));
    clio.token = clio.control.issue_token(TokenSpec::default());
    assert_eq!(clio.get(&path).await.status, 404);
    assert!(
        clio.get("/documents?include_deleted=true")
            .await
            .ids()
            .is_empty()
    );
}

#[tokio::test]
async fn a_document_restored_and_trashed_again_waits_its_thirty_days_anew() {
    let (clio, matter) = with_matter().await;
    let id = clio
        .control
        .add_document(Place::Matter(matter), NewDocument::complete("a.pdf", b"a"))
        .unwrap();
    clio.control.trash_document(id);
    clio.control.advance(Duration::from_hours(24 * 10));
    clio.control.restore_document(id);
    clio.control.trash_document(id);
    clio.control.advance(Duration::from_hours(24 * 21));
    assert_eq!(clio.control.snapshot().documents.len(), 1);
    clio.control.advance(Duration::from_hours(24 * 10));
    assert!(clio.control.snapshot().documents.is_empty());
}

#[tokio::test]
async fn external_properties_mark_find_and_are_limited_to_five() {
    let (clio, matter) = with_matter().await;
    let properties: Vec<_> = (0..5)
        .map(|n| json!({"name": format!("p{n}"), "value": "v"}))
        .collect();
    let body = |properties: &[serde_json::Value]| json!({"name": "a.pdf", "parent": {"id": matter, "type": "Matter"}, "external_properties": properties});
    let mut six = properties.clone();
    six.push(json!({"name": "p5", "value": "v"}));
    assert_eq!(clio.post("/documents", body(&six)).await.status, 422);
    assert!(
        clio.control.snapshot().documents.is_empty(),
        "nothing applied"
    );
    let made = clio
        .post(
            "/documents?fields=id,external_properties{id,name,value}",
            body(&properties),
        )
        .await;
    let first = made.data()["external_properties"][0]["id"].clone();
    let path = format!(
        "/documents/{}?fields=external_properties{{name,value}}",
        made.id()
    );
    let changed = clio
        .patch(
            &path,
            json!({"external_properties": [
            {"id": first, "value": "w"},
            {"id": made.data()["external_properties"][1]["id"], "_destroy": true}]}),
        )
        .await
        .data();
    assert_eq!(changed["external_properties"].as_array().unwrap().len(), 4);
    let found = |query: &str| format!("/documents?show_uncompleted=true&{query}");
    assert_eq!(
        clio.get(&found(
            "external_property_name=p0&external_property_value=w"
        ))
        .await
        .ids(),
        [made.id()]
    );
    assert!(
        clio.get(&found(
            "external_property_name=p0&external_property_value=v"
        ))
        .await
        .ids()
        .is_empty()
    );
    assert!(
        clio.get(&found("external_property_name=p1"))
            .await
            .ids()
            .is_empty()
    );
    assert!(clio.ignored().is_empty());
    // The value alone filters nothing.
    assert_eq!(
        clio.get(&found("external_property_value=nonsense"))
            .await
            .ids(),
        [made.id()]
    );
    assert_eq!(clio.ignored(), ["external_property_value"]);
}

#[tokio::test]
async fn external_properties_may_be_seen_by_their_own_application_only() {
    let (mut clio, matter) = with_matter().await;
    let document = NewDocument::complete("a.pdf", b"a").external_property("source-id", "7");
    let id = clio
        .control
        .add_document(Place::Matter(matter), document)
        .unwrap();
    let mut switches = clio.control.switches();
    switches.external_properties = ExternalProperties::PerApp;
    clio.control.set_switches(switches);
    let path = "/documents?external_property_name=source-id";
    assert_eq!(clio.get(path).await.ids(), [id]);
    clio.token = clio.control.issue_token(TokenSpec {
        app: Some("another".to_owned()),
        ..TokenSpec::default()
    });
    assert!(clio.get(path).await.ids().is_empty());
}

#[tokio::test]
async fn folders_hold_children_and_descendants() {
    let (clio, matter) = with_matter().await;
    let root = clio
        .get(&format!("/matters/{matter}?fields=folder{{id}}"))
        .await
        .data()["folder"]["id"]
        .as_u64()
        .unwrap();
    let inner = clio
        .post(
            "/folders?fields=id,root,parent{id}",
            json!({"name": "Inner", "parent": {"id": matter, "type": "Matter"}}),
        )
        .await;
    assert_eq!(inner.data()["parent"]["id"], root);
    let twin = clio
        .post(
            "/folders",
            json!({"name": "Inner", "parent": {"id": root, "type": "Folder"}}),
        )
        .await;
    assert_eq!(twin.status, 201, "names are not unique");
    let deep = clio
        .control
        .add_document(
            Place::Folder(inner.id()),
            NewDocument::complete("deep.pdf", b"d"),
        )
        .unwrap();
    let flat = clio
        .control
        .add_document(
            Place::Matter(matter),
            NewDocument::complete("flat.pdf", b"f"),
        )
        .unwrap();
    assert_eq!(
        clio.get(&format!("/documents?parent_id={root}"))
            .await
            .ids(),
        [flat]
    );
    assert_eq!(
        clio.get(&format!("/documents?parent_id={root}&scope=descendants"))
            .await
            .ids(),
        [deep, flat]
    );
    assert_eq!(
        clio.get(&format!("/documents?matter_id={matter}"))
            .await
            .ids(),
        [deep, flat]
    );
    let mixed = clio
        .get(&format!("/folders/list?parent_id={root}&fields=id,type"))
        .await;
    assert_eq!(mixed.ids(), [inner.id(), twin.id(), flat]);
    assert_eq!(mixed.data()[2]["type"], "Document");
    // No folder_id filter exists.
    assert_eq!(clio.get("/documents?folder_id=1").await.ids().len(), 2);
    assert_eq!(clio.ignored(), ["folder_id"]);
}

#[tokio::test]
async fn the_search_of_folders_lags_and_the_parent_does_not() {
    let (clio, matter) = with_matter().await;
    clio.control.freeze(None);
    let made = clio
        .post(
            "/folders",
            json!({"name": "Discovery", "parent": {"id": matter, "type": "Matter"}}),
        )
        .await;
    assert!(clio.get("/folders?query=discovery").await.ids().is_empty());
    assert!(
        clio.get(&format!("/folders?matter_id={matter}"))
            .await
            .ids()
            .contains(&made.id())
    );
    clio.control.advance(Duration::from_secs(5));
    assert_eq!(
        clio.get("/folders?query=discovery").await.ids(),
        [made.id()]
    );
}

#[tokio::test]
async fn a_contacts_folder_is_made_when_it_is_needed() {
    let (clio, _) = with_matter().await;
    let bob = clio.control.add_contact(NewContact::person("Bob", "Ray"));
    let made = clio
        .post(
            "/documents?fields=id,contact{id},parent{id,root}",
            json!({"name": "a.pdf", "parent": {"id": bob, "type": "Contact"}}),
        )
        .await
        .data();
    assert_eq!(made["contact"]["id"], bob);
    assert_eq!(made["parent"]["root"], true);
}

#[tokio::test]
async fn a_download_is_a_303_to_a_presigned_url_that_takes_no_bearer() {
    let (clio, matter) = with_matter().await;
    let id = clio
        .control
        .add_document(
            Place::Matter(matter),
            NewDocument::complete("a b.pdf", b"hello"),
        )
        .unwrap();
    let answer = clio.get(&format!("/documents/{id}/download.json")).await;
    assert_eq!(answer.status, 303);
    let url = answer.header("location").unwrap();
    assert!(url.starts_with(clio.sandbox.storage_origin()));
    let content = send("GET", url, &[], "".into()).await.unwrap();
    assert_eq!((content.status.as_u16(), content.text()), (200, "hello"));
    assert_eq!(content.header("content-type"), Some("application/pdf"));
    let part = send("GET", url, &[("range", "bytes=2-")], "".into())
        .await
        .unwrap();
    assert_eq!((part.status.as_u16(), part.text()), (206, "llo"));
    let bearer = send("GET", url, &[("authorization", "Bearer x")], "".into())
        .await
        .unwrap();
    assert_eq!(bearer.status, 400);
    clio.control.advance(Duration::from_secs(601));
    assert_eq!(send("GET", url, &[], "".into()).await.unwrap().status, 403);
    let draft = clio
        .control
        .add_document(Place::Matter(matter), NewDocument::incomplete("b.pdf"))
        .unwrap();
    assert_eq!(
        clio.get(&format!("/documents/{draft}/download"))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_renamed_extension_makes_a_version_on_request() {
    let (clio, matter) = with_matter().await;
    let id = clio
        .control
        .add_document(Place::Matter(matter), NewDocument::complete("a.doc", b"x"))
        .unwrap();
    let answer = clio
        .patch(&format!("/documents/{id}?fields=name,latest_document_version{{version_number,filename,fully_uploaded}}"),
            json!({"name": "a.docx", "copy_version": true}))
        .await
        .data();
    assert_eq!(
        answer["latest_document_version"],
        json!({"version_number": 2, "filename": "a.docx", "fully_uploaded": true})
    );
    let versions = clio
        .get(&format!(
            "/documents/{id}/versions?fields=id,version_number&id={id}"
        ))
        .await;
    assert_eq!(versions.data().as_array().unwrap().len(), 2);
    assert!(clio.ignored().is_empty());
}
