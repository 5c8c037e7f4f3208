//! Fills templates that are text: as it is, as Markdown, as HTML.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::escape;
use crate::evaluate::Machine;
use crate::expression::Statement;
use crate::html::State;
use crate::inspect::{blank_name, blanks};
use crate::limits;
use crate::locale::Locale;
use crate::nodes::{Context, Filler, Item, Print, build};
use crate::pieces::{Braces, Meaning, Tag, tags};
use crate::refused::{Refused, Result};
use crate::render::{Run, Sink};
use crate::unfilled::{Filled, List, Why};
use crate::value::Value;

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Markup {
    Text,
    Markdown,
    Html,
}

/// The part that placeholders of a text are listed with.
pub(crate) const PART: &str = "text";

/// Fills a text.
pub(crate) fn fill(
    markup: Markup,
    template: &[u8],
    values: &Value,
    locale: Locale,
) -> Result<Filled> {
    let text = read(template)?;
    let nodes = build(items(markup, text)?)?;
    let mut unfilled = List::default();
    let mut out = Out {
        template: text,
        markup,
        text: String::new(),
    };
    Run {
        machine: &mut Machine::new(values, locale),
        unfilled: &mut unfilled,
        part: PART,
    }
    .nodes(&nodes, &mut out)?;
    Ok(Filled {
        bytes: out.text.into_bytes(),
        unfilled: unfilled.into_vec(&[]),
    })
}

/// The text of a template, without a byte order mark.
pub(crate) fn read(template: &[u8]) -> Result<&str> {
    let text = core::str::from_utf8(template).map_err(|_| {
        Refused::new("the template is no text in UTF-8; save it as UTF-8, or say what it is")
    })?;
    if text.contains('\0') {
        return Err(Refused::new("the template is no text: it holds zero bytes"));
    }
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn items(markup: Markup, text: &str) -> Result<Vec<Item>> {
    let tags = tags(text);
    if tags.len() > limits::MARKS {
        return Err(Refused::new("it has more than 20,000 placeholders"));
    }
    let mut items = Vec::new();
    let mut html = Html::default();
    let mut at = 0;
    for (tag, cut) in tags.iter().zip(cuts(text, &tags)) {
        let fixed = at.min(cut.start)..cut.start;
        html.state.read(&text[fixed.clone()]);
        copy(text, fixed, &mut items);
        at = cut.end.max(at);
        let source = tag.listed(text);
        let here = |refused: Refused| on_line(refused, text, tag.range.start);
        match tag.meaning(text).map_err(here)? {
            Meaning::Comment => {}
            Meaning::Statement(statement) => {
                if markup == Markup::Html {
                    html.follow(&statement).map_err(|it| here(it.at(&source)))?;
                }
                items.push(Item::Statement(Box::new((statement, source))));
            }
            Meaning::Print(expression) => {
                let context = match markup {
                    Markup::Html => {
                        let context = html.state.context();
                        context.map_err(|it| here(it.at(&source)))?
                    }
                    _ => Context::Text,
                };
                items.push(Item::Print(Box::new(Print {
                    expression,
                    source,
                    context,
                })));
            }
        }
    }
    copy(text, at..text.len(), &mut items);
    Ok(items)
}

/// A refusal with the line that it is for: a text is mended in an editor.
fn on_line(refused: Refused, text: &str, at: usize) -> Refused {
    let line = text[..at].bytes().filter(|it| *it == b'\n').count() + 1;
    refused.at(&format!("line {line}"))
}

/// A piece that stays, and what in it stands for a value to another program.
fn copy(text: &str, fixed: Range<usize>, items: &mut Vec<Item>) {
    let piece = text.get(fixed.clone()).unwrap_or_default();
    if piece.is_empty() {
        return;
    }
    let left = blanks(piece, true).into_iter();
    items.extend(left.map(|it| Item::left(blank_name(&piece[it]))));
    items.push(Item::Copy(fixed));
}

/// What goes for each tag: the tag, the blanks that it trims, and of a line that
/// holds statements and comments alone the whole line.
fn cuts(text: &str, tags: &[Tag]) -> Vec<Range<usize>> {
    let mut cuts: Vec<Range<usize>> = tags
        .iter()
        .map(|tag| {
            let (before, behind) = tag.trims(text);
            let Range { start, end } = tag.range;
            let start = match before {
                true => text[..start].trim_end().len(),
                false => start,
            };
            let end = match behind {
                true => text.len() - text[end..].trim_start().len(),
                false => end,
            };
            start..end
        })
        .collect();
    let mut n = 0;
    while n < tags.len() {
        let line = text[..tags[n].range.start]
            .rfind('\n')
            .map_or(0, |at| at + 1);
        let mut at = line;
        let mut alone = true;
        let mut last = n;
        // The tags of the line, and what stands between them.
        loop {
            let tag = &tags[last];
            alone &= tag.braces != Braces::Print && text[at..tag.range.start].trim().is_empty();
            at = tag.range.end;
            let same_line = |next: &Tag| !text[at..next.range.start].contains('\n');
            if tags.get(last + 1).is_some_and(same_line) {
                last += 1;
                continue;
            }
            let rest = text[at..].find('\n').map_or(text.len(), |end| at + end);
            if alone && text[at..rest].trim().is_empty() {
                cuts[n].start = cuts[n].start.min(line);
                cuts[last].end = cuts[last].end.max((rest + 1).min(text.len()));
                for n in n..last {
                    cuts[n].end = cuts[n].end.max(tags[n + 1].range.start);
                }
            }
            break;
        }
        n = last + 1;
    }
    cuts
}

/// Where in HTML the reading is, and where it was when each block began.
#[derive(Default)]
struct Html {
    state: State,
    blocks: Vec<State>,
}

impl Html {
    /// Each way through a block has to end where it began, so that what follows
    /// it stands in one place.
    fn follow(&mut self, statement: &Statement) -> Result<()> {
        match statement {
            Statement::If(_) | Statement::For { .. } => {
                if self.blocks.len() > limits::BLOCK_DEPTH {
                    return Err(Refused::new("blocks are nested more than 16 deep"));
                }
                self.blocks.push(self.state.clone());
                Ok(())
            }
            Statement::ElseIf(_) | Statement::Else => {
                let begun = self.blocks.last().cloned().unwrap_or_default();
                self.same(&begun)?;
                self.state = begun;
                Ok(())
            }
            Statement::EndIf | Statement::EndFor => {
                let begun = self.blocks.pop().unwrap_or_default();
                self.same(&begun)
            }
        }
    }

    fn same(&self, begun: &State) -> Result<()> {
        match self.state == *begun {
            true => Ok(()),
            false => Err(Refused::new(
                "its block begins outside of a tag, comment or script and ends inside of it, \
                 or the other way round",
            )),
        }
    }
}

struct Out<'t> {
    template: &'t str,
    markup: Markup,
    text: String,
}

impl Out<'_> {
    fn push(&mut self, text: &str) -> Result<()> {
        if self.text.len() + text.len() > limits::OUTPUT {
            return Err(Refused::new("the document gets longer than 12 MiB"));
        }
        self.text.push_str(text);
        Ok(())
    }
}

impl Sink for Out<'_> {
    fn copy(&mut self, range: &Range<usize>) -> Result<()> {
        let template = self.template;
        self.push(&template[range.clone()])
    }

    fn put(&mut self, text: &str) -> Result<()> {
        self.push(text)
    }

    fn print(&mut self, text: &str, context: Context) -> Result<core::result::Result<(), Why>> {
        let text = escape::plain(text);
        let mut escaped = String::with_capacity(text.len());
        match (self.markup, context) {
            (Markup::Text, _) => escaped = text,
            (Markup::Markdown, _) => escape::markdown(&text, &mut escaped),
            (Markup::Html, Context::Text) => escape::html(&text, &mut escaped),
            (Markup::Html, Context::Attribute) => escape::markup(&text, &mut escaped),
            (Markup::Html, context) => match escape::link(&text, context == Context::Link) {
                Some(link) => escaped = link,
                None => return Ok(Err(Why::Link)),
            },
        }
        self.push(&escaped)?;
        Ok(Ok(()))
    }

    fn keep(&mut self, source: &str) -> Result<()> {
        let mut escaped = String::with_capacity(source.len());
        match self.markup {
            Markup::Html => escape::markup(source, &mut escaped),
            _ => escaped = source.to_owned(),
        }
        self.push(&escaped)
    }

    fn ensure(&mut self, _: Filler) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
