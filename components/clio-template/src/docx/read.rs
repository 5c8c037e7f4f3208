//! What a Word document says, and what of it is not filled.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use super::parts::{Parts, Purpose};
use super::scan::scan;
use crate::inspect::{Inspected, Mark, MarkKind, blank_name, blanks, few};
use crate::limits;
use crate::package::Package;
use crate::pieces::{Braces, listed, tags};
use crate::refused::{Refused, Result};
use crate::unfilled::{List, Why};
use crate::xml::{Event, decoded, text_of, walk};

/// Reads a document.
pub(crate) fn inspect(document: &[u8]) -> Result<Inspected> {
    let package = Package::open(document)?;
    let parts = Parts::find(&package, Purpose::Inspect)?;
    let mut inspected = Inspected::default();
    for name in &parts.filled {
        let Some(member) = package.member(name) else {
            continue;
        };
        let bytes = member.read(limits::PART)?;
        let at = |it: crate::Refused| it.at(name);
        part(name, text_of(&bytes).map_err(at)?, &mut inspected).map_err(at)?;
    }
    inspected.marks.sort_by_key(|it| it.at.start);
    Ok(inspected)
}

fn part(name: &str, text: &str, inspected: &mut Inspected) -> Result<()> {
    let found = scan(text, true)?;
    let base = inspected.text.len();
    if base + found.text.len() > limits::SAID {
        return Err(Refused::new("the document's text is longer than 8 MiB"));
    }
    let first = inspected.marks.len();
    let mut mark = |kind, own: &str, range: Range<usize>, filled| {
        inspected.marks.push(Mark {
            kind,
            name: listed(own),
            part: name.into(),
            filled,
            at: base + range.start..base + range.end,
        });
    };
    for range in &found.tag_texts {
        let tag = &found.text[range.clone()];
        if !tag.starts_with("{#") {
            mark(MarkKind::Placeholder, tag, range.clone(), false);
        }
    }
    for control in found.controls.iter().filter(|it| !it.copy) {
        let range = within(control.text[0].at()..control.text[1].at(), &found.text);
        let blank = found.text[range.clone()].trim().is_empty();
        let filled = control.showing.is_none() && !blank;
        let name = control.names.first().map_or("", String::as_str);
        mark(MarkKind::Control, name, range, filled);
    }
    for field in found.fields.iter().filter(|it| !it.copy) {
        let range = within(field.text[0].at()..field.text[1].at(), &found.text);
        let shown = found.text[range.clone()].trim();
        let own = shown
            .trim_start_matches(['«', '<'])
            .trim_end_matches(['»', '>']);
        let filled = !shown.is_empty() && (own == shown || own != field.name);
        mark(MarkKind::MergeField, &field.name, range, filled);
    }
    // How far the marks reach that begin up to each.
    let own = &mut inspected.marks[first..];
    own.sort_by_key(|it| it.at.start);
    let mut reach = 0;
    let reaches = own.iter().map(|it| {
        // What a control holds may be a name of another program's, too.
        if !(it.filled && it.kind == MarkKind::Control) {
            reach = reach.max(it.at.end);
        }
        (it.at.start, reach)
    });
    let reaches: Vec<(usize, usize)> = reaches.collect();
    for range in blanks(&found.text, false) {
        let at = base + range.start..base + range.end;
        let next = reaches.partition_point(|it| it.0 <= at.start);
        let known = next
            .checked_sub(1)
            .is_some_and(|it| at.end <= reaches[it].1);
        if !known {
            inspected.marks.push(Mark {
                kind: MarkKind::Blank,
                name: listed(&found.text[range]),
                part: name.into(),
                filled: false,
                at,
            });
        }
    }
    few(&inspected.marks)?;
    inspected.text.push_str(&found.text);
    Ok(())
}

/// What stands for values in the document's title and the like, which nobody fills.
pub(super) fn left_in_properties(name: &str, part: &[u8]) -> Result<List> {
    let at = |it: crate::Refused| it.at(name);
    let mut list = List::default();
    let mut all = |text: &str| {
        let ours = tags(text).into_iter();
        let ours = ours.filter(|it| it.braces != Braces::Comment);
        ours.for_each(|it| list.add(&it.listed(text), name, Why::Place));
        let left = blanks(text, false).into_iter();
        left.for_each(|it| list.add(&blank_name(&text[it]), name, Why::Place));
    };
    walk(text_of(part).map_err(at)?, |event| {
        if let Event::Text(text, _) = event {
            all(&decoded(text));
        }
        Ok(())
    })
    .map_err(at)?;
    Ok(list)
}

/// A range that is one of the text, whatever was found.
fn within(range: Range<usize>, text: &str) -> Range<usize> {
    let sound = range.start <= range.end && text.get(range.clone()).is_some();
    if sound { range } else { 0..0 }
}
