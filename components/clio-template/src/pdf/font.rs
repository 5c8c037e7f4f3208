//! A font: what its codes mean, and how wide they are.

use alloc::collections::BTreeMap;
use alloc::string::String;

use super::cmap::CMap;
use super::encoding::{Encoding, glyph};
use super::file::File;
use super::object::{Map, Object};
use super::work::VALUE;

/// A font as it is read.
#[derive(Debug)]
pub(super) struct Font {
    map: CMap,
    /// Of a simple font: what each code means.
    simple: Option<Simple>,
    widths: BTreeMap<u32, f32>,
    /// In thousandths of the size.
    default_width: f32,
}

#[derive(Debug)]
struct Simple {
    encoding: Encoding,
    differences: BTreeMap<u8, char>,
}

/// A code that is shown.
pub(super) struct Shown {
    pub(super) width: f32,
    /// It is a blank between words, whatever it means.
    pub(super) blank: bool,
}

impl Font {
    pub(super) fn read(file: &File<'_>, font: &Map) -> Self {
        let map = font.get("ToUnicode").and_then(|it| file.stream(it));
        let map = map.map(|(_, bytes)| CMap::read(&bytes, &file.work));
        let map = map.unwrap_or_default();
        let composite = file.get(font, "Subtype").name() == Some("Type0");
        if composite {
            let descendant = match file.get(font, "DescendantFonts") {
                Object::List(list) => list.first().map(|it| file.resolve(it)),
                _ => None,
            };
            let descendant = match descendant {
                Some(Object::Map(map)) => map,
                _ => Map::new(),
            };
            return Self {
                map,
                simple: None,
                widths: composite_widths(file, &descendant),
                default_width: file.get(&descendant, "DW").number().unwrap_or(1000.0),
            };
        }
        let mut simple = Simple {
            encoding: Encoding::Standard,
            differences: BTreeMap::new(),
        };
        match file.get(font, "Encoding") {
            Object::Name(name) => {
                simple.encoding = Encoding::named(&name).unwrap_or(Encoding::Standard);
            }
            Object::Map(encoding) => {
                let base = file.get(&encoding, "BaseEncoding");
                let base = base.name().and_then(Encoding::named);
                simple.encoding = base.unwrap_or(Encoding::Standard);
                if let Object::List(list) = file.get(&encoding, "Differences") {
                    simple.differences = differences(&list);
                }
            }
            // Most that say nothing are a browser's or an office's, for Windows.
            _ => simple.encoding = Encoding::Windows,
        }
        let mut widths = BTreeMap::new();
        let first = file.get(font, "FirstChar").count().unwrap_or(0);
        if let Object::List(list) = file.get(font, "Widths") {
            for (code, width) in (first..=255).zip(&list) {
                let code = u32::try_from(code).unwrap_or_default();
                widths.extend(file.resolve(width).number().map(|it| (code, it)));
            }
        }
        Self {
            map,
            simple: Some(simple),
            widths,
            default_width: 500.0,
        }
    }

    /// How many bytes a code has.
    pub(super) fn length(&self) -> usize {
        match &self.simple {
            Some(_) => 1,
            None => self.map.length.unwrap_or(2).clamp(1, 4),
        }
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        self.map.weight + VALUE * self.widths.len()
    }

    /// Adds what a code means. `unknown`: how many mean nothing that is told.
    pub(super) fn show(&self, code: &[u8], out: &mut String, unknown: &mut usize) -> Shown {
        let number = code.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte));
        let before = out.len();
        if !self.map.put(number, out) {
            let meaning = self.simple.as_ref().and_then(|it| {
                let code = u8::try_from(number).unwrap_or_default();
                let other = it.differences.get(&code).copied();
                other.or_else(|| it.encoding.meaning(code))
            });
            out.extend(meaning);
            *unknown += usize::from(meaning.is_none());
        }
        let width = self.widths.get(&number).copied();
        Shown {
            width: width.unwrap_or(self.default_width),
            blank: code == b" " || out.get(before..) == Some(" "),
        }
    }
}

fn differences(list: &[Object]) -> BTreeMap<u8, char> {
    let mut known = BTreeMap::new();
    let mut code = 0_usize;
    for object in list.iter().take(1_000) {
        match object {
            Object::Number(_) => code = object.count().unwrap_or(0),
            Object::Name(name) => {
                if let (Ok(code), Some(c)) = (u8::try_from(code), glyph(name)) {
                    known.insert(code, c);
                }
                code += 1;
            }
            _ => {}
        }
    }
    known
}

/// `[first [w w w] first last w]`
fn composite_widths(file: &File<'_>, font: &Map) -> BTreeMap<u32, f32> {
    /// More codes than a font has.
    const MOST: usize = 70_000;
    let mut widths = BTreeMap::new();
    let Object::List(list) = file.get(font, "W") else {
        return widths;
    };
    let code = |it: &Object| it.count().and_then(|it| u32::try_from(it).ok());
    let mut rest = list.as_slice();
    while let [first, next, behind @ ..] = rest {
        let first = code(&file.resolve(first));
        match (file.resolve(next), behind) {
            (Object::List(each), _) => {
                rest = behind;
                if let Some(first) = first {
                    let each = each.iter().filter_map(Object::number);
                    widths.extend((first..).zip(each).take(MOST));
                }
            }
            (last, [width, behind @ ..]) => {
                rest = behind;
                if let (Some(first), Some(last), Some(width)) =
                    (first, code(&last), file.resolve(width).number())
                {
                    let count = (last.saturating_sub(first) as usize).min(MOST);
                    if !file.work.spend(VALUE * count) {
                        break;
                    }
                    widths.extend((first..=last).take(MOST).map(|it| (it, width)));
                }
            }
            _ => break,
        }
        if widths.len() > MOST {
            file.work
                .refuse("a font in it has too many widths to be read");
        }
    }
    widths
}
