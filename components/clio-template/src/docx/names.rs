//! What the elements of a part are to us.

use alloc::format;
use alloc::string::String;

use crate::refused::{Refused, Result};
use crate::xml::{Start, decoded};

/// The namespace of Word's elements: of the format as Word writes it, and of its
/// strict form.
const WORD: [&str; 2] = [
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
];

/// What an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The text of the document.
    Body,
    /// A header, a footer, or one note or comment.
    Story,
    /// All notes or comments.
    Notes,
    Paragraph,
    Run,
    RunProperties,
    Text,
    /// A tab or a break.
    Blank,
    Table,
    Row,
    Cell,
    TextBox,
    /// What a reader gets that does not know what stands before it.
    Fallback,
    /// Something that is no text and must not go with a placeholder.
    Solid,
    FieldCharacter,
    FieldCode,
    SimpleField,
    /// A content control, and what is said of it.
    Control,
    ControlContent,
    Tag,
    Alias,
    DateFormat,
    Showing,
    Binding,
    Checked,
    PlaceholderStyle,
    /// Text that somebody moved away and that is not accepted yet.
    Moved,
    /// Takes in another file.
    Refused,
    Other,
}

/// The prefix that a part has for Word's namespace: one, in all of the part. With
/// two, or with one that means something else further in, a part would say one
/// thing here and another where it is opened.
#[derive(Debug, Default)]
pub(crate) struct Names {
    prefix: Option<String>,
}

impl Names {
    /// Reads the declarations of an element. `root`: it is the outermost one.
    pub(crate) fn read(&mut self, start: &Start<'_, '_>, root: bool) -> Result<()> {
        for attribute in start.attributes {
            let declared = match (attribute.prefix, attribute.local) {
                ("xmlns", prefix) => prefix,
                ("", "xmlns") => "",
                _ => continue,
            };
            let own = self.prefix.as_deref() == Some(declared);
            let word = WORD.contains(&&*decoded(attribute.value));
            if root && word && self.prefix.is_none() {
                self.prefix = Some(declared.into());
            } else if own != word {
                return Err(Refused::new(
                    "it has two names for Word's elements, or one that changes; save it with Word or LibreOffice",
                ));
            }
        }
        Ok(())
    }

    /// What stands before a name: `w:`.
    pub(crate) fn prefix(&self) -> String {
        match self.prefix.as_deref() {
            None | Some("") => String::new(),
            Some(prefix) => format!("{prefix}:"),
        }
    }

    pub(crate) fn kind(&self, start: &Start<'_, '_>) -> Kind {
        match start.local {
            // Of other namespaces, and of no other meaning in Word's.
            "Fallback" => return Kind::Fallback,
            "checked" => return Kind::Checked,
            "oMath" | "oMathPara" => return Kind::Solid,
            _ => {}
        }
        if self.prefix.as_deref() != Some(start.prefix) {
            return Kind::Other;
        }
        match start.local {
            "p" => Kind::Paragraph,
            "r" => Kind::Run,
            "t" => Kind::Text,
            "rPr" => Kind::RunProperties,
            "tab" | "br" | "cr" | "noBreakHyphen" => Kind::Blank,
            "tbl" => Kind::Table,
            "tr" => Kind::Row,
            "tc" => Kind::Cell,
            "body" => Kind::Body,
            "hdr" | "ftr" | "footnote" | "endnote" | "comment" => Kind::Story,
            "footnotes" | "endnotes" | "comments" => Kind::Notes,
            "txbxContent" => Kind::TextBox,
            "drawing" | "pict" | "object" | "sym" | "footnoteReference" | "endnoteReference"
            | "commentReference" | "sectPr" | "ptab" => Kind::Solid,
            "fldChar" => Kind::FieldCharacter,
            "instrText" => Kind::FieldCode,
            "fldSimple" => Kind::SimpleField,
            "sdt" => Kind::Control,
            "sdtContent" => Kind::ControlContent,
            "tag" => Kind::Tag,
            "alias" => Kind::Alias,
            "dateFormat" => Kind::DateFormat,
            "showingPlcHdr" => Kind::Showing,
            "dataBinding" => Kind::Binding,
            "rStyle" if start.value("val").is_some_and(|it| it == "PlaceholderText") => {
                Kind::PlaceholderStyle
            }
            "moveFrom" => Kind::Moved,
            "altChunk" | "subDoc" => Kind::Refused,
            _ => Kind::Other,
        }
    }
}
