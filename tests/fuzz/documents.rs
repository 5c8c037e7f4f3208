//! Target `documents`: templates and documents that people bring along.
//!
//! An input is the file itself, or a JSON object of a Word document's parts by
//! name, each a text or an array of texts that are put together; so a mutation
//! changes elements, and gets past the zip file. What must hold: nothing panics
//! or takes long; what is filled can be read again, and is the same when it is
//! filled again; a refusal holds no value; a value is text in what was filled.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use clio_template::{Format, Kind, Locale, Value, difference, fill, inspect};
use serde_json::Value as Json;

use crate::campaign::{Target, Verdict};
use crate::pointers::secret_in;

const TARGET: Target = Target {
    name: "documents",
    dictionary: &[
        "{{ client.name }}",
        "{{ x.name }}",
        "{{",
        "}}",
        "{% for x in related %}",
        "{% endfor %}",
        "{% if client %}",
        "{% elif fee > 1 %}",
        "{% else %}",
        "{% endif %}",
        "{# ",
        " | default('')",
        " | date('d')",
        "<w:p><w:r><w:t>",
        "</w:t></w:r></w:p>",
        "</w:t></w:r><w:r><w:t>",
        "<w:p/>",
        "<w:tbl><w:tr><w:tc>",
        "</w:tc></w:tr></w:tbl>",
        "<w:sdt><w:sdtPr><w:tag w:val=\"client.name\"/></w:sdtPr><w:sdtContent>",
        "</w:sdtContent></w:sdt>",
        "<w:sdtContent/>",
        "<w:r><w:fldChar w:fldCharType=\"begin\"/></w:r>",
        "<w:r><w:instrText>MERGEFIELD client</w:instrText></w:r>",
        "<w:r><w:fldChar w:fldCharType=\"separate\"/></w:r>",
        "<w:r><w:fldChar w:fldCharType=\"end\"/></w:r>",
        "<w:fldSimple w:instr=\"MERGEFIELD fee\">",
        "</w:fldSimple>",
        "<w:tab/>",
        "&amp;",
        "&#x7b;",
        "<!--",
        "-->",
        "<script>",
        "</script>",
        " href=\"",
        "\"",
        ">",
        " obj ",
        "endstream",
        "1 0 R",
        "<< /Type /Page /Kids [1 0 R] >>",
        "\u{0}",
        "\u{feff}",
    ],
    inputs: 3_000,
    run,
};

/// The longest that one input may take, on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(10);

fn values() -> Value {
    let record = |members: Vec<(&str, Value)>| {
        let members = members.into_iter().map(|(name, it)| (name.to_owned(), it));
        Value::Record(members.collect::<BTreeMap<String, Value>>())
    };
    let client = record(vec![
        (
            "name",
            Value::text("<b>Zebedee</b>\n\"&' ]]>{{ fee }}\u{1}"),
        ),
        ("mail", Value::text("ann@example.com")),
        ("none", Value::None),
    ]);
    record(vec![
        ("related", Value::List(vec![client.clone(), client.clone()])),
        ("client", client),
        ("fee", Value::money("5550100", "USD").unwrap()),
        ("filed", Value::date("2026-03-01").unwrap()),
        ("yes", Value::Bool(true)),
    ])
}

fn run(input: &[u8]) -> Verdict {
    let began = Instant::now();
    let verdict = match serde_json::from_slice::<Json>(input) {
        Ok(Json::Object(parts)) => {
            let parts = parts
                .iter()
                .map(|(name, part)| (name.as_str(), together(part)));
            word(&zip(&parts.collect::<Vec<_>>()))
        }
        _ if input.starts_with(b"PK") => word(input),
        _ if input.starts_with(b"%PDF") => read(Format::Pdf, input).map(|_| ()),
        _ => texts(input),
    };
    if began.elapsed() > PATIENCE {
        return Err(format!("it took {:?}", began.elapsed()));
    }
    verdict
}

/// The texts of an array, one behind the other.
fn together(part: &Json) -> String {
    match part {
        Json::String(text) => text.clone(),
        Json::Array(parts) => parts.iter().map(together).collect(),
        _ => String::new(),
    }
}

fn told(refused: &clio_template::Refused) -> Verdict {
    let message = refused.message();
    match secret_in(message) {
        Some(secret) => Err(format!("a refusal holds {secret}: {message}")),
        None if message.len() > 600 || message.contains(char::is_control) => {
            Err(format!("a refusal is no message: {message:?}"))
        }
        None => Ok(()),
    }
}

fn read(format: Format, document: &[u8]) -> Result<Option<clio_template::Inspected>, String> {
    let found = match inspect(format, document) {
        Ok(found) => found,
        Err(refused) => return told(&refused).map(|()| None),
    };
    for mark in &found.marks {
        if found.text.get(mark.at.clone()).is_none() {
            return Err(format!("a mark is at no place of the text: {mark:?}"));
        }
    }
    let told = difference(&found, &found);
    // Words of a placeholder may be those of its neighbours.
    let same = told.kept == 100 || !found.marks.is_empty();
    if !same || told.blank.len() > told.places || told.text.contains("\n+ ") {
        return Err(format!("a document differs from itself: {told:?}"));
    }
    Ok(Some(found))
}

fn word(document: &[u8]) -> Verdict {
    read(Format::Docx, document)?;
    let filled = match fill(Kind::Docx, document, &values(), Locale::EnUs) {
        Ok(filled) => filled,
        Err(refused) => return told(&refused),
    };
    let again = fill(Kind::Docx, document, &values(), Locale::EnUs);
    if again.map(|it| it.bytes).as_ref() != Ok(&filled.bytes) {
        return Err("filled twice, it is two documents".into());
    }
    // What was filled is as sound as what it was made of.
    match inspect(Format::Docx, &filled.bytes) {
        Ok(_) => Ok(()),
        Err(refused) => Err(format!("what was filled cannot be read: {refused}")),
    }
}

fn texts(input: &[u8]) -> Verdict {
    read(Format::Text, input)?;
    for kind in [Kind::Text, Kind::Markdown, Kind::Html] {
        match fill(kind, input, &values(), Locale::DeDe) {
            Ok(filled) if kind == Kind::Html => {
                let text = String::from_utf8_lossy(&filled.bytes);
                if text.contains("<b>Zebedee") || text.contains("Zebedee</b") {
                    return Err("a value is more than text in HTML".into());
                }
            }
            Ok(_) => {}
            Err(refused) => told(&refused)?,
        }
    }
    Ok(())
}

/// A zip file of parts that are stored as they are.
fn zip(parts: &[(&str, String)]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    let four = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
    for (name, text) in parts {
        let name = &name.as_bytes()[..name.len().min(300)];
        let mut common = vec![0x14, 0, 0, 8, 0, 0, 0, 0, 0x21, 0];
        common.extend(crc32(text.as_bytes()).to_le_bytes());
        common.extend(four(text.len()));
        common.extend(four(text.len()));
        common.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        let at = out.len();
        out.extend(b"PK\x03\x04");
        out.extend(&common);
        out.extend([0, 0]);
        out.extend(name);
        out.extend(text.as_bytes());
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(common);
        directory.extend([0; 12]);
        directory.extend(four(at));
        directory.extend(name);
    }
    let count = u16::try_from(parts.len()).unwrap().to_le_bytes();
    let (at, length) = (out.len(), directory.len());
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([count, count].concat());
    out.extend(four(length));
    out.extend(four(at));
    out.extend([0, 0]);
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            let odd = sum & 1;
            (sum >> 1) ^ (odd * 0xedb8_8320)
        })
    };
    !bytes.iter().fold(u32::MAX, step)
}

#[test]
fn a_template_is_filled_or_refused() {
    TARGET.run();
}
