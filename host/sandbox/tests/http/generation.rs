//! Templates, and documents that are generated from them by request.

use std::time::Duration;

use clio_sandbox::{
    Access, Area, AutomationDocuments, ExportFormats, GenerationEnd, NewContact, NewMatter,
    Permissions, TokenSpec,
};
use serde_json::{Value, json};

use crate::client::{Clio, send, start, start_with};

const SHOWN: &str = "fields=id,state,filename,export_formats,matter{id},document_template{id,filename},documents{id,name}";

fn account(clio: &Clio) -> (u64, u64) {
    let ann = clio.control.add_contact(NewContact::person("Ann", "Lee"));
    let matter = clio.control.add_matter(NewMatter::of(ann, "Lee"));
    (matter, clio.control.add_template("Retainer.docx", b"Dear"))
}

fn wanted(matter: u64, template: u64) -> Value {
    json!({"matter": {"id": matter}, "document_template": {"id": template},
        "filename": "Lee", "formats": ["original", "pdf"]})
}

async fn begun(clio: &Clio) -> String {
    let (matter, template) = account(clio);
    let made = clio
        .post(
            &format!("/document_automations?{SHOWN}"),
            wanted(matter, template),
        )
        .await;
    assert_eq!(made.status, 201);
    assert_eq!(made.data()["state"], "not_started");
    format!("/document_automations/{}?{SHOWN}", made.id())
}

#[tokio::test]
async fn an_automation_goes_through_its_states_and_makes_a_document_of_each_format() {
    let clio = start().await;
    let path = begun(&clio).await;
    for (wait, state) in [(2, "queued"), (3, "in_progress"), (10, "completed")] {
        clio.control.advance(Duration::from_secs(wait - 1));
        assert_ne!(clio.get(&path).await.data()["state"], state);
        clio.control.advance(Duration::from_secs(1));
        assert_eq!(clio.get(&path).await.data()["state"], state);
    }
    let told = clio.get(&path).await.data();
    assert_eq!(told["documents"][0]["name"], "Lee.docx");
    assert_eq!(told["documents"][1]["name"], "Lee.pdf");
    let snapshot = clio.control.snapshot();
    let first = &snapshot.documents[0];
    assert_eq!(first.matter, Some(snapshot.matters[0].id));
    assert!(first.complete);
    assert_eq!(clio.control.content(first.id).unwrap(), "Dear");
    let matter = told["matter"]["id"].as_u64().unwrap();
    let listed = clio.get(&format!("/documents?matter_id={matter}")).await;
    assert_eq!(listed.ids().len(), 2);
}

#[tokio::test]
async fn an_automation_fails_or_stays_empty_as_told() {
    let clio = start().await;
    clio.control.next_generation(GenerationEnd::Failed);
    clio.sandbox("POST", "/generations", json!("empty")).await;
    for state in ["failed", "empty", "completed"] {
        let path = begun(&clio).await;
        clio.control.advance(Duration::from_secs(15));
        let told = clio.get(&path).await.data();
        assert_eq!(told["state"], state);
        let made = told["documents"].as_array().unwrap().len();
        assert_eq!(made, if state == "completed" { 2 } else { 0 });
    }
}

#[tokio::test]
async fn generated_documents_may_start_incomplete() {
    let clio = start_with(|config| {
        config.switches.automation_documents = AutomationDocuments::IncompleteFirst;
    })
    .await;
    begun(&clio).await;
    clio.control.advance(Duration::from_secs(15));
    assert!(!clio.control.snapshot().documents[0].complete);
    clio.control.advance(Duration::from_secs(30));
    assert!(clio.control.snapshot().documents[0].complete);
}

#[tokio::test]
async fn formats_are_answered_in_each_reading() {
    for (reading, told) in [
        (ExportFormats::Text, json!("[\"original\",\"pdf\"]")),
        (ExportFormats::List, json!(["original", "pdf"])),
        (ExportFormats::First, json!("original")),
    ] {
        let clio = start_with(|config| config.switches.export_formats = reading).await;
        let path = begun(&clio).await;
        assert_eq!(clio.get(&path).await.data()["export_formats"], told);
    }
}

#[tokio::test]
async fn what_does_not_fit_starts_nothing() {
    let clio = start().await;
    let (matter, template) = account(&clio);
    let with = |key: &str, value: Value| {
        let mut body = wanted(matter, template);
        body[key] = value;
        body
    };
    for (body, status) in [
        (with("matter", json!({"id": 5})), 404),
        (with("document_template", json!({"id": 5})), 404),
        (with("matter", json!(null)), 422),
        (with("filename", json!(" ")), 422),
        (with("formats", json!([])), 422),
        (with("formats", json!(["docx"])), 422),
    ] {
        let answer = clio.post("/document_automations", body.clone()).await;
        assert_eq!(answer.status, status, "{body}");
    }
    assert!(clio.control.snapshot().generations.is_empty());
    assert_eq!(clio.get("/document_automations/5").await.status, 404);
}

#[tokio::test]
async fn automations_are_listed_since_an_instant() {
    let clio = start().await;
    begun(&clio).await;
    clio.control.advance(Duration::from_secs(3600));
    let since = clio.control.now();
    begun(&clio).await;
    let all = clio.get("/document_automations?order=id(asc)").await.ids();
    assert_eq!(all.len(), 2);
    let path = format!("/document_automations?order=id(asc)&created_since={since}");
    assert_eq!(clio.get(&path).await.ids(), all[1..]);
    assert_eq!(clio.ignored(), [""; 0]);
}

#[tokio::test]
async fn templates_are_listed_read_and_downloaded() {
    let mut clio = start().await;
    let made = clio
        .sandbox(
            "POST",
            "/templates",
            json!({"name": "b.docx", "content": "aGVsbG8="}),
        )
        .await;
    let id = made.json()["id"].as_u64().unwrap();
    let other = clio.control.add_template("a.pdf", b"x");
    let by_name = "/document_templates?order=filename(asc)";
    assert_eq!(clio.get(by_name).await.ids(), [other, id]);
    let path = format!("/document_templates/{id}?fields=id,filename,size,content_type");
    let shown = clio.get(&path).await.data();
    assert_eq!(
        (&shown["filename"], &shown["size"]),
        (&json!("b.docx"), &json!(5))
    );
    let path = format!("/document_templates/{id}/download.json");
    let answer = clio.get(&path).await;
    assert_eq!(answer.status, 303);
    let url = answer.header("location").unwrap();
    let content = send("GET", url, &[], "".into()).await.unwrap();
    assert_eq!((content.status.as_u16(), content.text()), (200, "hello"));
    let bearer = [("authorization", "Bearer x")];
    let refused = send("GET", url, &bearer, "".into()).await.unwrap();
    assert_eq!(refused.status, 400);
    clio.control.advance(Duration::from_secs(601));
    assert_eq!(send("GET", url, &[], "".into()).await.unwrap().status, 403);

    let permissions = Permissions::only([(Area::Documents, Access::Read)]);
    clio.token = clio.control.issue_token(TokenSpec {
        permissions,
        ..TokenSpec::default()
    });
    assert_eq!(clio.get(by_name).await.status, 200);
    let (matter, template) = account(&clio);
    let body = wanted(matter, template);
    let refused = clio.post("/document_automations", body).await;
    assert_eq!(refused.status, 403);
}
