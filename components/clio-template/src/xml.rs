//! Elements and texts of XML, each with its place.
//!
//! Nothing of XML is taken that a Word document does not need: no document type,
//! and so no entities of its own.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use xmlparser::{ElementEnd, Token, Tokenizer};

use crate::limits;
use crate::refused::{Refused, Result};

/// What comes next.
#[derive(Debug)]
pub(crate) enum Event<'a, 'e> {
    Start(Start<'a, 'e>),
    /// The end of the element that was opened last, at the end tag, if it has
    /// one.
    End(Range<usize>),
    Text(&'a str, usize),
    /// Text that means itself.
    Cdata,
}

/// A start tag.
#[derive(Debug)]
pub(crate) struct Start<'a, 'e> {
    pub(crate) prefix: &'a str,
    pub(crate) local: &'a str,
    pub(crate) range: Range<usize>,
    /// Whether it is an end tag as well.
    pub(crate) empty: bool,
    pub(crate) attributes: &'e [Attribute<'a>],
}

#[derive(Debug)]
pub(crate) struct Attribute<'a> {
    pub(crate) prefix: &'a str,
    pub(crate) local: &'a str,
    /// As it stands there, with references.
    pub(crate) value: &'a str,
    pub(crate) at: usize,
}

impl<'a> Start<'a, '_> {
    /// The value of an attribute, as it stands there.
    pub(crate) fn attribute(&self, local: &str) -> Option<&Attribute<'a>> {
        self.attributes.iter().find(|it| it.local == local)
    }

    /// The value of an attribute as it is meant.
    pub(crate) fn value(&self, local: &str) -> Option<String> {
        self.attribute(local).map(|it| decoded(it.value))
    }
}

/// Goes through a document, and sees that its elements are within one another.
pub(crate) fn walk<'a>(
    text: &'a str,
    mut on: impl FnMut(Event<'a, '_>) -> Result<()>,
) -> Result<()> {
    let malformed = || Refused::new("its XML is malformed");
    let mut open: Vec<&str> = Vec::new();
    let mut attributes: Vec<Attribute<'a>> = Vec::new();
    let mut starting: Option<(&str, &str, usize)> = None;
    let mut any = false;
    for token in Tokenizer::from(text) {
        match token.map_err(|_| malformed())? {
            Token::DtdStart { .. }
            | Token::EmptyDtd { .. }
            | Token::EntityDeclaration { .. }
            | Token::DtdEnd { .. } => {
                return Err(Refused::new(
                    "it declares a document type or entities, which no Word document does",
                ));
            }
            Token::ElementStart {
                prefix,
                local,
                span,
            } => {
                any = true;
                attributes.clear();
                starting = Some((prefix.as_str(), local.as_str(), span.start()));
                open.push(&span.as_str()[1..]);
                if open.len() > limits::ELEMENT_DEPTH {
                    return Err(Refused::new("its elements are nested too deeply"));
                }
            }
            Token::Attribute {
                prefix,
                local,
                value,
                ..
            } => {
                let (prefix, local) = (prefix.as_str(), local.as_str());
                let same = |it: &Attribute<'_>| it.prefix == prefix && it.local == local;
                if attributes.iter().any(same) || attributes.len() >= 128 {
                    return Err(malformed());
                }
                attributes.push(Attribute {
                    prefix,
                    local,
                    value: value.as_str(),
                    at: value.start(),
                });
            }
            Token::ElementEnd { end, span } => {
                if let ElementEnd::Close(..) = end {
                    let name = span.as_str();
                    let name = name[2..name.len() - 1].trim_end();
                    if open.pop() != Some(name) {
                        return Err(malformed());
                    }
                    on(Event::End(span.range()))?;
                    continue;
                }
                let Some((prefix, local, from)) = starting.take() else {
                    return Err(malformed());
                };
                let empty = end == ElementEnd::Empty;
                on(Event::Start(Start {
                    prefix,
                    local,
                    range: from..span.end(),
                    empty,
                    attributes: &attributes,
                }))?;
                if empty {
                    open.pop();
                    on(Event::End(span.end()..span.end()))?;
                }
            }
            Token::Text { text } => on(Event::Text(text.as_str(), text.start()))?,
            Token::Cdata { .. } => on(Event::Cdata)?,
            Token::Declaration { encoding, .. } => {
                let known = |it: &str| it.eq_ignore_ascii_case("utf-8");
                if encoding.is_some_and(|it| !known(it.as_str())) {
                    return Err(Refused::new("it is not in UTF-8"));
                }
            }
            Token::ProcessingInstruction { .. } | Token::Comment { .. } => {}
        }
    }
    match any && open.is_empty() {
        true => Ok(()),
        false => Err(malformed()),
    }
}

/// Text with its references resolved. One that is not known stays.
pub(crate) fn decoded(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for (c, _) in characters(raw) {
        out.push(c);
    }
    out
}

/// The characters that are meant, each with how long it is as it stands there.
pub(crate) fn characters(raw: &str) -> impl Iterator<Item = (char, usize)> {
    let mut rest = raw;
    core::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let reference = match first {
            '&' => reference(rest),
            _ => None,
        };
        let (c, length) = reference.unwrap_or((first, first.len_utf8()));
        rest = &rest[length..];
        Some((c, length))
    })
}

fn reference(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(12).position(|byte| byte == b';')?;
    let name = &text[1..end];
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        name => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    };
    Some((c, end + 1))
}

/// A part as text. What is no UTF-8 could say one thing here and another where
/// it is opened.
pub(crate) fn text_of(bytes: &[u8]) -> Result<&str> {
    core::str::from_utf8(bytes).map_err(|_| Refused::new("it is not in UTF-8"))
}

/// Sees that a part which is only handed on declares no entities.
pub(crate) fn no_declarations(name: &str, bytes: &[u8]) -> Result<()> {
    let text = text_of(bytes).map_err(|it| it.at(name))?;
    let mut rest = text;
    while let Some(at) = rest.find("<!") {
        let declaration = &rest[at + 2..];
        if !declaration.starts_with("--") && !declaration.starts_with("[CDATA[") {
            return Err(Refused::new(format!(
                "{name}: it declares a document type or entities, which no Word document does"
            )));
        }
        rest = declaration;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> core::result::Result<String, String> {
        let mut out = String::new();
        let walked = walk(text, |event| {
            match event {
                Event::Start(start) => out += &format!("<{}", start.local),
                Event::End(_) => out += ">",
                Event::Text(text, _) => out += &decoded(text),
                Event::Cdata => out += "!",
            }
            Ok(())
        });
        walked.map(|()| out).map_err(|it| it.message().into())
    }

    #[test]
    fn elements_are_within_one_another() {
        assert_eq!(seen("<a><b/>x&amp;&#65;</a >").unwrap(), "<a<b>x&A>");
        for malformed in [
            "<a><b></a></b>",
            "<a>",
            "</a>",
            "",
            "x",
            "<a b='1' b='2'/>",
            "<a",
        ] {
            assert_eq!(
                seen(malformed).unwrap_err(),
                "its XML is malformed",
                "{malformed}"
            );
        }
        let deep = "<a>".repeat(500) + &"</a>".repeat(500);
        assert!(seen(&deep).unwrap_err().contains("nested"));
    }

    #[test]
    fn a_document_type_is_refused() {
        for text in [
            "<!DOCTYPE a><a/>",
            "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
            "<!DOCTYPE a SYSTEM 'http://a.b/c'><a/>",
        ] {
            assert!(seen(text).unwrap_err().contains("document type"), "{text}");
            assert!(no_declarations("a", text.as_bytes()).is_err());
        }
        assert!(no_declarations("a", b"<a><!-- <b> --><![CDATA[x]]></a>").is_ok());
        assert!(no_declarations("a", b"\xff\xfe<\0").is_err());
    }
}
