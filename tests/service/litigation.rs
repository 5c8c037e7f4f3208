//! The litigation story: a matter reaches a stage, Clio generates a document late and
//! blank, and a firm's own workflow has it filled, approved by a person and put back.
//!
//! The workflow is what this file drives over the API, as a firm's program would. The
//! service has no workflow in it: it tells what is new, and lets through what a person
//! approved.

use std::time::Duration;

use clio_sandbox::{
    DocumentState, NewAutomation, NewContact, NewCustomField, NewMatter, NewRelationship, Seed,
    SeedUser,
};
use clio_tests::{Answer, Serving};
use serde_json::{Value, json};

use crate::api_calls::call;
use crate::firm::Firm;

/// The firm's template, and what Clio's own automation makes of it: blank but for the
/// client's name.
const TEMPLATE: &[u8] = include_bytes!("../data/templates/petition.docx");
const GENERATED: &[u8] = include_bytes!("../data/templates/petition-as-generated.docx");
/// How late Clio is with what it generates, by the sandbox's clock.
const LATE: Duration = Duration::from_secs(120);
/// The stage whose automation generates the document, and what it is called.
const STAGE: &str = "Pleading";
const PETITION: &str = "Petition.docx";
const DRAFTS: &str = "/v1/connections/firm/drafts";

/// What the firm keeps of a matter in Clio.
const FIELDS: [(&str, &str, &str); 4] = [
    ("Court", "text_line", "District Court, Travis County"),
    ("Case number", "text_line", "D-1-GN-26-004711"),
    ("Filing date", "date", "2026-12-01"),
    ("Damages", "currency", "48250.00"),
];

/// A firm with a matter that is to be litigated, and who works on it.
struct Story {
    firm: Firm,
    serving: Serving,
    matter: u64,
    stage: u64,
    /// The workflow's key: it reads and writes, and approves nothing.
    workflow: String,
    /// A lawyer's: it reads and approves.
    lawyer: String,
}

impl Story {
    async fn begin() -> Self {
        let firm = Firm::new().await;
        let control = &firm.world.control;
        control.seed(Seed {
            users: vec![SeedUser::new("Dana", "Ortiz", true)],
            ..Seed::empty()
        });
        let users = control.snapshot().users;
        let attorney = users.iter().find(|user| user.name == "Dana Ortiz").unwrap();
        let attorney = attorney.id;
        let area = control.add_practice_area("Litigation");
        let intake = control.add_stage(area, "Intake");
        let stage = control.add_stage(area, STAGE);
        let client = control.add_contact(NewContact::person("Rosa", "Marin"));
        let driver = control.add_contact(NewContact::person("Karl", "Winter"));
        let values = FIELDS.map(|(name, kind, value)| {
            let field = control.add_custom_field(NewCustomField::new(name, "Matter", kind));
            (field, Some(value.to_owned()))
        });
        let matter = control.add_matter(NewMatter {
            practice_area: Some(area),
            stage: Some(intake),
            responsible_attorney: Some(attorney),
            values: values.to_vec(),
            ..NewMatter::of(client, "Marin v. Harbor Freight Lines")
        });
        control.add_relationship(&NewRelationship {
            matter,
            contact: driver,
            description: "Witness".to_owned(),
        });
        control.add_stage_automation(NewAutomation {
            stage,
            name: PETITION.to_owned(),
            content: Some(GENERATED.to_vec()),
            after: LATE,
        });
        let workflow = firm.world.key(&["read", "write"], &["firm"]).await;
        let lawyer = firm.world.key(&["read", "approve"], &["firm"]).await;
        let serving = firm.serve_and_subscribe().await;
        Self {
            firm,
            serving,
            matter,
            stage,
            workflow,
            lawyer,
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

    /// Uploads bytes, and names them as an input does.
    async fn content(&self, bytes: &[u8]) -> Value {
        let authorization = format!("Bearer {}", self.workflow);
        let headers = [("Authorization", authorization.as_str())];
        let path = "/v1/connections/firm/uploads";
        let upload = self.serving.send("POST", path, &headers, bytes).await;
        let upload = upload.expect_status(201).json();
        json!({"source": {"upload": upload["id"]}})
    }

    /// What a document in Clio says, beside the firm's template.
    async fn inspected(&self, document: u64) -> Value {
        let path = format!("/v1/connections/firm/documents/{document}/content");
        let bytes = self.serving.ask("GET", &path, &self.workflow, None).await;
        let bytes = bytes.expect_status(200).body;
        let input = json!({
            "content": self.content(&bytes).await, "template": self.content(TEMPLATE).await,
        });
        let inspected = self.call("inspect-document.inspect", &input).await;
        inspected.expect_status(200).json()
    }

    /// Fills the firm's template, and returns the content that was made.
    async fn filled(&self) -> Value {
        let template = self.content(TEMPLATE).await;
        let input = json!({"matter": self.matter, "template": {"content": template}});
        let filled = self.call("fill-document.fill", &input).await;
        let filled = filled.expect_status(200).json();
        assert_eq!(filled["unfilled"], json!([]), "{filled:#}");
        json!({"source": filled["content"]})
    }

    /// Asks for a review of a version of a document.
    async fn draft(&self, document: u64, content: &Value) -> Value {
        let mut draft = self.new_draft(document, content);
        draft["template"] = self.content(TEMPLATE).await;
        let added = self
            .serving
            .ask("POST", DRAFTS, &self.workflow, Some(&draft))
            .await;
        added.expect_status(201).json()
    }

    fn new_draft(&self, document: u64, content: &Value) -> Value {
        json!({
            "matter": self.matter, "version_of": document, "name": PETITION, "content": content,
        })
    }

    async fn decide(&self, draft: &Value, what: &str) {
        let path = format!("{DRAFTS}/{}/{what}", draft["id"].as_str().unwrap());
        let body = json!({"name": "Dana Ortiz", "sha256": draft["sha256"]});
        let decided = self
            .serving
            .ask("POST", &path, &self.lawyer, Some(&body))
            .await;
        decided.expect_status(200);
    }

    async fn stands(&self, draft: &Value) -> Value {
        let path = format!("{DRAFTS}/{}", draft["id"].as_str().unwrap());
        let found = self.serving.ask("GET", &path, &self.workflow, None).await;
        found.expect_status(200).json()
    }

    /// Uploads a draft as a version of a document.
    async fn put(&self, document: u64, draft: &Value) -> Answer {
        let content = json!({"source": {"draft": draft["id"]}});
        let input = upload(&json!({"document": document}), &content);
        self.call("upload-document.upload", &input).await
    }

    fn document(&self, id: u64) -> DocumentState {
        let documents = self.firm.world.control.snapshot().documents;
        documents.into_iter().find(|it| it.id == id).unwrap()
    }

    /// Asserts that an upload was refused for want of a review, and that nothing of it
    /// reached Clio.
    #[track_caller]
    fn assert_refused(&self, what: &str, refused: Answer, writes: usize) {
        let told = refused.expect_status(422).json();
        assert_eq!(told["code"], "review_required", "{what}: {told:#}");
        assert_eq!(self.firm.world.writes(), writes, "{what}");
    }
}

/// An upload's input, but for where it comes from.
fn upload(parent: &Value, content: &Value) -> Value {
    json!({
        "source_id": "petitions:1", "parent": parent, "name": PETITION, "content": content,
        "on_change": "new_version",
    })
}

#[tokio::test]
async fn a_document_that_was_generated_blank_is_filled_approved_and_put_back() {
    let story = Story::begin().await;
    let document = story.generated().await;

    // Blank: it names the client, and none of what the firm keeps of the matter.
    let blank = story.inspected(document).await;
    assert!(blank["text"].as_str().unwrap().contains("Rosa Marin"));
    let left = unfilled(&blank);
    for (name, _, _) in FIELDS {
        let left = left.iter().any(|it| it.contains(name));
        assert!(left, "{name} is unfilled: {blank:#}");
    }

    let content = story.filled().await;
    let draft = story.draft(document, &content).await;
    assert_eq!(draft["status"], "waiting");
    assert_eq!(draft["made_by"], "fill-document");
    let early = story.put(document, &draft).await;
    let writes = story.firm.world.writes();
    story.assert_refused("nobody approved it", early, writes);
    assert_eq!(story.document(document).versions.len(), 1);

    story.decide(&draft, "approve").await;
    let put = story.put(document, &draft).await.expect_status(200).json();
    assert_eq!(put["id"], document);
    assert_eq!(put["disposition"], "new_version");
    let stands = story.document(document);
    assert_eq!(stands.versions.len(), 2);
    let latest = stands.latest().unwrap();
    assert_eq!(latest.sha256.as_deref(), draft["sha256"].as_str());
    let there = story.inspected(document).await;
    assert!(unfilled(&there).is_empty(), "{there:#}");
    let text = there["text"].as_str().unwrap();
    for expected in [
        "IN THE DISTRICT COURT, TRAVIS COUNTY",
        "D-1-GN-26-004711",
        "Karl Winter will testify.",
        "48,250.00",
        "Dana Ortiz",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let stands = story.stands(&draft).await;
    assert_eq!(
        (&stands["status"], &stands["document"]),
        (&json!("uploaded"), &json!(document))
    );
    // Once more is once.
    let again = story.put(document, &draft).await.expect_status(200).json();
    assert_eq!(again["disposition"], "linked");
    assert_eq!(story.document(document).versions.len(), 2);

    audited(&story, &draft).await;
    story.firm.world.finish();
}

/// The names of the places of a document that have no value.
fn unfilled(inspected: &Value) -> Vec<String> {
    let places = inspected["placeholders"].as_array().unwrap().iter();
    let left = places.filter(|place| place["filled"] == false);
    left.map(|place| place["name"].as_str().unwrap().to_owned())
        .collect()
}

/// The audit shows each step, in its order, and the digest of what went. That Clio told
/// of the matter stands among the runs: who forges deliveries fills no audit.
async fn audited(story: &Story, draft: &Value) {
    let log = story.firm.world.clio(&["log", "--json"]).await;
    let rows: Vec<Value> = serde_json::from_str(&log.expect_code(0).stdout).unwrap();
    let mut done: Vec<&Value> = rows.iter().filter(|row| row["status"] == "done").collect();
    done.sort_by_key(|row| row["row"].as_u64());
    let mut from = 0;
    for action in [
        "detect-documents",
        "read-document",
        "inspect-document",
        "fill-document",
        "draft-add",
        "draft-approve",
        "upload-document",
    ] {
        let at = done[from..].iter().position(|row| row["action"] == action);
        let at = at.unwrap_or_else(|| panic!("no {action} from {from} on in {rows:#?}"));
        if action.starts_with("draft-") {
            let row = done[from + at].to_string();
            assert!(row.contains(draft["sha256"].as_str().unwrap()), "{row}");
        }
        from += at + 1;
    }
    let approved = done.iter().find(|row| row["action"] == "draft-approve");
    let approved = approved.unwrap().to_string();
    assert!(approved.contains("Dana Ortiz"), "{approved}");
    let whole = json!(rows).to_string();
    for said in ["Travis", "Marin", "Winter", "48250"] {
        assert!(!whole.contains(said), "the audit holds {said}");
    }
}

#[tokio::test]
async fn what_nobody_approved_for_this_place_is_refused() {
    let story = Story::begin().await;
    let document = story.generated().await;
    let content = story.filled().await;
    let draft = story.draft(document, &content).await;
    let sha256 = draft["sha256"].as_str().unwrap();
    let writes = story.firm.world.writes();

    // Another document of the firm's, in another matter.
    let other = story.firm.world.add_matter();
    let theirs = story.firm.world.add_document(other, PETITION);
    let mut elsewhere = story.new_draft(theirs, &content);
    let wrong = story
        .serving
        .ask("POST", DRAFTS, &story.workflow, Some(&elsewhere))
        .await;
    assert_eq!(wrong.expect_status(422).json()["code"], "invalid_input");
    elsewhere["matter"] = other.into();
    let elsewhere = story
        .serving
        .ask("POST", DRAFTS, &story.workflow, Some(&elsewhere))
        .await
        .expect_status(201)
        .json();
    story.decide(&elsewhere, "approve").await;
    let refused = story.put(document, &elsewhere).await;
    story.assert_refused("approved for another matter", refused, writes);

    // A caller's own approval, with all that the true one would say.
    let approval = json!({"approver": "Dana Ortiz", "at": draft["created"], "sha256": sha256});
    let mut brought = upload(&json!({"document": document}), &content);
    brought["provenance"] = json!({"draft": approval});
    let refused = story.call("upload-document.upload", &brought).await;
    story.assert_refused("the caller's own approval", refused, writes);

    // What was generated, as a person's.
    let mut passed_off = upload(&json!({"matter": story.matter}), &content);
    passed_off["provenance"] = "from_person".into();
    let refused = story.call("upload-document.upload", &passed_off).await;
    story.assert_refused("a draft passed off as a person's", refused, writes);

    // Altered by one byte once it was approved: as an upload under the approval, as a
    // draft of its own, and where the queue keeps it.
    story.decide(&draft, "approve").await;
    let path = format!("{DRAFTS}/{}/content", draft["id"].as_str().unwrap());
    let bytes = story.serving.ask("GET", &path, &story.workflow, None).await;
    let mut altered = bytes.expect_status(200).body;
    let last = altered.len() - 1;
    altered[last] ^= 1;
    let altered = story.content(&altered).await;
    brought["content"] = altered.clone();
    let refused = story.call("upload-document.upload", &brought).await;
    story.assert_refused("altered under the approval", refused, writes);
    let anew = story.new_draft(document, &altered);
    let anew = story
        .serving
        .ask("POST", DRAFTS, &story.workflow, Some(&anew))
        .await;
    let anew = anew.expect_status(201).json();
    assert_eq!(anew["status"], "waiting");
    let refused = story.put(document, &anew).await;
    story.assert_refused("altered as a draft of its own", refused, writes);
    let kept = story.firm.world.home().join("drafts");
    let kept = kept.join(draft["id"].as_str().unwrap());
    let sealed = std::fs::read(&kept).unwrap();
    let mut edited = sealed.clone();
    edited[sealed.len() / 2] ^= 1;
    std::fs::write(&kept, &edited).unwrap();
    let broken = story.put(document, &draft).await;
    assert!(broken.status >= 400, "{broken:#?}");
    assert_eq!(story.document(document).versions.len(), 1);
    std::fs::write(&kept, &sealed).unwrap();

    // Taken back, rejected, expired.
    story.decide(&draft, "reject").await;
    let writes = story.firm.world.writes();
    let refused = story.put(document, &draft).await;
    story.assert_refused("rejected", refused, writes);
    let mut brief = story.new_draft(document, &content);
    brief["expires_in"] = 1.into();
    let brief = story
        .serving
        .ask("POST", DRAFTS, &story.workflow, Some(&brief))
        .await;
    let brief = brief.expect_status(201).json();
    story.decide(&brief, "approve").await;
    story
        .firm
        .wait("it expires", || async {
            story.stands(&brief).await["status"] == "expired"
        })
        .await;
    let refused = story.put(document, &brief).await;
    story.assert_refused("expired", refused, writes);

    assert_eq!(story.document(document).versions.len(), 1);
    assert_eq!(story.document(theirs).versions.len(), 1);
    story.firm.world.finish();
}
