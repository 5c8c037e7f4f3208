//! The objects of a PDF, by number.
//!
//! The table at its end says where each is, and is often wrong. So the file is
//! gone through once, and each `12 0 obj` noted; of two with one number the later
//! one counts, as with the table.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use miniz_oxide::inflate::{DecompressError, TINFLStatus, decompress_to_vec_with_limit};

use super::object::{Map, Object, Reader};
use super::work::{VALUE, Work};
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
const OBJECTS: usize = 200_000;

/// Where an object is.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// In the file.
    At(usize),
    /// In a stream of objects.
    In { stream: usize, at: usize },
}

pub(super) struct File<'a> {
    bytes: &'a [u8],
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
                Some("ObjStm") => self.index_stream(&map, &reader),
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
    fn read(&self, reader: &mut Reader<'_>) -> Option<Object> {
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

    fn index_stream(&mut self, map: &Map, reader: &Reader<'_>) {
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
            if let (Some(number), Some(offset)) = (number, offset.count()) {
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

    fn stream_at(&self, map: &Map, behind_map: usize) -> Option<Vec<u8>> {
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
                Some("ASCII85Decode" | "A85") => ascii85(&bytes),
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
            bytes = Cow::Owned(match parameters.get(n) {
                Some(Object::Map(parameters)) => self.unpredicted(parameters, unpacked)?,
                _ => unpacked,
            });
        }
        if bytes.len() > STREAM {
            self.work.refuse("a stream of it is more than 8 MiB");
            return None;
        }
        Some(bytes.into_owned())
    }

    /// Undoes the predictors of PNG.
    fn unpredicted(&self, parameters: &Map, bytes: Vec<u8>) -> Option<Vec<u8>> {
        let get = |name: &str, default| self.get(parameters, name).count().unwrap_or(default);
        match get("Predictor", 1) {
            1 => return Some(bytes),
            10.. => {}
            _ => {
                self.unread.set(true);
                return None;
            }
        }
        let bits = get("Colors", 1).checked_mul(get("BitsPerComponent", 8))?;
        let columns = get("Columns", 1);
        let (step, width) = (bits.div_ceil(8), bits.checked_mul(columns)?.div_ceil(8));
        if width == 0 || width > 1 << 20 {
            return None;
        }
        let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
        for row in bytes.chunks(width + 1) {
            let start = out.len();
            let (kind, row) = row.split_first()?;
            for (n, byte) in row.iter().enumerate() {
                let left = if n >= step { out[start + n - step] } else { 0 };
                let above = |back: usize| {
                    let at = (start + n).checked_sub(width + back)?;
                    (start >= width && n >= back).then(|| out[at])
                };
                let (up, corner) = (above(0).unwrap_or(0), above(step).unwrap_or(0));
                let guess = match kind {
                    1 => left,
                    2 => up,
                    3 => u8::midpoint(left, up),
                    4 => paeth(left, up, corner),
                    _ => 0,
                };
                out.push(byte.wrapping_add(guess));
            }
        }
        Some(out)
    }
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let [a, b, c] = [left, up, corner].map(i16::from);
    let guess = a + b - c;
    let [from_a, from_b, from_c] = [a, b, c].map(|it| (guess - it).abs());
    if from_a <= from_b && from_a <= from_c {
        left
    } else if from_b <= from_c {
        up
    } else {
        corner
    }
}

/// What inflating comes to.
enum Inflated {
    Whole(Vec<u8>),
    /// It is longer than it may be.
    More,
    Damaged,
}

/// Inflates; of a stream that is cut off, what there is.
fn inflated(bytes: &[u8], limit: usize) -> Inflated {
    let more = |error: &DecompressError| error.status == TINFLStatus::HasMoreOutput;
    match decompress_to_vec_zlib_with_limit(bytes, limit) {
        Ok(bytes) => Inflated::Whole(bytes),
        Err(error) if more(&error) => Inflated::More,
        Err(error) if !error.output.is_empty() => Inflated::Whole(error.output),
        Err(_) => match decompress_to_vec_with_limit(bytes, limit) {
            Ok(bytes) => Inflated::Whole(bytes),
            Err(error) if more(&error) => Inflated::More,
            Err(_) => Inflated::Damaged,
        },
    }
}

fn ascii_hex(bytes: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let bytes = bytes.iter().take_while(|it| **it != b'>');
    let mut digits = bytes
        .filter_map(|it| digit(*it))
        .filter_map(|it| u8::try_from(it).ok());
    let mut out = Vec::new();
    while let Some(first) = digits.next() {
        out.push(first << 4 | digits.next().unwrap_or(0));
    }
    out
}

fn ascii85(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut group: Vec<u32> = Vec::new();
    let put = |group: &mut Vec<u32>, out: &mut Vec<u8>| {
        let length = group.len();
        if length > 1 {
            group.resize(5, 84);
            let sum = group
                .iter()
                .fold(0_u32, |sum, it| sum.wrapping_mul(85).wrapping_add(*it));
            out.extend(&sum.to_be_bytes()[..length - 1]);
        }
        group.clear();
    };
    for byte in bytes {
        match byte {
            // No more than is taken.
            _ if out.len() > STREAM => break,
            b'~' => break,
            b'z' if group.is_empty() => out.extend([0; 4]),
            b'!'..=b'u' => {
                group.push(u32::from(byte - b'!'));
                if group.len() == 5 {
                    put(&mut group, &mut out);
                }
            }
            _ => {}
        }
    }
    put(&mut group, &mut out);
    out
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
