//! The built command against a sandbox: what a person does when the account is
//! not as an earlier run left it, when two runs meet, and when a component is
//! not one of ours.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use clio_sandbox::{
    Config, Control, Effect, Fault, NewContact, NewDocument, NewMatter, Place, Sandbox,
};
use serde_json::{Value, json};

struct Office {
    sandbox: Sandbox,
    control: Control,
    home: tempfile::TempDir,
}

impl Office {
    async fn open() -> Self {
        let sandbox = Sandbox::start(Config::default()).await.unwrap();
        let control = sandbox.control();
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("case")).unwrap();
        Self {
            sandbox,
            control,
            home,
        }
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.home.path().join("case").join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// A case with one document.
    fn case(&self) -> String {
        self.file("retainer.pdf", "%PDF-1.4 first");
        let case = json!({"source_id": "intake:17", "client": {"last_name": "Lee"},
            "matter": {"title": "Estate", "case_type": "Family"},
            "documents": [{"source_id": "retainer", "file": "retainer.pdf", "approved": true}]});
        self.file("case.json", &case.to_string())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_clio"));
        command
            .args(arguments)
            .env_clear()
            .env("CLIO_HOME", self.home.path())
            .env("CLIO_ORIGIN", self.sandbox.origin())
            .env("CLIO_ACCESS_TOKEN", self.sandbox.token())
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn lock(&self) -> PathBuf {
        let entries = fs::read_dir(self.home.path().join("locks")).unwrap();
        let mut paths = entries.map(|entry| entry.unwrap().path());
        paths
            .find(|path| path.extension().unwrap() == "lock")
            .unwrap()
    }
}

#[track_caller]
fn ended(output: &Output, code: i32) -> (String, String) {
    let told = String::from_utf8(output.stdout.clone()).unwrap();
    let aside = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{told}{aside}");
    (told, aside)
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_were_removed_are_looked_for_anew_only_on_request() {
    let office = Office::open().await;
    let case = office.case();
    ended(&office.run(&["sync", &case]), 0);
    let account = office.control.snapshot();
    office.control.delete_matter(account.matters[0].id);
    office.control.delete_contact(account.contacts[0].id);

    let (_, aside) = ended(&office.run(&["sync", &case]), 1);
    assert!(
        aside.contains("removed") && aside.contains("next: "),
        "{aside}"
    );
    assert!(office.control.snapshot().contacts.is_empty());

    ended(&office.run(&["sync", &case, "--forget"]), 0);
    let account = office.control.snapshot();
    assert_eq!((account.contacts.len(), account.matters.len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_becomes_a_version_on_request() {
    let office = Office::open().await;
    let case = office.case();
    ended(&office.run(&["sync", &case]), 0);
    office.file("retainer.pdf", "%PDF-1.4 second");
    let output = office.run(&["sync", &case, "--on-change", "new-version", "--json"]);
    let report: Value = serde_json::from_str(&ended(&output, 0).0).unwrap();
    assert_eq!(report["documents"][0]["status"], "new_version", "{report}");
    let account = office.control.snapshot();
    assert_eq!(account.documents.len(), 1);
    assert_eq!(account.documents[0].versions.len(), 2);

    let again = office.run(&["sync", &case, "--on-change", "new-version", "--json"]);
    let report: Value = serde_json::from_str(&ended(&again, 0).0).unwrap();
    assert_eq!(report["documents"][0]["status"], "linked", "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_waits_for_the_first_and_then_has_nothing_to_do() {
    let office = Office::open().await;
    let case = office.case();
    let slow = Effect::Delay {
        by: std::time::Duration::from_millis(1500),
    };
    office.control.fault(Fault::next("POST", "/contacts", slow));
    let first = office
        .command(&["sync", &case, "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while office.control.count("POST", "/contacts") == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let pid = first.id();
    // The outbox tells by the case's own lock that a process works on it.
    let (waiting, _) = ended(&office.run(&["retry", "--json"]), 0);
    let waiting: Value = serde_json::from_str(&waiting).unwrap();
    assert_eq!(waiting[0]["status"], "running", "{waiting}");
    let (report, aside) = ended(&office.run(&["sync", &case, "--json"]), 0);
    assert!(aside.contains(&format!("process {pid}")), "{aside}");
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["contact"]["status"], "linked", "{report}");
    ended(&first.wait_with_output().unwrap(), 0);
    assert_eq!(office.control.snapshot().contacts.len(), 1);
    assert!(office.lock().exists(), "the lock's file stays");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_a_sync_which_the_next_run_takes_up() {
    let office = Office::open().await;
    let case = office.case();
    let held = Effect::Delay {
        by: std::time::Duration::from_secs(60),
    };
    office
        .control
        .fault(Fault::next("POST", "/documents", held));
    let child = office
        .command(&["sync", &case])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while office.control.count("POST", "/documents") == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    let (_, aside) = ended(&child.wait_with_output().unwrap(), 130);
    assert!(aside.contains("run the same again"), "{aside}");
    office.control.clear_faults();
    ended(&office.run(&["sync", &case]), 0);
    let account = office.control.snapshot();
    let counts = (
        account.contacts.len(),
        account.matters.len(),
        account.documents.len(),
    );
    assert_eq!(counts, (1, 1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_file_runs_within_the_rules_that_the_person_gives() {
    let office = Office::open().await;
    let client = office.control.add_contact(NewContact::person("Bo", "Chan"));
    let matter = office.control.add_matter(NewMatter::of(client, "Chan"));
    let document =
        NewDocument::complete("a.pdf", b"abc").external_property("source-id", "intake:17/a");
    office
        .control
        .add_document(Place::Matter(matter), document)
        .unwrap();
    let component = office.home.path().join("find.wasm");
    fs::write(
        &component,
        clio_catalog::action("find-documents").unwrap().component(),
    )
    .unwrap();
    let input = json!({"scope": {"matter": matter}, "source_ids": ["intake:17/a", "intake:17/b"]});
    let input = input.to_string();
    let run = |more: &[&str]| {
        let component = component.to_str().unwrap();
        let mut arguments = vec!["run", "--component", component, "--input", &input];
        arguments.extend(more);
        office.run(&arguments)
    };
    let (states, _) = ended(&run(&["find"]), 0);
    let states: Value = serde_json::from_str(&states).unwrap();
    assert_eq!(states[0]["status"], "complete", "{states}");
    assert_eq!(states[1]["status"], "absent", "{states}");

    let (envelope, aside) = ended(&run(&["--allow", "GET /api/v4/contacts.json"]), 1);
    let envelope: Value = serde_json::from_str(&envelope).unwrap();
    assert_eq!(
        envelope["error"]["permanent"]["code"], "denied_by_policy",
        "{envelope}"
    );
    let rule = envelope["denied"][0]["rule"].as_str().unwrap();
    assert!(rule.contains("GET /api/v4/documents.json"), "{envelope}");
    assert!(aside.contains("GET /api/v4/documents.json"), "{aside}");

    fs::write(&component, "no component").unwrap();
    let (envelope, _) = ended(&run(&[]), 70);
    assert!(envelope.contains("\"instantiation\""), "{envelope}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_a_person_sets_ends_the_call_as_the_runners_failure() {
    let office = Office::open().await;
    let held = Effect::Delay {
        by: std::time::Duration::from_secs(60),
    };
    office.control.fault(Fault::next("GET", "/contacts", held));
    let input = r#"{"source_id":"i:1","contact":{"person":{"last_name":"Lee"}},
        "emails":[{"address":"lee@example.com"}]}"#;
    let arguments = [
        "run",
        "sync-contact",
        "--input",
        input,
        "--deadline",
        "300ms",
    ];
    let (envelope, aside) = ended(&office.run(&arguments), 70);
    let envelope: Value = serde_json::from_str(&envelope).unwrap();
    assert_eq!(
        envelope["error"]["execution_failed"]["cause"], "deadline",
        "{envelope}"
    );
    assert!(aside.contains("next: "), "{aside}");
}
