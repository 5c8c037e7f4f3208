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
