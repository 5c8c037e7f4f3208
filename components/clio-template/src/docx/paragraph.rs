//! The text of a paragraph, and the pieces that it stands in.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::inspect::{blank_name, blanks};
use crate::pieces::{Braces, Tag, tags};
use crate::xml::characters;

/// A paragraph that is open.
#[derive(Debug, Default)]
pub(crate) struct Paragraph {
    pub(crate) text: String,
    pub(crate) spans: Vec<Span>,
    pub(crate) runs: Vec<Run>,
}

/// A piece of its text.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    /// Where in the part: the text, or the whole of a tab or break.
    pub(crate) raw: Range<usize>,
    /// Where in the text of the paragraph it begins.
    pub(crate) at: usize,
    /// Tells texts apart.
    pub(crate) id: usize,
    pub(crate) run: usize,
    /// Whether blanks at its ends are kept.
    pub(crate) preserved: bool,
    /// Where `>` of its start tag is.
    pub(crate) tag_end: usize,
    /// No tab or break.
    pub(crate) text: bool,
    /// Whether characters are written as references, and so longer.
    pub(crate) references: bool,
}

/// A run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Run {
    pub(crate) start: usize,
    /// Where the element around it begins.
    pub(crate) parent: usize,
    /// Its formatting, with the tags; empty if it has none.
    pub(crate) properties: Range<usize>,
}

/// Something of the language, and where.
#[derive(Debug, Clone)]
pub(crate) struct Tagged {
    pub(crate) text: String,
    pub(crate) tag: Tag,
    /// Where in the part, from one run to the next.
    pub(crate) pieces: Vec<Range<usize>>,
    /// The text that it begins in.
    pub(crate) span: usize,
    pub(crate) run: Run,
    /// Where blanks have to be asked for to be kept.
    pub(crate) unpreserved: Vec<usize>,
    /// Its paragraph, as the number of an element.
    pub(crate) paragraph: usize,
}

impl Tagged {
    /// As it is listed.
    pub(crate) fn source(&self) -> String {
        self.tag.listed(&self.text)
    }

    pub(crate) fn start(&self) -> usize {
        self.pieces[0].start
    }

    pub(crate) fn end(&self) -> usize {
        self.pieces.last().map_or(0, |it| it.end)
    }
}

impl Paragraph {
    pub(crate) fn push(&mut self, span: Span, raw: &str) {
        match span.references {
            true => self.text.extend(characters(raw).map(|it| it.0)),
            false => self.text.push_str(raw),
        }
        self.spans.push(span);
    }

    /// What of the language stands in it, each with where in its text. `raw`:
    /// the part.
    pub(crate) fn tags(&self, raw: &str) -> Vec<(Tagged, Range<usize>)> {
        let mut read = (0, 0, 0);
        let tags = tags(&self.text).into_iter();
        tags.filter_map(|tag| {
            let range = tag.range.clone();
            let spans = self.within(&range);
            let first = spans.first()?;
            let pieces = spans.iter().map(|span| piece(span, &range, raw, &mut read));
            let pieces = pieces.collect();
            let unpreserved = spans.iter().filter(|it| !it.preserved);
            let text = self.text[range.clone()].into();
            let tagged = Tagged {
                text,
                tag: Tag {
                    range: 0..range.len(),
                    ..tag
                },
                pieces,
                span: first.id,
                run: self.runs.get(first.run).cloned().unwrap_or_default(),
                unpreserved: unpreserved.map(|it| it.tag_end).collect(),
                paragraph: 0,
            };
            Some((tagged, range))
        })
        .collect()
    }

    /// What stands in it for a value to another program, and where. `tags`: what is
    /// of our language.
    pub(crate) fn blanks(
        &self,
        raw: &str,
        tags: &[(Tagged, Range<usize>)],
    ) -> Vec<(usize, String)> {
        let ours = |range: &Range<usize>| {
            let next = tags.partition_point(|(_, tag)| tag.end <= range.start);
            tags.get(next).is_some_and(|(_, tag)| tag.start < range.end)
        };
        let mut read = (0, 0, 0);
        let found = blanks(&self.text, false).into_iter();
        found
            .filter(|range| !ours(range))
            .filter_map(|range| {
                let first = self.within(&range).first()?;
                let at = piece(first, &range, raw, &mut read).start;
                Some((at, blank_name(&self.text[range])))
            })
            .collect()
    }

    /// The spans that a range of the text touches.
    fn within(&self, range: &Range<usize>) -> &[Span] {
        let from = self.spans.partition_point(|it| it.at <= range.start);
        let to = self.spans.partition_point(|it| it.at < range.end);
        // Empty spans stand where the next one does.
        self.spans
            .get(from.saturating_sub(1)..to)
            .unwrap_or_default()
    }

    /// Adds where it has text that is no block's tag.
    pub(crate) fn solids(&self, tags: &[(Tagged, Range<usize>)], solids: &mut Vec<usize>) {
        let place = |at: usize| {
            let span = self.spans.partition_point(|it| it.at <= at);
            self.spans
                .get(span.saturating_sub(1))
                .map(|it| it.raw.start)
        };
        let mut at = 0;
        for (tagged, range) in tags {
            solids.extend(self.first_letter(at..range.start).map(|found| {
                // A span begins before the tag that stands in it.
                place(found)
                    .unwrap_or(0)
                    .min(tagged.start().saturating_sub(1))
            }));
            if tagged.tag.braces == Braces::Print {
                solids.push(tagged.start());
            }
            at = range.end;
        }
        let rest = self.first_letter(at..self.text.len());
        let after = tags.last().map_or(0, |it| it.0.end());
        solids.extend(rest.and_then(place).map(|it| it.max(after)));
    }

    fn first_letter(&self, range: Range<usize>) -> Option<usize> {
        let text = self.text.get(range.clone())?;
        let blanks = text.len() - text.trim_start().len();
        (blanks < text.len()).then_some(range.start + blanks)
    }
}

/// Where in the part what a span has of a range of the text stands. `read`: the
/// span that was read last, and how far, in the text and in the part. Ranges come
/// in order.
fn piece(
    span: &Span,
    range: &Range<usize>,
    raw: &str,
    read: &mut (usize, usize, usize),
) -> Range<usize> {
    if !span.text {
        return span.raw.clone();
    }
    let from = range.start.saturating_sub(span.at);
    let to = range.end - span.at;
    if !span.references {
        let start = (span.raw.start + from).min(span.raw.end);
        return start..(span.raw.start + to).min(span.raw.end);
    }
    if read.0 != span.id {
        *read = (span.id, 0, span.raw.start);
    }
    let (_, text, at) = read;
    let mut start = None;
    for (c, length) in characters(&raw[*at..span.raw.end]) {
        if *text >= from {
            start = start.or(Some(*at));
        }
        if *text >= to {
            break;
        }
        *text += c.len_utf8();
        *at += length;
    }
    start.unwrap_or(*at)..*at
}

/// A place in the text that a document says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the paragraph that is so many deep.
    Within(usize, usize),
    At(usize),
}

impl Place {
    /// Once the paragraph is put out at `base`.
    pub(crate) fn settle(&mut self, depth: usize, base: usize) {
        if let Self::Within(own, at) = *self
            && own == depth
        {
            *self = Self::At(base + at);
        }
    }

    pub(crate) fn at(self) -> usize {
        match self {
            Self::Within(_, at) | Self::At(at) => at,
        }
    }
}

/// What waits for its paragraph to be put out, by how deep that paragraph is: there
/// may be many such, and many paragraphs within theirs.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    numbers: Vec<Vec<usize>>,
}

impl Waiting {
    pub(crate) fn add(&mut self, number: usize, places: &[Place; 2]) {
        let depth = places.iter().filter_map(|it| match it {
            Place::Within(depth, _) => Some(*depth),
            Place::At(_) => None,
        });
        if let Some(depth) = depth.max() {
            let depths = self.numbers.len().max(depth + 1);
            self.numbers.resize(depths, Vec::new());
            self.numbers[depth].push(number);
        }
    }

    pub(crate) fn take(&mut self, depth: usize) -> Vec<usize> {
        let numbers = self.numbers.get_mut(depth);
        numbers.map(core::mem::take).unwrap_or_default()
    }
}
