//! What an answer told, as a tree.
//!
//! A template may name any of a hundred members, and most are only handed on. A
//! type for each record would be a reader for each, and a component of half a
//! megabyte: so here, and nowhere else, an answer is read as it comes.
//!
//! Each member that was asked for tells one of three things: a value, that there
//! is none, or nothing at all, which is what Clio does not show. The last two are
//! never taken for one another: a document would be blank where it must not.

use core::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::prelude::*;
use crate::scalar;

/// A member of an answer, or all of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Told {
    /// Nothing: it was asked for, and the connection may not see it.
    #[default]
    Hidden,
    /// That there is none.
    Nothing,
    /// A text, number or truth value, as text that is not blank.
    Text(String),
    Record(Vec<(String, Told)>),
    List(Vec<Told>),
}

static HIDDEN: Told = Told::Hidden;

impl Told {
    /// What a record tells under a name.
    pub(super) fn at(&self, name: &str) -> &Self {
        let Self::Record(members) = self else {
            return &HIDDEN;
        };
        let found = members.iter().find(|(own, _)| own == name);
        found.map_or(&HIDDEN, |(_, told)| told)
    }

    /// The text, where there is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The id of a record, which one that may not be seen does not have.
    pub(super) fn id(&self) -> Option<u64> {
        self.at("id").text()?.parse().ok()
    }

    /// The records of a list.
    pub(super) fn rows(&self) -> &[Self] {
        match self {
            Self::List(rows) => rows,
            _ => &[],
        }
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Told;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Told, E> {
        Ok(Told::Nothing)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Told, E> {
        Ok(match clio_text::is_blank(text) {
            true => Told::Nothing,
            false => Told::Text(text.to_owned()),
        })
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Told, E> {
        Ok(Told::Text(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Told, E> {
        Ok(Told::Text(value.to_string()))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Told, E> {
        Ok(Told::Text(if value { "true" } else { "false" }.to_owned()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Told, E> {
        Ok(Told::Text(scalar::decimal(value)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Told, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = from.next_entry()? {
            members.push(member);
        }
        let record = Told::Record(members);
        // In words, or by leaving out whose it is.
        Ok(match record.at("redacted").text() {
            Some("true") => Told::Hidden,
            _ => record,
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Told, A::Error> {
        let mut rows = Vec::new();
        while let Some(row) = from.next_element()? {
            rows.push(row);
        }
        Ok(Told::List(rows))
    }
}

impl<'de> Deserialize<'de> for Told {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}
