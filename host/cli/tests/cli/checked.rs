//! Arguments are checked whole before anything is opened: one that is wrong
//! leaves no file, locks no vault and asks nobody.

use super::*;

#[test]
fn a_wrong_argument_of_any_verb_opens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let right = right_case(folder.path());
    let mapping = folder.path().join("there.json");
    fs::write(&mapping, r#"{"version": 1}"#).unwrap();
    let mapping = mapping.to_str().unwrap();
    let input = r#"{"source_id":"i:1","contact":{"person":{"last_name":"Lee"}}}"#;
    let run = ["run", "sync-contact", "--input", input];
    let run = |more: &[&'static str]| [&run[..], more].concat();
    let sync = |more: &[&'static str]| [&["sync", right.as_str()][..], more].concat();
    let wrong: Vec<Vec<&str>> = vec![
        vec!["sandbox", "--port", "99999"],
        vec!["describe", "delete-everything"],
        run(&["--allow", "everything"]),
        run(&["--allow-origin", "http://plain.example"]),
        run(&["--content-origin", "http://plain.example"]),
        run(&["--files", "/absent"]),
        run(&["--output", "result"]),
        run(&["--deadline", "soon"]),
        run(&["--max-memory", "0"]),
        run(&["--correlation", "Ann Lee"]),
        run(&["--connection", "a name"]),
        vec![
            "run",
            "find-documents",
            "--input",
            "{}",
            "--output",
            "/absent/file",
        ],
        vec!["run", "--component", "/absent.wasm", "--input", "{}"],
        vec!["run", "delete-everything", "--input", "{}"],
        vec!["run", "sync-contact", "--input", "{"],
        vec!["run", "sync-contact", "--input", "@/absent.json"],
        vec!["sync", "/absent.json"],
        sync(&["--files", "/absent"]),
        sync(&["--mapping", "absent"]),
        sync(&["--mapping", "a name"]),
        sync(&["--at-once", "17"]),
        sync(&["--allow-origin", "http://plain.example"]),
        vec!["mappings", "init", "a name"],
        vec!["mappings", "init", mapping, "--from-account"],
        vec![
            "mappings",
            "init",
            "a",
            "--allow-origin",
            "http://plain.example",
        ],
        vec!["mappings", "check", "a name"],
        vec!["mappings", "check", "absent"],
        vec!["connect", "a name", "--region", "eu"],
        vec!["connect", "firm", "--origin", "http://plain.example"],
        vec![
            "connect",
            "firm",
            "--region",
            "eu",
            "--client-file",
            "/absent.json",
        ],
        vec!["doctor", "a name"],
        vec!["setup", "a name"],
        vec!["setup", "firm", "--field-name", " "],
        vec!["setup", "--allow-origin", "http://plain.example"],
        vec!["disconnect", "a name"],
        vec!["log", "--since", "yesterday"],
        vec!["log", "--verify", "--last", "3"],
        vec!["retry", "no-id"],
        vec!["retry", "--failed", "--json"],
        vec!["completions", "cmd"],
        vec!["man", "/absent"],
    ];
    for arguments in wrong {
        let clio = Clio::new();
        let output = clio.run_connected(&arguments);
        ended(&output, 64);
        let left: Vec<_> = fs::read_dir(clio.home.path()).unwrap().collect();
        assert!(left.is_empty(), "{arguments:?}: {left:?}");
    }
}

/// The verbs, as help lists them.
fn verbs(clio: &Clio) -> Vec<String> {
    let help = stdout(&clio.run(&["--help"]));
    let (_, commands) = help.split_once("\nCommands:\n").unwrap();
    let lines = commands.lines().take_while(|line| line.starts_with("  "));
    let verbs = lines.filter(|line| !line.starts_with("   "));
    let verbs: Vec<String> = verbs
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .collect();
    assert!(
        verbs.len() > 15 && verbs.iter().any(|verb| verb == "sync"),
        "{verbs:?}"
    );
    verbs
}

#[test]
fn a_shell_completes_every_verb() {
    let clio = Clio::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = clio.run(&["completions", shell]);
        ended(&output, 0);
        let script = stdout(&output);
        for verb in verbs(&clio) {
            assert!(script.contains(&verb), "{shell}: {verb}");
        }
        assert!(script.contains("on-change"), "{shell}");
        let bash = Command::new("bash").arg("--version").output();
        if shell == "bash" && bash.is_ok_and(|bash| bash.status.success()) {
            let path = clio.home.path().join("clio.bash");
            fs::write(&path, &script).unwrap();
            let read = Command::new("bash").arg("-n").arg(&path).output().unwrap();
            assert!(read.status.success(), "{}", stderr(&read));
        }
    }
}

#[test]
fn the_man_page_names_every_verb_and_each_has_a_page() {
    let clio = Clio::new();
    let output = clio.run(&["man"]);
    ended(&output, 0);
    let page = stdout(&output).replace('\\', "");
    let folder = tempfile::tempdir().unwrap();
    ended(&clio.run(&["man", folder.path().to_str().unwrap()]), 0);
    for verb in verbs(&clio) {
        if verb == "help" {
            continue;
        }
        assert!(page.contains(&format!("clio-{verb}")), "{verb}: {page}");
        let own = fs::read_to_string(folder.path().join(format!("clio-{verb}.1"))).unwrap();
        assert!(own.contains(&verb), "{verb}: {own}");
    }
    assert!(
        page.contains("CLIO_ORIGIN") && page.contains("Exit codes"),
        "{page}"
    );
}
