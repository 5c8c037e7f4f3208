//! What a file is: by its media type where one is told, and by its first bytes and
//! its name.

/// A kind of file that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// A Word document.
    Docx,
    /// PDF.
    Pdf,
    /// Text in UTF-8.
    Text,
    /// Markdown in UTF-8.
    Markdown,
    /// HTML in UTF-8.
    Html,
}

/// What is no template, and what to do.
pub(crate) const NO_TEMPLATE: &str = "The file is none that can be filled. Give a Word document \
    (.docx, .dotx), or plain text, Markdown or HTML in UTF-8. Save others, as .doc, .odt and .rtf, \
    as .docx, and a text in another encoding as UTF-8.";

/// What is not read, and what to do.
pub(crate) const UNKNOWN: &str = "The file is none that can be read. Give a Word document (.docx, \
    .dotx), PDF, or plain text, Markdown or HTML in UTF-8. Save others, as .doc, .odt and .rtf, as \
    .docx, and a text in another encoding as UTF-8.";

/// What an old document of Word's begins with, and one with a password.
const OLD: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

impl FileKind {
    /// The kind of a file. `None`: none that is known.
    pub(crate) fn of(bytes: &[u8], media_type: Option<&str>, name: Option<&str>) -> Option<Self> {
        // What these begin with, nothing else does; what they are said to be may be
        // a guess.
        // Which of Word's it is not, its reader says.
        if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(OLD) {
            return Some(Self::Docx);
        }
        // Some write a line before it.
        if bytes.trim_ascii_start().starts_with(b"%PDF-") {
            return Some(Self::Pdf);
        }
        // It would be filled as a text, and its control words be in the way.
        if bytes.starts_with(b"{\\rtf") {
            return None;
        }
        let said = media_type.and_then(|it| it.split(';').next());
        let said = said.map(|it| it.trim().to_ascii_lowercase());
        match said.as_deref() {
            Some("text/markdown") => return Some(Self::Markdown),
            Some("text/html") => return Some(Self::Html),
            Some("text/plain" | "application/octet-stream") | None => {}
            // Some other text.
            Some(said) if said.starts_with("text/") => {}
            Some(_) => return None,
        }
        let text = core::str::from_utf8(bytes).ok()?;
        let name = name.unwrap_or_default().to_ascii_lowercase();
        let begins = text.trim_start_matches('\u{feff}').trim_start();
        let begins = |with: &str| {
            let head = begins.get(..with.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(with))
        };
        Some(if begins("<!doctype html") || begins("<html") {
            Self::Html
        } else if name.ends_with(".md") || name.ends_with(".markdown") {
            Self::Markdown
        } else {
            Self::Text
        })
    }

    /// Its media type.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Docx => DOCX,
            Self::Pdf => "application/pdf",
            Self::Text => "text/plain; charset=utf-8",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_bytes_say_and_else_what_is_said_of_it() {
        let of = |bytes: &str, media_type, name| FileKind::of(bytes.as_bytes(), media_type, name);
        for (bytes, media_type, name, kind) in [
            (
                "PK\x03\x04x",
                Some("text/plain"),
                None,
                Some(FileKind::Docx),
            ),
            ("%PDF-1.7", None, None, Some(FileKind::Pdf)),
            ("\n%PDF-1.7", None, None, Some(FileKind::Pdf)),
            ("Dear", None, None, Some(FileKind::Text)),
            (
                "Dear",
                Some("application/octet-stream"),
                Some("a.MD"),
                Some(FileKind::Markdown),
            ),
            (
                "Dear",
                Some("Text/Markdown; charset=utf-8"),
                None,
                Some(FileKind::Markdown),
            ),
            ("<p>Dear", Some("text/html"), None, Some(FileKind::Html)),
            (
                "\u{feff} <!DOCTYPE HTML>",
                None,
                Some("a.txt"),
                Some(FileKind::Html),
            ),
            ("<html>", Some("text/plain"), None, Some(FileKind::Html)),
            ("Dear", Some("application/msword"), None, None),
            ("Dear", Some("image/png"), None, None),
        ] {
            assert_eq!(of(bytes, media_type, name), kind, "{bytes} {media_type:?}");
        }
        assert_eq!(of("{\\rtf1 a}", Some("text/plain"), None), None);
        let windows = b"Stra\xdfe";
        assert_eq!(FileKind::of(windows, Some("text/plain"), None), None);
        assert_eq!(FileKind::of(OLD, None, Some("a.doc")), Some(FileKind::Docx));
        assert_eq!(FileKind::of(&OLD[..4], None, Some("a.doc")), None);
    }
}
