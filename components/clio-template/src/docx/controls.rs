//! Word's content controls.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use super::names::Kind;
use super::paragraph::{Place, Span, Waiting};
use crate::format::check_picture;
use crate::limits;
use crate::locale::Locale;
use crate::refused::{Refused, Result};
use crate::xml::Start;

/// A content control that has a tag or a title.
#[derive(Debug, Clone)]
pub(crate) struct Control {
    /// Its tag and its title.
    pub(crate) names: Vec<String>,
    pub(crate) range: Range<usize>,
    /// Where its content is.
    pub(crate) content: Range<usize>,
    /// Where it says that it shows what to type.
    pub(crate) showing: Option<Range<usize>>,
    /// Where it says that Word takes its content from elsewhere.
    pub(crate) binding: Option<Range<usize>>,
    /// Where its content is written as what to type is.
    pub(crate) styles: Vec<Range<usize>>,
    /// Its texts.
    pub(crate) spans: Vec<Span>,
    /// Before the end of its first paragraph.
    pub(crate) paragraph_end: Option<usize>,
    /// It is in a paragraph, and does not hold some.
    pub(crate) inline: bool,
    /// How a control for a date writes one.
    pub(crate) date_format: Option<String>,
    /// Where a check box says whether it is checked.
    pub(crate) checked: Option<Range<usize>>,
    /// It has an end tag, before which there is room.
    pub(crate) room: bool,
    pub(crate) text: [Place; 2],
    pub(crate) copy: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Controls {
    open: Vec<Control>,
    pub(crate) done: Vec<Control>,
    waiting: Waiting,
}

impl Controls {
    pub(crate) fn begin(&mut self, at: usize, inline: bool, copy: bool) -> Result<()> {
        if self.open.len() > 32 || self.done.len() > limits::MARKS {
            return Err(Refused::new("it has too many content controls"));
        }
        self.open.push(Control {
            names: Vec::new(),
            range: at..at,
            content: 0..0,
            showing: None,
            binding: None,
            styles: Vec::new(),
            spans: Vec::new(),
            paragraph_end: None,
            inline,
            date_format: None,
            checked: None,
            room: false,
            text: [Place::At(0); 2],
            copy,
        });
        Ok(())
    }

    /// The control whose properties are read: its content has not begun.
    fn described(&mut self) -> Option<&mut Control> {
        self.open.last_mut().filter(|it| it.content.end == 0)
    }

    pub(crate) fn property(&mut self, kind: Kind, start: &Start<'_, '_>) {
        let Some(control) = self.described() else {
            return;
        };
        match kind {
            Kind::Tag | Kind::Alias => {
                let name = start.value("val").unwrap_or_default();
                let name = name.trim();
                // Google's own numbers are no names.
                let more = control.names.len() < 2;
                if more && !name.is_empty() && !name.starts_with("goog_rdk_") {
                    match kind {
                        Kind::Tag => control.names.insert(0, name.into()),
                        _ => control.names.push(name.into()),
                    }
                }
            }
            Kind::DateFormat => {
                let picture = start.value("val").filter(|it| !it.trim().is_empty());
                // A day has no time, and is written as the place does.
                let fits = |it: &String| check_picture(it, true, Locale::default()).is_ok();
                control.date_format = picture.filter(fits);
            }
            Kind::Checked => {
                let value = start.attribute("val");
                control.checked = value.map(|it| it.at..it.at + it.value.len());
            }
            _ => {}
        }
    }

    pub(crate) fn showing(&mut self, range: Range<usize>) {
        if let Some(control) = self.described() {
            control.showing = Some(range);
        }
    }

    pub(crate) fn binding(&mut self, range: Range<usize>) {
        if let Some(control) = self.described() {
            control.binding = Some(range);
        }
    }

    pub(crate) fn content(&mut self, at: usize, place: Place) {
        if let Some(control) = self.open.last_mut() {
            control.content = at..at;
            control.text = [place; 2];
        }
    }

    /// Those whose content is read.
    fn contents(&mut self) -> impl Iterator<Item = &mut Control> {
        self.open.iter_mut().filter(|it| it.content.end != 0)
    }

    /// The innermost of them that has a name. Those around it are no places for a
    /// value.
    fn innermost(&mut self) -> Option<&mut Control> {
        self.contents().filter(|it| !it.names.is_empty()).last()
    }

    pub(crate) fn style(&mut self, range: &Range<usize>) {
        if let Some(control) = self.innermost() {
            control.styles.push(range.clone());
        }
    }

    pub(crate) fn span(&mut self, span: &Span) {
        if let Some(control) = self.innermost() {
            control.spans.push(span.clone());
        }
    }

    pub(crate) fn paragraph_ends(&mut self, end: &Range<usize>) {
        if !end.is_empty() {
            self.contents().filter(|it| !it.inline).for_each(|it| {
                it.paragraph_end.get_or_insert(end.start);
            });
        }
    }

    pub(crate) fn content_ends(&mut self, end: &Range<usize>, place: Place) {
        if let Some(control) = self.open.last_mut() {
            control.content.end = end.start;
            control.room = !end.is_empty();
            control.text[1] = place;
        }
    }

    pub(crate) fn end(&mut self, end: usize) {
        if let Some(mut control) = self.open.pop()
            && !control.names.is_empty()
        {
            control.range.end = end;
            self.waiting.add(self.done.len(), &control.text);
            self.done.push(control);
        }
    }

    /// A paragraph is put out.
    pub(crate) fn settle(&mut self, depth: usize, base: usize) {
        for control in &mut self.open {
            control
                .text
                .iter_mut()
                .for_each(|it| it.settle(depth, base));
        }
        for index in self.waiting.take(depth) {
            let text = &mut self.done[index].text;
            text.iter_mut().for_each(|it| it.settle(depth, base));
            self.waiting.add(index, text);
        }
    }
}
