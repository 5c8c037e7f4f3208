use super::*;

/// A file of these objects, numbered from 1.
fn pdf(objects: &[&str]) -> Vec<u8> {
    let mut out = b"%PDF-1.4\n".to_vec();
    for (n, object) in objects.iter().enumerate() {
        out.extend(alloc::format!("{} 0 obj\n{object}\nendobj\n", n + 1).bytes());
    }
    out.extend(b"trailer << /Root 1 0 R >>\n%%EOF");
    out
}

/// A page with this content.
fn page(content: &str) -> Vec<u8> {
    let stream = alloc::format!(
        "<< /Length {} >>\nstream\n{content}\nendstream",
        content.len()
    );
    pdf(&[
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 /Resources << /Font << /F1 5 0 R >> >> >>",
        "<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>",
        &stream,
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ])
}

fn refusal(bytes: &[u8]) -> String {
    text(bytes).unwrap_err().message().into()
}

#[test]
fn letters_become_words_and_lines() {
    let said = text(&page(
        "BT /F1 12 Tf 14 TL 72 700 Td (Dear ) Tj (Ada,) Tj T* [(W) 80 (e) -600 (write)] TJ (next) ' \
         1 0 0 1 72 600 Tm (\\223far\\224) Tj ET BT /F1 12 Tf 300 600 Td (right) Tj ET",
    ));
    assert_eq!(said.unwrap(), "Dear Ada,\nWe write\nnext\n“far” right\n");
}

#[test]
fn a_form_and_a_picture_within_are_passed() {
    let content = "q /F1 1 Tf BI /W 1 /H 1 ID (\u{1}\u{2} EI Q BT /F1 9 Tf (a) Tj ET";
    assert_eq!(text(&page(content)).unwrap(), "a\n");
}

#[test]
fn an_encrypted_one_is_refused() {
    let mut bytes = page("");
    let at = file::find(&bytes, b"/Root").unwrap();
    bytes.splice(at..at, b"/Encrypt 9 0 R ".iter().copied());
    assert!(refusal(&bytes).contains("encrypted"));
}

#[test]
fn what_is_no_pdf_is_refused() {
    assert!(refusal(b"hello").contains("no PDF"));
    assert!(refusal(b"%PDF-1.4\n").contains("no pages"));
    // A circle of pages, and of references.
    let circle = pdf(&[
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [2 0 R 3 0 R] >>",
        "3 0 R",
    ]);
    assert!(refusal(&circle).contains("no pages"));
}

#[test]
fn letters_that_nothing_tells_are_not_taken_for_none() {
    let bytes = pdf(&[
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Resources << /Font << /F1 5 0 R >> >> >>",
        "<< /Type /Page /Contents 4 0 R >>",
        "<< /Length 30 >>\nstream\nBT /F1 9 Tf <00010002> Tj ET\nendstream",
        "<< /Type /Font /Subtype /Type0 /Encoding /Identity-H /DescendantFonts [<<>>] >>",
    ]);
    assert!(refusal(&bytes).contains("what its letters are"));
}

#[test]
fn a_form_that_holds_itself_ends() {
    let bytes = pdf(&[
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Resources << /XObject << /X 4 0 R >> >> >>",
        "<< /Type /Page /Contents 5 0 R >>",
        "<< /Subtype /Form /Length 17 >>\nstream\n/X Do /X Do /X Do\nendstream",
        "<< /Length 5 >>\nstream\n/X Do\nendstream",
    ]);
    assert_eq!(text(&bytes).unwrap(), "");
}

#[test]
fn damage_never_panics() {
    let bytes = page("BT /F1 12 Tf 14 TL 72 700 Td (Dear ) Tj [(W) 80 (e)] TJ ET");
    for at in 0..bytes.len() {
        for value in [0, b'<', b'[', b'9', 0xff] {
            let mut bytes = bytes.clone();
            bytes[at] = value;
            let _ = text(&bytes);
        }
        let _ = text(&bytes[..at]);
    }
}

#[test]
fn objects_within_objects_cost_no_more_than_they_may() {
    let nested = alloc::format!("%PDF-1.4\n{}", "1 0 obj [ 1 1 ".repeat(100_000));
    assert!(text(nested.as_bytes()).is_err());
    let wide = alloc::format!("%PDF-1.4\n1 0 obj [ {}", "2 0 obj 1 1 ".repeat(100_000));
    assert!(text(wide.as_bytes()).is_err());
    let long = alloc::format!("BT [{}] TJ ET", "1 ".repeat(2_000_000));
    assert_eq!(text(&page(&long)).unwrap(), "");
}
