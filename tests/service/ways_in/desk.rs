//! A firm with drafts, and what is asked for them.

use std::io::{Read as _, Seek as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use clio_runner::account::Named;
use clio_runner::home::Home;
use clio_runner::journal::drafts::{Draft, Status};
use clio_runner::journal::instant;
use clio_runner::review::{self, NewDraft};
use clio_runner::session::Session;
use clio_tests::{Serving, World};
use serde_json::{Value, json};

/// The matter that all is asked for: the first that the sandbox makes.
pub(super) const MATTER: u64 = 1_200_000_001;

static NEXT: AtomicU32 = AtomicU32::new(1);

pub(super) struct Desk {
    pub(super) world: World,
    pub(super) session: Session,
    pub(super) service: Option<(Serving, String)>,
}

/// What an upload brings.
#[derive(Debug, Clone)]
pub(super) enum Brings {
    /// The id of a draft.
    Draft(String),
    /// Bytes: a person's, or with an approval of the caller's own.
    Bytes(Vec<u8>, Option<Value>),
}

#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) number: u32,
    pub(super) brings: Brings,
}

impl Asked {
    pub(super) fn new(brings: Brings) -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { number, brings }
    }

    pub(super) fn source_id(&self) -> String {
        format!("ways:{}", self.number)
    }

    pub(super) fn name(&self) -> String {
        format!("Petition {}.txt", self.number)
    }

    /// As the contract has it, with the content from this source.
    pub(super) fn input(&self, source: Value) -> Value {
        let mut input = json!({"source_id": self.source_id(), "parent": {"matter": MATTER},
            "name": self.name(), "content": {"source": source}});
        if let Brings::Bytes(_, approval) = &self.brings {
            input["provenance"] = match approval {
                Some(approval) => json!({"draft": approval}),
                None => json!("from_person"),
            };
        }
        input
    }

    /// As a document of a case, with the file that it names where it does.
    pub(super) fn document(&self) -> (Value, Option<(String, Vec<u8>)>) {
        let mut document = json!({"source_id": self.source_id(), "name": self.name(),
            "approved": true});
        match &self.brings {
            Brings::Draft(id) => {
                document["draft"] = id.clone().into();
                (document, None)
            }
            Brings::Bytes(bytes, approval) => {
                let file = format!("{}.txt", self.number);
                document["file"] = file.clone().into();
                if let Some(approval) = approval {
                    document["approval"] = approval.clone();
                }
                (document, Some((file, bytes.clone())))
            }
        }
    }
}

impl Desk {
    pub(super) async fn new() -> Self {
        let world = World::without_rate_limit().await;
        world.connect_as("firm", &[]).await.expect_code(0);
        let case = Self::case(&[]).to_string();
        let path = world.file("first.json", case);
        let made = [
            "sync",
            path.to_str().unwrap(),
            "--connection",
            "firm",
            "--json",
        ];
        let report = world.clio(&made).await.expect_code(0).json();
        assert_eq!(report["matter"]["id"], MATTER);
        let home = Home::at(world.home());
        let session = Session::open(&home, &Named::connection("firm"))
            .await
            .unwrap();
        Self {
            world,
            session,
            service: None,
        }
    }

    /// The same with a service that watches a folder.
    pub(super) async fn serving() -> Self {
        let mut desk = Self::new().await;
        let folder = desk.watched();
        std::fs::create_dir(&folder).unwrap();
        let settings = format!(
            "[connections.firm]\nwatch = {:?}\n",
            folder.to_str().unwrap()
        );
        std::fs::write(desk.world.home().join("serve.toml"), settings).unwrap();
        let key = desk.world.key(&["read", "write"], &["firm"]).await;
        desk.service = Some((desk.world.serve(&[]).await, key));
        desk
    }

    pub(super) async fn end(mut self) {
        if let Some((serving, _)) = self.service.take() {
            serving.end().await;
        }
        self.world.finish();
    }

    pub(super) fn watched(&self) -> std::path::PathBuf {
        self.world.home().join("intake")
    }

    /// The firm's case with these documents: always the same client and matter.
    pub(super) fn case(documents: &[Value]) -> Value {
        let mut case = clio_tests::case_of("ways", "Lee", &[]);
        case["documents"] = documents.into();
        case
    }

    fn add(&self, matter: u64, what: &str, life: Option<Duration>) -> String {
        let connection = self.session.account.connection.label();
        let new = NewDraft {
            owner: &self.session.account.scope,
            connection: &connection,
            matter,
            version_of: None,
            name: "Petition.txt",
            media_type: "",
            made_by: "a drafter",
            template: None,
            life,
        };
        let text = format!(
            "A draft {what}, number {}",
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let (home, journal) = (&self.session.home, &self.session.journal);
        review::add(home, journal, &new, text.as_bytes())
            .unwrap()
            .0
            .id
    }

    pub(super) fn draft(&self, matter: u64, what: &str) -> String {
        self.add(matter, what, None)
    }

    /// One that was approved, and whose time is over since.
    pub(super) fn expired(&self, what: &str) -> String {
        let life = Duration::from_millis(400);
        let id = self.add(MATTER, what, Some(life));
        self.approve(&id);
        while self.found(&id).status != Status::Expired {
            std::thread::sleep(life / 20);
        }
        id
    }

    pub(super) fn found(&self, id: &str) -> Draft {
        let owner = &self.session.account.scope;
        review::found(&self.session.journal, owner, id).unwrap()
    }

    pub(super) fn approve(&self, id: &str) {
        let owner = &self.session.account.scope;
        review::approve(&self.session.journal, owner, id, "A. Lee", None).unwrap();
    }

    pub(super) fn reject(&self, id: &str) {
        let owner = &self.session.account.scope;
        review::reject(&self.session.journal, owner, id, "A. Lee").unwrap();
    }

    pub(super) fn bytes(&self, id: &str) -> Vec<u8> {
        let draft = self.found(id);
        let journal = Arc::clone(&self.session.journal);
        let opened = review::open(&self.session.home, &journal, &draft).unwrap();
        opened.whole(&draft).unwrap()
    }

    /// An approval as a caller writes one: of a draft that was approved its very own.
    pub(super) fn approval_by_hand(&self, id: &str) -> Value {
        let draft = self.found(id);
        let (by, at) = match &draft.decision {
            Some(decision) => (decision.by.clone(), decision.at),
            None => ("A. Lee".to_owned(), draft.created),
        };
        json!({"approver": by, "at": instant(at), "sha256": draft.about.sha256})
    }

    /// Turns a bit of a draft's bytes where they lie.
    pub(super) fn corrupt(&self, id: &str) {
        let path = self.session.home.drafts().unwrap().join(id);
        let mut file = std::fs::File::options()
            .read(true)
            .write(true)
            .open(path)
            .unwrap();
        let mut byte = [0];
        file.seek(std::io::SeekFrom::Start(30)).unwrap();
        file.read_exact(&mut byte).unwrap();
        file.seek(std::io::SeekFrom::Start(30)).unwrap();
        file.write_all(&[byte[0] ^ 1]).unwrap();
    }

    /// That no document was begun and no byte of one left, since the trace was
    /// cleared.
    #[track_caller]
    pub(super) fn nothing_went(&self, what: &str) {
        let stored = self.world.storage();
        assert!(stored.is_empty(), "{what}: {stored:#?}");
        for exchange in self.world.api() {
            let begins = exchange.method != "GET" && exchange.path.contains("/documents");
            assert!(!begins, "{what}: {exchange:#?}");
        }
    }
}
