//! What stands where nothing is filled: in a drawing, a formula, the text for those
//! who do not see a picture, the code of a field, a part that holds no text.
//!
//! It stays, and is listed, so that nobody overlooks it.

use alloc::string::String;
use alloc::vec::Vec;

use crate::limits;
use crate::pieces::{Braces, tags};
use crate::refused::{Refused, Result};
use crate::xml::{Event, Start, decoded, walk};

/// The placeholders of a part that are in no text of Word's.
#[derive(Debug, Default)]
pub(crate) struct Left {
    /// The text since the last paragraph began: it may be in pieces.
    text: String,
    found: Vec<String>,
}

impl Left {
    pub(crate) fn start(&mut self, start: &Start<'_, '_>) -> Result<()> {
        if start.local == "p" {
            self.flush()?;
        }
        for attribute in start.attributes {
            if attribute.value.contains(['{', '&']) {
                self.find(&decoded(attribute.value))?;
            }
        }
        Ok(())
    }

    pub(crate) fn text(&mut self, raw: &str) -> Result<()> {
        self.text.push_str(&decoded(raw));
        match self.text.len() > limits::TEXT {
            true => self.flush(),
            false => Ok(()),
        }
    }

    fn flush(&mut self) -> Result<()> {
        let text = core::mem::take(&mut self.text);
        self.find(&text)
    }

    fn find(&mut self, text: &str) -> Result<()> {
        let tags = tags(text).into_iter();
        let tags = tags.filter(|it| it.closed && it.braces != Braces::Comment);
        self.found.extend(tags.map(|it| it.listed(text)));
        match self.found.len() > limits::MARKS {
            true => Err(Refused::new("it has more than 20,000 placeholders")),
            false => Ok(()),
        }
    }

    pub(crate) fn end(mut self) -> Result<Vec<String>> {
        self.flush()?;
        Ok(self.found)
    }

    /// Those of a part that is only handed on.
    pub(crate) fn of(part: &str) -> Result<Vec<String>> {
        let mut left = Self::default();
        if part.contains(['{', '&']) {
            // One that is malformed is told as far as it can be read.
            let _ = walk(part, |event| match event {
                Event::Start(start) => left.start(&start),
                Event::Text(text, _) => left.text(text),
                _ => Ok(()),
            });
        }
        left.end()
    }
}
