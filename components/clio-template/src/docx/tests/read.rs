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
