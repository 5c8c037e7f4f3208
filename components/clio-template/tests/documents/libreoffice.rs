//! What is filled opens in LibreOffice, which prints it to PDF; the text of that
//! is read by `pdftotext` and by our own reader, and has what was filled in.
//!
//! `run-tests` beside this runs it, and installs the two programs where they are
//! missing.

use std::path::Path;
use std::process::Command;

use clio_template::{Format, Kind, Locale, difference, fill, inspect};

use crate::support::{template, values};

/// Runs a program to its end.
fn run(program: &str, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {told}");
    output.stdout
}

/// The words of a PDF, whatever lines they are on.
fn words(pdf: &Path) -> String {
    let text = run("pdftotext", &["-enc", "UTF-8", pdf.to_str().unwrap(), "-"]);
    let text = String::from_utf8(text).unwrap();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn sorted(text: &str) -> Vec<&str> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    words.sort_unstable();
    words
}

/// Fills templates, prints them all in one run, and gives the folder with what
/// came of it.
fn printed(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut documents = Vec::new();
    for name in names {
        let filled = fill(Kind::Docx, &template(name), &values(), Locale::EnUs).unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, filled.bytes).unwrap();
        documents.push(path.to_str().unwrap().to_owned());
    }
    let profile = format!(
        "-env:UserInstallation=file://{}/profile",
        folder.path().display()
    );
    let to = folder.path().to_str().unwrap();
    let mut arguments = vec![
        &*profile,
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        to,
    ];
    arguments.extend(documents.iter().map(String::as_str));
    run("soffice", &arguments);
    folder
}

#[test]
#[ignore = "needs LibreOffice and pdftotext; tests/documents/run-tests runs it"]
fn what_is_filled_is_printed_by_libreoffice() {
    let expected: [(&str, &[&str]); 5] = [
        (
            "retainer.docx",
            &[
                "between Example & Partners and Ada Sample (“the client”)",
                "firm from March 1, 2026.",
                "Fees are charged at $325.00 an hour",
                "1 Sample Road Exampleville, CA 90000",
                "Telephone: +1 555 010 0199",
                "Consents to e-mail: ☒",
            ],
        ),
        (
            "petition.docx",
            &[
                "IN THE SUPERIOR COURT OF EXAMPLE COUNTY",
                "Case No. to be assigned",
                "1. Grace Bench Judge Exampleville 2. Otto Other Opponent unknown 3. Wanda Saw Witness Springfield",
                "Wanda Saw will testify.",
                "As named by Ada Sample.",
            ],
        ),
        (
            "letter.docx",
            &[
                "Example & Partners — 00017-Sample",
                "Our reference: 00017-Sample",
                "we write about Estate of Edmund Sample <deceased>.",
                "lena@example.com, page 1",
            ],
        ),
        (
            "split-runs.docx",
            &[
                "Dear Ada,",
                "Parties: Grace Bench, Otto Other, Wanda Saw.",
                "Number: 00017-Sample Opened: 1 March 2026 Client: Ada Sample Judge: «Judge»",
            ],
        ),
        (
            "brief.docx",
            &[
                "Brief for Ada Sample Matter 00017-Sample, opened 1 March 2026.",
                "Otto Other Opponent",
            ],
        ),
    ];
    let folder = printed(&expected.map(|it| it.0));
    for (name, sentences) in expected {
        let pdf = folder.path().join(name).with_extension("pdf");
        let said = words(&pdf);
        for sentence in sentences {
            assert!(
                said.contains(sentence),
                "{name} does not say {sentence:?}:\n{said}"
            );
        }
        let document = std::fs::read(&pdf).unwrap();
        let ours = inspect(Format::Pdf, &document).unwrap();
        // A text box may be drawn behind everything else.
        assert_eq!(sorted(&ours.text), sorted(&said), "{name}: {}", ours.text);
        // How blank it is, told from the print.
        let pattern = inspect(Format::Docx, &template(name)).unwrap();
        let told = difference(&pattern, &ours);
        assert!(told.kept >= 85 && told.blankness <= 15, "{name}: {told:#?}");
        assert!(
            !said.contains("{{") && !said.contains("{%"),
            "{name}: {said}"
        );
    }
}
