//! Large documents that compress like real ones: words in random order, runs and
//! formatting as Word writes them, a picture that does not compress.

use std::fmt::Write;

/// What a document has.
pub(crate) struct Shape {
    pub(crate) paragraphs: usize,
    /// `{{ client.name }}` each, every third split over two runs.
    pub(crate) placeholders: usize,
    /// The bytes of a picture.
    pub(crate) picture: usize,
}

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn word(&mut self) -> String {
        let length = 2 + self.below(9);
        (0..length)
            .map(|_| char::from(b'a' + u8::try_from(self.below(26)).unwrap()))
            .collect()
    }
}

pub(crate) fn document(shape: &Shape) -> Vec<u8> {
    let mut random = Random(88_172_645_463_325_252);
    let dictionary: Vec<String> = (0..4_000).map(|_| random.word()).collect();
    let mut body = String::new();
    let every = shape.paragraphs / shape.placeholders.max(1);
    let mut left = shape.placeholders;
    for n in 0..shape.paragraphs {
        let _ = write!(
            body,
            "<w:p w:rsidR=\"{:08X}\" w:rsidRDefault=\"{:08X}\"><w:pPr><w:spacing w:after=\"120\"/></w:pPr>",
            random.0 >> 40,
            random.0 >> 36 & 0xff_ffff
        );
        for run in 0..3 {
            let _ = write!(
                body,
                "<w:r w:rsidR=\"{:08X}\"><w:rPr><w:lang w:val=\"en-US\"/></w:rPr><w:t xml:space=\"preserve\">",
                random.0 >> 40
            );
            for _ in 0..14 {
                body.push_str(&dictionary[random.below(dictionary.len())]);
                body.push(' ');
            }
            if run == 1 && n % every == 0 && left > 0 {
                left -= 1;
                body.push_str(match left % 3 {
                    0 => "{{ client.</w:t></w:r><w:r><w:t xml:space=\"preserve\">name }}",
                    _ => "{{ client.name }}",
                });
            }
            body.push_str("</w:t></w:r>");
        }
        body.push_str("</w:p>");
    }
    let picture: Vec<u8> = (0..shape.picture)
        .map(|_| u8::try_from(random.below(256)).unwrap())
        .collect();
    super::zip::zip(&[
        ("[Content_Types].xml", b"<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
            <Default Extension=\"xml\" ContentType=\"application/xml\"/><Default Extension=\"png\" ContentType=\"image/png\"/>\
            <Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>".as_slice()),
        ("word/document.xml", format!("<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{body}</w:body></w:document>").as_bytes()),
        ("word/media/image1.png", &picture),
    ])
}
