//! What comes out of a template, and what of it is left without a value.

use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::limits;

/// A filled template.
#[derive(Debug, Clone)]
pub struct Filled {
    /// The document.
    pub bytes: Vec<u8>,
    /// Each placeholder that is still there, in the order of the document. Of more
    /// than 5,000 the last entry says how many more there may be.
    pub unfilled: Vec<Unfilled>,
}

/// A placeholder that is still in the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfilled {
    /// As it stands in the template: `{{ client.fax }}`; of a content control
    /// or a merge field its name.
    pub placeholder: String,
    /// Where: a part of a Word document (`word/header1.xml`), or `text`.
    pub part: String,
    /// Why.
    pub why: Why,
}

/// Why a placeholder has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Nothing has this name.
    Unknown,
    /// There is such a thing, and it is empty.
    Empty,
    /// It may not be seen. Of a condition or a loop: it asks for such a thing.
    Hidden,
    /// It is several values at once, as a list of contacts is, and nothing says
    /// which to print.
    Several,
    /// A filter is for another kind of value, as `number` is of a date.
    Kind,
    /// The value is no web, mail or telephone address, and stands where a link
    /// goes to.
    Link,
    /// It stands where nothing is filled, as in the code of another field.
    Place,
}

impl Why {
    /// A word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Empty => "empty",
            Self::Hidden => "hidden",
            Self::Several => "several",
            Self::Kind => "kind",
            Self::Link => "link",
            Self::Place => "place",
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "nothing has this name",
            Self::Empty => "there is no value",
            Self::Hidden => "the value may not be seen",
            Self::Several => "it is several values; name one of them",
            Self::Kind => "a filter does not fit this kind of value",
            Self::Link => "the value is no address that a link may lead to",
            Self::Place => "nothing is filled in this place",
        })
    }
}

/// The list as it grows: each placeholder of a part once.
#[derive(Debug, Default)]
pub(crate) struct List {
    found: Vec<Unfilled>,
    known: BTreeSet<String>,
    /// Those beyond what is listed.
    more: usize,
}

impl List {
    pub(crate) fn add(&mut self, placeholder: &str, part: &str, why: Why) {
        if self.found.len() >= limits::UNFILLED {
            self.more += 1;
        } else if self.known.insert(format!("{part}\0{placeholder}")) {
            self.found.push(Unfilled {
                placeholder: placeholder.to_owned(),
                part: part.to_owned(),
                why,
            });
        }
    }

    /// The list in the order of the parts, and behind it whether there are more.
    pub(crate) fn into_vec(mut self, parts: &[String]) -> Vec<Unfilled> {
        let places = parts.iter().enumerate().map(|(n, it)| (it.as_str(), n));
        let places: BTreeMap<&str, usize> = places.collect();
        let place = |it: &Unfilled| places.get(&*it.part).copied().unwrap_or(usize::MAX);
        self.found.sort_by_key(place);
        if let (1.., Some(last)) = (self.more, self.found.last()) {
            let more = Unfilled {
                placeholder: format!("… and up to {} more", self.more),
                ..last.clone()
            };
            self.found.push(more);
        }
        self.found
    }
}
