//! Associations in answers, which Clio may withhold.
//!
//! What a connection may not see comes back as `{"redacted": true}` with
//! status 200. Taken for an empty list, it would make a duplicate.

use crate::prelude::*;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// The rows of an association.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Rows<T> {
    /// The answer does not hold the member.
    #[default]
    Absent,
    /// The connection may not see them. `null` says no more: where there are
    /// none, Clio answers an empty list.
    Redacted,
    /// The rows.
    Visible(Vec<T>),
}

impl<T> Rows<T> {
    /// The rows that can be seen.
    pub(crate) fn visible(&self) -> &[T] {
        match self {
            Rows::Visible(rows) => rows,
            Rows::Absent | Rows::Redacted => &[],
        }
    }

    /// Whether an empty list means that there are none.
    pub(crate) fn is_visible(&self) -> bool {
        matches!(self, Rows::Visible(_))
    }
}

struct RowsVisitor<T>(core::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for RowsVisitor<T> {
    type Value = Rows<T>;

    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<Rows<T>, E> {
        Ok(Rows::Redacted)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Rows<T>, A::Error> {
        let mut visible = Vec::new();
        while let Some(row) = rows.next_element()? {
            visible.push(row);
        }
        Ok(Rows::Visible(visible))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Rows<T>, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Rows::Redacted)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Rows<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RowsVisitor(core::marker::PhantomData))
    }
}

/// One associated record, of which only the id matters.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Linked<I> {
    #[serde(default = "Option::default")]
    pub(crate) id: Option<I>,
    #[serde(default)]
    redacted: bool,
}

impl<I> Linked<I> {
    /// Whether the connection may not see it. Usually Clio says so; a record
    /// without an id is one in any case, for what is not there is `null`.
    pub(crate) fn is_redacted(&self) -> bool {
        self.redacted || self.id.is_none()
    }
}

/// The id of an associated record that can be seen.
pub(crate) fn id_of<I: Copy>(linked: &Option<Linked<I>>) -> Option<I> {
    linked.as_ref().and_then(|linked| linked.id)
}

/// Whether an answer holds the association that was written, as far as it can
/// be seen.
pub(crate) fn kept<I: Copy + PartialEq>(linked: &Option<Linked<I>>, wanted: Option<I>) -> bool {
    wanted.is_none() || id_of(linked) == wanted || is_hidden(linked)
}

/// Whether there is one that the connection may not see.
pub(crate) fn is_hidden<I>(linked: &Option<Linked<I>>) -> bool {
    linked.as_ref().is_some_and(Linked::is_redacted)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ids::ContactId;

    #[derive(Deserialize)]
    struct Row {
        #[serde(default)]
        rows: Rows<ContactId>,
        client: Option<Linked<ContactId>>,
    }

    fn read(json: &str) -> (Rows<ContactId>, Option<ContactId>) {
        let row: Row = serde_json::from_str(json).unwrap();
        (row.rows, id_of(&row.client))
    }

    #[test]
    fn a_redacted_list_is_not_an_empty_one() {
        assert_eq!(read(r#"{"rows":{"redacted":true}}"#).0, Rows::Redacted);
        assert_eq!(read(r#"{"rows":null}"#).0, Rows::Redacted); // CASES A1
        assert_eq!(read("{}").0, Rows::Absent);
        assert_eq!(
            read(r#"{"rows":["7",8]}"#).0,
            Rows::Visible(vec![ContactId(7), ContactId(8)])
        );
    }

    #[test]
    fn a_redacted_record_has_no_id() {
        assert_eq!(read(r#"{"client":{"redacted":true}}"#).1, None);
        assert_eq!(read(r#"{"client":null}"#).1, None);
        let redacted = Some(Linked {
            id: None,
            redacted: true,
        });
        assert!(kept(&redacted, Some(ContactId(5))));
        assert!(!kept(&None, Some(ContactId(5))));
        // CASES A1: hidden, whether or not Clio says so; `null` is nothing.
        for (json, hidden) in [
            (r#"{"redacted":true}"#, true),
            (r#"{"redacted":true,"id":null}"#, true),
            (r#"{"id":null}"#, true),
            ("{}", true),
            (r#"{"id":5}"#, false),
            ("null", false),
        ] {
            let linked: Option<Linked<ContactId>> = serde_json::from_str(json).unwrap();
            assert_eq!(is_hidden(&linked), hidden, "{json}");
        }
        assert_eq!(
            read(r#"{"client":{"id":"5","etag":"x"}}"#).1,
            Some(ContactId(5))
        );
    }
}
