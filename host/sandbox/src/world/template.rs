//! Templates of document automation, and what was generated from them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::document::shown_size;
use super::{DocumentCategory, Matter, Member, Resource, Stamp, View, World, record};
use crate::switches::ExportFormats;

/// A file that documents are generated from.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    pub(crate) stamp: Stamp,
    pub(crate) filename: String,
    pub(crate) content_type: String,
    pub(crate) category: Option<u64>,
    /// The key of the bytes in the storage.
    pub(crate) key: Arc<str>,
}

record!(Template in templates, "Document template");

impl Resource for Template {
    fn stamp(&self) -> Option<&Stamp> {
        Some(&self.stamp)
    }

    fn member<'v>(&'v self, view: &'v View<'v>, name: &str) -> Member<'v> {
        let world = view.world;
        match name {
            "filename" => Member::text(&self.filename),
            "content_type" => Member::text(&self.content_type),
            "size" => {
                let object = world.objects.get(&self.key);
                Member::Value(shown_size(object.map(|object| object.length)))
            }
            "document_category" => view.record::<DocumentCategory>(self.category),
            "last_modified_by" => view.me(),
            _ => Member::Absent,
        }
    }
}

/// How far an automation is. The last three are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GenerationState {
    NotStarted,
    Queued,
    InProgress,
    Empty,
    Failed,
    Completed,
}

impl GenerationState {
    pub(crate) fn answer(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::Queued => "queued",
            Self::InProgress => "in_progress",
            Self::Empty => "empty",
            Self::Failed => "failed",
            Self::Completed => "completed",
        }
    }
}

/// One automation: a template, a matter, and the documents that come of them.
#[derive(Debug, Clone)]
pub(crate) struct Generation {
    pub(crate) stamp: Stamp,
    pub(crate) matter: u64,
    pub(crate) template: u64,
    pub(crate) filename: String,
    /// `original`, `pdf`.
    pub(crate) formats: Vec<String>,
    pub(crate) state: GenerationState,
    pub(crate) documents: Vec<u64>,
}

impl Generation {
    /// The description has one string where the request has a list.
    fn formats(&self, form: ExportFormats) -> Value {
        match (form, self.formats.as_slice()) {
            (ExportFormats::List, formats) => json!(formats),
            (ExportFormats::First, [first, ..]) | (ExportFormats::Text, [first]) => json!(first),
            (ExportFormats::Text, formats) => json!(json!(formats).to_string()),
            (ExportFormats::First, []) => Value::Null,
        }
    }
}

record!(Generation in generations, "Document automation");

impl Resource for Generation {
    fn stamp(&self) -> Option<&Stamp> {
        Some(&self.stamp)
    }

    fn member<'v>(&'v self, view: &'v View<'v>, name: &str) -> Member<'v> {
        let world = view.world;
        match name {
            "state" => Member::text(self.state.answer()),
            "filename" => Member::text(&self.filename),
            "export_formats" => Member::Value(self.formats(world.switches.export_formats)),
            "matter" => view.record::<Matter>(self.matter),
            "document_template" => view.record::<Template>(self.template),
            "documents" => {
                let made = self.documents.iter();
                Member::many(made.filter_map(|id| world.documents.get(id)))
            }
            _ => Member::Absent,
        }
    }
}
