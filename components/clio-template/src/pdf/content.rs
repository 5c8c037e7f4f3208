//! What a page shows: the operators of text (ISO 32000-1, 9.4).
//!
//! A page says where letters stand, and not what is a word or a line. So a
//! letter that stands apart from the one before begins a word, and one that
//! stands higher or lower begins a line.

use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use super::file::{File, find};
use super::font::Font;
use super::object::{Map, Object, Reader, VALUES};
use super::work::VALUE;
use crate::limits;
use crate::refused::{Refused, Result};

/// How deep forms are within one another.
const FORMS: usize = 8;

/// How much content is run at once, in bytes: a page, and the forms within.
pub(super) const CONTENT: usize = 12 << 20;

/// How much is kept of fonts, in bytes. Those beyond are read each time.
const FONTS: usize = 8 << 20;

/// A matrix of PDF: `a b c d e f`.
type Matrix = [f32; 6];

const UNIT: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

fn times(a: Matrix, b: Matrix) -> Matrix {
    [
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    ]
}

#[derive(Clone)]
struct State {
    matrix: Matrix,
    font: Option<Rc<Font>>,
    size: f32,
    letters: f32,
    words: f32,
    scale: f32,
    leading: f32,
}

/// Reads the text of pages.
pub(super) struct Text<'f, 'a> {
    file: &'f File<'a>,
    fonts: BTreeMap<u32, Rc<Font>>,
    /// What is kept of them, in bytes.
    kept: usize,
    pub(super) out: String,
    /// Codes that nothing tells the meaning of.
    pub(super) unknown: usize,
    /// How much content is being run, in bytes.
    running: usize,
    /// Where the last letter ended, and how tall it was.
    last: Option<(f32, f32, f32)>,
}

impl<'f, 'a> Text<'f, 'a> {
    pub(super) fn new(file: &'f File<'a>) -> Self {
        Self {
            file,
            fonts: BTreeMap::new(),
            kept: 0,
            out: String::new(),
            unknown: 0,
            running: 0,
            last: None,
        }
    }

    /// Reads a page.
    pub(super) fn page(&mut self, resources: &Map, content: &[u8]) -> Result<()> {
        self.last = None;
        self.run(resources, content, UNIT, 0)?;
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        Ok(())
    }

    fn run(&mut self, resources: &Map, content: &[u8], matrix: Matrix, depth: usize) -> Result<()> {
        self.running += content.len();
        if self.running > CONTENT {
            return Err(Refused::new("a page of it has more than 12 MiB of content"));
        }
        let mut reader = Reader::new(content, 0);
        let mut state = State {
            matrix,
            font: None,
            size: 1.0,
            letters: 0.0,
            words: 0.0,
            scale: 1.0,
            leading: 0.0,
        };
        let mut saved: Vec<State> = Vec::new();
        // Whether a picture has begun within the content.
        let mut picture = false;
        let mut given: Vec<Object> = Vec::new();
        let mut values = 0;
        let (mut text, mut line) = (UNIT, UNIT);
        while let Some(object) = reader.object() {
            values += 1 + reader.values;
            self.file.work.spend(VALUE / 2);
            self.file.work.check()?;
            let Object::Word(word) = object else {
                // What stands there without an operator is none's.
                if values > VALUES {
                    given.clear();
                    values = 0;
                }
                given.push(object);
                continue;
            };
            let number = |n: usize| given.get(n).and_then(Object::number).unwrap_or(0.0);
            match word.as_slice() {
                b"q" if saved.len() < 256 => saved.push(state.clone()),
                b"Q" => state = saved.pop().unwrap_or(state),
                b"cm" => state.matrix = times(core::array::from_fn(number), state.matrix),
                b"BT" => (text, line) = (UNIT, UNIT),
                b"Tf" => {
                    state.font = given
                        .first()
                        .and_then(Object::name)
                        .and_then(|name| self.font(resources, name));
                    state.size = number(1);
                }
                b"Tc" => state.letters = number(0),
                b"Tw" => state.words = number(0),
                b"Tz" => state.scale = number(0) / 100.0,
                b"TL" => state.leading = number(0),
                b"Td" | b"TD" => {
                    if word == b"TD" {
                        state.leading = -number(1);
                    }
                    line = times([1.0, 0.0, 0.0, 1.0, number(0), number(1)], line);
                    text = line;
                }
                b"Tm" => {
                    line = core::array::from_fn(number);
                    text = line;
                }
                b"T*" | b"'" | b"\"" => {
                    if word == b"\"" {
                        (state.words, state.letters) = (number(0), number(1));
                    }
                    line = times([1.0, 0.0, 0.0, 1.0, 0.0, -state.leading], line);
                    text = line;
                    if let Some(Object::Text(bytes)) = given.last() {
                        self.show(&state, bytes, &mut text)?;
                    }
                }
                b"Tj" => {
                    if let Some(Object::Text(bytes)) = given.last() {
                        self.show(&state, bytes, &mut text)?;
                    }
                }
                b"TJ" => {
                    for part in given.last().and_then(Object::list).unwrap_or_default() {
                        match part {
                            Object::Text(bytes) => self.show(&state, bytes, &mut text)?,
                            Object::Number(back) => {
                                let by = -back / 1000.0 * state.size * state.scale;
                                text = times([1.0, 0.0, 0.0, 1.0, by, 0.0], text);
                            }
                            _ => {}
                        }
                    }
                }
                b"Do" if depth < FORMS => {
                    if let Some(name) = given.first().and_then(Object::name) {
                        self.form(resources, name, state.matrix, depth)?;
                    }
                }
                b"BI" => picture = true,
                // Of one that did not begin it is nothing.
                b"ID" if core::mem::take(&mut picture) => {
                    // The bytes of a picture.
                    let rest = content.get(reader.at..).unwrap_or_default();
                    let end = find(rest, b"EI").map_or(rest.len(), |it| it + 2);
                    reader.at += end;
                }
                _ => {}
            }
            given.clear();
            values = 0;
        }
        if reader.at < content.len() {
            return Err(Refused::new(
                "a page of it has a list that is too long or too deep to be read",
            ));
        }
        self.running -= content.len();
        Ok(())
    }

    fn font(&mut self, resources: &Map, name: &str) -> Option<Rc<Font>> {
        let fonts = self.file.get_map(resources, "Font")?;
        let entry = fonts.get(name)?;
        let number = match entry {
            Object::Reference(number) => Some(*number),
            _ => None,
        };
        if let Some(font) = number.and_then(|it| self.fonts.get(&it)) {
            return Some(Rc::clone(font));
        }
        let Object::Map(map) = self.file.resolve(entry) else {
            return None;
        };
        let font = Rc::new(Font::read(self.file, &map));
        let kept = self.kept + VALUE * VALUE + font.weight();
        if let (Some(number), true) = (number, kept <= FONTS) {
            self.kept = kept;
            self.fonts.insert(number, Rc::clone(&font));
        }
        Some(font)
    }

    fn form(&mut self, resources: &Map, name: &str, matrix: Matrix, depth: usize) -> Result<()> {
        let objects = self.file.get_map(resources, "XObject");
        let Some(entry) = objects.as_ref().and_then(|it| it.get(name)) else {
            return Ok(());
        };
        let is_form = |map: &Map| self.file.get(map, "Subtype").name() == Some("Form");
        if !self.file.resolve(entry).map().is_some_and(is_form) {
            return Ok(());
        }
        let Some((map, content)) = self.file.stream(entry) else {
            return Ok(());
        };
        let own = match self.file.get(&map, "Matrix") {
            Object::List(list) => {
                core::array::from_fn(|n| list.get(n).and_then(Object::number).unwrap_or(0.0))
            }
            _ => UNIT,
        };
        let inner = self.file.get_map(&map, "Resources");
        let resources = inner.as_ref().unwrap_or(resources);
        self.run(resources, &content, times(own, matrix), depth + 1)
    }

    fn show(&mut self, state: &State, bytes: &[u8], text: &mut Matrix) -> Result<()> {
        let Some(font) = &state.font else {
            self.unknown += bytes.len();
            return Ok(());
        };
        self.file.work.spend(4 * bytes.len());
        let start = times(*text, state.matrix);
        self.apart(&start, state.size);
        for code in bytes.chunks(font.length()) {
            let shown = font.show(code, &mut self.out, &mut self.unknown);
            if self.out.len() > limits::SAID {
                return Err(Refused::new("its text is longer than 8 MiB"));
            }
            let blank = if shown.blank { state.words } else { 0.0 };
            let by = (shown.width / 1000.0 * state.size + state.letters + blank) * state.scale;
            *text = times([1.0, 0.0, 0.0, 1.0, by, 0.0], *text);
        }
        let end = times(*text, state.matrix);
        self.last = Some((end[4], end[5], height(&end, state.size)));
        Ok(())
    }

    /// A blank or a new line, where a letter does not stand beside the last one.
    fn apart(&mut self, at: &Matrix, size: f32) {
        let Some((x, y, tall)) = self.last else {
            return;
        };
        // Of a small figure behind a word, the word's measure counts.
        let height = height(at, size).max(tall);
        let along = at[4] - x;
        if (at[5] - y).abs() > 0.6 * height || along < -3.0 * height {
            if !self.out.ends_with('\n') {
                self.out.push('\n');
            }
        } else if along > 0.15 * height && !self.out.ends_with([' ', '\n']) {
            self.out.push(' ');
        }
    }
}

/// How tall a letter is on the page.
fn height(at: &Matrix, size: f32) -> f32 {
    (size * (at[2].abs() + at[3].abs())).abs().max(0.1)
}
