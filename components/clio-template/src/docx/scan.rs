//! Goes through a part, and finds what can be filled.
//!
//! Word splits what is typed into runs as it likes: by spelling, by who typed it
//! when. So the text of a paragraph is put together from its runs, and what is
//! found in it is led back to the pieces that it stands in.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use super::controls::{Control, Controls};
use super::fields::{Field, Fields};
use super::left::Left;
use super::names::{Kind, Names};
use super::paragraph::{Paragraph, Place, Run, Span, Tagged};
use crate::limits;
use crate::refused::{Refused, Result};
use crate::xml::{Attribute, Event, Start, walk};

/// An element with something to be filled in it.
#[derive(Debug, Clone)]
pub(crate) struct Element {
    pub(crate) kind: Kind,
    pub(crate) range: Range<usize>,
    /// Between its tags.
    pub(crate) content: Range<usize>,
    pub(crate) parent: Option<usize>,
}

/// What was found in a part.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) elements: Vec<Element>,
    /// In the order of the part.
    pub(crate) tags: Vec<Tagged>,
    /// What stands for a value to another program, and where. A merge field shows
    /// itself so, which is not meant here.
    pub(crate) blanks: Vec<(usize, String)>,
    /// Where there is something that is no block's tag: text, a picture.
    pub(crate) solids: Vec<usize>,
    pub(crate) controls: Vec<Control>,
    pub(crate) fields: Vec<Field>,
    /// The prefix of the names, with its colon.
    pub(crate) prefix: String,
    /// The text of its paragraphs, a line each, if it was asked for.
    pub(crate) text: String,
    /// Where in that text tags are.
    pub(crate) tag_texts: Vec<Range<usize>>,
    /// Placeholders that stand where nothing is filled.
    pub(crate) left: Vec<String>,
}

/// An element that is open.
#[derive(Debug)]
struct Open {
    kind: Kind,
    start: usize,
    content: usize,
    element: Option<usize>,
    /// Of a run: which one of its paragraph it is.
    run: usize,
}

#[derive(Debug)]
struct Scanner<'t> {
    part: &'t str,
    names: Names,
    found: Found,
    open: Vec<Open>,
    paragraphs: Vec<Paragraph>,
    controls: Controls,
    fields: Fields,
    left: Left,
    with_text: bool,
    /// How many copies for old readers are open.
    copies: usize,
    /// How many texts that were moved away are open.
    moved: usize,
    spans: usize,
    /// How many runs and texts the paragraphs have that are open.
    pieces: usize,
    /// Whether the text that is open keeps its blanks.
    preserved: bool,
}

/// Reads a part. `with_text`: what it says is wanted as well.
pub(crate) fn scan(part: &str, with_text: bool) -> Result<Found> {
    let mut scanner = Scanner {
        part,
        names: Names::default(),
        found: Found::default(),
        open: Vec::new(),
        paragraphs: Vec::new(),
        controls: Controls::default(),
        fields: Fields::default(),
        left: Left::default(),
        with_text,
        copies: 0,
        moved: 0,
        spans: 0,
        pieces: 0,
        preserved: false,
    };
    walk(part, |event| scanner.event(event))?;
    scanner.fields.end()?;
    let mut found = scanner.found;
    found.left = scanner.left.end()?;
    found.prefix = scanner.names.prefix();
    found.tags.sort_by_key(Tagged::start);
    found.blanks.sort_by_key(|it| it.0);
    found.solids.sort_unstable();
    found.controls = scanner.controls.done;
    found.controls.sort_by_key(|it| it.range.start);
    found.fields = scanner.fields.done;
    found.fields.sort_by_key(|it| it.range.start);
    Ok(found)
}

impl Scanner<'_> {
    fn event(&mut self, event: Event<'_, '_>) -> Result<()> {
        match event {
            Event::Start(start) => self.start(&start),
            Event::End(range) => self.end(&range),
            Event::Text(text, at) => self.text(text, at),
            Event::Cdata => match self.open.last() {
                Some(open) if open.kind == Kind::Text => Err(Refused::new(
                    "a text of it is in a CDATA section, which Word does not write",
                )),
                _ => Ok(()),
            },
        }
    }

    fn start(&mut self, start: &Start<'_, '_>) -> Result<()> {
        self.names.read(start, self.open.is_empty())?;
        self.left.start(start)?;
        let at = start.range.start;
        let parent = self.open.last().map_or(0, |it| it.start);
        let in_run = self.open.last().is_some_and(|it| it.kind == Kind::Run);
        let own_run = self.open.last().map_or(0, |it| it.run);
        let kind = match self.names.kind(start) {
            // Outside of a run it is no text to Word, and cannot be divided.
            Kind::Text if !in_run => Kind::Other,
            kind => kind,
        };
        self.open.push(Open {
            kind,
            start: at,
            content: start.range.end,
            element: None,
            run: 0,
        });
        let copy = self.copies > 0;
        let piece = matches!(kind, Kind::Run | Kind::Text | Kind::Blank);
        if piece && !self.paragraphs.is_empty() {
            self.pieces += 1;
            if self.pieces > limits::PIECES {
                return Err(Refused::new(
                    "a paragraph of it has more than 200,000 pieces",
                ));
            }
        }
        match kind {
            Kind::Paragraph => self.paragraphs.push(Paragraph::default()),
            Kind::Fallback => self.copies += 1,
            Kind::Moved => self.moved += 1,
            Kind::Run => {
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.runs.push(Run {
                        start: at,
                        parent,
                        properties: 0..0,
                    });
                    let run = paragraph.runs.len() - 1;
                    self.open.last_mut().into_iter().for_each(|it| it.run = run);
                }
            }
            Kind::Text => {
                let space = |it: &Attribute<'_>| it.prefix == "xml" && it.local == "space";
                self.preserved = start.attributes.iter().any(space);
                self.fields.text_seen();
            }
            Kind::Blank if in_run => self.blank(start, own_run),
            Kind::Solid => self.solid(at),
            Kind::Refused => {
                return Err(Refused::new(format!(
                    "it takes in another file (`{}`); put its content into the document itself",
                    start.local
                )));
            }
            Kind::FieldCharacter => {
                let what = start.value("fldCharType").unwrap_or_default();
                let place = self.place();
                let paragraph = self.paragraphs.last();
                let run = paragraph.and_then(|it| it.runs.get(own_run));
                let run = run.filter(|_| in_run);
                let before = paragraph
                    .and_then(|it| it.spans.last())
                    .is_some_and(|it| it.run == own_run);
                self.fields.character(&what, run, before, place, copy)?;
            }
            Kind::SimpleField => {
                let code = start.value("instr").unwrap_or_default();
                self.fields.simple(at, &code, self.place(), copy)?;
            }
            Kind::Control => {
                let inline = self.in_paragraph();
                self.controls.begin(at, inline, copy)?;
            }
            Kind::ControlContent => self.controls.content(start.range.end, self.place()),
            Kind::PlaceholderStyle => self.controls.style(&start.range),
            Kind::Tag | Kind::Alias | Kind::DateFormat | Kind::Checked => {
                self.controls.property(kind, start);
            }
            _ => {}
        }
        Ok(())
    }

    /// A tab or a break: as a blank within a placeholder, and as itself else.
    fn blank(&mut self, start: &Start<'_, '_>, run: usize) {
        if start.value("type").is_some_and(|it| it != "textWrapping") {
            self.solid(start.range.start);
        }
        let sign = match start.local {
            "tab" => "\t",
            "noBreakHyphen" => "-",
            _ => "\n",
        };
        self.fields.text_seen();
        if let (Some(paragraph), true) = (self.paragraphs.last_mut(), start.empty) {
            paragraph.spans.push(Span {
                raw: start.range.clone(),
                at: paragraph.text.len(),
                id: 0,
                run,
                preserved: true,
                tag_end: start.range.end,
                text: false,
                references: false,
            });
            paragraph.text.push_str(sign);
        }
    }

    fn text(&mut self, text: &str, at: usize) -> Result<()> {
        let Some(open) = self.open.last() else {
            return Ok(());
        };
        if open.kind == Kind::FieldCode {
            self.left.text(text)?;
            return self.fields.code(text);
        }
        if open.kind == Kind::Text
            && self.moved == 0
            && let Some(paragraph) = self.paragraphs.last_mut()
        {
            self.spans += 1;
            let span = Span {
                raw: at..at + text.len(),
                at: paragraph.text.len(),
                id: self.spans,
                run: self.open.iter().rev().nth(1).map_or(0, |it| it.run),
                preserved: self.preserved,
                tag_end: open.content - 1,
                text: true,
                references: text.contains('&'),
            };
            self.controls.span(&span);
            paragraph.push(span, text);
            return Ok(());
        }
        self.left.text(text)
    }

    fn end(&mut self, range: &Range<usize>) -> Result<()> {
        if matches!(self.open.last(), Some(it) if it.kind == Kind::Paragraph) {
            self.controls.paragraph_ends(range);
            self.paragraph_ends()?;
        }
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        if let Some(element) = open.element {
            let element = &mut self.found.elements[element];
            element.content = open.content..range.start;
            element.range = open.start..range.end;
        }
        let whole = open.start..range.end;
        match open.kind {
            Kind::Fallback => self.copies -= 1,
            Kind::Moved => self.moved -= 1,
            Kind::RunProperties if matches!(self.open.last(), Some(it) if it.kind == Kind::Run) => {
                let number = self.open.last().map_or(0, |it| it.run);
                let paragraph = self.paragraphs.last_mut();
                if let Some(run) = paragraph.and_then(|it| it.runs.get_mut(number)) {
                    self.fields.properties(&whole);
                    run.properties = whole;
                }
            }
            Kind::Run => {
                let parent = self.open.last().map_or(0, |it| it.start);
                self.fields.run_ends(range.end, parent);
            }
            Kind::SimpleField => self.fields.simple_ends(range.end, self.place()),
            Kind::ControlContent => self.controls.content_ends(range, self.place()),
            Kind::Control => self.controls.end(range.end),
            Kind::Binding => self.controls.binding(whole),
            Kind::Showing => self.controls.showing(whole),
            _ => {}
        }
        Ok(())
    }

    /// Where in the text that the part says we are.
    fn place(&self) -> Place {
        match (self.in_paragraph(), self.paragraphs.last()) {
            (true, Some(paragraph)) => Place::Within(self.paragraphs.len(), paragraph.text.len()),
            _ => Place::At(self.found.text.len()),
        }
    }

    /// Whether what is open last is part of the paragraph that is, and of no text
    /// box that is anchored in it.
    fn in_paragraph(&self) -> bool {
        let mut open = self.open.iter().rev();
        let nearest = open.find(|it| matches!(it.kind, Kind::Paragraph | Kind::TextBox));
        nearest.is_some_and(|it| it.kind == Kind::Paragraph)
    }

    fn solid(&mut self, at: usize) {
        if !self.paragraphs.is_empty() {
            self.found.solids.push(at);
        }
    }

    /// Keeps the elements that are open, and gives the number of the last one.
    fn mark(&mut self) -> usize {
        let mut last = None;
        for open in &mut self.open {
            let elements = &mut self.found.elements;
            let element = *open.element.get_or_insert_with(|| {
                elements.push(Element {
                    kind: open.kind,
                    range: open.start..open.start,
                    content: open.content..open.content,
                    parent: last,
                });
                elements.len() - 1
            });
            last = Some(element);
        }
        last.unwrap_or_default()
    }

    /// The paragraph that is open last ends.
    fn paragraph_ends(&mut self) -> Result<()> {
        let depth = self.paragraphs.len();
        let Some(paragraph) = self.paragraphs.pop() else {
            return Ok(());
        };
        if self.paragraphs.is_empty() {
            self.pieces = 0;
        }
        let tags = paragraph.tags(self.part);
        if self.found.tags.len() + tags.len() > limits::MARKS {
            return Err(Refused::new("it has more than 20,000 placeholders"));
        }
        let base = self.found.text.len();
        self.fields.settle(depth, base);
        self.controls.settle(depth, base);
        if self.with_text && self.copies == 0 {
            let texts = tags.iter().map(|(_, it)| base + it.start..base + it.end);
            self.found.tag_texts.extend(texts);
            self.found.text.push_str(&paragraph.text);
            self.found.text.push('\n');
        }
        if self.copies == 0 && !self.with_text {
            let left = paragraph.blanks(self.part, &tags);
            let room = (limits::UNFILLED + 1).saturating_sub(self.found.blanks.len());
            self.found.blanks.extend(left.into_iter().take(room));
        }
        paragraph.solids(&tags, &mut self.found.solids);
        if !tags.is_empty() {
            let element = self.mark();
            for (mut tag, _) in tags {
                tag.paragraph = element;
                self.found.tags.push(tag);
            }
        }
        Ok(())
    }
}
