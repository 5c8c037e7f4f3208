use super::words_own::{control, field};
use super::*;
use crate::inspect::{Inspected, MarkKind};

#[test]
fn a_document_says_what_it_says_and_what_is_not_filled() {
    let body = [
        p(&["Dear {{ client.", "name }},"]),
        format!(
            "<w:p><w:r><w:t>by {}</w:t></w:r>{}</w:p>",
            "mail",
            field("MERGEFIELD fee", "«fee»")
        ),
        format!("<w:p>{}</w:p>", field("MERGEFIELD filed", "1 March")),
        control("<w:tag w:val=\"court\"/><w:showingPlcHdr/>", &p(&["Click"])),
        format!(
            "<w:p><w:r><w:t>a</w:t></w:r>{}</w:p>",
            control("<w:tag w:val=\"no\"/>", "<w:r><w:t>b</w:t></w:r>")
        ),
        p(&["&lt;&lt;Matter.Number&gt;&gt; {# no #}"]),
    ];
    let header = format!("<w:hdr {W}>{}</w:hdr>", p(&["{{ fax }}"]));
    let bytes = document(&body.concat(), &[("word/header1.xml", &header)]);
    let Inspected { text, marks } = inspect(&bytes).unwrap();
    assert_eq!(
        text,
        "Dear {{ client.name }},\nby mail«fee»\n1 March\nClick\nab\n<<Matter.Number>> {# no #}\n{{ fax }}\n"
    );
    let told: Vec<_> = marks
        .iter()
        .map(|it| (it.kind, &*it.name, &text[it.at.clone()], it.filled))
        .collect();
    assert_eq!(
        told,
        [
            (
                MarkKind::Placeholder,
                "{{ client.name }}",
                "{{ client.name }}",
                false
            ),
            (MarkKind::MergeField, "fee", "«fee»", false),
            (MarkKind::MergeField, "filed", "1 March", true),
            (MarkKind::Control, "court", "Click\n", false),
            (MarkKind::Control, "no", "b", true),
            (
                MarkKind::Blank,
                "<<Matter.Number>>",
                "<<Matter.Number>>",
                false
            ),
            (MarkKind::Placeholder, "{{ fax }}", "{{ fax }}", false),
        ]
    );
    assert_eq!(marks[6].part, "word/header1.xml");
}

/// A document whose types, relationships and parts are said one by one.
fn package(types: &str, rels: &str, parts: &[(&str, &str)]) -> Vec<u8> {
    let types = format!(
        "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">{types}</Types>"
    );
    let rels = format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{rels}</Relationships>"
    );
    let part = |text: &str| {
        format!(
            "<w:document {W}><w:body>{}</w:body></w:document>",
            p(&[text])
        )
    };
    let parts: Vec<_> = parts
        .iter()
        .map(|(name, text)| (*name, part(text)))
        .collect();
    let mut members = vec![(TYPES, &*types), ("_rels/.rels", &*rels)];
    members.extend(parts.iter().map(|(name, text)| (*name, &**text)));
    zipped(&members)
}

fn relationship(kind: &str, target: &str) -> String {
    format!(
        "<Relationship Id=\"r{}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}\" Target=\"{target}\"/>",
        target.len()
    )
}

#[test]
fn the_document_is_the_part_that_a_relationship_says() {
    let of = |name: &str| {
        format!("<Override PartName=\"/{name}\" ContentType=\"{WORD}.document.main+xml\"/>")
    };
    let real = relationship("officeDocument", "word/real.xml");
    let parts = [
        ("word/document.xml", "a decoy"),
        ("word/real.xml", "the real one"),
    ];
    let text = |types: &str, rels: &str| inspect(&package(types, rels, &parts)).map(|it| it.text);
    assert_eq!(text(&of("word/real.xml"), &real).unwrap(), "the real one\n");
    // As some programs say it: by the extension. Capitals do not matter.
    let default = format!("<Default Extension=\"xml\" ContentType=\"{WORD}.document.main+xml\"/>");
    assert_eq!(text(&default, &real).unwrap(), "the real one\n");
    assert_eq!(text(&of("Word/REAL.xml"), &real).unwrap(), "the real one\n");
    let encoded = of("word/document.xml").replace("main+xml", "main&#43;xml");
    let twice = [
        &*real,
        &*relationship("officeDocument", "word/document.xml"),
    ]
    .concat();
    let header = format!(
        "{}<Default Extension=\"hdr\" ContentType=\"{WORD}.header+xml\"/>",
        of("word/real.xml")
    );
    for (types, rels) in [
        (&*of("word/document.xml"), &*real),
        (&*encoded, &*real),
        (&*[encoded.clone(), default].concat(), &*real),
        (&*of("word/real.xml"), &*twice),
        (&*of("word/real.xml"), ""),
        (&*header, &*real),
    ] {
        assert!(text(types, rels).is_err(), "{types} {rels}");
    }
}

#[test]
fn a_document_with_a_template_attached_is_read_and_not_filled() {
    let rels = [
        relationship("officeDocument", "word/real.xml"),
        relationship("attachedTemplate", "file:///C:/Firm.dotx"),
    ];
    let types =
        format!("<Override PartName=\"/word/real.xml\" ContentType=\"{WORD}.document.main+xml\"/>");
    let bytes = package(
        &types,
        &rels.concat(),
        &[("word/real.xml", "Dear {{ client.name }}")],
    );
    assert_eq!(inspect(&bytes).unwrap().text, "Dear {{ client.name }}\n");
    let told = fill(&bytes, &values(), Locale::EnUs).unwrap_err();
    assert!(told.to_string().contains("template attached"), "{told}");
}
