//! The objects of a PDF, by number.
//!
//! The tables at its end say where each is. Where they are missing or damaged, as
//! they often are, the file is gone through, and each `12 0 obj` noted; of two with
//! one number the later one counts.

use alloc::borrow::Cow;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use super::object::{Map, Object, Reader};
use super::unpack::{Inflated, ascii_hex, ascii85, inflated, unpredicted};
use super::work::{VALUE, Work};
use super::xref::{Entry, Tables};
use crate::refused::{Refused, Result};

/// How much all streams inflate to, in bytes.
const INFLATED: usize = 64 << 20;

/// How much one stream inflates to, in bytes.
const STREAM: usize = 8 << 20;

/// How much of the streams of objects is kept, in bytes.
const KEPT: usize = 16 << 20;

/// How much of the file the objects take that are kept as they were read, in bytes.
const CACHED: usize = 1 << 20;

/// How many objects are noted.
pub(super) const OBJECTS: usize = 200_000;

/// Where an object is.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// In the file.
    At(usize),
    /// In a stream of objects.
    In { stream: usize, at: usize },
}

pub(super) struct File<'a> {
    pub(super) bytes: &'a [u8],
    /// The object that all begins with, if the tables say it.
    pub(super) root: Option<u32>,
    places: BTreeMap<u32, Place>,
    /// Streams of objects, inflated.
    streams: Vec<Vec<u8>>,
    /// How many bytes those are.
    kept: usize,
    /// What may still be inflated.
    left: Cell<usize>,
    pub(super) work: Work,
    /// A stream was packed in a way that is not read.
    pub(super) unread: Cell<bool>,
    cache: RefCell<Cache>,
}

/// Objects that were read, and what they take, in bytes.
#[derive(Debug, Default)]
struct Cache {
    /// Each with what a copy of it takes.
    objects: BTreeMap<u32, (Object, usize)>,
    weight: usize,
}

impl<'a> File<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self> {
        let head = &bytes[..bytes.len().min(1024)];
        if !head.windows(5).any(|it| it == b"%PDF-") {
            return Err(Refused::new("it is no PDF: it does not begin as one"));
        }
        let mut file = Self {
            bytes,
            root: None,
            places: BTreeMap::new(),
            streams: Vec::new(),
            kept: 0,
            left: Cell::new(INFLATED),
            work: Work::new(),
            unread: Cell::new(false),
            cache: RefCell::default(),
        };
        file.index()?;
        Ok(file)
    }

    fn index(&mut self) -> Result<()> {
        if let Some(tables) = Tables::read(self) {
            self.place(&tables)?;
        }
        self.work.check()?;
        let pages = self.root.map(|it| self.object(it));
        if pages.is_none_or(|it| !it.contains_key("Pages")) {
            self.forget();
            self.scan()?;
        }
        Ok(())
    }

    fn forget(&mut self) {
        self.root = None;
        self.places.clear();
        self.streams.clear();
        self.kept = 0;
        self.cache = RefCell::default();
    }

    /// Takes the objects to be where the tables say. One that is not there is looked
    /// for in the file.
    fn place(&mut self, tables: &Tables) -> Result<()> {
        for trailer in &tables.trailers {
            self.not_encrypted(trailer)?;
        }
        let (mut places, mut wrong) = (BTreeMap::new(), Vec::new());
        for (number, entry) in &tables.entries {
            match entry {
                Entry::At(at) => match self.object_at(*number, *at) {
                    Some(place) => drop(places.insert(*number, Place::At(place))),
                    None => wrong.push(*number),
                },
                Entry::In(_) | Entry::Free => {}
            }
        }
        if !wrong.is_empty() {
            self.scan()?;
            let found = wrong
                .iter()
                .filter_map(|it| Some((*it, *self.places.get(it)?)));
            let found = found.filter(|it| matches!(it.1, Place::At(_)));
            places.extend(found);
        }
        self.forget();
        self.places = places;
        let within = tables.entries.iter().filter_map(|it| match it.1 {
            Entry::In(stream) => Some((*stream, *it.0)),
            _ => None,
        });
        let within: BTreeSet<(u32, u32)> = within.collect();
        let streams: BTreeSet<u32> = within.iter().map(|it| it.0).collect();
        for stream in streams {
            let Some(Place::At(at)) = self.places.get(&stream).copied() else {
                continue;
            };
            let mut reader = Reader::new(self.bytes, at);
            if let Some(Object::Map(map)) = self.read(&mut reader) {
                self.index_stream(&map, &reader, |it| within.contains(&(stream, it)));
            }
        }
        let root = tables.trailers.iter().find_map(|it| it.get("Root"));
        self.root = match root {
            Some(Object::Reference(root)) => Some(*root),
            _ => None,
        };
        Ok(())
    }

    /// Where the value of an object begins, if it is there.
    fn object_at(&self, number: u32, at: usize) -> Option<usize> {
        let mut reader = Reader::new(self.bytes, at);
        let own = self.read(&mut reader)?.count()?;
        self.read(&mut reader)?.count()?;
        reader.skip_blanks();
        let found = u32::try_from(own) == Ok(number) && reader.take(b"obj");
        found.then_some(reader.at)
    }

    fn scan(&mut self) -> Result<()> {
        let mut at = 0;
        while let Some(found) = self.next_object(at) {
            let (number, place, next) = found;
            at = next;
            self.note(number, Place::At(place));
            let mut reader = Reader::new(self.bytes, place);
            let object = self.read(&mut reader);
            self.work.check()?;
            let Some(Object::Map(map)) = object else {
                continue;
            };
            match map.get("Type").and_then(Object::name) {
                Some("XRef") => self.not_encrypted(&map)?,
                Some("ObjStm") => self.index_stream(&map, &reader, |_| true),
                _ => {}
            }
        }
        let mut at = 0;
        while let Some(found) = find(&self.bytes[at..], b"trailer") {
            at += found + 7;
            if let Some(Object::Map(map)) = self.read(&mut Reader::new(self.bytes, at)) {
                self.not_encrypted(&map)?;
            }
            self.work.check()?;
        }
        Ok(())
    }

    /// The next value, paid for by how far it goes.
    pub(super) fn read(&self, reader: &mut Reader<'_>) -> Option<Object> {
        let from = reader.at;
        let object = reader.object();
        let paid = self.work.spend(VALUE + 4 * (reader.at - from));
        object.filter(|_| paid)
    }

    fn note(&mut self, number: u32, place: Place) {
        self.places.insert(number, place);
        if self.places.len() > OBJECTS {
            self.work.refuse("it has more than 200,000 objects");
        }
    }

    fn not_encrypted(&self, trailer: &Map) -> Result<()> {
        match trailer.get("Encrypt") {
            None | Some(Object::Null) => Ok(()),
            Some(_) => Err(Refused::new(
                "it is encrypted; save it without a password and without restrictions",
            )),
        }
    }

    /// The number of the next object, where its value begins, and where to look
    /// on.
    fn next_object(&self, from: usize) -> Option<(u32, usize, usize)> {
        let mut at = from;
        loop {
            let found = at + find(self.bytes.get(at..)?, b"obj")?;
            at = found + 3;
            // `endobj` is none.
            let before = self.bytes[..found].trim_ascii_end();
            if before.len() == found && !before.ends_with(b"0") {
                continue;
            }
            let (before, generation) = digits_at_end(before);
            let blank = before.trim_ascii_end();
            let (rest, number) = digits_at_end(blank);
            let apart = blank.len() < before.len() && rest.len() < blank.len();
            if let (true, Some(_), Some(number)) = (apart, generation, number) {
                return Some((number, at, at));
            }
        }
    }

    /// Notes the objects of a stream that are taken from it.
    fn index_stream(&mut self, map: &Map, reader: &Reader<'_>, taken: impl Fn(u32) -> bool) {
        let count = map.get("N").and_then(Object::count).unwrap_or(0);
        let first = map.get("First").and_then(Object::count).unwrap_or(0);
        let Some(bytes) = self.stream_at(map, reader.at) else {
            return;
        };
        self.kept += bytes.len();
        if self.kept > KEPT {
            self.work
                .refuse("its objects take more than 16 MiB unpacked");
            return;
        }
        let mut head = Reader::new(&bytes, 0);
        for _ in 0..count.min(10_000) {
            let (Some(number), Some(offset)) = (self.read(&mut head), self.read(&mut head)) else {
                break;
            };
            let number = number.count().and_then(|it| u32::try_from(it).ok());
            if let (Some(number), Some(offset)) = (number, offset.count())
                && taken(number)
            {
                let stream = self.streams.len();
                let at = first.saturating_add(offset);
                self.note(number, Place::In { stream, at });
            }
        }
        self.streams.push(bytes);
    }

    /// The value of an object, or of what it refers to.
    pub(super) fn resolve(&self, object: &Object) -> Object {
        let mut next = match object {
            Object::Reference(number) => *number,
            own if self.work.check().is_ok() && self.work.spend(own.weight()) => {
                return own.clone();
            }
            _ => return Object::Null,
        };
        for _ in 0..8 {
            match self.load(next) {
                Object::Reference(number) => next = number,
                found => return found,
            }
        }
        Object::Null
    }

    fn load(&self, number: u32) -> Object {
        if let Some((known, weight)) = self.cache.borrow().objects.get(&number) {
            return match self.work.spend(*weight) {
                true => known.clone(),
                false => Object::Null,
            };
        }
        let (bytes, at) = match self.places.get(&number) {
            Some(Place::At(at)) => (self.bytes, *at),
            Some(Place::In { stream, at }) => (self.streams[*stream].as_slice(), *at),
            None => return Object::Null,
        };
        let mut reader = Reader::new(bytes, at);
        let object = match self.work.check() {
            Ok(()) => self.read(&mut reader).unwrap_or(Object::Null),
            Err(_) => Object::Null,
        };
        let mut cache = self.cache.borrow_mut();
        cache.weight += VALUE + reader.at.saturating_sub(at);
        if cache.weight > CACHED {
            *cache = Cache::default();
        }
        let known = (object.clone(), object.weight());
        cache.objects.insert(number, known);
        object
    }

    /// The map that an object is; empty, if it is none.
    pub(super) fn object(&self, number: u32) -> Map {
        match self.resolve(&Object::Reference(number)) {
            Object::Map(map) => map,
            _ => Map::new(),
        }
    }

    /// The member of a map, resolved.
    pub(super) fn get(&self, map: &Map, name: &str) -> Object {
        map.get(name).map_or(Object::Null, |it| self.resolve(it))
    }

    pub(super) fn get_map(&self, map: &Map, name: &str) -> Option<Map> {
        match self.get(map, name) {
            Object::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Every object, by number.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> {
        self.places.keys().copied()
    }

    /// A stream's map and its bytes.
    pub(super) fn stream(&self, object: &Object) -> Option<(Map, Vec<u8>)> {
        let mut object = object.clone();
        let mut number = None;
        for _ in 0..8 {
            let Object::Reference(next) = object else {
                break;
            };
            number = Some(next);
            object = self.load(next);
        }
        let Object::Map(map) = object else {
            return None;
        };
        let Some(Place::At(at)) = self.places.get(&number?) else {
            return None;
        };
        let mut reader = Reader::new(self.bytes, *at);
        self.read(&mut reader)?;
        let bytes = self.stream_at(&map, reader.at)?;
        Some((map, bytes))
    }

    pub(super) fn stream_at(&self, map: &Map, behind_map: usize) -> Option<Vec<u8>> {
        let mut reader = Reader::new(self.bytes, behind_map);
        reader.skip_blanks();
        self.work.spend(reader.at - behind_map);
        if !reader.take(b"stream") {
            return None;
        }
        reader.take(b"\r");
        reader.take(b"\n");
        let start = reader.at;
        let rest = self.bytes.get(start..)?;
        // Its length is often wrong, or another object that comes later.
        let said = self.get(map, "Length").count().filter(|it| {
            let behind = rest.get(*it..rest.len().min(it.saturating_add(32)));
            let behind = behind.map(<[u8]>::trim_ascii_start);
            behind.is_some_and(|it| it.starts_with(b"endstream"))
        });
        let length = said
            .or_else(|| find(rest, b"endstream"))
            .unwrap_or(rest.len());
        let paid = self.work.spend(VALUE + length);
        paid.then(|| self.unpacked(map, &rest[..length]))?
    }

    fn unpacked(&self, map: &Map, raw: &[u8]) -> Option<Vec<u8>> {
        let list = |name: &str| match self.get(map, name) {
            Object::Null => Vec::new(),
            Object::List(list) => list.iter().take(4).map(|it| self.resolve(it)).collect(),
            one => Vec::from([one]),
        };
        let (filters, parameters) = (list("Filter"), list("DecodeParms"));
        let mut bytes = Cow::Borrowed(raw);
        for (n, filter) in filters.iter().enumerate() {
            let limit = STREAM.min(self.left.get());
            let unpacked = match filter.name() {
                Some("FlateDecode" | "Fl") => match inflated(&bytes, limit) {
                    Inflated::Whole(bytes) => bytes,
                    Inflated::Damaged => return None,
                    // What is behind would not be told.
                    Inflated::More => {
                        self.work.refuse(
                            "a stream of it is more than 8 MiB unpacked, or all more than 64",
                        );
                        return None;
                    }
                },
                Some("ASCIIHexDecode" | "AHx") => ascii_hex(&bytes),
                Some("ASCII85Decode" | "A85") => ascii85(&bytes, STREAM),
                _ => {
                    self.unread.set(true);
                    return None;
                }
            };
            self.left
                .set(self.left.get().saturating_sub(unpacked.len()));
            if unpacked.len() > STREAM || !self.work.spend(unpacked.len()) {
                self.work
                    .refuse("a stream of it is more than 8 MiB unpacked");
                return None;
            }
            let get = |name: &str, default| match parameters.get(n) {
                Some(Object::Map(map)) => self.get(map, name).count().unwrap_or(default),
                _ => default,
            };
            bytes = Cow::Owned(match get("Predictor", 1) {
                1 => unpacked,
                10.. => unpredicted(get, &unpacked)?,
                _ => {
                    self.unread.set(true);
                    return None;
                }
            });
        }
        if bytes.len() > STREAM {
            self.work.refuse("a stream of it is more than 8 MiB");
            return None;
        }
        Some(bytes.into_owned())
    }
}

pub(super) fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    let first = *word.first()?;
    let mut at = 0;
    loop {
        at += bytes.get(at..)?.iter().position(|it| *it == first)?;
        if bytes[at..].starts_with(word) {
            return Some(at);
        }
        at += 1;
    }
}

/// The digits that bytes end with, as a number, and what stands before.
fn digits_at_end(bytes: &[u8]) -> (&[u8], Option<u32>) {
    let count = bytes
        .iter()
        .rev()
        .take_while(|it| it.is_ascii_digit())
        .count();
    let (rest, digits) = bytes.split_at(bytes.len() - count);
    let number = core::str::from_utf8(digits)
        .ok()
        .and_then(|it| it.parse().ok());
    (rest, number)
}
