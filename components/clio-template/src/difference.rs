//! How far a document differs from its template: how a blank one is told.
//!
//! Words are compared, and not how they are laid out, so that a PDF can be held
//! against the Word document that it was made of.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::align::align;
use crate::inspect::{Inspected, MarkKind};

/// What a document has of its template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// How much of the template's own text is there, in percent of its words. Words
    /// of a block that was left out do not count.
    pub kept: u8,
    /// How many places for values the template has.
    pub places: usize,
    /// Those of them that have nothing in the document, or what stands in the
    /// template, by name. Those of a block that was left out are none.
    pub blank: Vec<String>,
    /// The same in percent of all places. 100: none has a value.
    pub blankness: u8,
    /// What differs, for a person: a line each, with `-` in front of what only
    /// the template has and `+` in front of what only the document has. Where there
    /// is more, the last line says so.
    pub text: String,
}

/// The longest text of a difference, in bytes.
const TEXT: usize = 256 << 10;

/// How many words or lines of a document are compared. 300 pages have 150,000.
const MOST: usize = 300_000;

/// How many words are looked at to see whether a place is left as it was.
const LOOKS: usize = 200_000_000;

/// Holds a document against its template.
#[must_use]
pub fn difference(template: &Inspected, document: &Inspected) -> Difference {
    let mut numbers = Numbers::default();
    let pattern = Pattern::of(template, &mut numbers);
    let left = left(document);
    let words: Vec<u32> = words(&document.text)
        .take(MOST)
        .map(|it| numbers.of(&document.text[it]))
        .collect();
    let (at, moved) = places(&pattern.fixed, &words);
    let kept = at.iter().flatten().count();
    let words_optional = at.iter().zip(&pattern.optional);
    let left_out = words_optional.filter(|it| it.0.is_none() && *it.1).count();
    let places = pattern.gaps.len();
    let blank = blanks(&pattern, &at, &moved, &words, &left);
    Difference {
        kept: percent(kept, pattern.fixed.len() - left_out, 100),
        places,
        blankness: percent(blank.len(), places, 0),
        blank,
        text: lines(&template.text, &document.text),
    }
}

fn percent(part: usize, whole: usize, of_nothing: u8) -> u8 {
    match whole {
        0 => of_nothing,
        whole => u8::try_from(part * 100 / whole).unwrap_or(100),
    }
}

/// A number for each text.
#[derive(Default)]
struct Numbers<'t> {
    known: BTreeMap<&'t str, u32>,
}

impl<'t> Numbers<'t> {
    fn of(&mut self, text: &'t str) -> u32 {
        let next = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        *self.known.entry(text).or_insert(next)
    }
}

/// Where words are: letters and digits in a row.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    core::iter::from_fn(move || {
        let start = at + text[at..].find(char::is_alphanumeric)?;
        let rest = &text[start..];
        let length = rest
            .find(|c: char| !c.is_alphanumeric())
            .unwrap_or(rest.len());
        at = start + length;
        Some(start..at)
    })
}

/// Of each word of a document which place without a value it stands in, if it does.
/// What stands there is a name, and no value.
fn left(document: &Inspected) -> Vec<Option<usize>> {
    let mut marks = document.marks.iter().enumerate().peekable();
    let mut open: Option<(usize, usize)> = None;
    let of_word = |word: Range<usize>| {
        while let Some((n, mark)) = marks.next_if(|(_, it)| it.at.start <= word.start) {
            if !mark.filled && open.is_none_or(|(_, end)| mark.at.end > end) {
                open = Some((n, mark.at.end));
            }
        }
        open.filter(|(_, end)| word.start < *end).map(|(n, _)| n)
    };
    words(&document.text).take(MOST).map(of_word).collect()
}

/// A template as words, and places between them.
struct Pattern {
    fixed: Vec<u32>,
    /// Of each word whether it is within a block.
    optional: Vec<bool>,
    gaps: Vec<Gap>,
}

struct Gap {
    name: String,
    /// Before which word it is.
    before: usize,
    /// What stands in it in the template.
    own: Vec<u32>,
    /// It is within a block.
    optional: bool,
}

impl Pattern {
    fn of<'t>(template: &'t Inspected, numbers: &mut Numbers<'t>) -> Self {
        let mut pattern = Self {
            fixed: Vec::new(),
            optional: Vec::new(),
            gaps: Vec::new(),
        };
        let text = &*template.text;
        let (mut at, mut depth) = (0, 0_usize);
        for mark in &template.marks {
            if mark.at.start < at {
                continue;
            }
            pattern.fixed(&text[at..mark.at.start], depth > 0, numbers);
            at = mark.at.end;
            let inside = &text[mark.at.clone()];
            if mark.kind == MarkKind::Placeholder && inside.starts_with("{%") {
                match words(inside).next().map(|it| &inside[it]) {
                    Some("if" | "for") => depth += 1,
                    Some("endif" | "endfor") => depth = depth.saturating_sub(1),
                    _ => {}
                }
                continue;
            }
            let own: Vec<u32> = words(inside).map(|it| numbers.of(&inside[it])).collect();
            // A box to check is no place for words.
            if !own.is_empty() || inside.trim().is_empty() {
                pattern.gaps.push(Gap {
                    name: mark.name.clone(),
                    before: pattern.fixed.len(),
                    own,
                    optional: depth > 0,
                });
            }
        }
        pattern.fixed(&text[at..], false, numbers);
        pattern
    }

    fn fixed<'t>(&mut self, text: &'t str, optional: bool, numbers: &mut Numbers<'t>) {
        let room = MOST.saturating_sub(self.fixed.len());
        self.fixed
            .extend(words(text).take(room).map(|it| numbers.of(&text[it])));
        self.optional.resize(self.fixed.len(), optional);
    }
}

/// Where in the document each word of the template is. What a header or a text
/// box says may stand before everything in one and behind it in the other: of what
/// is left after the first look, words that are together in both are found as
/// well, and marked as moved.
fn places(fixed: &[u32], words: &[u32]) -> (Vec<Option<usize>>, Vec<bool>) {
    const ROUNDS: usize = 4;
    let mut at = alloc::vec![None; fixed.len()];
    let mut moved = alloc::vec![false; fixed.len()];
    let mut old: Vec<usize> = (0..fixed.len()).collect();
    let mut new: Vec<usize> = (0..words.len()).collect();
    for look in 0..ROUNDS {
        let rows = |places: &[usize], of: &[u32]| places.iter().map(|it| of[*it]).collect();
        let (a, b): (Vec<u32>, Vec<u32>) = (rows(&old, fixed), rows(&new, words));
        let pairs = align(&a, &b);
        let pairs: Vec<_> = pairs.into_iter().map(|(a, b)| (old[a], new[b])).collect();
        let together = |a: &(usize, usize), b: &(usize, usize)| a.0 + 1 == b.0 && a.1 + 1 == b.1;
        for row in pairs.chunk_by(together) {
            if look == 0 || row.len() > 1 {
                for (a, b) in row {
                    (at[*a], moved[*a]) = (Some(*b), look > 0);
                }
            }
        }
        let taken: BTreeSet<usize> = at.iter().flatten().copied().collect();
        old.retain(|it| at[*it].is_none());
        new.retain(|it| !taken.contains(it));
        if old.is_empty() || new.is_empty() {
            break;
        }
    }
    (at, moved)
}

/// The places with nothing in them. `at`: where in the document each word of
/// the template is.
fn blanks(
    pattern: &Pattern,
    at: &[Option<usize>],
    moved: &[bool],
    words: &[u32],
    left: &[Option<usize>],
) -> Vec<String> {
    let known: BTreeSet<usize> = at.iter().flatten().copied().collect();
    let mut blank = Vec::new();
    let mut looks = LOOKS;
    for together in pattern.gaps.chunk_by(|a, b| a.before == b.before) {
        let Some(first) = together.first() else {
            continue;
        };
        // The words on both sides, where there are some.
        let beside = first.before.checked_sub(1).map(|it| at[it]);
        let behind = at.get(first.before).copied();
        let of_moved = |it: Option<usize>| it.and_then(|it| moved.get(it)) == Some(&true);
        let unsure = of_moved(first.before.checked_sub(1)) || of_moved(Some(first.before));
        let next = |from: usize| known.range(from..).next().copied().unwrap_or(words.len());
        let between = match (beside, behind) {
            (Some(Some(a)), Some(Some(b))) if a < b => a + 1..b,
            // Beside what was moved there may be anything.
            _ if unsure => continue,
            (Some(Some(a)), _) => a + 1..next(a + 1),
            (_, Some(Some(b))) => known.range(..b).next_back().map_or(0, |it| it + 1)..b,
            // At the beginning or end of everything there is always a neighbour.
            (None, _) => 0..next(0),
            (_, None) => known.last().map_or(0, |it| it + 1)..words.len(),
            _ if first.optional => continue,
            _ => 0..0,
        };
        let names = left.get(between.clone()).unwrap_or_default();
        let between = words.get(between).unwrap_or_default();
        // Names and values in turn: of as many as there are places, each is one's.
        let turns: Vec<bool> = names
            .chunk_by(|a, b| a == b)
            .map(|it| it[0].is_some())
            .collect();
        if turns.len() == together.len() && turns.contains(&true) {
            let of_names = together.iter().zip(turns).filter(|it| it.1);
            blank.extend(of_names.map(|it| it.0.name.clone()));
            continue;
        }
        let values = between.iter().zip(names).filter(|it| it.1.is_none());
        let between: Vec<u32> = values.map(|it| *it.0).collect();
        let own: Vec<u32> = together
            .iter()
            .flat_map(|it| it.own.iter().copied())
            .collect();
        let values = match between.is_empty() || between == own {
            true => 0,
            false => between.len(),
        };
        blank.extend(together.iter().skip(values).map(|it| it.name.clone()));
        // One that is left as it is among others that are filled.
        for gap in together.iter().take(values).filter(|it| it.own.len() > 1) {
            let cost = between.len().saturating_mul(gap.own.len());
            looks = looks.saturating_sub(cost);
            // Where there is too much to look at, it is not taken for filled.
            if looks == 0 || between.windows(gap.own.len()).any(|it| it == gap.own) {
                blank.push(gap.name.clone());
            }
        }
    }
    blank
}

/// Lines as they are told, as long as there is room.
#[derive(Default)]
struct Lines {
    text: String,
    /// There is more than is told.
    cut: bool,
}

/// What is told as the last line where there is more.
const CUT: &str = "  … It is cut here: there is more than is compared or shown.\n";

/// What differs, line by line.
fn lines(old: &str, new: &str) -> String {
    fn read<'t>(text: &'t str, numbers: &mut Numbers<'t>) -> (Vec<&'t str>, Vec<u32>) {
        let lines = text.lines().map(str::trim).filter(|it| !it.is_empty());
        let lines: Vec<&str> = lines.take(MOST + 1).collect();
        let ids = lines.iter().map(|it| numbers.of(it)).collect();
        (lines, ids)
    }
    let mut numbers = Numbers::default();
    let (mut old, mut old_ids) = read(old, &mut numbers);
    let (mut new, mut new_ids) = read(new, &mut numbers);
    let more = old.len() > MOST || new.len() > MOST;
    old.truncate(MOST);
    old_ids.truncate(MOST);
    new.truncate(MOST);
    new_ids.truncate(MOST);
    let mut out = Lines::default();
    let (mut a, mut b) = (0, 0);
    let end = (old.len(), new.len());
    let mut same_run: Vec<&str> = Vec::new();
    let pairs = align(&old_ids, &new_ids);
    for (next_a, next_b) in pairs.into_iter().chain([end]) {
        if a < next_a || b < next_b {
            out.common(&same_run, false);
            same_run.clear();
            for (sign, lines) in [("- ", &old[a..next_a]), ("+ ", &new[b..next_b])] {
                for line in lines {
                    out.push(sign, line);
                }
            }
        }
        if let Some(line) = old.get(next_a) {
            same_run.push(line);
        }
        (a, b) = (next_a + 1, next_b + 1);
    }
    out.common(&same_run, true);
    if out.cut || more {
        out.text.push_str(CUT);
    }
    out.text
}

impl Lines {
    /// What is the same: of many lines only those beside what differs.
    fn common(&mut self, lines: &[&str], last: bool) {
        let first = self.text.is_empty();
        let (before, after) = match (first, last) {
            (true, true) => (0, 0),
            (true, false) => (0, 1),
            (false, true) => (1, 0),
            (false, false) => (1, 1),
        };
        if lines.len() <= before + after + 1 && !(first && last) {
            lines.iter().for_each(|line| self.push("  ", line));
            return;
        }
        lines[..before]
            .iter()
            .for_each(|line| self.push("  ", line));
        if !lines.is_empty() {
            self.push("  ", "…");
        }
        lines[lines.len() - after.min(lines.len())..]
            .iter()
            .for_each(|line| self.push("  ", line));
    }

    fn push(&mut self, sign: &str, line: &str) {
        self.cut |= self.text.len() + sign.len() + line.len() + 1 + CUT.len() > TEXT;
        if !self.cut {
            self.text.push_str(sign);
            self.text.push_str(line);
            self.text.push('\n');
        }
    }
}

#[cfg(test)]
mod tests;
