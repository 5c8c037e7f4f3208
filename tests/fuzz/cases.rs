//! Target `cases`: the case file, from bytes to a checked case.
//!
//! What must hold: it never panics; what it refuses has a mistake, each at a
//! place of the file and in printable words of its own; what it takes has
//! identifiers and names that Clio keeps, each identifier once.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use clio_runner::fuzzing::{Files, Mistake, Taken, case};
use serde_json::Value;

use crate::campaign::{Target, Verdict};
use crate::pointers::{leads_into, secret_in};

const TARGET: Target = Target {
    name: "cases",
    dictionary: &[
        "source_id",
        "client",
        "matter",
        "documents",
        "client/source_id",
        "company_name",
        "last_name",
        "emails",
        "approved",
        "approval",
        "draft",
        "0123456789abcdef01234567",
        "practice_area_id",
        "here.pdf",
        "../here.pdf",
        "a~1b",
        "x/y~z",
        "ann@example.com",
        "Zebedee",
        "5550100",
        "2026-03-01T09:30:00Z",
        "2026-03-01T09:30:60+23:59[Europe/Berlin]",
        "-009999-01-01T00:00:00Z",
        "application/pdf",
        "\u{7}",
        "\u{1b}[31m",
        "\u{202e}",
        "ääääääääääääääää",
        "0",
        "1.0",
        "1e400",
        "\"\\ud800\"",
        "\u{feff}",
    ],
    inputs: 6_000,
    run,
};

fn files() -> &'static Files {
    static FILES: OnceLock<(tempfile::TempDir, Files)> = OnceLock::new();
    let (_, files) = FILES.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("here.pdf"), "%PDF").unwrap();
        let files = Files::open(folder.path()).unwrap();
        (folder, files)
    });
    files
}

fn run(input: &[u8]) -> Verdict {
    let mistakes = match case(input, files()) {
        Ok(taken) => return keepable(&taken),
        Err(mistakes) => mistakes,
    };
    if mistakes.is_empty() {
        return Err("it was refused without a reason".into());
    }
    let text = input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(input);
    let parsed: Option<Value> = serde_json::from_slice(text).ok();
    for Mistake {
        pointer,
        what,
        shown,
    } in &mistakes
    {
        if let Some(c) = shown.chars().find(|c| c.is_control()) {
            return Err(format!("a mistake prints {c:?}"));
        }
        // What a member is called is the pointer's, and may be anything.
        if let Some(secret) = secret_in(what) {
            return Err(format!("a mistake repeats {secret}"));
        }
        match &parsed {
            Some(root) => leads_into(root, pointer, str::to_owned)?,
            None if pointer.is_empty() && (what.contains("JSON") || what.contains("UTF-")) => {}
            // It is told as far as it was read.
            None if pointer.is_empty() && what.contains("stands twice") => {}
            None => return Err(format!("it is no JSON, and that is told as: {shown}")),
        }
    }
    // The schema and the checks say everything: what is left to the decoding
    // behind them has no place.
    if let (Some(Value::Object(_)), [mistake]) = (&parsed, mistakes.as_slice())
        && mistake.pointer.is_empty()
    {
        return Err(format!("the mistake has no place: {}", mistake.shown));
    }
    Ok(())
}

/// Whether Clio can keep what is known a case by.
fn keepable(taken: &Taken) -> Verdict {
    let mut seen = BTreeSet::new();
    for id in &taken.source_ids {
        if id.trim().is_empty() || id.chars().count() > 255 || id.chars().any(char::is_control) {
            return Err("a source id was taken that Clio does not keep".into());
        }
        // A client may be the client of several cases, and named like one.
        if id != &taken.source_ids[1] && !seen.insert(id) {
            return Err("two records of the case have one source id".into());
        }
    }
    for name in &taken.names {
        let dotted = matches!(name.trim(), "." | "..");
        if name.trim().is_empty() || name.len() > 255 || name.contains(['/', '\\']) || dotted {
            return Err("the name of a document was taken that Clio does not keep".into());
        }
    }
    let unique: BTreeSet<&String> = taken.reached_by.iter().collect();
    if unique.len() != taken.reached_by.len() {
        return Err("an address or a number stands there twice".into());
    }
    Ok(())
}

#[test]
fn a_case_file_is_taken_or_refused_at_its_places() {
    TARGET.run();
}
