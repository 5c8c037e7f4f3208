//! Fills Word documents, and reads what they say (ECMA-376).

mod blocks;
mod controls;
mod edits;
mod fields;
mod left;
mod names;
mod paragraph;
mod parts;
mod plan;
mod read;
mod scan;
#[cfg(test)]
mod tests;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

use crate::escape;
use crate::evaluate::Machine;
use crate::limits;
use crate::locale::Locale;
use crate::nodes::{Context, Filler};
use crate::package::{Package, PartWriter, Writer};
use crate::refused::Result;
use crate::render::{Run, Sink};
use crate::unfilled::{Filled, List, Why};
use crate::value::Value;
use crate::xml::text_of;
use left::Left;
use parts::{Parts, Purpose, TYPES};
pub(crate) use read::inspect;

/// Fills a document.
pub(crate) fn fill(template: &[u8], values: &Value, locale: Locale) -> Result<Filled> {
    let package = Package::open(template)?;
    let parts = Parts::find(&package, Purpose::Fill)?;
    let mut writer = Writer::with_capacity(template.len() + template.len() / 8);
    let mut machine = Machine::new(values, locale);
    let mut unfilled = List::default();
    for member in &package.members {
        let name = &member.name;
        if let (true, Some(kind)) = (name == TYPES, &parts.template_type) {
            let bytes = member.read(limits::PART)?;
            let mut part = writer.part(name)?;
            part.push(&bytes[..kind.start])?;
            part.push(parts::MAIN.as_bytes())?;
            part.push(&bytes[kind.end..])?;
            part.finish()?;
            continue;
        }
        if parts.properties.as_ref() == Some(name) {
            let list = read::left_in_properties(name, &member.read(limits::PART)?)?;
            for it in list.into_vec(&[]) {
                unfilled.add(&it.placeholder, name, it.why);
            }
        }
        let filled = parts.filled.contains(name);
        if !filled && !name.ends_with(".xml") && !name.ends_with(".rels") {
            writer.copy(member)?;
            continue;
        }
        let bytes = member.read(limits::PART)?;
        let at = |it: crate::Refused| it.at(name);
        let text = text_of(&bytes).map_err(at)?;
        let (plan, left) = match filled {
            true => plan::plan(text).map_err(at)?,
            false => (None, Left::of(text).map_err(at)?),
        };
        for placeholder in left {
            unfilled.add(&placeholder, name, Why::Place);
        }
        let Some(plan) = plan else {
            writer.copy(member)?;
            continue;
        };
        let mut out = Out {
            part: text,
            w: plan.prefix,
            writer: writer.part(name)?,
            tail: Vec::with_capacity(2 * TAIL),
        };
        let mut run = Run {
            machine: &mut machine,
            unfilled: &mut unfilled,
            part: name,
        };
        run.nodes(&plan.nodes, &mut out).map_err(at)?;
        out.writer.finish().map_err(at)?;
    }
    Ok(Filled {
        bytes: writer.finish()?,
        unfilled: unfilled.into_vec(&parts.filled),
    })
}

/// How much is remembered of what was put out.
const TAIL: usize = 64;

/// A part as it is put out.
struct Out<'t, 'w> {
    part: &'t str,
    /// The prefix of the names, with its colon.
    w: String,
    writer: PartWriter<'w>,
    tail: Vec<u8>,
}

impl Out<'_, '_> {
    fn push(&mut self, text: &str) -> Result<()> {
        let bytes = text.as_bytes();
        self.writer.push(bytes)?;
        let kept = &bytes[bytes.len().saturating_sub(TAIL)..];
        self.tail.extend_from_slice(kept);
        let more = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..more);
        Ok(())
    }

    /// Whether what was put out last is a tag.
    fn ends_with(&self, tag: &str) -> bool {
        self.tail.trim_ascii_end().ends_with(tag.as_bytes())
    }
}

impl Sink for Out<'_, '_> {
    fn copy(&mut self, range: &Range<usize>) -> Result<()> {
        let part = self.part;
        self.push(&part[range.clone()])
    }

    fn put(&mut self, text: &str) -> Result<()> {
        self.push(text)
    }

    fn print(&mut self, text: &str, _: Context) -> Result<core::result::Result<(), Why>> {
        let plain = escape::plain(text);
        let mut escaped = String::with_capacity(plain.len() + plain.len() / 8);
        let w = &self.w;
        for (n, line) in plain.split('\n').enumerate() {
            for (m, piece) in line.split('\t').enumerate() {
                let element = match (n, m) {
                    (_, 1..) => Some("tab"),
                    (1.., 0) => Some("br"),
                    _ => None,
                };
                if let Some(element) = element {
                    let text = format!("</{w}t><{w}{element}/><{w}t xml:space=\"preserve\">");
                    escaped.push_str(&text);
                }
                escape::markup(piece, &mut escaped);
            }
        }
        self.push(&escaped)?;
        Ok(Ok(()))
    }

    fn keep(&mut self, source: &str) -> Result<()> {
        self.print(source, Context::Text).map(|_| ())
    }

    fn ensure(&mut self, filler: Filler) -> Result<()> {
        let w = self.w.to_string();
        match filler {
            Filler::Paragraph if !self.ends_with(&format!("</{w}p>")) => {
                self.push(&format!("<{w}p/>"))
            }
            Filler::Row if !self.ends_with(&format!("</{w}tr>")) => {
                // There may be something else behind the last row.
                let grid = ["tblGrid>", "tblGrid/>", "tblPr>"];
                match grid.iter().any(|it| self.ends_with(&format!("{w}{it}"))) {
                    true => self.push(&format!("<{w}tr><{w}tc><{w}p/></{w}tc></{w}tr>")),
                    false => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }
}
