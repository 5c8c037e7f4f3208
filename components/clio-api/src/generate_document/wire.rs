//! Templates and automations as they stand in requests and answers.

use crate::prelude::*;
use clio_types::types::ProblemCode;
use serde::{Deserialize, Serialize};

use super::formats::Formats;
use super::{AutomationState, FollowOutcome, GeneratedDocument, Template};
use crate::association::{Linked, Rows, id_of};
use crate::fields::{Fields, fields};
use crate::ids::{AutomationId, CategoryId, DocumentId, MatterId, TemplateId};
use crate::instant::Instant;
use crate::problem::Failure;

/// What is listed of templates.
pub(super) const TEMPLATE: Fields = fields!(
    id,
    filename,
    content_type,
    updated_at,
    document_category { id },
);

/// What is read of an automation, and compared.
pub(super) const AUTOMATION: Fields = fields!(
    id,
    state,
    created_at,
    filename,
    export_formats,
    matter { id },
    document_template { id },
    documents { id, name },
);

/// How soon an automation is worth another look.
const LOOK_AGAIN_MS: u64 = 5_000;

/// A template in an answer.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct TemplateRow {
    id: TemplateId,
    #[serde(default)]
    filename: Option<String>,
    #[serde(default)]
    content_type: Option<String>,
    #[serde(default)]
    updated_at: Option<String>,
    #[serde(default)]
    document_category: Option<Linked<CategoryId>>,
}

impl From<TemplateRow> for Template {
    fn from(row: TemplateRow) -> Self {
        Self {
            id: row.id.0,
            filename: row.filename.unwrap_or_default(),
            media_type: row.content_type,
            category: id_of(&row.document_category).map(|id| id.0),
            updated_at: row.updated_at,
        }
    }
}

/// An automation in an answer.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Row {
    pub(super) id: AutomationId,
    #[serde(default)]
    pub(super) state: Option<String>,
    #[serde(default)]
    pub(super) created_at: Option<String>,
    #[serde(default)]
    pub(super) filename: Option<String>,
    #[serde(default)]
    pub(super) export_formats: Formats,
    #[serde(default)]
    pub(super) matter: Option<Linked<MatterId>>,
    #[serde(default)]
    pub(super) document_template: Option<Linked<TemplateId>>,
    #[serde(default)]
    documents: Rows<DocumentRow>,
}

#[derive(Debug, Clone, Deserialize)]
struct DocumentRow {
    id: DocumentId,
    #[serde(default)]
    name: Option<String>,
}

impl Row {
    pub(super) fn created(&self) -> Option<Instant> {
        self.created_at.as_deref().and_then(Instant::parse)
    }

    /// Whether it ended without documents.
    pub(super) fn is_barren(&self) -> bool {
        matches!(self.state.as_deref(), Some("failed" | "empty"))
    }

    pub(super) fn into_automation(self) -> Result<FollowOutcome, Failure> {
        let Some(state) = self.state.as_deref().and_then(AutomationState::parse) else {
            return Err(Failure::permanent(
                ProblemCode::UnexpectedAnswer,
                "The automation is in a state that Clio's description does not know. Look at \
                     the matter's documents in Clio, and report it.",
            )
            .candidates([self.id.0]));
        };
        let ended = matches!(
            state,
            AutomationState::Empty | AutomationState::Failed | AutomationState::Completed
        );
        Ok(FollowOutcome {
            id: self.id.0,
            state,
            documents: self
                .documents
                .visible()
                .iter()
                .map(|row| GeneratedDocument {
                    id: row.id.0,
                    name: row.name.clone(),
                })
                .collect(),
            look_again_ms: (!ended).then_some(LOOK_AGAIN_MS),
        })
    }
}

/// The body that starts an automation.
#[derive(Debug, Serialize)]
pub(super) struct NewAutomation<'r> {
    pub(super) matter: Id,
    pub(super) document_template: Id,
    pub(super) filename: &'r str,
    pub(super) formats: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
pub(super) struct Id {
    pub(super) id: u64,
}
