//! From what happens in Clio, by its deliveries, to what goes out and to what a
//! person acknowledges.

use std::time::Duration;

use clio_host::actions::types::MatterStatus;
use clio_host::actions::update_matter::UpdateRequest;
use clio_sandbox::{DocumentWebhooks, NewAutomation, NewContact, NewMatter, Switches};
use serde_json::Value;

use crate::firm::Firm;

/// The documents of a stage are generated after it is told, so the first look finds
/// none.
#[tokio::test]
async fn an_advanced_matter_leads_to_its_documents_and_to_its_status() {
    // As many accounts: documents have no webhooks of their own.
    let firm = Firm::under(Switches {
        document_webhooks: DocumentWebhooks::Unprocessable,
        ..Switches::default()
    })
    .await;
    let control = &firm.world.control;
    let area = control.add_practice_area("Estate Planning");
    let stage = control.add_stage(area, "Retained");
    control.add_stage_automation(NewAutomation {
        stage,
        name: "Engagement letter.docx".to_owned(),
        content: Some(b"generated".to_vec()),
        after: Duration::from_secs(3),
    });
    let client = control.add_contact(NewContact::person("Bo", "Chan"));
    let mut matter = NewMatter::of(client, "Chan v. Harbor");
    matter.practice_area = Some(area);
    let matter = control.add_matter(matter);
    let serving = firm.serve_and_subscribe().await;

    control.set_stage(matter, stage);
    let mut request = UpdateRequest::new(matter);
    request.status = Some(MatterStatus::Pending);
    firm.world.call().run(request).await.unwrap();
    firm.wait("status and document are told", || async {
        firm.listed(&serving, "events").await.len() >= 2
    })
    .await;
    let events = firm.listed(&serving, "events").await;
    let of = |kind: &str| -> Vec<&Value> {
        let all = events.iter().filter(|event| event["type"] == kind);
        all.map(|event| &event["data"]).collect()
    };
    assert_eq!(of("matter.status").len(), 1, "{events:#?}");
    assert_eq!(of("matter.status")[0]["matter"], matter);
    assert_eq!(of("matter.status")[0]["status"], "pending");
    assert_eq!(of("document.new").len(), 1, "{events:#?}");
    assert_eq!(of("document.new")[0]["name"], "Engagement letter.docx");
    assert_eq!(of("document.new")[0]["matter"], matter);
    // The later looks stand in the journal, and share what they can.
    let looks = firm.runs("detection");
    let waiting = looks.iter().filter(|run| !run.status.has_ended()).count();
    assert!((1..=4).contains(&waiting), "{looks:#?}");
}

#[tokio::test]
async fn a_changed_contact_waits_in_the_inbox_until_a_person_acknowledges_it() {
    let firm = Firm::new().await;
    let serving = firm.serve_and_subscribe().await;
    let contact = firm
        .world
        .control
        .add_contact(NewContact::person("Ann", "Miller"));
    firm.wait("it is in the inbox", || async {
        !firm.listed(&serving, "inbox").await.is_empty()
    })
    .await;
    let row = firm.listed(&serving, "inbox").await.remove(0);
    assert_eq!(row["kind"], "contact.created");
    assert_eq!(row["data"]["contact"], contact);
    assert_eq!(row["data"]["told"]["name"], "Ann Miller");
    assert_eq!(row["acknowledged"], Value::Null);

    let id = row["id"].as_str().unwrap();
    let path = format!("/v1/connections/firm/inbox/{id}/acknowledge");
    // Who may only read acknowledges nothing, and a foreign firm sees none of it.
    firm.world.connect_as("other", &[]).await.expect_code(0);
    let reader = firm.world.key(&["read"], &["firm"]).await;
    serving
        .ask("POST", &path, &reader, None)
        .await
        .expect_status(403);
    let foreign = firm.world.key(&["read", "write"], &["other"]).await;
    serving
        .ask("POST", &path, &foreign, None)
        .await
        .expect_status(404);
    let elsewhere = format!("/v1/connections/other/inbox/{id}/acknowledge");
    serving
        .ask("POST", &elsewhere, &foreign, None)
        .await
        .expect_status(404);
    assert_eq!(
        firm.listed(&serving, "inbox?acknowledged=false")
            .await
            .len(),
        1
    );

    let writer = firm.world.key(&["write"], &["firm"]).await;
    let seen = serving.ask("POST", &path, &writer, None).await;
    let seen = seen.expect_status(200).json();
    assert_eq!(seen["acknowledged_by"], "a test");
    let again = serving.ask("POST", &path, &writer, None).await;
    assert_eq!(again.expect_status(200).json(), seen);
    assert_eq!(
        firm.listed(&serving, "inbox?acknowledged=false")
            .await
            .len(),
        0
    );
    assert_eq!(firm.listed(&serving, "inbox").await, [seen]);
    // It says nothing to the firm's own programs.
    assert_eq!(firm.listed(&serving, "events").await, Vec::<Value>::new());
}
