//! The rows of a contact: e-mail addresses, phone numbers, addresses, web
//! sites, instant messengers.
//!
//! A write names rows by id to change or destroy them; rows it does not name
//! stay. At most one row of a kind is the primary one.

use serde_json::{Map, Value, json};

use super::{Kind, Member, Resource, Stamp, View, World};
use crate::answer::ApiError;
use crate::body::Body;

/// Kinds of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowKind {
    Email,
    Phone,
    Address,
    WebSite,
    InstantMessenger,
}

impl RowKind {
    /// The body key and field of the contact.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Email => "email_addresses",
            Self::Phone => "phone_numbers",
            Self::Address => "addresses",
            Self::WebSite => "web_sites",
            Self::InstantMessenger => "instant_messengers",
        }
    }

    /// The cell that holds what the row is about.
    fn main_cell(self) -> Option<&'static str> {
        match self {
            Self::Email | Self::WebSite | Self::InstantMessenger => Some("address"),
            Self::Phone => Some("number"),
            Self::Address => None,
        }
    }

    /// How a body makes a row the primary one.
    fn default_key(self) -> Option<&'static str> {
        match self {
            Self::Email => Some("default_email"),
            Self::Phone => Some("default_number"),
            Self::WebSite => Some("default_web_site"),
            Self::Address | Self::InstantMessenger => None,
        }
    }
}

/// One row.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) stamp: Stamp,
    pub(crate) kind: RowKind,
    /// `name` (the label) and the kind's own cells.
    pub(crate) cells: Map<String, Value>,
    pub(crate) primary: bool,
}

impl Row {
    /// The address or number.
    pub(crate) fn text(&self) -> &str {
        self.kind
            .main_cell()
            .and_then(|cell| self.cells.get(cell))
            .and_then(Value::as_str)
            .unwrap_or("")
    }

    /// The label. Free text on reads: imports leave others than writes allow.
    pub(crate) fn label(&self) -> &str {
        self.cells
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or("Other")
    }
}

impl Resource for Row {
    fn stamp(&self) -> Option<&Stamp> {
        Some(&self.stamp)
    }

    fn member<'v>(&'v self, _: &'v View<'v>, name: &str) -> Member<'v> {
        match name {
            "name" => Member::text(self.label()),
            "primary" | "default_email" | "default_number" => Member::Value(json!(self.primary)),
            _ => Member::cell(&self.cells, name),
        }
    }
}

/// Applies the rows of a body to a contact's rows of one kind.
pub(crate) fn write_rows(
    world: &mut World,
    rows: &mut Vec<Row>,
    kind: RowKind,
    body: Vec<Body>,
) -> Result<(), ApiError> {
    for mut change in body {
        let id = change.number("id");
        let destroy = change.flag("_destroy").unwrap_or(false);
        let primary = kind.default_key().and_then(|key| change.flag(key));
        let cells = change.into_map();
        let at = match id {
            Some(id) => {
                let at = rows
                    .iter()
                    .position(|r| r.kind == kind && r.stamp.id == id)
                    .ok_or_else(|| ApiError::not_found(kind.key()))?;
                if destroy {
                    rows.remove(at);
                    continue;
                }
                let mut stamp = rows[at].stamp.clone();
                world.touch(&mut stamp);
                rows[at].stamp = stamp;
                rows[at].cells.extend(cells);
                at
            }
            None => {
                if let Some(cell) = kind.main_cell()
                    && cells
                        .get(cell)
                        .and_then(Value::as_str)
                        .is_none_or(str::is_empty)
                {
                    return Err(ApiError::invalid(format!(
                        "{} {cell} can't be blank",
                        kind.key()
                    )));
                }
                rows.push(Row {
                    stamp: world.stamp(Kind::Row),
                    kind,
                    cells,
                    primary: false,
                });
                rows.len() - 1
            }
        };
        if primary == Some(true) {
            for (i, row) in rows.iter_mut().enumerate() {
                if row.kind == kind {
                    row.primary = i == at;
                }
            }
        }
    }
    // The first of a kind is primary when none is said to be.
    if !rows.iter().any(|r| r.kind == kind && r.primary)
        && let Some(first) = rows.iter_mut().find(|r| r.kind == kind)
    {
        first.primary = true;
    }
    Ok(())
}
