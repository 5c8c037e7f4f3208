mod blocks;
mod hostile;
mod read;
mod words_own;

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::vec;

use super::*;
use crate::package::tests::zipped;

const W: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";
const WORD: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml";

/// A document of a body, and of other parts by name: a header, a footer.
fn document(body: &str, others: &[(&str, &str)]) -> Vec<u8> {
    let mut types = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
         <Override PartName=\"/word/document.xml\" ContentType=\"{WORD}.document.main+xml\"/>"
    );
    for (name, _) in others {
        let kind = ["header", "footer", "footnotes"]
            .into_iter()
            .find(|it| name.contains(it));
        if let Some(kind) = kind {
            types += &format!("<Override PartName=\"/{name}\" ContentType=\"{WORD}.{kind}+xml\"/>");
        }
    }
    if others.iter().any(|it| it.0 == "docProps/core.xml") {
        let kind = parts::PROPERTIES;
        types += &format!("<Override PartName=\"/docProps/core.xml\" ContentType=\"{kind}\"/>");
    }
    types += "</Types>";
    let main = format!("<w:document {W}><w:body>{body}</w:body></w:document>");
    let mut members = vec![(TYPES, &*types), ("word/document.xml", &*main)];
    members.extend(others);
    zipped(&members)
}

fn record<const N: usize>(members: [(&str, Value); N]) -> Value {
    let members = members.into_iter().map(|(name, it)| (name.to_owned(), it));
    Value::Record(members.collect::<BTreeMap<String, Value>>())
}

fn values() -> Value {
    let person =
        |name: &str, role: &str| record([("name", Value::text(name)), ("role", Value::text(role))]);
    record([
        (
            "client",
            record([
                ("name", Value::text("Ada <Sample> & Co")),
                ("address", Value::text("1 Road\nTown\tX")),
                ("fax", Value::None),
            ]),
        ),
        (
            "related",
            Value::List(vec![person("Grace", "Judge"), person("Otto", "Opponent")]),
        ),
        ("none", Value::List(vec![])),
        ("filed", Value::date("2026-03-01").unwrap()),
        ("fee", Value::money("1200", "USD").unwrap()),
        ("urgent", Value::Bool(true)),
        ("quiet", Value::Bool(false)),
    ])
}

/// What a part is after filling, and what is left.
fn part_of(bytes: &[u8], name: &str) -> (String, Vec<String>) {
    let filled = fill(bytes, &values(), Locale::EnUs).unwrap();
    let package = Package::open(&filled.bytes).unwrap();
    let part = package.member(name).unwrap().read(1 << 20).unwrap();
    let part = String::from_utf8(part).unwrap();
    crate::xml::walk(&part, |_| Ok(())).unwrap();
    let left = filled.unfilled.into_iter();
    (
        part,
        left.map(|it| format!("{}: {}", it.placeholder, it.why.as_str()))
            .collect(),
    )
}

/// The body of a document after filling, with nothing left.
fn filled(body: &str) -> String {
    let (part, left) = left(body);
    assert_eq!(left, [""; 0], "{body}");
    part
}

fn left(body: &str) -> (String, Vec<String>) {
    let (part, left) = part_of(&document(body, &[]), "word/document.xml");
    let part = part.replace(" xml:space=\"preserve\"", "");
    let body = part.split_once("<w:body>").unwrap().1;
    (
        body.strip_suffix("</w:body></w:document>")
            .unwrap()
            .to_owned(),
        left,
    )
}

fn refusal(body: &str) -> String {
    match fill(&document(body, &[]), &values(), Locale::EnUs) {
        Ok(_) => panic!("{body}"),
        Err(refused) => refused.message().to_owned(),
    }
}

/// A paragraph of one run for each text.
fn p(texts: &[&str]) -> String {
    let runs = texts.iter().map(|it| format!("<w:r><w:t>{it}</w:t></w:r>"));
    format!("<w:p>{}</w:p>", runs.collect::<String>())
}

fn row(cells: &[&str]) -> String {
    let cells = cells.iter().map(|it| format!("<w:tc>{}</w:tc>", p(&[it])));
    format!("<w:tr>{}</w:tr>", cells.collect::<String>())
}

fn table(rows: &[&str]) -> String {
    format!("<w:tbl><w:tblPr/><w:tblGrid/>{}</w:tbl>", rows.concat())
}

#[test]
fn a_placeholder_is_filled_where_it_stands() {
    assert_eq!(
        filled(&p(&["To {{ client.name }}:"])),
        p(&["To Ada &lt;Sample&gt; &amp; Co:"])
    );
    let lines = "1 Road</w:t><w:br/><w:t>Town</w:t><w:tab/><w:t>X";
    assert_eq!(filled(&p(&["{{ client.address }}"])), p(&[lines]));
}

#[test]
fn a_placeholder_that_word_split_is_put_together() {
    assert_eq!(
        filled(&p(&["a {", "{ cli", "ent.name ", "}", "} b"])),
        p(&["a Ada &lt;Sample&gt; &amp; Co", "", "", "", " b"])
    );
    // What Word puts between, and a tab typed into the middle.
    let body = "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>{{ fee</w:t></w:r><w:proofErr w:type=\"spellStart\"/>\
                <w:bookmarkStart w:id=\"0\"/><w:r><w:tab/><w:t>}} x</w:t></w:r></w:p>";
    assert_eq!(
        filled(body),
        "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>$1,200.00</w:t></w:r><w:proofErr w:type=\"spellStart\"/>\
         <w:bookmarkStart w:id=\"0\"/><w:r><w:t> x</w:t></w:r></w:p>"
    );
    assert_eq!(
        filled(&p(&[
            "&quot;{{ client.fax | default(&quot;a&amp;b&quot;) }}&quot; &lt;{{ fee }}&gt;"
        ])),
        p(&["&quot;a&amp;b&quot; &lt;$1,200.00&gt;"])
    );
}

#[test]
fn what_is_not_filled_stays_byte_for_byte() {
    let plain = "<w:p w:rsidR=\"00A\" ><w:r><w:t >a&#x41;</w:t ></w:r ></w:p><!-- c --><w:p/>";
    let (body, _) = left(&(plain.to_owned() + &p(&["{{ fee }}"])));
    assert_eq!(body, plain.to_owned() + &p(&["$1,200.00"]));
    let untouched = document(plain, &[("word/other.bin", "xyz")]);
    let again = fill(&untouched, &values(), Locale::EnUs).unwrap();
    assert_eq!(again.bytes, untouched);
}

#[test]
fn what_has_no_value_stays_and_is_listed() {
    let (body, left) = left(&p(&[
        "{{ client.",
        "fax }} {{ client.mail }} {{ client.fax }}",
    ]));
    assert_eq!(
        body,
        p(&["{{ client.fax }}", " {{ client.mail }} {{ client.fax }}"])
    );
    assert_eq!(
        left,
        ["{{ client.fax }}: empty", "{{ client.mail }}: unknown"]
    );
}

#[test]
fn a_text_box_has_paragraphs_of_its_own() {
    let inner = p(&["in {{ fee }}"]);
    let body = |inner: &str, own: &str| {
        format!(
            "<w:p><w:r><w:pict><w:txbxContent>{inner}</w:txbxContent></w:pict></w:r>\
                 <w:r><w:t>{own}</w:t></w:r></w:p>"
        )
    };
    let expected = body(&p(&["in $1,200.00"]), "out March 1, 2026");
    assert_eq!(filled(&body(&inner, "out {{ filed }}")), expected);
    // A picture is something: its paragraph does not go with a tag.
    let with_picture = body("<w:p/>", "{% if quiet %}") + &p(&["x"]) + &p(&["{% endif %}"]);
    assert!(refusal(&with_picture).contains("other text"));
}

#[test]
fn headers_footers_and_notes_are_filled() {
    let header = format!("<w:hdr {W}>{}</w:hdr>", p(&["{{ client.fax }}"]));
    let notes = format!(
        "<w:footnotes {W}><w:footnote>{}</w:footnote></w:footnotes>",
        p(&["{{ fee }}"])
    );
    let bytes = document(
        &p(&["{{ none.x }}"]),
        &[
            ("word/header1.xml", &header),
            ("word/footnotes.xml", &notes),
        ],
    );
    let (part, left) = part_of(&bytes, "word/footnotes.xml");
    assert!(part.contains("$1,200.00"));
    assert_eq!(left, ["{{ none.x }}: unknown", "{{ client.fax }}: empty"]);
    let filled = fill(&bytes, &values(), Locale::EnUs).unwrap();
    assert_eq!(filled.unfilled[1].part, "word/header1.xml");
}

#[test]
fn a_template_becomes_a_document() {
    let bytes = document(&p(&["{{ fee }}"]), &[]);
    let package = Package::open(&bytes).unwrap();
    let types = package.member(TYPES).unwrap().read(1 << 20).unwrap();
    let types = String::from_utf8(types)
        .unwrap()
        .replace("document.main", "template.main");
    let main = package
        .member("word/document.xml")
        .unwrap()
        .read(1 << 20)
        .unwrap();
    let dotx = zipped(&[
        (TYPES, &types),
        ("word/document.xml", core::str::from_utf8(&main).unwrap()),
    ]);
    assert_eq!(
        fill(&dotx, &values(), Locale::EnUs).unwrap().bytes,
        fill(&bytes, &values(), Locale::EnUs).unwrap().bytes
    );
}

#[test]
fn the_same_values_in_another_order_give_the_same_bytes() {
    let bytes = document(
        &p(&["{{ client }} {{ related }} {% for x in related %}{{ x.role }}{% endfor %}"]),
        &[],
    );
    let Value::Record(members) = values() else {
        panic!()
    };
    let backwards = Value::Record(members.into_iter().rev().collect());
    let once = fill(&bytes, &values(), Locale::EnUs).unwrap().bytes;
    assert_eq!(once, fill(&bytes, &backwards, Locale::EnUs).unwrap().bytes);
    assert_eq!(once, fill(&bytes, &values(), Locale::EnUs).unwrap().bytes);
}
