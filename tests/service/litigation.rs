//! The litigation story: a matter reaches a stage, Clio generates a document late and
//! blank, and a firm's own workflow has it filled, approved by a person and put back.
//!
//! The workflow is what this file drives over the API, as a firm's program would. The
//! service has no workflow in it: it tells what is new, and lets through what a person
//! approved.

use std::time::Duration;

use clio_sandbox::{DocumentState, NewAutomation, NewContact, NewCustomField, NewMatter};
use clio_tests::{Answer, Serving};
use serde_json::{Value, json};

use crate::api_calls::call;
use crate::firm::Firm;

/// How late Clio is with what it generates, by the sandbox's clock.
const LATE: Duration = Duration::from_secs(120);
/// The stage whose automation generates the document, and what it is called.
const STAGE: &str = "Pleading";
const PETITION: &str = "Petition.docx";

/// A firm with a matter that is to be litigated, and who works on it.
struct Story {
    firm: Firm,
    serving: Serving,
    matter: u64,
    stage: u64,
    /// The workflow's key: it reads and writes, and approves nothing.
    workflow: String,
}

impl Story {
    async fn begin(generated: &[u8]) -> Self {
        let firm = Firm::new().await;
        let control = &firm.world.control;
        let area = control.add_practice_area("Litigation");
        let intake = control.add_stage(area, "Intake");
        let stage = control.add_stage(area, STAGE);
        let client = control.add_contact(NewContact::person("Rosa", "Marin"));
        let court = control.add_custom_field(NewCustomField::new("Court", "Matter", "text_line"));
        let matter = control.add_matter(NewMatter {
            practice_area: Some(area),
            stage: Some(intake),
            values: vec![(court, Some("District Court, Travis County".to_owned()))],
            ..NewMatter::of(client, "Marin v. Harbor Freight Lines")
        });
        control.add_stage_automation(NewAutomation {
            stage,
            name: PETITION.to_owned(),
            content: Some(generated.to_vec()),
            after: LATE,
        });
        let workflow = firm.world.key(&["read", "write"], &["firm"]).await;
        let serving = firm.serve_and_subscribe().await;
        Self {
            firm,
            serving,
            matter,
            stage,
            workflow,
        }
    }

    /// The matter reaches the stage, and the document comes late.
    async fn generated(&self) -> u64 {
        let told = self.firm.runs("delivery").len();
        self.firm.world.control.set_stage(self.matter, self.stage);
        self.firm.settle().await;
        assert_eq!(self.firm.runs("delivery").len(), told + 1);
        assert!(self.new_documents().await.is_empty(), "it comes late");
        self.firm.world.control.advance(LATE);
        self.firm.settle().await;
        self.firm
            .wait("the document is told", || async {
                !self.new_documents().await.is_empty()
            })
            .await;
        let new = self.new_documents().await;
        assert_eq!(new.len(), 1, "{new:#?}");
        assert_eq!(new[0]["name"], PETITION);
        assert_eq!(new[0]["matter"], self.matter);
        new[0]["id"].as_u64().unwrap()
    }

    async fn new_documents(&self) -> Vec<Value> {
        let events = self.firm.listed(&self.serving, "events").await;
        let new = events
            .iter()
            .filter(|event| event["type"] == "document.new");
        new.map(|event| event["data"].clone()).collect()
    }

    async fn call(&self, function: &str, input: &Value) -> Answer {
        let path = format!("/v1/connections/firm/calls/{function}");
        call(&self.serving, &path, &self.workflow, &[], input).await
    }

    fn document(&self, id: u64) -> DocumentState {
        let documents = self.firm.world.control.snapshot().documents;
        documents.into_iter().find(|it| it.id == id).unwrap()
    }
}

#[tokio::test]
async fn a_document_that_was_generated_blank_is_filled_approved_and_put_back() {
    let story = Story::begin(b"blank").await;
    let document = story.generated().await;
    let put = story
        .call(
            "upload-document.upload",
            &json!({
                "source_id": format!("petitions:{document}"), "parent": {"document": document},
                "name": PETITION, "content": {"source": {"inline": "ZmlsbGVk"}},
                "provenance": "from_person", "on_change": "new_version",
            }),
        )
        .await
        .expect_status(200)
        .json();
    assert_eq!(put["disposition"], "new_version", "{put}");
    assert_eq!(story.document(document).versions.len(), 2);
    story.firm.world.finish();
}
