//! What the codes of a font mean, by its own table (Adobe's CMap).

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::object::{Object, Reader, VALUES};
use super::work::{VALUE, Work};

/// The table of a font.
#[derive(Debug, Default)]
pub(super) struct CMap {
    known: BTreeMap<u32, String>,
    /// From, to, and what the first one means.
    ranges: Vec<(u32, u32, u32)>,
    /// How long the codes are, in bytes.
    pub(super) length: Option<usize>,
    /// About how many bytes it takes.
    pub(super) weight: usize,
}

/// How many codes a table has. Unicode's first plane has 65,536.
const MOST: usize = 100_000;

/// How many bytes a table takes.
const WEIGHT: usize = 4 << 20;

impl CMap {
    pub(super) fn read(bytes: &[u8], work: &Work) -> Self {
        let mut map = Self::default();
        let mut reader = Reader::new(bytes, 0);
        let mut before: Vec<Object> = Vec::new();
        let mut values = 0;
        while let Some(object) = reader.object() {
            values += 1 + reader.values;
            if values > VALUES {
                work.refuse("the table of a font in it is too long to be read");
            }
            if !work.spend(VALUE) {
                break;
            }
            let Object::Word(word) = &object else {
                before.push(object);
                continue;
            };
            match word.as_slice() {
                b"endcodespacerange" => {
                    let lengths = before.iter().filter_map(|it| match it {
                        Object::Text(code) => Some(code.len()),
                        _ => None,
                    });
                    map.length = lengths.max().or(map.length);
                }
                b"endbfchar" => map.characters(&before, work),
                b"endbfrange" => map.ranges(&before, work),
                _ => {}
            }
            before.clear();
            values = 0;
        }
        map.ranges.sort_unstable();
        map
    }

    fn characters(&mut self, objects: &[Object], work: &Work) {
        for pair in objects.chunks_exact(2) {
            if let [Object::Text(code), Object::Text(text)] = pair {
                self.know(number(code), utf16(text), work);
            }
        }
    }

    /// What a code means. `false`: no more is read.
    fn know(&mut self, code: u32, text: String, work: &Work) -> bool {
        self.weight += VALUE + text.len();
        if self.known.len() >= MOST || self.weight > WEIGHT {
            work.refuse("the table of a font in it is too long to be read");
        }
        let goes_on = work.spend(2 * VALUE + 4 * text.len());
        if goes_on {
            self.known.insert(code, text);
        }
        goes_on
    }

    fn ranges(&mut self, objects: &[Object], work: &Work) {
        for triple in objects.chunks_exact(3) {
            let [Object::Text(from), Object::Text(to), meaning] = triple else {
                continue;
            };
            let (from, to) = (number(from), number(to));
            match meaning {
                Object::Text(text) if text.len() == 2 && self.ranges.len() < MOST => {
                    self.weight += VALUE;
                    self.ranges.push((from, to, number(text)));
                }
                Object::Text(text) => {
                    let text = utf16(text);
                    let mut chars: Vec<char> = text.chars().collect();
                    let last = chars.pop().map_or(0, u32::from);
                    for code in from..=to.min(from.saturating_add(255)) {
                        let end = char::from_u32(last.saturating_add(code - from));
                        let text = chars.iter().copied().chain(end).collect();
                        if !self.know(code, text, work) {
                            return;
                        }
                    }
                }
                Object::List(list) => {
                    for (code, text) in (from..=to).zip(list) {
                        if let Object::Text(text) = text
                            && !self.know(code, utf16(text), work)
                        {
                            return;
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// Adds what a code means. `false`: nothing says it.
    pub(super) fn put(&self, code: u32, out: &mut String) -> bool {
        if let Some(text) = self.known.get(&code) {
            out.push_str(text);
            return true;
        }
        let next = self.ranges.partition_point(|it| it.0 <= code);
        let range = next.checked_sub(1).map(|it| self.ranges[it]);
        let range = range.filter(|it| code <= it.1);
        let meaning = range.and_then(|it| char::from_u32(it.2.saturating_add(code - it.0)));
        out.extend(meaning);
        meaning.is_some()
    }
}

fn number(code: &[u8]) -> u32 {
    let last = &code[code.len().saturating_sub(4)..];
    last.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

fn utf16(bytes: &[u8]) -> String {
    let units = bytes
        .chunks_exact(2)
        .map(|it| u16::from_be_bytes([it[0], it[1]]));
    let decoded = char::decode_utf16(units.take(64));
    decoded
        .map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read() {
        let map = CMap::read(
            b"1 begincodespacerange <0000> <FFFF> endcodespacerange\n\
              2 beginbfchar <0003> <0020> <0004> <00660069> endbfchar\n\
              2 beginbfrange <0010> <0020> <0041> <0030> <0031> [<0061> <0062>] endbfrange",
            &Work::new(),
        );
        let mut out = String::new();
        for code in [0x10, 0x12, 3, 4, 0x31, 0x30] {
            assert!(map.put(code, &mut out), "{code}");
        }
        assert_eq!(out, "AC fiba");
        assert!(!map.put(0x99, &mut out));
        assert_eq!(map.length, Some(2));
    }
}
