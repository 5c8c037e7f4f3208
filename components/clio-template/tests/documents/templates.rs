//! Fills the templates of `tests/data/templates`, and reads what comes out.

use crate::support::{record, template, values};
use clio_template::{Filled, Format, Kind, Locale, Value, difference, fill, inspect};

const DOCUMENTS: [&str; 5] = [
    "retainer.docx",
    "petition.docx",
    "letter.docx",
    "split-runs.docx",
    "brief.docx",
];

fn filled(name: &str) -> Filled {
    let kind = match name.rsplit('.').next().unwrap() {
        "docx" => Kind::Docx,
        "md" => Kind::Markdown,
        "html" => Kind::Html,
        _ => Kind::Text,
    };
    fill(kind, &template(name), &values(), Locale::EnUs).unwrap()
}

/// The text of a filled document, and what is left.
fn read(name: &str) -> (String, Vec<String>) {
    let filled = filled(name);
    let text = match name.ends_with(".docx") {
        true => inspect(Format::Docx, &filled.bytes).unwrap().text,
        false => String::from_utf8(filled.bytes).unwrap(),
    };
    let left = filled.unfilled.into_iter();
    (
        text,
        left.map(|it| format!("{} in {}: {}", it.placeholder, it.part, it.why))
            .collect(),
    )
}

#[test]
fn the_retainer() {
    let (text, left) = read("retainer.docx");
    assert_eq!(left, [""; 0]);
    assert_eq!(
        text,
        "RETAINER AGREEMENT\n\
         between Example & Partners and Ada Sample (“the client”)\n\
         in the matter 00017-Sample, Estate of Edmund Sample <deceased>.\n\
         1. The client retains the firm from March 1, 2026.\n\
         2. Fees are charged at $325.00 an hour, and billed every month.\n\
         Address of the client:\n\
         1 Sample Road\nExampleville, CA 90000\n\
         Telephone: +1 555 010 0199\n\
         Consents to e-mail: ☒\n\
         For the firm: Lena Law\n"
    );
}

#[test]
fn the_petition() {
    let (text, left) = read("petition.docx");
    assert_eq!(left, [""; 0]);
    assert_eq!(
        text,
        "IN THE SUPERIOR COURT OF EXAMPLE COUNTY\n\
         Ada Sample,\nCase No. to be assigned\nPetitioner\nFiled 3/9/2026\n\
         PETITION\n\
         The petitioner asks the court to hear the following parties:\n\
         Name\nRole\nCity\n\
         1. Grace Bench\nJudge\nExampleville\n\
         2. Otto Other\nOpponent\nunknown\n\
         3. Wanda Saw\nWitness\nSpringfield\n\
         Wanda Saw will testify.\n\
         Damages: $1,250,000.00.\n\
         Respectfully submitted by Lena Law\n\
         \n\n As named by Ada Sample.\n"
    );
}

#[test]
fn the_letter() {
    let (text, left) = read("letter.docx");
    assert_eq!(left, [""; 0]);
    assert_eq!(
        text,
        "1 Sample Road\nExampleville, CA 90000\n\
         April 2, 2026\n\
         Our reference: 00017-Sample\n\n\
         Dear  Sample,\n\
         we write about Estate of Edmund Sample <deceased>. Your attorney is Lena Law.\n\
         Sincerely,\nExample & Partners\n\
         lena@example.com, page 1\n\
         Example & Partners — 00017-Sample\n"
    );
    // The text box is there twice: for old readers as well.
    let bytes = filled("letter.docx").bytes;
    let left = inspect(Format::Docx, &bytes).unwrap().marks;
    assert_eq!(left, []);
}

#[test]
fn what_word_split() {
    let (text, left) = read("split-runs.docx");
    assert_eq!(left, ["Judge in word/document.xml: nothing has this name"]);
    assert_eq!(
        text,
        "Dear Ada,\n\
         Parties: Grace Bench, Otto Other, Wanda Saw.\n\
         Number: 00017-Sample\n\
         Opened: 1 March 2026\n\
         Client: Ada Sample\n\
         Judge: «Judge»\n"
    );
}

#[test]
fn what_libreoffice_wrote() {
    let (text, left) = read("brief.docx");
    assert_eq!(left, [""; 0]);
    assert_eq!(
        text,
        "Brief for Ada Sample\n\
         Matter 00017-Sample, opened 1 March 2026.\n\
         Name\nRole\nGrace Bench\nJudge\nOtto Other\nOpponent\nWanda Saw\nWitness\n\
         Estate of Edmund Sample <deceased>\n\
         ada@example.com\n"
    );
}

#[test]
fn text_markdown_and_html() {
    let (text, left) = read("reminder.txt");
    assert_eq!(
        text,
        "Matter 00017-Sample: Estate of Edmund Sample <deceased>\n\n\
         - Grace Bench (judge)\n- Otto Other (opponent)\n- Wanda Saw (witness)\n\nLena Law\n"
    );
    assert_eq!(left, [""; 0]);
    let (text, left) = read("memo.md");
    assert!(
        text.contains("| Grace Bench | Judge |\n| Otto Other |"),
        "{text}"
    );
    assert!(text.ends_with("Fee: **\\$325.00** an hour.\n"), "{text}");
    assert_eq!(left, [""; 0]);
    let (text, left) = read("notice.html");
    assert!(
        text.contains("<a href=\"mailto:lena@example.com\">Lena Law</a>"),
        "{text}"
    );
    assert_eq!(left, [""; 0]);
}

#[test]
fn the_same_values_give_the_same_bytes_whatever_their_order() {
    let Value::Record(members) = values() else {
        panic!("no record");
    };
    let mut backwards = std::collections::BTreeMap::new();
    for (name, value) in members.into_iter().rev() {
        backwards.insert(name, value);
    }
    for name in DOCUMENTS {
        let again = fill(
            Kind::Docx,
            &template(name),
            &Value::Record(backwards.clone()),
            Locale::EnUs,
        );
        assert_eq!(filled(name).bytes, again.unwrap().bytes, "{name}");
    }
}

#[test]
fn a_blank_document_is_told_from_a_filled_one() {
    for name in DOCUMENTS {
        let template = template(name);
        let pattern = inspect(Format::Docx, &template).unwrap();
        let document = inspect(Format::Docx, &filled(name).bytes).unwrap();
        let told = difference(&pattern, &document);
        assert_eq!(told.kept, 100, "{name}: {told:#?}");
        // Nothing says who the judge is; and of a prefix and a name there is one.
        let blank: &[&str] = match name {
            "split-runs.docx" => &["Judge"],
            "letter.docx" => &["{{ client.last_name | default(client.name) }}"],
            _ => &[],
        };
        assert_eq!(told.blank, blank, "{name}: {told:#?}");
        // Everything is there, and empty.
        let empty = record([]);
        let left = fill(Kind::Docx, &template, &empty, Locale::EnUs).unwrap();
        let left = inspect(Format::Docx, &left.bytes).unwrap();
        let told = difference(&pattern, &left);
        assert!(told.blankness >= 60, "{name}: {told:#?}");
    }
}

#[test]
fn what_clio_generated_without_values_is_blank() {
    let pattern = inspect(Format::Docx, &template("petition.docx")).unwrap();
    let generated = inspect(Format::Docx, &template("petition-as-generated.docx")).unwrap();
    let told = difference(&pattern, &generated);
    assert_eq!(
        (told.places, told.blank.len(), told.blankness),
        (12, 10, 83),
        "{told:#?}"
    );
    // As a page has it: a line ends where there is no more room.
    let page = generated.text.replace(".CustomField.", ".CustomField.\n");
    let page = inspect(Format::Text, page.as_bytes()).unwrap();
    assert_eq!(difference(&pattern, &page).blank, told.blank);
    let left = |it: &clio_template::Inspected| -> Vec<String> {
        it.marks.iter().map(|it| it.name.clone()).collect()
    };
    assert_eq!(left(&page), left(&generated));
}
