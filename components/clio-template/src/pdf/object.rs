//! What a PDF is written in: numbers, names, texts, and what is made of them
//! (ISO 32000-1, 7.2 and 7.3).

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::work::VALUE;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Object {
    Null,
    Bool(bool),
    Number(f32),
    Name(String),
    Text(Vec<u8>),
    List(Vec<Object>),
    Map(Map),
    /// Another object, by number.
    Reference(u32),
    /// A word of a content stream, and whatever else is none of these.
    Word(Vec<u8>),
}

pub(super) type Map = BTreeMap<String, Object>;

impl Object {
    pub(super) fn number(&self) -> Option<f32> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A whole number that is not below zero.
    pub(super) fn count(&self) -> Option<usize> {
        match self {
            // What does not fit is as good as the largest that does.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            Self::Number(number) if *number >= 0.0 => Some(*number as usize),
            _ => None,
        }
    }

    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }

    pub(super) fn map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    pub(super) fn list(&self) -> Option<&[Object]> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    /// About what a copy of it takes.
    pub(super) fn weight(&self) -> usize {
        let within = match self {
            Self::Name(name) => name.len(),
            Self::Text(bytes) | Self::Word(bytes) => bytes.len(),
            Self::List(list) => list.iter().map(Self::weight).sum(),
            Self::Map(map) => map.iter().map(|(name, it)| name.len() + it.weight()).sum(),
            _ => 0,
        };
        VALUE + within
    }
}

/// How deep lists and maps nest.
const DEPTH: usize = 40;

/// How many values are within one.
pub(super) const VALUES: usize = 200_000;

/// Reads values from bytes.
pub(super) struct Reader<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    depth: usize,
    /// How many values were read within the one that is read, or was last.
    pub(super) values: usize,
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b'\0' | b'\t' | b'\n' | b'\x0c' | b'\r' | b' ')
}

fn is_delimiter(byte: u8) -> bool {
    matches!(
        byte,
        b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
    )
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self {
            bytes,
            at,
            depth: 0,
            values: 0,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn skip_blanks(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                while self.peek().is_some_and(|it| it != b'\n' && it != b'\r') {
                    self.at += 1;
                }
            } else if is_blank(byte) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    /// Whether this comes next; goes behind it.
    pub(super) fn take(&mut self, word: &[u8]) -> bool {
        let is_next = self
            .bytes
            .get(self.at..)
            .is_some_and(|it| it.starts_with(word));
        self.at += if is_next { word.len() } else { 0 };
        is_next
    }

    /// The next value. `None`: there is none, or one that is too deep.
    pub(super) fn object(&mut self) -> Option<Object> {
        self.skip_blanks();
        let first = self.peek()?;
        self.values = if self.depth == 0 { 0 } else { self.values + 1 };
        if self.values > VALUES {
            return None;
        }
        match first {
            b'/' => {
                self.at += 1;
                Some(Object::Name(self.name()))
            }
            b'(' => Some(Object::Text(self.literal())),
            b'<' if self.bytes.get(self.at + 1) == Some(&b'<') => {
                self.at += 2;
                self.nested(|reader| reader.map())
            }
            b'<' => Some(Object::Text(self.hex())),
            b'[' => {
                self.at += 1;
                self.nested(|reader| {
                    let mut list = Vec::new();
                    while !reader.ends(b"]")? {
                        list.push(reader.object()?);
                    }
                    Some(Object::List(list))
                })
            }
            b'+' | b'-' | b'.' | b'0'..=b'9' => Some(self.numeric()),
            byte if is_delimiter(byte) => {
                self.at += 1;
                Some(Object::Word(Vec::from([byte])))
            }
            _ => Some(match self.word() {
                b"true" => Object::Bool(true),
                b"false" => Object::Bool(false),
                b"null" => Object::Null,
                word => Object::Word(word.to_vec()),
            }),
        }
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Option<Object>) -> Option<Object> {
        self.depth += 1;
        let object = if self.depth > DEPTH { None } else { read(self) };
        self.depth -= 1;
        object
    }

    /// Whether a list or map ends here. `None`: the bytes do.
    fn ends(&mut self, with: &[u8]) -> Option<bool> {
        self.skip_blanks();
        self.peek()?;
        Some(self.take(with))
    }

    fn map(&mut self) -> Option<Object> {
        let mut map = Map::new();
        while !self.ends(b">>")? {
            let Object::Name(name) = self.object()? else {
                continue;
            };
            map.insert(name, self.object()?);
        }
        Some(Object::Map(map))
    }

    /// Whether ` 0 R` comes next, which makes a reference of a number. Goes behind
    /// it.
    fn refers(&mut self) -> bool {
        let blanks = |bytes: &[u8]| bytes.iter().take_while(|it| is_blank(**it)).count();
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let first = blanks(rest);
        let digits = rest[first..]
            .iter()
            .take_while(|it| it.is_ascii_digit())
            .count();
        let second = first + digits + blanks(&rest[first + digits..]);
        let behind = rest.get(second + 1).copied();
        let ends = behind.is_none_or(|it| is_blank(it) || is_delimiter(it));
        let apart = first > 0 && digits > 0 && second > first + digits;
        let refers = apart && rest.get(second) == Some(&b'R') && ends;
        self.at += if refers { second + 1 } else { 0 };
        refers
    }

    fn word(&mut self) -> &'a [u8] {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|it| !is_blank(it) && !is_delimiter(it))
        {
            self.at += 1;
        }
        &self.bytes[start..self.at]
    }

    fn name(&mut self) -> String {
        let mut out = String::new();
        let raw = self.word();
        let mut bytes = raw.iter().copied().enumerate();
        while let Some((n, byte)) = bytes.next() {
            let code = raw.get(n + 1..n + 3).and_then(|it| {
                let it = core::str::from_utf8(it).ok()?;
                u8::from_str_radix(it, 16).ok()
            });
            match (byte, code) {
                (b'#', Some(code)) => {
                    out.push(char::from(code));
                    bytes.nth(1);
                }
                _ => out.push(char::from(byte)),
            }
        }
        out
    }

    fn numeric(&mut self) -> Object {
        let word = self.word();
        let text = core::str::from_utf8(word).unwrap_or_default();
        if let Ok(number) = text.parse::<u32>()
            && self.refers()
        {
            return Object::Reference(number);
        }
        match text.parse::<f32>() {
            Ok(number) if number.is_finite() => Object::Number(number),
            _ if word.is_empty() => {
                self.at += 1;
                Object::Null
            }
            // `--5` and the like, as some programs write.
            _ => Object::Number(0.0),
        }
    }

    fn literal(&mut self) -> Vec<u8> {
        self.at += 1;
        let (mut out, mut depth) = (Vec::new(), 1);
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'(' => depth += 1,
                b')' => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                b'\\' => {
                    self.escape(&mut out);
                    continue;
                }
                _ => {}
            }
            out.push(byte);
        }
        out
    }

    fn escape(&mut self, out: &mut Vec<u8>) {
        let Some(byte) = self.peek() else {
            return;
        };
        self.at += 1;
        match byte {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'\r' => {
                self.take(b"\n");
            }
            b'\n' => {}
            b'0'..=b'7' => {
                let mut code = u32::from(byte - b'0');
                for _ in 0..2 {
                    if let Some(digit @ b'0'..=b'7') = self.peek() {
                        code = code * 8 + u32::from(digit - b'0');
                        self.at += 1;
                    }
                }
                out.push(u8::try_from(code & 0xff).unwrap_or_default());
            }
            other => out.push(other),
        }
    }

    fn hex(&mut self) -> Vec<u8> {
        self.at += 1;
        let mut digits = Vec::new();
        while let Some(byte) = self.peek() {
            self.at += 1;
            if byte == b'>' {
                break;
            }
            digits.extend(
                char::from(byte)
                    .to_digit(16)
                    .and_then(|it| u8::try_from(it).ok()),
            );
        }
        let pairs = digits.chunks(2);
        pairs
            .map(|it| it[0] << 4 | it.get(1).unwrap_or(&0))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Object> {
        Reader::new(text.as_bytes(), 0).object()
    }

    #[test]
    fn values_are_read() {
        let map =
            read("<</A 1/B[2 0 R(x\\)\\101(y))<4a4>]/C#20D true % c\n/E<</F 3 0 R>>>>").unwrap();
        let map = map.map().unwrap();
        assert_eq!(map["A"], Object::Number(1.0));
        assert_eq!(
            map["B"],
            Object::List(vec![
                Object::Reference(2),
                Object::Text(b"x)A(y)".to_vec()),
                Object::Text(b"J@".to_vec()),
            ])
        );
        assert_eq!(map["C D"], Object::Bool(true));
        assert_eq!(map["E"].map().unwrap()["F"], Object::Reference(3));
        assert_eq!(read("[1 2 3]").unwrap().list().unwrap().len(), 3);
        assert_eq!(read(&"[".repeat(500)), None);
        assert_eq!(read(""), None);
    }
}
