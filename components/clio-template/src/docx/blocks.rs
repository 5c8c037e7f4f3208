//! What a condition or a loop takes in, in a document.
//!
//! In text a block is what stands between two tags. In a document that would cut
//! elements in two. So within one paragraph a block is a row of runs, and from
//! one paragraph to another a row of whole paragraphs, tables or table rows. A
//! paragraph or row that holds tags of blocks alone goes.

use alloc::format;
use alloc::vec::Vec;
use core::ops::Range;

use super::edits::{Edit, statement};
use super::names::Kind;
use super::paragraph::{Run, Tagged};
use super::scan::{Element, Found};
use crate::expression::Statement;
use crate::nodes::{Filler, Item, build};
use crate::pieces::Meaning;
use crate::refused::{Refused, Result, quoted};

/// A block: its tags by number, the first and last with those between.
struct Block {
    tags: Vec<usize>,
}

/// Finds the edits that blocks need.
pub(crate) struct Blocks<'f> {
    found: &'f Found,
    meanings: &'f [Meaning],
    edits: Vec<Edit>,
    /// The containers that may end up empty.
    ensured: Vec<usize>,
}

/// A unit of a container that a tag is in.
struct Unit {
    range: Range<usize>,
    /// There is nothing in it but tags of blocks.
    bare: bool,
}

impl<'f> Blocks<'f> {
    pub(crate) fn edits(found: &'f Found, meanings: &'f [Meaning]) -> Result<Vec<Edit>> {
        let mut blocks = Self {
            found,
            meanings,
            edits: Vec::new(),
            ensured: Vec::new(),
        };
        for block in blocks.pairs()? {
            blocks.place(&block)?;
        }
        blocks.check_order()?;
        let mut ensured = core::mem::take(&mut blocks.ensured);
        ensured.sort_unstable();
        ensured.dedup();
        for container in ensured {
            let element = &found.elements[container];
            let filler = match element.kind {
                Kind::Table => Filler::Row,
                _ => Filler::Paragraph,
            };
            let at = element.content.end;
            let mut edit = Edit::with(at..at, Vec::from([Item::Ensure(filler)]));
            edit.order = usize::MAX;
            blocks.edits.push(edit);
        }
        Ok(blocks.edits)
    }

    fn statement(&self, tag: usize) -> Option<&'f Statement> {
        match &self.meanings[tag] {
            Meaning::Statement(statement) => Some(statement),
            _ => None,
        }
    }

    fn tag(&self, tag: usize) -> &'f Tagged {
        &self.found.tags[tag]
    }

    fn item(&self, tag: usize) -> Item {
        let source = self.tag(tag).source();
        match self.statement(tag) {
            Some(it) => statement(it.clone(), &source),
            None => Item::Put(source),
        }
    }

    /// Which tags make a block.
    fn pairs(&self) -> Result<Vec<Block>> {
        let statements = (0..self.meanings.len()).filter(|it| self.statement(*it).is_some());
        let statements: Vec<usize> = statements.collect();
        // It says what is wrong, if something is.
        build(statements.iter().map(|it| self.item(*it)).collect())?;
        let (mut open, mut done): (Vec<Block>, Vec<Block>) = (Vec::new(), Vec::new());
        for tag in statements {
            match self.statement(tag) {
                Some(Statement::If(_) | Statement::For { .. }) => open.push(Block {
                    tags: Vec::from([tag]),
                }),
                Some(Statement::EndIf | Statement::EndFor) => {
                    if let Some(mut block) = open.pop() {
                        block.tags.push(tag);
                        done.push(block);
                    }
                }
                _ => {
                    if let Some(block) = open.last_mut() {
                        block.tags.push(tag);
                    }
                }
            }
        }
        Ok(done)
    }

    fn place(&mut self, block: &Block) -> Result<()> {
        let (Some(first), Some(last)) = (block.tags.first(), block.tags.last()) else {
            return Ok(());
        };
        let (begin, end) = (self.tag(*first), self.tag(*last));
        if begin.paragraph != end.paragraph {
            return self.place_units(block, begin, end);
        }
        let whole = self.unit(begin.paragraph);
        let alone = !self.solid(whole.range.start..begin.start())
            && !self.solid(end.end()..whole.range.end);
        let choice = matches!(self.statement(*first), Some(Statement::If(_)));
        if choice && alone && block.tags.len() == 2 && !whole.bare {
            // The paragraph is all of the block, and goes with it.
            self.put(*first, whole.range.start);
            self.put(*last, whole.range.end);
            self.ensure(self.found.elements[begin.paragraph].parent);
            return Ok(());
        }
        self.place_runs(block)
    }

    /// Within one paragraph.
    fn place_runs(&mut self, block: &Block) -> Result<()> {
        let tags: Vec<&Tagged> = block.tags.iter().map(|it| self.tag(*it)).collect();
        let one_text = tags
            .iter()
            .all(|it| it.span == tags[0].span && it.pieces.len() == 1);
        let one_parent = tags.iter().all(|it| it.run.parent == tags[0].run.parent);
        if !one_text && !one_parent {
            return Err(self.crosses(block, "a link or a field"));
        }
        for (number, tag) in block.tags.iter().zip(tags) {
            let mut edit = Edit::with(tag.start()..tag.start(), Vec::new());
            edit.order = *number;
            edit.items = match one_text {
                true => Vec::from([self.item(*number)]),
                false => self.divided(&tag.run, self.item(*number)),
            };
            self.edits.push(edit);
        }
        Ok(())
    }

    /// Ends a run, and begins one like it.
    fn divided(&self, run: &Run, item: Item) -> Vec<Item> {
        let w = &self.found.prefix;
        let mut items = Vec::from([Item::Put(format!("</{w}t></{w}r>")), item]);
        items.push(Item::Put(format!("<{w}r>")));
        if !run.properties.is_empty() {
            items.push(Item::Copy(run.properties.clone()));
        }
        items.push(Item::Put(format!("<{w}t xml:space=\"preserve\">")));
        items
    }

    /// From one paragraph to another.
    fn place_units(&mut self, block: &Block, begin: &Tagged, end: &Tagged) -> Result<()> {
        let (first, last) = (block.tags[0], block.tags[block.tags.len() - 1]);
        let (mut container, mut from, mut to) = self.common(begin.paragraph, end.paragraph);
        if let Some(row) = container
            && self.found.elements[row].kind == Kind::Row
        {
            // From one cell to another: the row.
            (from, to) = (row, row);
            container = self.found.elements[row].parent;
        }
        let Some(kind) = container.map(|it| self.found.elements[it].kind) else {
            return Err(self.crosses(block, "the document"));
        };
        match kind {
            Kind::Paragraph | Kind::Run => return Err(self.crosses(block, "a text box")),
            Kind::Notes => return Err(self.crosses(block, "a note or comment")),
            _ => {}
        }
        let (opening, closing) = (self.unit(from), self.unit(to));
        let same = from == to;
        if opening.bare && !same {
            self.edits.push(Edit::cut(opening.range.clone()));
            self.put(first, begin.start());
        } else if !self.solid(opening.range.start..begin.start()) {
            self.put(first, opening.range.start);
        } else {
            return Err(self.not_alone(first));
        }
        if closing.bare && !same {
            self.edits.push(Edit::cut(closing.range.clone()));
            self.put(last, end.start());
        } else if !self.solid(end.end()..closing.range.end) {
            self.put(last, closing.range.end);
        } else {
            return Err(self.not_alone(last));
        }
        for between in &block.tags[1..block.tags.len() - 1] {
            let tag = self.tag(*between);
            let unit = match self.below(container, tag.paragraph) {
                Some(unit) if unit != from && unit != to => self.unit(unit),
                _ => return Err(self.not_alone(*between)),
            };
            if unit.bare {
                self.edits.push(Edit::cut(unit.range.clone()));
                self.put(*between, tag.start());
            } else if !self.solid(unit.range.start..tag.start()) {
                self.put(*between, unit.range.start);
            } else {
                return Err(self.not_alone(*between));
            }
        }
        self.ensure(container);
        Ok(())
    }

    fn put(&mut self, tag: usize, at: usize) {
        let mut edit = Edit::with(at..at, Vec::from([self.item(tag)]));
        edit.order = tag;
        self.edits.push(edit);
    }

    /// Sees that a container which may lose all of its paragraphs gets one.
    fn ensure(&mut self, container: Option<usize>) {
        let mut at = container;
        while let Some(element) = at {
            match self.found.elements[element].kind {
                Kind::Cell | Kind::Story | Kind::TextBox | Kind::Table => {
                    self.ensured.push(element);
                    return;
                }
                Kind::Body => return,
                _ => at = self.found.elements[element].parent,
            }
        }
    }

    fn solid(&self, range: Range<usize>) -> bool {
        let solids = &self.found.solids;
        let next = solids.partition_point(|it| *it < range.start);
        solids.get(next).is_some_and(|it| *it < range.end)
    }

    fn unit(&self, element: usize) -> Unit {
        let range = self.found.elements[element].range.clone();
        Unit {
            bare: !self.solid(range.clone()),
            range,
        }
    }

    fn path(&self, element: usize) -> Vec<usize> {
        let parent = |it: &usize| {
            self.found
                .elements
                .get(*it)
                .and_then(|it: &Element| it.parent)
        };
        let mut path: Vec<usize> = core::iter::successors(Some(element), parent).collect();
        path.reverse();
        path
    }

    /// What two elements are in, and the parts of it that they are in.
    fn common(&self, a: usize, b: usize) -> (Option<usize>, usize, usize) {
        let (a, b) = (self.path(a), self.path(b));
        let same = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
        let own = |path: &[usize]| *path.get(same).or(path.last()).unwrap_or(&0);
        let container = same.checked_sub(1).and_then(|it| a.get(it)).copied();
        (container, own(&a), own(&b))
    }

    /// The part of a container that an element is in.
    fn below(&self, container: Option<usize>, element: usize) -> Option<usize> {
        let path = self.path(element);
        let at = path.iter().position(|it| Some(*it) == container)?;
        path.get(at + 1).copied()
    }

    /// Blocks that were placed have to be in the order in which they stand there.
    fn check_order(&mut self) -> Result<()> {
        super::edits::sort(&mut self.edits);
        let mut last = 0;
        for edit in &self.edits {
            let holds = edit.items.iter().any(|it| matches!(it, Item::Statement(_)));
            if holds && edit.order < last {
                return Err(Refused::new(format!(
                    "`{}` is of a block that crosses another; put both into paragraphs of their own",
                    quoted(&self.tag(edit.order).source())
                )));
            }
            if holds {
                last = edit.order;
            }
        }
        Ok(())
    }

    fn crosses(&self, block: &Block, what: &str) -> Refused {
        let source = self.tag(block.tags[0]).source();
        Refused::new(format!(
            "`{}` begins inside of {what}, and ends outside of it or in another",
            quoted(&source)
        ))
    }

    fn not_alone(&self, tag: usize) -> Refused {
        Refused::new(format!(
            "`{}` stands in a paragraph or table row with other text; put it into one of its own",
            quoted(&self.tag(tag).source())
        ))
    }
}
