use alloc::borrow::ToOwned;

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

/// A file whose objects are where its table says.
fn tabled(objects: &[(u32, &str)]) -> Vec<u8> {
    let mut out = b"%PDF-1.4\n".to_vec();
    update(&mut out, objects, None);
    out
}

/// Adds objects, and a table of them. Gives where that is.
fn update(out: &mut Vec<u8>, objects: &[(u32, &str)], before: Option<usize>) -> usize {
    let mut table = alloc::string::String::from("xref\n");
    for (number, object) in objects {
        table += &alloc::format!("{number} 1\n{:010} 00000 n \n", out.len());
        out.extend(alloc::format!("{number} 0 obj\n{object}\nendobj\n").bytes());
    }
    let before = before.map_or_else(String::new, |it| alloc::format!("/Prev {it}"));
    let at = out.len();
    let trailer =
        alloc::format!("trailer << /Root 1 0 R /Size 9 {before} >>\nstartxref\n{at}\n%%EOF\n");
    out.extend((table + &trailer).bytes());
    at
}

fn says(text: &str) -> String {
    let content = alloc::format!("BT /F1 9 Tf ({text}) Tj ET");
    alloc::format!(
        "<< /Length {} >>\nstream\n{content}\nendstream",
        content.len()
    )
}

const WAIVES: &str = "The client WAIVES all claims.";
const NOTHING: &str = "Nothing is waived at all.";

/// The objects of a document of one page, without what it says.
const DOCUMENT: [(u32, &str); 4] = [
    (1, "<< /Type /Catalog /Pages 2 0 R >>"),
    (2, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"),
    (
        3,
        "<< /Type /Page /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    ),
    (5, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"),
];

#[test]
fn an_object_is_where_the_tables_say() {
    let (waives, nothing) = (says(WAIVES), says(NOTHING));
    let said = |bytes: &[u8]| text(bytes).unwrap().trim().to_owned();
    let objects = [&DOCUMENT[..], &[(4, &*waives)]].concat();
    let whole = tabled(&objects);
    assert_eq!(said(&whole), WAIVES);
    let table = file::find(&whole, b"xref\n").unwrap();
    // A later one that no table leads to, before the table and behind it.
    let other = alloc::format!("4 0 obj\n{nothing}\nendobj\n");
    let mut hidden = whole.clone();
    hidden.extend(other.bytes());
    hidden.extend(alloc::format!("startxref\n{table}\n%%EOF\n").bytes());
    assert_eq!(said(&hidden), WAIVES);
    // One that an update leads to counts, and an update of the update.
    let mut updated = whole.clone();
    let second = update(&mut updated, &[(4, &nothing)], Some(table));
    assert_eq!(said(&updated), NOTHING);
    update(&mut updated, &[(4, &waives), (7, "null")], Some(second));
    assert_eq!(said(&updated), WAIVES);
    // What one of them has wrong is looked for; the rest is as they say.
    let at = file::find(&hidden, b"5 1\n0").unwrap() + 4;
    hidden[at..at + 10].copy_from_slice(b"0000000003");
    assert_eq!(said(&hidden), WAIVES);
    // Without them, and where the one before is missing, the last one counts.
    let mut lost = hidden.clone();
    lost.truncate(file::find(&lost, other.as_bytes()).unwrap() + other.len());
    lost.extend([b' '; 2_000]);
    assert_eq!(said(&lost), NOTHING);
    let mut broken = whole.clone();
    update(&mut broken, &[(4, &nothing)], Some(3));
    assert_eq!(said(&broken), NOTHING);
}

#[test]
fn objects_in_a_stream_are_where_a_packed_table_says() {
    let (old, new) = (
        "4 0 obj\n".to_owned() + &says(NOTHING) + "\nendobj\n",
        says(WAIVES),
    );
    let mut out = b"%PDF-1.5\n".to_vec();
    let mut at = [0_usize; 9];
    let inner: Vec<(u32, &str)> = DOCUMENT.to_vec();
    let mut head = String::new();
    let mut body = String::new();
    for (number, object) in &inner {
        head += &alloc::format!("{number} {} ", body.len());
        body += &alloc::format!("{object}\n");
    }
    // One that the table has elsewhere.
    head += &alloc::format!("4 {} ", body.len());
    body += "null";
    at[4] = out.len();
    out.extend(alloc::format!("4 0 obj\n{new}\nendobj\n").bytes());
    at[6] = out.len();
    out.extend(alloc::format!(
        "6 0 obj\n<< /Type /ObjStm /N 5 /First {} /Length {} >>\nstream\n{head}{body}\nendstream\nendobj\n",
        head.len(), head.len() + body.len()
    ).bytes());
    out.extend(old.bytes());
    at[7] = out.len();
    let mut rows = Vec::new();
    for (number, at) in at.iter().take(8).enumerate() {
        let (kind, of) = match number {
            0 => (0, 0),
            4 | 6 | 7 => (1, *at),
            _ => (2, 6),
        };
        rows.extend([
            kind,
            u8::try_from(of >> 8).unwrap(),
            u8::try_from(of & 255).unwrap(),
            0,
        ]);
    }
    let packed = miniz_oxide::deflate::compress_to_vec_zlib(&rows, 6);
    out.extend(alloc::format!(
        "7 0 obj\n<< /Type /XRef /W [1 2 1] /Size 8 /Root 1 0 R /Filter /FlateDecode /Length {} >>\nstream\n",
        packed.len()
    ).bytes());
    out.extend(packed);
    out.extend(alloc::format!("\nendstream\nendobj\nstartxref\n{}\n%%EOF", at[7]).bytes());
    assert_eq!(text(&out).unwrap().trim(), WAIVES);
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
    assert!(refusal(&page(&long)).contains("too long or too deep"));
}

/// An object that is a stream, deflated.
fn deflated(entries: &str, content: &[u8]) -> Vec<u8> {
    let packed = miniz_oxide::deflate::compress_to_vec_zlib(content, 6);
    let head = alloc::format!(
        "<< /Filter /FlateDecode {entries} /Length {} >>\nstream\n",
        packed.len()
    );
    [head.as_bytes(), &packed, b"\nendstream"].concat()
}

/// A file of these objects, numbered from 1, of which one or another is no text.
fn binary(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"%PDF-1.4\n".to_vec();
    for (n, object) in objects.iter().enumerate() {
        out.extend(alloc::format!("{} 0 obj\n", n + 1).bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    out.extend(b"trailer << /Root 1 0 R >>\n%%EOF");
    out
}

/// A page with this content and this font, and what else there is.
fn with_font(content: &[u8], font: &str, others: &[Vec<u8>]) -> Vec<u8> {
    let mut objects = Vec::from([
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] >>".to_vec(),
        b"<< /Type /Page /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_vec(),
        deflated("", content),
        font.as_bytes().to_vec(),
    ]);
    objects.extend_from_slice(others);
    binary(&objects)
}

/// What a small file in bad faith is told, which has to be told in time: each of
/// these took minutes, or all memory.
fn told_in_time(bytes: &[u8]) -> String {
    let began = std::time::Instant::now();
    let told = refusal(bytes);
    assert!(
        began.elapsed().as_secs() < 10,
        "{:?}: {told}",
        began.elapsed()
    );
    told
}

const STEPS: &str = "too many steps";

#[test]
fn trailers_that_do_not_end_cost_no_more_than_they_may() {
    let head = "%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n";
    let bytes = head.to_owned() + &"trailer(".repeat(80_000);
    assert!(told_in_time(bytes.as_bytes()).contains(STEPS));
}

#[test]
fn one_letter_that_means_many_makes_no_text_without_end() {
    let many = "0061".repeat(64);
    let table = alloc::format!(
        "1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfchar <61> <{many}> endbfchar"
    );
    let mut content = b"BT /F1 9 Tf (".to_vec();
    content.extend([b'a'; 1_000_000]);
    content.extend(b") Tj ET");
    let font = "<< /Type /Font /Subtype /Type1 /ToUnicode 6 0 R >>";
    let bytes = with_font(&content, font, &[deflated("", table.as_bytes())]);
    assert!(bytes.len() < 3_000);
    assert_eq!(told_in_time(&bytes), "its text is longer than 8 MiB");
}

#[test]
fn a_font_s_tables_cost_no_more_than_they_may() {
    let content = b"BT /F1 9 Tf <0001> Tj ET";
    let font = |of: &str| {
        alloc::format!(
            "<< /Subtype /Type0 /Encoding /Identity-H /ToUnicode 6 0 R /DescendantFonts [<< {of} >>] >>"
        )
    };
    let widths = alloc::format!("/W [ {} ]", "0 69000 1 ".repeat(4_000));
    assert!(told_in_time(&with_font(content, &font(&widths), &[])).contains(STEPS));
    let lists = alloc::format!("/W [ {} ]", "7 0 R 7 0 R ".repeat(50_000));
    let list = alloc::format!("[ {} ]", "1 ".repeat(50_000));
    let others = [deflated("", b""), list.into_bytes()];
    assert!(told_in_time(&with_font(content, &font(&lists), &others)).contains(STEPS));
    // The same codes again and again, with 64 letters each.
    let ranges = alloc::format!("<0000> <00ff> <{}>\n", "0061".repeat(63)).repeat(30_000);
    let ranges = alloc::format!("1 beginbfrange {ranges} endbfrange");
    let told = told_in_time(&with_font(
        content,
        &font(""),
        &[deflated("", ranges.as_bytes())],
    ));
    assert!(told.contains("table of a font"), "{told}");
}

#[test]
fn what_is_read_again_and_again_is_paid_for_each_time() {
    // A large map for each operator.
    let names: String = (0..20_000)
        .map(|it| alloc::format!("/X{it} 9 0 R "))
        .collect();
    let objects = |content: &str| {
        binary(&[
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            b"<< /Type /Pages /Kids [3 0 R] >>".to_vec(),
            b"<< /Type /Page /Contents 4 0 R /Resources << /XObject 5 0 R /Font 5 0 R >> >>"
                .to_vec(),
            deflated("", content.as_bytes()),
            alloc::format!("<< {names} >>").into_bytes(),
        ])
    };
    assert!(told_in_time(&objects(&"/X1 Do ".repeat(300_000))).contains(STEPS));
    assert!(told_in_time(&objects(&"/X1 1 Tf ".repeat(300_000))).contains(STEPS));
    // Pages that each take in what is large.
    let wide = alloc::format!(
        "<< /Type /Page /Contents 4 0 R /Resources << /Font 5 0 R /L [ {} ] >> >>",
        "/a".repeat(90_000)
    );
    let kids: String = (6..4_000).map(|it| alloc::format!("{it} 0 R ")).collect();
    let mut pages = Vec::from([
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        alloc::format!("<< /Type /Pages /Kids [ {kids} ] /Resources 3 0 R >>").into_bytes(),
        wide.into_bytes(),
        deflated("", b""),
        b"<< >>".to_vec(),
    ]);
    pages.extend((6..4_000).map(|_| b"<< /Type /Page /Contents 4 0 R >>".to_vec()));
    assert!(told_in_time(&binary(&pages)).contains(STEPS));
}

#[test]
fn streams_that_do_not_end_cost_no_more_than_they_may() {
    let open = "1 0 obj<</Type/ObjStm/N 1/First 4/Length 5>>stream ".repeat(100_000);
    let told = told_in_time(alloc::format!("%PDF-1.4\n{open}").as_bytes());
    assert!(told.contains("16 MiB unpacked"), "{told}");
    let parts = "4 0 R ".repeat(100_000);
    let blanks = " ".repeat(4_000_000);
    let bytes = pdf(&[
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] >>",
        &alloc::format!("<< /Type /Page /Contents [ {parts} ] >>"),
        &alloc::format!("<< /Length 3 /Filter /Other >>\nstream\nabc{blanks}endstream"),
    ]);
    assert!(told_in_time(&bytes).contains(STEPS));
}

#[test]
fn what_is_beyond_a_bound_is_refused_and_not_left_out() {
    let long = "(a) Tj ".repeat(1_300_000);
    let of = |content: &[u8]| with_font(content, "<< /Type /Font /Subtype /Type1 >>", &[]);
    assert!(told_in_time(&of(long.as_bytes())).contains("8 MiB unpacked"));
    let deep = alloc::format!("BT /F1 9 Tf (a) Tj {} (b) Tj ET", "[".repeat(500));
    assert!(refusal(&of(deep.as_bytes())).contains("too deep"));
    // A form that holds as much as may be, in another.
    let form = |inner: &str| {
        let content = inner.to_owned() + &" ".repeat(7 << 20);
        deflated(
            "/Subtype /Form /Resources << /XObject << /A 6 0 R /B 7 0 R >> >>",
            content.as_bytes(),
        )
    };
    let bytes = binary(&[
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] >>".to_vec(),
        b"<< /Type /Page /Contents 4 0 R /Resources << /XObject << /A 6 0 R >> >> >>".to_vec(),
        deflated("", b"/A Do"),
        b"<< >>".to_vec(),
        form("/B Do"),
        form("/A Do"),
    ]);
    assert!(told_in_time(&bytes).contains("12 MiB of content"));
}

#[test]
fn what_begins_no_picture_hides_no_text() {
    let said = |content: &str| text(&page(content)).unwrap();
    let shown = said("BT /F1 9 Tf (pays) Tj ET ID BT /F1 9 Tf (except all claims) Tj ET EI");
    assert!(shown.contains("except all claims"), "{shown}");
    let picture =
        said("BT /F1 9 Tf (pays) Tj ET BI /W 1 ID (no text) Tj EI BT /F1 9 Tf (all) Tj ET");
    assert!(
        picture.contains("all") && !picture.contains("no text"),
        "{picture}"
    );
}
