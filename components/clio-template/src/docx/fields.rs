//! Word's fields: `MERGEFIELD`, and those that no document may have.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

use super::paragraph::{Place, Run, Waiting};
use crate::limits;
use crate::refused::{Refused, Result};

/// A merge field.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// What stands behind the name.
    pub(crate) switches: String,
    pub(crate) range: Range<usize>,
    /// The formatting of what it shows.
    pub(crate) properties: Range<usize>,
    /// Whether its value can stand in its place.
    pub(crate) fillable: bool,
    /// Where in the text what it shows stands.
    pub(crate) text: [Place; 2],
    pub(crate) copy: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Fields {
    open: Vec<Open>,
    /// Ended in the run that is open.
    ending: Vec<Open>,
    /// How many of those text was seen beside.
    beside: usize,
    pub(crate) done: Vec<Field>,
    waiting: Waiting,
}

#[derive(Debug, Clone)]
struct Open {
    /// Where it begins, and what its run is in.
    start: usize,
    parent: usize,
    code: String,
    /// What it shows has begun.
    shows: bool,
    properties: Option<Range<usize>>,
    /// The formatting is that of what it shows.
    shown: bool,
    /// Nothing else stands in the runs that it begins and ends in.
    clean: bool,
    /// It is no part of another field's code.
    free: bool,
    text: [Place; 2],
    copy: bool,
    simple: bool,
}

/// Fields that fetch, run or send something when the document is opened.
const NEVER: [&str; 9] = [
    "AUTOTEXTLIST",
    "DATABASE",
    "DDE",
    "DDEAUTO",
    "IMPORT",
    "INCLUDE",
    "INCLUDEPICTURE",
    "INCLUDETEXT",
    "LINK",
];

impl Fields {
    /// A character that begins, divides or ends a field, in a run.
    pub(crate) fn character(
        &mut self,
        what: &str,
        run: Option<&Run>,
        text_before: bool,
        place: Place,
        copy: bool,
    ) -> Result<()> {
        match what {
            "begin" => {
                if self.open.len() > 32 || self.done.len() > limits::MARKS {
                    return Err(Refused::new("it has too many fields"));
                }
                let free = self.open.iter().all(|it| it.shows);
                let in_run = run.is_some();
                let run = run.cloned().unwrap_or_default();
                self.open.push(Open {
                    start: run.start,
                    parent: run.parent,
                    code: String::new(),
                    shows: false,
                    properties: (!run.properties.is_empty()).then_some(run.properties),
                    shown: false,
                    clean: in_run && !text_before,
                    free,
                    text: [place; 2],
                    copy,
                    simple: false,
                });
            }
            "separate" => {
                if let Some(open) = self.open.last_mut() {
                    allowed(&open.code)?;
                    open.shows = true;
                    open.text = [place; 2];
                }
            }
            _ => {
                if self.ending.len() > limits::MARKS {
                    return Err(Refused::new("it has too many fields"));
                }
                if let Some(mut open) = self.open.pop_if(|it| !it.simple) {
                    allowed(&open.code)?;
                    open.text[1] = place;
                    self.ending.push(open);
                }
            }
        }
        Ok(())
    }

    /// Text of a run was seen.
    pub(crate) fn text_seen(&mut self) {
        let from = core::mem::replace(&mut self.beside, self.ending.len());
        for open in self.ending.iter_mut().skip(from) {
            open.clean = false;
        }
    }

    pub(crate) fn code(&mut self, code: &str) -> Result<()> {
        let Some(open) = self.open.last_mut() else {
            return Ok(());
        };
        open.code.push_str(&crate::xml::decoded(code));
        match open.code.len() > 16_384 {
            true => Err(Refused::new("the code of a field is too long")),
            false => Ok(()),
        }
    }

    pub(crate) fn simple(&mut self, at: usize, code: &str, place: Place, copy: bool) -> Result<()> {
        allowed(code)?;
        if self.open.len() > 32 || self.done.len() > limits::MARKS {
            return Err(Refused::new("it has too many fields"));
        }
        let free = self.open.iter().all(|it| it.shows);
        self.open.push(Open {
            start: at,
            parent: 0,
            code: code.to_string(),
            shows: true,
            properties: None,
            shown: false,
            clean: true,
            free,
            text: [place; 2],
            copy,
            simple: true,
        });
        Ok(())
    }

    /// The formatting of a run: that of what a field shows, if it is its first.
    pub(crate) fn properties(&mut self, range: &Range<usize>) {
        for open in self.open.iter_mut().filter(|it| it.shows && !it.shown) {
            open.properties = Some(range.clone());
            open.shown = true;
        }
    }

    pub(crate) fn run_ends(&mut self, end: usize, parent: usize) {
        self.beside = 0;
        for open in core::mem::take(&mut self.ending) {
            let fillable = open.clean && open.parent == parent;
            self.finish(open, end, fillable);
        }
    }

    pub(crate) fn simple_ends(&mut self, end: usize, place: Place) {
        if let Some(mut open) = self.open.pop_if(|it| it.simple) {
            open.text[1] = place;
            self.finish(open, end, true);
        }
    }

    fn finish(&mut self, open: Open, end: usize, fillable: bool) {
        let Some((name, switches)) = merge_field(&open.code) else {
            return;
        };
        self.waiting.add(self.done.len(), &open.text);
        self.done.push(Field {
            name,
            switches,
            range: open.start..end,
            properties: open.properties.unwrap_or_default(),
            fillable: fillable && open.free,
            text: open.text,
            copy: open.copy,
        });
    }

    /// A paragraph is put out.
    pub(crate) fn settle(&mut self, depth: usize, base: usize) {
        let all = self.open.iter_mut().chain(&mut self.ending);
        all.for_each(|it| it.text.iter_mut().for_each(|it| it.settle(depth, base)));
        for index in self.waiting.take(depth) {
            let text = &mut self.done[index].text;
            text.iter_mut().for_each(|it| it.settle(depth, base));
            self.waiting.add(index, text);
        }
    }

    /// At the end of a part: what was begun and not ended.
    pub(crate) fn end(&self) -> Result<()> {
        self.open.iter().try_for_each(|it| allowed(&it.code))
    }
}

fn allowed(code: &str) -> Result<()> {
    let word = code.split_whitespace().next().unwrap_or_default();
    let word = word.to_uppercase();
    match NEVER.contains(&&*word) {
        true => Err(Refused::new(format!(
            "it has a field `{word}`, which takes in something from elsewhere; take it out"
        ))),
        false => Ok(()),
    }
}

/// The name of a merge field, and what stands behind it.
fn merge_field(code: &str) -> Option<(String, String)> {
    let code = code.trim();
    let (word, rest) = code.split_once(char::is_whitespace)?;
    if !word.eq_ignore_ascii_case("MERGEFIELD") {
        return None;
    }
    let rest = rest.trim_start();
    let (name, switches) = match rest.strip_prefix(['"', '“', '”']) {
        // Without its other end it goes to the end of the code.
        Some(quoted) => quoted.split_once(['"', '“', '”']).unwrap_or((quoted, "")),
        None => match rest.split_once(|c: char| c.is_whitespace() || c == '\\') {
            Some((name, _)) => rest.split_at(name.len()),
            None => (rest, ""),
        },
    };
    let name = name.trim();
    (!name.is_empty()).then(|| (name.into(), switches.trim().into()))
}

/// The value of a switch: `\@ "MMMM d"`, `\* Upper`.
pub(crate) fn switch(switches: &str, name: &str) -> Option<String> {
    let (_, rest) = switches.split_once(name)?;
    let rest = rest.trim_start();
    let value = match rest.strip_prefix(['"', '“', '”']) {
        Some(quoted) => quoted.split(['"', '“', '”']).next(),
        None => rest.split(|c: char| c.is_whitespace() || c == '\\').next(),
    };
    value.filter(|it| !it.is_empty()).map(String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_field_has_a_name_and_switches() {
        let read = |code| merge_field(code).map(|(name, _)| name);
        assert_eq!(
            read(" MERGEFIELD Client_Name \\* MERGEFORMAT ").unwrap(),
            "Client_Name"
        );
        assert_eq!(read("mergefield \"Client Name\"").unwrap(), "Client Name");
        assert_eq!(read("MERGEFIELD fee\\# 0").unwrap(), "fee");
        assert_eq!(read("MERGEFIELD \"Client Name").unwrap(), "Client Name");
        assert_eq!(read("PAGE"), None);
        assert_eq!(read("MERGEFIELD  "), None);
        let (_, switches) = merge_field("MERGEFIELD a \\@ \"d MMMM\" \\* Upper").unwrap();
        assert_eq!(switch(&switches, "\\@").unwrap(), "d MMMM");
        assert_eq!(switch(&switches, "\\*").unwrap(), "Upper");
        assert_eq!(switch(&switches, "\\#"), None);
    }

    #[test]
    fn a_field_that_fetches_is_refused() {
        for code in [" DDEAUTO c:\\\\x", "includetext \"a\"", "LINK Excel.Sheet"] {
            assert!(allowed(code).is_err(), "{code}");
        }
        assert!(allowed("PAGE").is_ok());
    }
}
