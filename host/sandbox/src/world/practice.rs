//! Practice areas, their stages, and document categories.

use serde_json::{Value, json};

use super::{Member, Resource, Stamp, View, World, record};

/// A practice area.
#[derive(Debug, Clone)]
pub(crate) struct PracticeArea {
    pub(crate) stamp: Stamp,
    pub(crate) name: String,
    pub(crate) code: Option<String>,
    pub(crate) category: Option<String>,
}

record!(PracticeArea in practice_areas, "Practice area");

impl Resource for PracticeArea {
    fn stamp(&self) -> Option<&Stamp> {
        Some(&self.stamp)
    }

    fn member<'v>(&'v self, _: &'v View<'v>, name: &str) -> Member<'v> {
        match name {
            "name" => Member::text(&self.name),
            "code" => Member::Value(json!(self.code)),
            "category" => Member::Value(json!(self.category)),
            _ => Member::Absent,
        }
    }
}

/// A stage of the matters of one practice area.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    pub(crate) stamp: Stamp,
    pub(crate) name: String,
    pub(crate) practice_area: u64,
    pub(crate) order: u32,
}

record!(Stage in stages, "Matter stage");

impl Resource for Stage {
    fn stamp(&self) -> Option<&Stamp> {
        Some(&self.stamp)
    }

    fn member<'v>(&'v self, _: &'v View<'v>, name: &str) -> Member<'v> {
        match name {
            "name" => Member::text(&self.name),
            "order" => Member::Value(self.order.into()),
            // A string in the description, unlike every other id.
            "practice_area_id" => Member::Value(Value::String(self.practice_area.to_string())),
            _ => Member::Absent,
        }
    }
}

/// A document category.
#[derive(Debug, Clone)]
pub(crate) struct DocumentCategory {
    pub(crate) stamp: Stamp,
    pub(crate) name: String,
}

record!(DocumentCategory in categories, "Document category");

impl Resource for DocumentCategory {
    fn stamp(&self) -> Option<&Stamp> {
        Some(&self.stamp)
    }

    fn member<'v>(&'v self, _: &'v View<'v>, name: &str) -> Member<'v> {
        match name {
            "name" => Member::text(&self.name),
            _ => Member::Absent,
        }
    }
}
