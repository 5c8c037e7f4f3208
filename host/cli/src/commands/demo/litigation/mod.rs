//! The story of a document that Clio generated late and blank: a firm's own program
//! has it filled, a person approves it, and it goes back as a version of itself.
//!
//! The program is what this file does over the service's API. The service has no
//! workflow in it: it tells what is new, and lets through what a person approved.

mod firm;
mod http;
mod office;
mod program;

use std::time::{Duration, Instant};

use clio_runner::failure::Failure;
use clio_sandbox::{Config, Control, DocumentState, RateLimit, Sandbox, Seed};
use serde_json::{Value, json};

use super::narrator::Narrator;
use crate::commands::sandbox;
use firm::{LATE, Matter, PETITION, STAGE, TEMPLATE};
use http::Answer;
use office::Office;
use program::Program;

/// How long the service may take for anything here.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(50);
/// The lawyer who reads and approves.
const LAWYER: &str = "Dana Ortiz";

/// Tells it.
pub(super) async fn told() -> Result<(), Failure> {
    let tell = Narrator;
    tell.text("A document that Clio generated blank: filled, approved by a person, put back.")?;
    tell.text("Everything runs on this machine: a local Clio, and `clio serve` before it.")?;
    let work = tempfile::tempdir()
        .map_err(|error| Failure::host(format!("no temporary folder can be made: {error}")))?;
    let sandbox = sandbox::start(Config {
        seed: Seed::empty(),
        // An account's budget is another story's.
        rate_limit: RateLimit {
            limit: 1000,
            ..RateLimit::default()
        },
        ..Config::default()
    })
    .await?;
    let mut office = Office::new(work.path().join("home"), &sandbox)?;
    tell.chapter("1. A firm that litigates")?;
    let matter = firm::set_up(&tell, &sandbox.control())?;
    let story = Story::begin(tell, &sandbox, &mut office, matter).await?;
    let document = story.generated().await?;
    let template = story.is_blank(document).await?;
    let made = story.filled(&template).await?;
    let draft = story.waits(document, &made, &template).await?;
    story.approved(document, &draft, &made).await?;
    story.put_back(document, &draft).await?;
    story.audited(&draft).await
}

/// Everything that the chapters need.
#[derive(Debug)]
struct Story<'a> {
    tell: Narrator,
    control: Control,
    office: &'a Office,
    matter: Matter,
    /// The firm's program: reads and writes, and approves nothing.
    program: Program,
    /// What a lawyer of the firm approves with.
    lawyer: Program,
}

impl<'a> Story<'a> {
    /// Connects the firm, and starts the service.
    async fn begin(
        tell: Narrator,
        sandbox: &Sandbox,
        office: &'a mut Office,
        matter: Matter,
    ) -> Result<Self, Failure> {
        office.connect(sandbox.origin()).await?;
        let program = office.key("the workflow", &["read", "write"]).await?;
        let lawyer = office.key("the lawyers", &["read", "approve"]).await?;
        office.serve().await?;
        let story = Self {
            tell,
            control: sandbox.control(),
            office,
            matter,
            program: Program(program),
            lawyer: Program(lawyer),
        };
        let stand = waited(|| async {
            let told = story.program.listed("webhooks").await?;
            Ok(told.len() == 3 && told.iter().all(|it| it["status"] == "enabled"))
        });
        let says = "the firm is connected, and Clio's webhooks lead to `clio serve`";
        story.tell.claim(says, stand.await?)?;
        Ok(story)
    }

    /// The matter reaches its stage, and what Clio generates late is told.
    async fn generated(&self) -> Result<u64, Failure> {
        self.tell
            .chapter(&format!("2. The matter reaches {STAGE}"))?;
        let before = self.control.webhook_attempts().len();
        self.control.set_stage(self.matter.id, self.matter.stage);
        let arrived = waited(|| async {
            let attempts = self.control.webhook_attempts();
            Ok(attempts[before..].iter().any(|it| it.status == Some(200)))
        });
        let says = "Clio's webhook arrived at the service";
        self.tell.claim(says, arrived.await?)?;
        let early = self.program.new_documents().await?;
        self.tell
            .claim("no document is new yet", early.is_empty())?;
        self.control.advance(LATE);
        let minutes = LATE.as_secs() / 60;
        self.tell
            .fact(&format!("{minutes} minutes pass, on the sandbox's clock."))?;
        waited(|| async { Ok(!self.program.new_documents().await?.is_empty()) }).await?;
        let new = self.program.new_documents().await?;
        let id = new.first().and_then(|document| document["id"].as_u64());
        let id = id.unwrap_or_default();
        self.tell.claim(
            &format!("the service tells of it: {PETITION}, document {id}"),
            new.len() == 1 && new[0]["name"] == PETITION && new[0]["matter"] == self.matter.id,
        )?;
        Ok(id)
    }

    /// The document is compared with the firm's template, which lies at the service
    /// from then on.
    async fn is_blank(&self, document: u64) -> Result<Value, Failure> {
        self.tell.chapter("3. Is it blank? inspect-document")?;
        let template = self.program.upload(TEMPLATE.to_vec()).await?;
        let content = self.program.document(document).await?;
        let content = self.program.upload(content).await?;
        let input = json!({"content": content, "template": template});
        let found = self
            .program
            .call("inspect-document.inspect", &input)
            .await?;
        let found = found.json();
        let places = found["placeholders"].as_array().into_iter().flatten();
        let left: Vec<&str> = places
            .filter(|place| place["filled"] == false)
            .filter_map(|place| place["name"].as_str())
            .collect();
        self.tell
            .fact(&format!("without a value: {}", left.join(", ")))?;
        let named = |(name, _, _): &(&str, _, _)| left.iter().any(|it| it.contains(name));
        self.tell.claim(
            "it says the client's name, and nothing of what the firm keeps of the matter",
            found["text"]
                .as_str()
                .is_some_and(|text| text.contains(firm::CLIENT))
                && firm::FIELDS.iter().all(named),
        )?;
        Ok(template)
    }

    /// The firm's template is filled, and the content that was made is returned.
    async fn filled(&self, template: &Value) -> Result<Value, Failure> {
        self.tell
            .chapter("4. Filled from the matter's fields: fill-document")?;
        let input = json!({"matter": self.matter.id, "template": {"content": template}});
        let filled = self.program.call("fill-document.fill", &input).await?;
        let filled = filled.json();
        let unfilled = filled["unfilled"].as_array();
        self.tell.claim(
            "every placeholder has a value",
            unfilled.is_some_and(Vec::is_empty),
        )?;
        let sha256 = filled["sha256"].as_str().unwrap_or_default();
        self.tell.fact(&format!("made: SHA-256 {sha256}"))?;
        Ok(json!({"source": filled["content"]}))
    }

    /// It waits for a person, and nothing else lets it through.
    async fn waits(&self, document: u64, made: &Value, template: &Value) -> Result<Value, Failure> {
        self.tell.chapter("5. It waits for a person")?;
        let new = json!({
            "matter": self.matter.id, "version_of": document, "name": PETITION,
            "content": made, "template": template,
        });
        let draft = self.program.post("drafts", &new).await?.json();
        self.tell
            .claim("it is in the queue", draft["status"] == "waiting")?;
        let early = self.program.put(document, &draft["id"]).await?;
        self.refused("nobody has approved it: refused", &early)?;
        let person = self.program.as_a_persons(self.matter.id, made).await?;
        self.refused("as a person's own work: refused", &person)?;
        let id = draft["id"].as_str().unwrap_or_default();
        let own = json!({"name": LAWYER, "sha256": draft["sha256"]});
        let own = self
            .program
            .post(&format!("drafts/{id}/approve"), &own)
            .await?;
        self.tell.claim(
            "the program has no right to approve it: refused",
            own.status == 403,
        )?;
        Ok(draft)
    }

    /// A person reads it, and approves exactly its bytes.
    async fn approved(&self, document: u64, draft: &Value, made: &Value) -> Result<(), Failure> {
        self.tell.chapter("6. A lawyer reads and approves it")?;
        let id = draft["id"].as_str().unwrap_or_default();
        let read = self.lawyer.get(&format!("drafts/{id}/content")).await?.body;
        let said = json!({"name": LAWYER, "sha256": draft["sha256"]});
        let approved = self
            .lawyer
            .post(&format!("drafts/{id}/approve"), &said)
            .await?;
        let approved = approved.json();
        self.tell.fact(&format!(
            "approved by {}",
            approved["decided"]["by"].as_str().unwrap_or_default()
        ))?;
        self.tell.claim(
            "approved are exactly these bytes, for this document alone",
            approved["status"] == "approved" && approved["sha256"] == draft["sha256"],
        )?;
        let mut altered = read.to_vec();
        if let Some(last) = altered.last_mut() {
            *last ^= 1;
        }
        let altered = self.program.upload(altered).await?;
        let at = &approved["decided"]["at"];
        let brought = json!({"approver": LAWYER, "at": at, "sha256": draft["sha256"]});
        let altered = self.program.brings(document, &altered, &brought).await?;
        self.refused("altered by one byte: refused", &altered)?;
        let own = self.program.brings(document, made, &brought).await?;
        self.refused("with an approval that the caller brings: refused", &own)
    }

    async fn put_back(&self, document: u64, draft: &Value) -> Result<(), Failure> {
        self.tell
            .chapter("7. It goes back, as a version of the same document")?;
        let put = self.program.put(document, &draft["id"]).await?.json();
        self.tell.claim(
            &format!("document {document} has a new version"),
            put["id"] == document && put["disposition"] == "new_version",
        )?;
        let stands = self.document(document);
        let latest = stands.as_ref().and_then(DocumentState::latest);
        self.tell.claim(
            "it is the one that was approved, byte for byte",
            latest.is_some_and(|it| it.sha256.as_deref() == draft["sha256"].as_str()),
        )?;
        let again = self.program.put(document, &draft["id"]).await?.json();
        let versions = self.document(document).map(|it| it.versions.len());
        self.tell.claim(
            "once more changes nothing",
            again["disposition"] == "linked" && versions == Some(2),
        )?;
        self.tell.claim(
            "Clio knew every parameter and every field that was sent",
            self.control.ignored().is_empty(),
        )
    }

    /// What the firm's journal says of it all. Clio's delivery stands among the runs:
    /// who forges one fills no audit.
    async fn audited(&self, draft: &Value) -> Result<(), Failure> {
        self.tell.chapter("8. What the audit says: clio log")?;
        let heard = self.program.runs("delivery").await?;
        let of_matter = |run: &Value| run["what"] == "matter updated" && run["status"] == "done";
        let says = "Clio's delivery stands among the service's runs";
        self.tell.claim(says, heard.iter().any(of_matter))?;
        let log = self.office.clio(&["log", "--json"]).await?;
        let mut rows: Vec<Value> = serde_json::from_str(&log).unwrap_or_default();
        rows.sort_by_key(|row| row["row"].as_u64());
        let mut from = rows.as_slice();
        for action in STEPS {
            let at = from
                .iter()
                .position(|row| row["action"] == action && row["status"] == "done");
            let row = at.and_then(|at| from.get(at));
            let when = row.and_then(|row| row["at"].as_str()).unwrap_or_default();
            self.tell
                .claim(&format!("{when} {action}"), row.is_some())?;
            from = from.get(at.unwrap_or_default() + 1..).unwrap_or_default();
        }
        let sha256 = draft["sha256"].as_str().unwrap_or_default();
        self.tell.claim(
            "who approved, and what, stands there; what the document says does not",
            log.contains(LAWYER) && log.contains(sha256) && !log.contains(firm::CLIENT),
        )?;
        self.office.clio(&["log", "--verify"]).await?;
        self.tell
            .claim("no row was altered: clio log --verify", true)
    }

    fn document(&self, id: u64) -> Option<DocumentState> {
        let documents = self.control.snapshot().documents;
        documents.into_iter().find(|document| document.id == id)
    }

    fn refused(&self, says: &str, answer: &Answer) -> Result<(), Failure> {
        let told = answer.json();
        let code = told["code"].as_str().unwrap_or_default();
        self.tell
            .claim(&format!("{says} ({code})"), code == "review_required")
    }
}

/// The steps of the story, as the audit names them.
const STEPS: [&str; 7] = [
    "detect-documents",
    "read-document",
    "inspect-document",
    "fill-document",
    "draft-add",
    "draft-approve",
    "upload-document",
];

/// Looks until something is so; false where it takes too long.
async fn waited<F: Future<Output = Result<bool, Failure>>>(
    is_so: impl Fn() -> F,
) -> Result<bool, Failure> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if is_so().await? {
            return Ok(true);
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(false)
}
