//! The objects of a PDF, by number.
//!
//! The table at its end says where each is, and is often wrong. So the file is
//! gone through once, and each `12 0 obj` noted; of two with one number the later
//! one counts, as with the table.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};

use super::object::{Map, Object, Reader};
use crate::refused::{Refused, Result};

/// How much all streams inflate to, in bytes.
const INFLATED: usize = 64 << 20;

/// How much one stream inflates to, in bytes.
const STREAM: usize = 8 << 20;

/// How much of the streams of objects is kept, in bytes.
const KEPT: usize = 16 << 20;

/// How many bytes are gone through, some again and again.
const WORK: usize = 300 << 20;

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
    /// What may still be inflated.
    left: Cell<usize>,
    /// What may still be gone through.
    work: Cell<usize>,
    /// A stream was packed in a way that is not read.
    pub(super) unread: Cell<bool>,
    cache: RefCell<BTreeMap<u32, Object>>,
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
            left: Cell::new(INFLATED),
            work: Cell::new(WORK),
            unread: Cell::new(false),
            cache: RefCell::new(BTreeMap::new()),
        };
        file.index()?;
        Ok(file)
    }

    fn index(&mut self) -> Result<()> {
        let mut at = 0;
        while let Some(found) = self.next_object(at) {
            let (number, place, next) = found;
            at = next;
            if self.places.len() >= OBJECTS {
                return Err(Refused::new("it has more than 200,000 objects"));
            }
            self.places.insert(number, Place::At(place));
            let mut reader = Reader::new(self.bytes, place);
            let object = reader.object();
            if !self.spend(reader.at - place) {
                return Err(Refused::new("its objects lie over one another"));
            }
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
            if let Some(Object::Map(map)) = Reader::new(self.bytes, at).object() {
                self.not_encrypted(&map)?;
            }
        }
        Ok(())
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
        let kept: usize = self.streams.iter().map(Vec::len).sum();
        let bytes = self.stream_at(map, reader.at);
        let Some(bytes) = bytes.filter(|it| it.len() + kept <= KEPT) else {
            return;
        };
        let mut head = Reader::new(&bytes, 0);
        for _ in 0..count.min(10_000) {
            let (Some(number), Some(offset)) = (head.object(), head.object()) else {
                break;
            };
            let number = number.count().and_then(|it| u32::try_from(it).ok());
            if let (Some(number), Some(offset)) = (number, offset.count()) {
                let stream = self.streams.len();
                let at = first.saturating_add(offset);
                self.places.insert(number, Place::In { stream, at });
            }
        }
        self.streams.push(bytes);
    }

    /// Whether so much may still be gone through.
    fn spend(&self, bytes: usize) -> bool {
        let left = self.work.get().checked_sub(bytes + 16);
        self.work.set(left.unwrap_or(0));
        left.is_some()
    }

    /// The value of an object, or of what it refers to.
    pub(super) fn resolve(&self, object: &Object) -> Object {
        let mut object = object.clone();
        for _ in 0..8 {
            let Object::Reference(number) = object else {
                return object;
            };
            object = self.load(number);
        }
        Object::Null
    }

    fn load(&self, number: u32) -> Object {
        if let Some(known) = self.cache.borrow().get(&number) {
            return known.clone();
        }
        let (bytes, at) = match self.places.get(&number) {
            Some(Place::At(at)) => (self.bytes, *at),
            Some(Place::In { stream, at }) => (self.streams[*stream].as_slice(), *at),
            None => return Object::Null,
        };
        let mut reader = Reader::new(bytes, at);
        let object = match self.work.get() {
            0 => None,
            _ => reader.object(),
        };
        self.spend(reader.at.saturating_sub(at));
        let object = object.unwrap_or(Object::Null);
        let mut cache = self.cache.borrow_mut();
        if cache.len() > 1_000 {
            cache.clear();
        }
        cache.insert(number, object.clone());
        object
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
        reader.object()?;
        let bytes = self.stream_at(&map, reader.at)?;
        Some((map, bytes))
    }

    fn stream_at(&self, map: &Map, behind_map: usize) -> Option<Vec<u8>> {
        let mut reader = Reader::new(self.bytes, behind_map);
        reader.skip_blanks();
        if !reader.take(b"stream") {
            return None;
        }
        reader.take(b"\r");
        reader.take(b"\n");
        let start = reader.at;
        let rest = self.bytes.get(start..)?;
        // Its length is often wrong, or another object that comes later.
        let said = self.get(map, "Length").count().filter(|it| {
            let behind = rest.get(*it..).map(<[u8]>::trim_ascii_start);
            behind.is_some_and(|it| it.starts_with(b"endstream"))
        });
        let length = said
            .or_else(|| find(rest, b"endstream"))
            .unwrap_or(rest.len());
        if !self.spend(length) {
            return None;
        }
        self.unpacked(map, &rest[..length])
    }

    fn unpacked(&self, map: &Map, raw: &[u8]) -> Option<Vec<u8>> {
        let list = |name: &str| match self.get(map, name) {
            Object::Null => Vec::new(),
            Object::List(list) => list.iter().map(|it| self.resolve(it)).collect(),
            one => Vec::from([one]),
        };
        let (filters, parameters) = (list("Filter"), list("DecodeParms"));
        let mut bytes = raw.to_vec();
        for (n, filter) in filters.iter().enumerate().take(4) {
            let limit = STREAM.min(self.left.get());
            bytes = match filter.name() {
                Some("FlateDecode" | "Fl") => inflated(&bytes, limit)?,
                Some("ASCIIHexDecode" | "AHx") => {
                    let wrapped = [b"<", bytes.as_slice(), b">"].concat();
                    match Reader::new(&wrapped, 0).object()? {
                        Object::Text(bytes) => bytes,
                        _ => return None,
                    }
                }
                Some("ASCII85Decode" | "A85") => ascii85(&bytes),
                _ => {
                    self.unread.set(true);
                    return None;
                }
            };
            self.left.set(self.left.get().saturating_sub(bytes.len()));
            if let Some(Object::Map(parameters)) = parameters.get(n) {
                bytes = self.unpredicted(parameters, bytes)?;
            }
        }
        Some(bytes)
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

/// Inflates; of a stream that is cut off, what there is.
fn inflated(bytes: &[u8], limit: usize) -> Option<Vec<u8>> {
    match decompress_to_vec_zlib_with_limit(bytes, limit) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.status == TINFLStatus::HasMoreOutput => None,
        Err(error) if !error.output.is_empty() => Some(error.output),
        Err(_) => decompress_to_vec_with_limit(bytes, limit).ok(),
    }
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
