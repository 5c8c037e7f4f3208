//! What the command says of itself, and of mistakes in its arguments.

use super::*;

#[test]
fn help_is_no_failure_and_says_how_the_command_ends() {
    let clio = Clio::new();
    let help = clio.run(&["--help"]);
    ended(&help, 0);
    for part in [
        "CLIO_ORIGIN",
        "CLIO_ACCESS_TOKEN",
        "CLIO_HOME",
        "Exit codes:",
        "75 ",
    ] {
        assert!(stdout(&help).contains(part), "{part}");
    }
    let sync = clio.run(&["sync", "--help"]);
    ended(&sync, 0);
    assert!(stdout(&sync).contains("the worst outcome of the run decides"));
    ended(&clio.run(&["--version"]), 0);
}

#[test]
fn mistakes_in_the_arguments_are_usage() {
    let clio = Clio::new();
    for arguments in [
        &[][..],
        &["frobnicate"],
        &["actions", "--frobnicate"],
        &["run", "sync-contact"],
        &["sync"],
        &["sync", "case.json", "--at-once", "0"],
        &["run", "sync-contact", "--input", "{}", "--deadline", "soon"],
    ] {
        let output = clio.run(arguments);
        assert_eq!(
            output.status.code(),
            Some(64),
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn the_actions_are_listed_for_people_and_for_programs() {
    let clio = Clio::new();
    let table = clio.run(&["actions"]);
    ended(&table, 0);
    let json = clio.run(&["actions", "--json"]);
    ended(&json, 0);
    let descriptions: Value = serde_json::from_str(&stdout(&json)).unwrap();
    let names: Vec<&str> = descriptions
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "sync-contact",
            "create-matter",
            "upload-document",
            "find-documents",
            "detect-documents",
            "setup-markers",
            "check-connection",
            "custom-fields",
            "update-matter",
            "pull-matters",
            "lookup",
            "webhooks",
            "receive-webhook",
            "read-document",
            "generate-document",
            "fill-document",
            "inspect-document"
        ]
    );
    for name in names {
        assert!(stdout(&table).contains(name), "{name}");
    }
}

#[test]
fn a_description_is_json_when_a_program_reads_it() {
    let clio = Clio::new();
    let output = clio.run(&["describe", "upload-document"]);
    ended(&output, 0);
    let description: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(description["functions"][0]["name"], "upload");
    assert!(description["functions"][0]["input"].is_object());
    let unknown = clio.run(&["describe", "delete-everything"]);
    ended(&unknown, 64);
    assert!(stderr(&unknown).contains("sync-contact"));
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let clio = Clio::new();
    let mut child = clio
        .command(&["actions", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
}
