//! The commands that run on: the sandbox and the demo.

use super::*;

#[cfg(unix)]
#[test]
fn a_sandbox_prints_where_it_is_and_ends_by_ctrl_c() {
    let clio = Clio::new();
    let mut child = clio
        .command(&["sandbox"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    let place: Value = serde_json::from_str(&line).unwrap();
    let origin = place["origin"].as_str().unwrap();
    assert!(origin.starts_with("http://127.0.0.1:"), "{origin}");

    let synced = clio
        .command(&["run", "sync-contact", "--input", "-"])
        .env("CLIO_ORIGIN", origin)
        .env("CLIO_ACCESS_TOKEN", place["token"].as_str().unwrap())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .and_then(|mut run| {
            let input = r#"{"source_id":"i:1","contact":{"person":{"last_name":"Lee"}}}"#;
            run.stdin.take().unwrap().write_all(input.as_bytes())?;
            run.wait_with_output()
        })
        .unwrap();
    assert_eq!(synced.status.code(), Some(0));
    let outcome: Value = serde_json::from_str(&stdout(&synced)).unwrap();
    assert_eq!(outcome["disposition"], "created", "{outcome}");

    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "nothing but the one line is printed");
}

#[test]
fn the_demo_verifies_its_own_story_within_one_minutes_budget() {
    let clio = Clio::new();
    let output = clio.run(&["demo"]);
    ended(&output, 0);
    let story = stdout(&output);
    let used = story
        .lines()
        .find(|line| line.contains("requests"))
        .unwrap_or_default();
    assert!(!used.is_empty(), "{story}");
    assert!(
        !story.contains('\u{1b}'),
        "a pipe gets no control sequences: {story}"
    );
    assert!(clio.left().is_empty(), "the demo keeps nothing");
}

#[test]
fn the_demo_of_a_draft_ends_with_its_approval_in_clio_and_in_the_audit() {
    let clio = Clio::new();
    let output = clio.run(&["demo", "--story", "litigation"]);
    ended(&output, 0);
    let story = stdout(&output);
    for expected in [
        "approved by Dana Ortiz",
        "it is the one that was approved, byte for byte",
        "no row was altered",
    ] {
        assert!(story.contains(expected), "{expected}: {story}");
    }
    assert!(clio.left().is_empty(), "the demo keeps nothing");
}
