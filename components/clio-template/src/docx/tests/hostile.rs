use alloc::borrow::ToOwned;

use super::words_own::field;
use super::*;

#[test]
fn what_would_run_or_fetch_is_refused() {
    let rels = |of: &str| {
        let text = format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"a\" {of}/></Relationships>"
        );
        document(&p(&["x"]), &[("word/_rels/document.xml.rels", &text)])
    };
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let of = |kind: &str, target: &str, mode: &str| {
        rels(&format!(
            "Type=\"{office}/{kind}\" Target=\"{target}\"{mode}"
        ))
    };
    let external = " TargetMode=\"External\"";
    let refused = |bytes: &[u8]| match fill(bytes, &values(), Locale::EnUs) {
        Ok(_) => "taken".to_owned(),
        Err(refused) => refused.message().to_owned(),
    };
    assert_eq!(
        refused(&of("hyperlink", "https://example.com", external)),
        "taken"
    );
    assert_eq!(refused(&of("image", "media/image1.png", "")), "taken");
    for (bytes, word) in [
        (
            of("image", "https://example.com/a.png", external),
            "outside",
        ),
        (of("image", "\\\\host\\a.png", ""), "outside"),
        (
            of("image", "file:///a.png", " TargetMode=\"&#69;xternal\""),
            "outside",
        ),
        (
            of("attachedTemplate", "file:///C:/a.dotm", external),
            "attached",
        ),
        (of("aFChunk", "a.html", ""), "another file"),
        (of("oleObject", "embeddings/a.bin", ""), "another file"),
        (of("vbaProject", "vbaProject.bin", ""), "macros"),
        (of("hyperlink", "javascript:alert(1)", external), "script"),
        (document("", &[("word/vbaProject.bin", "x")]), "macros"),
        (
            document("", &[("word/activeX/activeX1.bin", "x")]),
            "macros",
        ),
        (
            document(
                "",
                &[(
                    "word/styles.xml",
                    "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
                )],
            ),
            "entities",
        ),
        (
            document("", &[("word/header1.xml", "<!DOCTYPE a><a/>")]),
            "entities",
        ),
        (document("<w:altChunk r:id=\"a\"/>", &[]), "another file"),
        (
            document(&format!("<w:p>{}</w:p>", field("DDEAUTO c:\\x", "")), &[]),
            "DDEAUTO",
        ),
        (
            document("<w:p><w:fldSimple w:instr=\"INCLUDETEXT a\"/></w:p>", &[]),
            "INCLUDETEXT",
        ),
        (
            document(
                "<w:p><w:r><w:fldChar w:fldCharType=\"begin\"/><w:instrText>DDE x</w:instrText></w:r></w:p>",
                &[],
            ),
            "DDE",
        ),
        (
            document(
                "<w:p><w:r><w:t><![CDATA[{{ fee }}]]></w:t></w:r></w:p>",
                &[],
            ),
            "CDATA",
        ),
        (document("<w:p></w:r>", &[]), "malformed"),
        (zipped(&[("a", "")]), "content types"),
    ] {
        let told = refused(&bytes);
        assert!(told.contains(word), "{word}: {told}");
    }
}

/// What is done to each of these has to end in time: they took minutes.
fn in_time<T>(work: impl FnOnce() -> T) -> T {
    let began = std::time::Instant::now();
    let done = work();
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
    done
}

#[test]
fn places_for_values_in_many_parts_have_an_end() {
    let header = format!("<w:hdr {W}>{}</w:hdr>", p(&[&"«a»".repeat(5_000)]));
    let names: Vec<String> = (0..40).map(|it| format!("word/header{it}.xml")).collect();
    let parts: Vec<(&str, &str)> = names.iter().map(|it| (&**it, &*header)).collect();
    let told = in_time(|| inspect(&document("", &parts)).unwrap_err());
    assert!(told.message().contains("20,000 places"), "{told}");
    let few = in_time(|| inspect(&document("", &parts[..4])).unwrap());
    assert_eq!(few.marks.len(), 20_000);
    // In placeholders they are theirs.
    let both = p(&[&"{{ a }} «b» {{ '«c»' }}".repeat(3_000)]);
    let both = in_time(|| inspect(&document(&both, &[])).unwrap());
    assert_eq!(both.marks.len(), 9_000);
}

#[test]
fn the_whole_text_of_a_document_has_an_end() {
    let header = format!("<w:hdr {W}>{}</w:hdr>", p(&[&"abc ".repeat(1_000_000)]));
    let parts = [
        ("word/header1.xml", &*header),
        ("word/header2.xml", &header),
    ];
    assert!(inspect(&document("", &parts)).is_ok());
    let told = inspect(&document(&p(&[&"abc ".repeat(200_000)]), &parts)).unwrap_err();
    assert!(told.message().contains("8 MiB"), "{told}");
}

#[test]
fn what_is_open_costs_nothing_with_each_paragraph_within() {
    let controls = super::words_own::control("<w:tag w:val=\"fee\"/>", "").repeat(15_000);
    let body = format!(
        "<w:p>{controls}<w:r><w:txbxContent>{}</w:txbxContent></w:r></w:p>",
        (0..300_000)
            .map(|it| format!("<w:p w:x=\"{it}\"/>"))
            .collect::<String>()
    );
    in_time(|| inspect(&document(&body, &[])).map(|_| ()).unwrap());
    let c = |kind: &str| format!("<w:fldChar w:fldCharType=\"{kind}\"/>");
    let fields = (c("begin") + &c("end")).repeat(15_000);
    let body = format!(
        "<w:p><w:r>{fields}{}</w:r></w:p>",
        "<w:tab/>".repeat(150_000)
    );
    in_time(|| inspect(&document(&body, &[])).map(|_| ()).unwrap());
    let fields = (c("begin") + &c("end")).repeat(30_000);
    assert!(refusal(&format!("<w:p><w:r>{fields}</w:r></w:p>")).contains("too many fields"));
    let tabs = "<w:tab/>".repeat(250_000);
    assert!(refusal(&format!("<w:p><w:r>{tabs}</w:r></w:p>")).contains("200,000 pieces"));
}

#[test]
fn a_long_text_with_many_placeholders_is_read_once() {
    let text = ("&amp; ".to_owned() + &"many words ".repeat(10) + "{{ fee }}").repeat(15_000);
    let template = document(&p(&[&text]), &[]);
    let filled = in_time(|| fill(&template, &values(), Locale::EnUs).unwrap());
    let said = inspect(&filled.bytes).unwrap().text;
    assert_eq!(said.matches("words $1,200.00&").count(), 14_999);
}

#[test]
fn a_control_has_one_tag_and_one_title() {
    let tags = (0..400_000).map(|it| format!("<w:tag w:val=\"x{it}\"/>"));
    let control = super::words_own::control(&tags.collect::<String>(), &p(&[""]));
    let template = document(&control, &[]);
    let filled = in_time(|| fill(&template, &values(), Locale::EnUs).unwrap());
    assert_eq!(filled.unfilled.len(), 1);
}

#[test]
fn word_s_elements_have_one_name_in_all_of_a_part() {
    let word = W.split_once('"').unwrap().1;
    let said = |around: &str, name: &str| {
        let run = format!("<{name}:r><{name}:t>and pays more {{{{ fee }}}}</{name}:t></{name}:r>");
        p(&["a"])
            + &format!(
                "<w:p><w:r><w:t>b</w:t></w:r>{}</w:p>",
                around.replace('*', &run)
            )
    };
    for around in [
        format!("<x:r xmlns:x=\"{word}>*</x:r>"),
        format!("<y xmlns:x=\"{}>*</y>", word.replace("http:", "http&#58;")),
        "<y xmlns:x=\"http://purl.oclc.org/ooxml/wordprocessingml/main\">*</y>".to_owned(),
    ] {
        let told = refusal(&said(&around, "x"));
        assert!(told.contains("two names for Word"), "{told}");
        assert!(inspect(&document(&said(&around, "x"), &[])).is_err());
    }
    let told = refusal(&said("<y xmlns:w=\"urn:other\">*</y>", "w"));
    assert!(told.contains("two names for Word"), "{told}");
    // The same again is the same.
    let again = said(&format!("<w:smartTag xmlns:w=\"{word}>*</w:smartTag>"), "w");
    assert!(filled(&again).contains("more $1,200.00"));
}
