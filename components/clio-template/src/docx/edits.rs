//! What is done to the text of a part, in the order of its bytes.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

use crate::expression::Statement;
use crate::nodes::Item;

/// Bytes that go, and what comes in their place.
#[derive(Debug, Clone)]
pub(crate) struct Edit {
    pub(crate) range: Range<usize>,
    /// Of edits at one place: which is first.
    pub(crate) order: usize,
    pub(crate) items: Vec<Item>,
}

/// A piece that has two forms: with a value, and as it is.
#[derive(Debug, Clone)]
pub(crate) struct Region {
    pub(crate) range: Range<usize>,
    /// The statement that begins it, and each form with a value behind one.
    pub(crate) filled: Vec<Item>,
    /// What is put before its form without a value.
    pub(crate) unfilled: Vec<Item>,
}

impl Edit {
    /// What is put in where the bytes begin comes before.
    pub(crate) fn cut(range: Range<usize>) -> Self {
        Self {
            range,
            order: usize::MAX - 1,
            items: Vec::new(),
        }
    }

    pub(crate) fn with(range: Range<usize>, items: Vec<Item>) -> Self {
        Self {
            range,
            order: 0,
            items,
        }
    }

    pub(crate) fn put(at: usize, text: &str) -> Self {
        Self::with(at..at, Vec::from([Item::Put(text.to_string())]))
    }
}

/// A statement as an item.
pub(crate) fn statement(statement: Statement, source: &str) -> Item {
    Item::Statement(Box::new((statement, String::from(source))))
}

/// In the order in which they are done.
pub(crate) fn sort(edits: &mut [Edit]) {
    edits.sort_by_key(|it| (it.range.start, it.order));
}

/// The items of a range of a part. Both lists in order.
pub(crate) fn items(range: Range<usize>, edits: &[Edit], regions: &[Region]) -> Vec<Item> {
    let mut out = Vec::new();
    put_out(range, edits, regions, &mut out);
    out
}

fn put_out(range: Range<usize>, edits: &[Edit], regions: &[Region], out: &mut Vec<Item>) {
    let mut cursor = range.start;
    let (mut edits, mut regions) = (edits, regions);
    loop {
        let next_region = regions.first().filter(|it| it.range.start < range.end);
        let before = |edit: &&Edit| {
            let at = edit.range.start;
            // What ends or begins a block where a region begins, is around it.
            next_region.is_none_or(|it| at <= it.range.start)
        };
        if let Some(edit) = edits.first().filter(before) {
            edits = &edits[1..];
            let gone = edit.range.start < cursor;
            copy(&mut cursor, edit.range.start, out);
            // Of what is in a paragraph that goes whole, only the blocks stay.
            let stays = |item: &&Item| !gone || matches!(item, Item::Statement(_));
            out.extend(edit.items.iter().filter(stays).cloned());
            cursor = cursor.max(edit.range.end);
            continue;
        }
        let Some(region) = next_region else {
            break;
        };
        let inside = |range: &Range<usize>| range.start < region.range.end;
        let own = edits.partition_point(|it| inside(&it.range));
        let nested = regions[1..].partition_point(|it| inside(&it.range));
        if region.range.start >= cursor {
            copy(&mut cursor, region.range.start, out);
            out.extend(region.filled.iter().cloned());
            out.push(statement(Statement::Else, "{% else %}"));
            out.extend(region.unfilled.iter().cloned());
            let (edits, regions) = (&edits[..own], &regions[1..=nested]);
            put_out(region.range.clone(), edits, regions, out);
            out.push(statement(Statement::EndIf, "{% endif %}"));
            cursor = region.range.end;
        }
        edits = &edits[own..];
        regions = &regions[1 + nested..];
    }
    copy(&mut cursor, range.end, out);
}

fn copy(cursor: &mut usize, to: usize, out: &mut Vec<Item>) {
    if *cursor < to {
        out.push(Item::Copy(*cursor..to));
        *cursor = to;
    }
}
