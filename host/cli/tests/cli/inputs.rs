//! Accounts and inputs that cannot be used.

use super::*;

#[test]
fn without_an_account_the_next_step_is_named() {
    let clio = Clio::new();
    let input = r#"{"source_id":"i:1","contact":{"person":{"last_name":"Lee"}}}"#;
    let output = clio.run(&["run", "sync-contact", "--input", input]);
    ended(&output, 77);
    assert!(stderr(&output).contains("CLIO_ORIGIN"));
    assert!(stderr(&output).contains("clio sandbox"));

    let folder = tempfile::tempdir().unwrap();
    ended(&clio.run(&["sync", &right_case(folder.path())]), 77);
    assert!(clio.left().is_empty());
}

#[test]
fn a_token_is_not_sent_to_an_address_that_is_no_clio() {
    let clio = Clio::new();
    let output = clio
        .command(&["run", "find-documents", "--input", "{}"])
        .env("CLIO_ORIGIN", "https://app.clio.com.example")
        .env("CLIO_ACCESS_TOKEN", TOKEN)
        .output()
        .unwrap();
    ended(&output, 64);
    assert!(stderr(&output).contains("--allow-origin"));
}

#[test]
fn a_bad_input_is_told_before_an_account_is_needed() {
    let clio = Clio::new();
    for (arguments, part) in [
        (&["run", "sync-contact", "--input", "{"][..], "not JSON"),
        (&["run", "sync-contacts", "--input", "{}"], "no action"),
        (
            &["run", "sync-contact.frobnicate", "--input", "{}"],
            "sync-contact.sync",
        ),
        (
            &["run", "sync-contact", "--input", "@/absent.json"],
            "/absent.json",
        ),
        (
            &["run", "--component", "/absent.wasm", "--input", "{}"],
            "/absent.wasm",
        ),
        (
            &[
                "run",
                "find-documents",
                "--input",
                "{}",
                "--allow",
                "everything",
            ],
            "--allow",
        ),
    ] {
        let output = clio.run(arguments);
        ended(&output, 64);
        assert!(
            stderr(&output).contains(part),
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn an_input_of_the_wrong_form_is_an_envelope_and_usage() {
    let clio = Clio::new();
    let input = r#"{"source_id":"i:1","contact":{"person":{"last_nam":"Lee"}}}"#;
    let output = clio.run_connected(&["run", "sync-contact", "--input", input]);
    ended(&output, 64);
    let envelope: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let problem = &envelope["error"]["permanent"];
    assert_eq!(problem["code"], "invalid_input", "{envelope}");
    assert!(
        problem["field"]
            .as_str()
            .unwrap()
            .starts_with("/contact/person"),
        "{envelope}"
    );
}

#[test]
fn files_of_an_input_stay_inside_their_folder() {
    let clio = Clio::new();
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("files");
    fs::create_dir(&folder).unwrap();
    fs::write(root.path().join("secret"), TOKEN).unwrap();
    fs::write(folder.join("a.pdf"), "%PDF").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("../secret", folder.join("link.pdf")).unwrap();
    let run = |name: &str, files: bool| {
        let input = json!({"content": {"source": {"file": name}}}).to_string();
        let mut arguments = vec!["run", "upload-document", "--input", &input];
        if files {
            arguments.extend(["--files", folder.to_str().unwrap()]);
        }
        clio.run(&arguments)
    };
    for name in ["../secret", "/etc/passwd", "link.pdf", "absent.pdf", "."] {
        let output = run(name, true);
        ended(&output, 64);
        assert!(
            stderr(&output).contains("/content/source/file"),
            "{name}: {}",
            stderr(&output)
        );
    }
    let without = run("a.pdf", false);
    ended(&without, 64);
    assert!(stderr(&without).contains("--files DIR"));
    // Inside, only the account is missing.
    ended(&run("a.pdf", true), 77);
}

#[test]
fn inline_content_over_a_mebibyte_names_files() {
    let clio = Clio::new();
    let input = json!({"content": {"source": {"inline": "A".repeat(1_500_000)}}}).to_string();
    let mut child = clio
        .command(&["run", "upload-document", "--input", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    ended(&output, 64);
    assert!(
        stderr(&output).contains("--files DIR"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn an_account_that_cannot_be_reached_is_transient() {
    let clio = Clio::new();
    let input = r#"{"source_id":"i:1","contact":{"person":{"last_name":"Lee"}},
        "emails":[{"address":"lee@example.com"}]}"#;
    let output = clio.run_connected(&["run", "sync-contact", "--input", input]);
    ended(&output, 75);
    let envelope: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(
        envelope["error"]["transient"]["code"], "unavailable",
        "{envelope}"
    );
    assert!(
        !stderr(&output).contains("lee@example.com"),
        "{}",
        stderr(&output)
    );
}
