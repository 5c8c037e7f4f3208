use alloc::borrow::ToOwned;
use alloc::vec;

use super::*;

pub(super) fn control(properties: &str, content: &str) -> String {
    format!("<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>")
}

#[test]
fn a_content_control_is_filled_by_its_tag_or_title() {
    let run = |text: &str| {
        format!("<w:r><w:rPr><w:rStyle w:val=\"PlaceholderText\"/></w:rPr><w:t>{text}</w:t></w:r>")
    };
    let tag = "<w:alias w:val=\"Fee\"/><w:tag w:val=\"client.name\"/>";
    let showing = "<w:showingPlcHdr/><w:dataBinding w:xpath=\"x\"/>";
    let click = run("Click ") + &run("here");
    let body = format!(
        "<w:p>{}</w:p>",
        control(&(tag.to_owned() + showing), &click)
    );
    let value = "<w:r><w:rPr></w:rPr><w:t>Ada &lt;Sample&gt; &amp; Co</w:t></w:r><w:r><w:rPr></w:rPr><w:t></w:t></w:r>";
    assert_eq!(filled(&body), format!("<w:p>{}</w:p>", control(tag, value)));
    // By its title, a paragraph, and without any text in it.
    let title = "<w:alias w:val=\"Client Name\"/>";
    let paragraph = control(title, "<w:p><w:pPr/></w:p>");
    let value = "<w:r><w:t>Ada &lt;Sample&gt; &amp; Co</w:t></w:r>";
    assert_eq!(
        filled(&paragraph),
        control(title, &format!("<w:p><w:pPr/>{value}</w:p>"))
    );
    assert_eq!(
        filled(&control(title, "")),
        control(title, &format!("<w:p>{value}</w:p>"))
    );
    // A check box.
    let unchecked = "<w:tag w:val=\"urgent\"/><w14:checkbox xmlns:w14=\"x\"><w14:checked w14:val=\"0\"/></w14:checkbox>";
    let body = control(unchecked, &p(&["☐"]));
    assert_eq!(
        filled(&body),
        control(&unchecked.replace("\"0\"", "\"1\""), &p(&["☒"]))
    );
}

#[test]
fn a_control_for_a_date_writes_it_as_it_says() {
    let date = |name: &str, picture: &str| {
        format!("<w:tag w:val=\"{name}\"/><w:date><w:dateFormat w:val=\"{picture}\"/></w:date>")
    };
    let shown = |name: &str, picture: &str| {
        let body = filled(&control(&date(name, picture), &p(&["Click"])));
        let text = body.split("<w:t>").nth(1).unwrap();
        text.split('<').next().unwrap().to_owned()
    };
    assert_eq!(shown("filed", "d. M. yyyy"), "1. 3. 2026");
    // What is no date, and a picture with a time in it, are passed over.
    assert_eq!(shown("urgent", "d. M. yyyy"), "Yes");
    assert_eq!(shown("filed", "d.M. HH:mm"), "March 1, 2026");
}

#[test]
fn a_content_control_without_a_value_stays_and_is_listed() {
    let fax = "<w:tag w:val=\"client.fax\"/><w:showingPlcHdr/>";
    let body = control(fax, &p(&["Click here"]));
    assert_eq!(
        left(&body),
        (body.clone(), vec!["client.fax: empty".to_owned()])
    );
    let other = control("<w:tag w:val=\"Nothing\"/>", &p(&[""]));
    assert_eq!(left(&other).1, ["Nothing: unknown"]);
    // With a text of its own it is the author's.
    let own = control("<w:tag w:val=\"Nothing\"/>", &p(&["typed"]));
    assert_eq!(left(&own), (own.clone(), vec![]));
    // One around placeholders is none itself.
    let around = control("<w:tag w:val=\"client.name\"/>", &p(&["a {{ fee }}"]));
    assert!(filled(&around).contains("a $1,200.00"));
    // In a loop, by the loop's variable.
    let within = [
        p(&["{% for x in related %}"]),
        control("<w:tag w:val=\"x.name\"/>", &p(&["name"])),
        p(&["{% endfor %}"]),
    ];
    let body = filled(&within.concat());
    assert!(
        body.contains("Grace") && body.contains("Otto") && !body.contains(">name<"),
        "{body}"
    );
}

pub(super) fn field(code: &str, shown: &str) -> String {
    let c = |kind: &str| format!("<w:r><w:fldChar w:fldCharType=\"{kind}\"/></w:r>");
    let (half, rest) = code.split_at(code.len() / 2);
    format!(
        "{}<w:r><w:instrText>{half}</w:instrText></w:r><w:r><w:instrText>{rest}</w:instrText></w:r>{}\
         <w:r><w:rPr><w:b/></w:rPr><w:t>{shown}</w:t></w:r>{}",
        c("begin"),
        c("separate"),
        c("end")
    )
}

#[test]
fn a_merge_field_becomes_its_value() {
    let body = format!(
        "<w:p>{}</w:p>",
        field(" MERGEFIELD Client_Name \\* Upper ", "«Client_Name»")
    );
    assert_eq!(
        filled(&body),
        "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>ADA &lt;SAMPLE&gt; &amp; CO</w:t></w:r></w:p>"
    );
    let simple = |code: &str| {
        format!(
            "<w:p><w:fldSimple w:instr=\"{code}\"><w:r><w:rPr><w:i/></w:rPr><w:t>«x»</w:t></w:r></w:fldSimple></w:p>"
        )
    };
    assert_eq!(
        filled(&simple(" MERGEFIELD filed \\@ &quot;d MMM yyyy&quot; ")),
        "<w:p><w:r><w:rPr><w:i/></w:rPr><w:t>1 Mar 2026</w:t></w:r></w:p>"
    );
    let fax = simple("MERGEFIELD &quot;client fax&quot;");
    assert_eq!(
        left(&fax),
        (fax.clone(), vec!["client fax: empty".to_owned()])
    );
    // What does not fit stays as it is.
    let misfit = simple("MERGEFIELD urgent \\@ &quot;d MMM&quot; \\b &quot;on &quot;");
    assert_eq!(
        left(&misfit),
        (misfit.clone(), vec!["urgent: kind".to_owned()])
    );
    assert!(refusal(&simple("MERGEFIELD fax \\@ &quot;dd/mm/yyyy&quot;")).contains("`MM`"));
    assert_eq!(
        filled(&simple("MERGEFIELD ClientName")),
        "<w:p><w:r><w:rPr><w:i/></w:rPr><w:t>Ada &lt;Sample&gt; &amp; Co</w:t></w:r></w:p>"
    );
    let page = format!("<w:p>{}</w:p>", field("PAGE", "1"));
    assert_eq!(filled(&page), page);
    // In the code of another field nothing is put.
    let c = |kind: &str| format!("<w:r><w:fldChar w:fldCharType=\"{kind}\"/></w:r>");
    let nested = format!(
        "<w:p>{}<w:r><w:instrText>IF </w:instrText></w:r>{}{}</w:p>",
        c("begin"),
        field("MERGEFIELD fee", "«fee»"),
        c("end")
    );
    assert_eq!(
        left(&nested),
        (nested.clone(), vec!["fee: place".to_owned()])
    );
}

#[test]
fn what_another_program_would_fill_is_left_and_listed() {
    let body = [
        p(&["by &lt;", "&lt;Matter.Client", ".Name&gt;&gt;, {{ filed }}"]),
        p(&["{% if quiet %}"]),
        p(&["&lt;&lt;Matter.Quiet&gt;&gt;"]),
        p(&["{% endif %}"]),
        p(&["«Client_Name»"]),
        format!("<w:p>{}</w:p>", field("MERGEFIELD nothing", "«nothing»")),
        format!("<w:p>{}</w:p>", field("MERGEFIELD fee", "«fee»")),
        control("<w:tag w:val=\"no\"/>", &p(&["«Court»"])),
    ];
    let body = body.concat();
    let expected = [
        "<<Matter.Client.Name>>: unknown",
        "«Client_Name»: unknown",
        "nothing: unknown",
        "«Court»: unknown",
    ];
    let (filled, listed) = left(&body);
    assert_eq!(listed, expected);
    assert!(filled.contains("by &lt;") && filled.contains(".Name&gt;&gt;, March 1, 2026"));
    // What is told of the document is what was listed.
    let told = inspect(&document(&filled, &[])).unwrap().marks.into_iter();
    let told: Vec<String> = told
        .filter(|it| !it.filled)
        .map(|it| it.name + ": unknown")
        .collect();
    assert_eq!(told, expected);
}

#[test]
fn what_stands_in_the_title_is_listed() {
    let core = "<cp:coreProperties xmlns:cp=\"x\" xmlns:dc=\"y\"><dc:title>Letter to \
                {{ client.name }} &lt;&lt;Matter.Number&gt;&gt;</dc:title></cp:coreProperties>";
    let bytes = document(&p(&["{{ fax }}"]), &[("docProps/core.xml", core)]);
    let (part, left) = part_of(&bytes, "docProps/core.xml");
    assert_eq!(part, core);
    assert_eq!(
        left,
        [
            "{{ fax }}: unknown",
            "{{ client.name }}: place",
            "<<Matter.Number>>: place"
        ]
    );
}

#[test]
fn what_of_word_s_own_is_not_filled_is_listed() {
    let run = |text: &str| format!("<w:r><w:t>{text}</w:t></w:r>");
    let listed = |body: &str| left(body).1;
    let empty = "<w:sdt><w:sdtPr><w:tag w:val=\"*\"/></w:sdtPr><w:sdtContent/></w:sdt>";
    assert_eq!(
        listed(&empty.replace('*', "client.name")),
        ["client.name: place"]
    );
    assert_eq!(listed(&empty.replace('*', "Nothing")), ["Nothing: unknown"]);
    assert_eq!(
        listed(&empty.replace('*', "client.fax")),
        ["client.fax: empty"]
    );
    let checkbox = "<w:tag w:val=\"Nothing\"/><w14:checkbox xmlns:w14=\"x\"><w14:checked w14:val=\"0\"/></w14:checkbox>";
    assert_eq!(listed(&control(checkbox, &p(&["☐"]))), ["Nothing: unknown"]);
    let line = control("<w:tag w:val=\"Nothing\"/>", &p(&["__&#160;__"]));
    assert_eq!(listed(&line), ["Nothing: unknown"]);
    let open = format!("<w:p>{}</w:p>", field("MERGEFIELD \"Nothing", "x"));
    assert_eq!(listed(&open), ["Nothing: unknown"]);
    let long = "Nothing ".repeat(40);
    let named = format!(
        "<w:p>{}</w:p>",
        field(&format!("MERGEFIELD \"{long}\""), "x")
    );
    assert!(listed(&named)[0].ends_with("…: unknown"));
    let named = control(&format!("<w:tag w:val=\"{long}\"/>"), &p(&[""]));
    assert!(listed(&named)[0].ends_with("…: unknown"));
    // Where nothing is filled: a drawing, a formula, a picture's text, a field's code.
    let drawing = "<a:p><a:r><a:t>{{ client.</a:t></a:r><a:r><a:t>name }}</a:t></a:r></a:p>";
    let body = [
        format!(
            "<w:p><w:r><w:drawing>{drawing}<wp:docPr descr=\"the {{{{ fee }}}}\"/></w:drawing></w:r>"
        ),
        "<m:oMath><m:r><m:t>{{ filed }}</m:t></m:r></m:oMath>".to_owned(),
        "<v:textpath string=\"&#123;{ urgent }}\"/>".to_owned(),
        field("HYPERLINK \"mailto:{{ client.mail }}\"", "x"),
        run("{{ fee }}"),
        "</w:p>".to_owned(),
    ];
    assert_eq!(
        listed(&body.concat()),
        [
            "{{ fee }}: place",
            "{{ urgent }}: place",
            "{{ client.name }}: place",
            "{{ filed }}: place",
            "{{ client.mail }}: place"
        ]
    );
}

#[test]
fn placeholders_of_other_parts_are_listed() {
    let header = format!("<w:hdr {W}>{}</w:hdr>", p(&["a {{ fee", " }}"]));
    let rels = "<a><b Target=\"mailto:{{ client.mail }}\"/></a>";
    let bytes = document(
        &p(&["{{ fee }}"]),
        &[
            ("word/head.xml", &header),
            ("word/_rels/document.xml.rels", rels),
        ],
    );
    let filled = fill(&bytes, &values(), Locale::EnUs).unwrap();
    let told = filled
        .unfilled
        .iter()
        .map(|it| (&*it.part, &*it.placeholder, it.why));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            ("word/head.xml", "{{ fee }}", Why::Place),
            (
                "word/_rels/document.xml.rels",
                "{{ client.mail }}",
                Why::Place
            ),
        ]
    );
}

#[test]
fn a_list_that_is_cut_says_so() {
    let many: Vec<String> = (0..6_000).map(|it| format!("{{{{ x{it} }}}} ")).collect();
    let bytes = document(&p(&[&many.concat()]), &[]);
    let filled = fill(&bytes, &values(), Locale::EnUs).unwrap();
    assert_eq!(filled.unfilled.len(), 5_001);
    assert_eq!(filled.unfilled[5_000].placeholder, "… and up to 1000 more");
}
