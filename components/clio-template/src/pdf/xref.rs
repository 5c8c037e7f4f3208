//! Where the objects of a PDF are, by its own tables (ISO 32000-1, 7.5.4 and 7.5.8).
//!
//! A file that was changed has several tables, each with where the one before
//! stands. What a later one says of an object counts, and what none of them says is
//! not there, whatever else stands in the file. A reader on a desk goes by them, so
//! what is shown here has to be what is shown there.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::file::{File, OBJECTS};
use super::object::{Map, Object, Reader};

/// How many tables there are.
const TABLES: usize = 1_000;

/// Where an object is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Entry {
    /// It was taken away.
    Free,
    At(usize),
    /// In a stream of objects, by its number there.
    In(u32),
}

/// All tables as one.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) entries: BTreeMap<u32, Entry>,
    /// The newest first.
    pub(super) trailers: Vec<Map>,
}

impl Tables {
    /// `None`: one of them is missing or damaged.
    pub(super) fn read(file: &File<'_>) -> Option<Self> {
        const WORD: &[u8] = b"startxref";
        let bytes = file.bytes;
        let tail = bytes.len().saturating_sub(1024);
        let found = bytes[tail..]
            .windows(WORD.len())
            .rposition(|it| it == WORD)?;
        let mut reader = Reader::new(bytes, tail + found + WORD.len());
        let mut next = Some(file.read(&mut reader)?.count()?);
        let (mut tables, mut seen) = (Self::default(), BTreeSet::new());
        while let Some(at) = next {
            if !seen.insert(at) || seen.len() > TABLES {
                return None;
            }
            let trailer = tables.table(file, at);
            if tables.entries.len() > OBJECTS {
                file.work.refuse("it has more than 200,000 objects");
            }
            let trailer = trailer?;
            next = match trailer.get("Prev") {
                None => None,
                Some(before) => Some(before.count()?),
            };
            tables.trailers.push(trailer);
        }
        Some(tables)
    }

    /// `None`: there are too many.
    fn note(&mut self, number: usize, entry: Entry) -> Option<()> {
        if self.entries.len() > OBJECTS || number > 1 << 24 {
            return None;
        }
        self.entries
            .entry(u32::try_from(number).ok()?)
            .or_insert(entry);
        Some(())
    }

    fn table(&mut self, file: &File<'_>, at: usize) -> Option<Map> {
        let mut reader = Reader::new(file.bytes, at);
        reader.skip_blanks();
        if !reader.take(b"xref") {
            return self.stream(file, &mut reader);
        }
        let mut free = Vec::new();
        loop {
            let first = match file.read(&mut reader)? {
                Object::Word(word) if word == b"trailer" => break,
                first => first.count()?,
            };
            let count = file.read(&mut reader)?.count()?.min(OBJECTS + 1);
            for number in first..first.checked_add(count)? {
                let offset = file.read(&mut reader)?.count()?;
                file.read(&mut reader)?.count()?;
                match file.read(&mut reader)? {
                    Object::Word(word) if word == b"n" => self.note(number, Entry::At(offset))?,
                    Object::Word(word) if word == b"f" => free.push(number),
                    _ => return None,
                }
            }
        }
        let Object::Map(trailer) = file.read(&mut reader)? else {
            return None;
        };
        // What a table hides from old readers stands in a stream beside it.
        if let Some(beside) = trailer.get("XRefStm") {
            self.stream(file, &mut Reader::new(file.bytes, beside.count()?))?;
        }
        free.into_iter()
            .try_for_each(|it| self.note(it, Entry::Free))?;
        Some(trailer)
    }

    /// A table that is packed.
    fn stream(&mut self, file: &File<'_>, reader: &mut Reader<'_>) -> Option<Map> {
        file.read(reader)?.count()?;
        file.read(reader)?.count()?;
        reader.skip_blanks();
        let map = match (reader.take(b"obj"), file.read(reader)?) {
            (true, Object::Map(map)) => map,
            _ => return None,
        };
        if map.get("Type").and_then(Object::name) != Some("XRef") {
            return None;
        }
        let bytes = file.stream_at(&map, reader.at)?;
        let widths = map.get("W")?.list()?.iter().map(Object::count);
        let [kind, second, third] = widths.collect::<Option<Vec<usize>>>()?.try_into().ok()?;
        let length = kind.checked_add(second)?.checked_add(third)?;
        if length == 0 || kind.max(second).max(third) > 8 {
            return None;
        }
        let index: Vec<usize> = match map.get("Index") {
            Some(index) => index
                .list()?
                .iter()
                .map(Object::count)
                .collect::<Option<_>>()?,
            None => Vec::from([0, map.get("Size")?.count()?]),
        };
        let mut rows = bytes.chunks_exact(length);
        for pair in index.chunks_exact(2) {
            for number in pair[0]..pair[0].checked_add(pair[1])? {
                let row = rows.next()?;
                let field = |from: usize, width: usize| {
                    let bytes = &row[from..from + width];
                    bytes
                        .iter()
                        .fold(0_usize, |sum, it| sum << 8 | usize::from(*it))
                };
                let of = field(kind, second);
                let entry = match (kind, field(0, kind)) {
                    (0, _) | (_, 1) => Entry::At(of),
                    (_, 2) => Entry::In(u32::try_from(of).ok()?),
                    _ => Entry::Free,
                };
                self.note(number, entry)?;
            }
        }
        Some(map)
    }
}
