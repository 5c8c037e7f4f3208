//! Who or what a case means: identifiers that stand for somebody else, clients
//! of several cases, several processes and several homes.

mod named;
mod readings;
mod stands_for;
mod together;

use clio_tests::{CommandOutput, World};
use serde_json::{Value, json};

use crate::setup_markers::Markers;

/// A second machine's home.
pub(crate) struct Elsewhere(tempfile::TempDir);

impl Elsewhere {
    pub(crate) async fn new(world: &World, markers: Markers) -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        if markers == Markers::With {
            home.clio(world, &["setup"]).await.expect_code(0);
        }
        home
    }

    pub(crate) async fn clio(&self, world: &World, arguments: &[&str]) -> CommandOutput {
        let home = [("CLIO_HOME", self.0.path().to_str().unwrap())];
        world.clio_with(arguments, &home, None).await
    }

    pub(crate) async fn sync(&self, world: &World, path: &str) -> CommandOutput {
        self.clio(world, &["sync", path, "--json"]).await
    }
}

pub(crate) async fn sync(world: &World, path: &str) -> CommandOutput {
    world.clio(&["sync", path, "--json"]).await
}

pub(crate) fn file(world: &World, name: &str, case: &Value) -> String {
    let path = world.file(name, case.to_string());
    path.to_str().unwrap().to_owned()
}

/// A world with a document to upload.
pub(crate) async fn world(markers: Markers) -> World {
    let world = World::new().await;
    markers.set_up(&world).await;
    world.file("letter.pdf", "%PDF-1.4 a letter");
    world
}

pub(crate) fn counts(world: &World) -> (usize, usize, usize) {
    let snapshot = world.control.snapshot();
    (
        snapshot.contacts.len(),
        snapshot.matters.len(),
        snapshot.documents.len(),
    )
}

pub(crate) fn gail() -> Value {
    json!({
        "source_id": "intake:950",
        "client": {"first_name": "Gail", "last_name": "Orr", "email": "gail@orr.example"},
        "matter": {"title": "Orr v. City"},
    })
}

pub(crate) fn bob() -> Value {
    json!({
        "source_id": "intake:950",
        "client": {"first_name": "Bob", "last_name": "Cruz", "email": "bob@cruz.example"},
        "matter": {"title": "Cruz divorce"},
        "documents": [{"source_id": "letter", "file": "letter.pdf", "approved": true}],
    })
}

/// What is refused is told with its candidate, and the way out, and nothing of
/// it came to Clio.
#[track_caller]
pub(crate) fn is_refused(world: &World, output: CommandOutput, record: &str, candidate: u64) {
    let output = output.expect_code(1);
    let report = output.json();
    let line = &report[record];
    assert_eq!(line["status"], "failed", "{report}");
    let problem = &line["error"]["permanent"];
    assert_eq!(problem["code"], "ambiguous", "{report}");
    assert_eq!(problem["candidates"], json!([candidate]), "{report}");
    let next = line["next"].as_str().unwrap();
    for way in ["source_id", "\"id\": ", "--forget"] {
        assert!(next.contains(way), "{next}");
    }
    let told = format!("{}{}", output.stdout, output.stderr);
    assert!(!told.contains("known_id"), "{told}");
    for name in ["Gail", "Orr", "Bob", "Cruz"] {
        assert!(!told.contains(name), "{told}");
    }
    assert_eq!(report["documents"][0]["status"], "not_tried", "{report}");
    assert_eq!(world.writes(), 0, "{:?}", world.requests());
}

/// Cases of one client, each with a matter of its own.
pub(crate) fn case_of(client: &Value, number: usize) -> Value {
    json!({
        "source_id": format!("intake:{number}"),
        "client": client,
        "matter": {"title": format!("Matter {number}")},
    })
}
