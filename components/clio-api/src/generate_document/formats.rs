//! The formats of an automation, however Clio writes them.
//!
//! A request has a list of them. Clio describes the answer as one string, and
//! as an array in the same breath: read are a list, the JSON text of one, and
//! one format by itself.

use crate::prelude::*;
use serde::de::{Error, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::DocumentFormat;

/// What was asked for, as far as an answer tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Formats {
    original: bool,
    pdf: bool,
    /// Whether one string stood there, which may be one of several.
    alone: bool,
}

impl Formats {
    pub(super) fn of(formats: &[DocumentFormat]) -> Self {
        Self {
            original: formats.contains(&DocumentFormat::Original),
            pdf: formats.contains(&DocumentFormat::Pdf),
            alone: false,
        }
    }

    fn add(&mut self, name: &str) {
        match name.trim() {
            "original" => self.original = true,
            "pdf" => self.pdf = true,
            _ => {}
        }
    }

    /// Whether an answer may be for what is wanted. What it does not tell, it
    /// does not deny.
    pub(super) fn may_be(self, wanted: Self) -> bool {
        let silent = !self.original && !self.pdf;
        let part = (!self.original || wanted.original) && (!self.pdf || wanted.pdf);
        let same = self.original == wanted.original && self.pdf == wanted.pdf;
        silent || same || (self.alone && part)
    }
}

struct FormatsVisitor;

impl<'de> Visitor<'de> for FormatsVisitor {
    type Value = Formats;

    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("formats")
    }

    fn visit_unit<E>(self) -> Result<Formats, E> {
        Ok(Formats::default())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Formats, E> {
        let mut formats = Formats::default();
        let list = text.contains([',', '[']);
        for name in text.split([',', '[', ']', '"', ' ']) {
            formats.add(name);
        }
        formats.alone = !list;
        Ok(formats)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Formats, A::Error> {
        let mut formats = Formats::default();
        while let Some(name) = rows.next_element::<Option<String>>()? {
            formats.add(name.as_deref().unwrap_or_default());
        }
        Ok(formats)
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut members: A) -> Result<Formats, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Formats::default())
    }
}

impl<'de> Deserialize<'de> for Formats {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FormatsVisitor)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn may_be(json: &str, wanted: &[DocumentFormat]) -> bool {
        let told: Formats = serde_json::from_str(json).unwrap();
        told.may_be(Formats::of(wanted))
    }

    #[test]
    fn each_form_of_the_same_formats_is_recognised() {
        use DocumentFormat::{Original, Pdf};
        for both in [
            r#"["original","pdf"]"#,
            r#"["pdf","original"]"#,
            r#""[\"original\",\"pdf\"]""#,
            r#""original, pdf""#,
            r#""original""#,
            r#""pdf""#,
            "null",
            r#"{"redacted":true}"#,
        ] {
            assert!(may_be(both, &[Original, Pdf]), "{both}");
        }
        for pdf in [r#"["pdf"]"#, r#""[\"pdf\"]""#, r#""pdf""#, "null"] {
            assert!(may_be(pdf, &[Pdf]), "{pdf}");
        }
        for other in [
            r#"["original","pdf"]"#,
            r#""[\"original\",\"pdf\"]""#,
            r#""original""#,
            r#"["original"]"#,
        ] {
            assert!(!may_be(other, &[Pdf]), "{other}");
        }
        assert!(!may_be(r#"["pdf"]"#, &[Original, Pdf]));
    }
}
