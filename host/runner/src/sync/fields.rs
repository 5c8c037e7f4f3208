//! The custom fields of a case's client and matter: one step each.

use clio_host::actions::custom_fields;
use serde_json::json;

use super::line::{Line, Status};
use super::report::Report;
use super::run::Sync;
use super::words::Of;
use crate::case::Case;
use crate::digest::Digest;
use crate::failure::Failure;
use crate::state::CaseState;

impl Sync<'_> {
    /// Writes the custom fields of the client or the matter. Values that an
    /// earlier run wrote are not written again: what a person changed in Clio
    /// since stays.
    pub(super) async fn fields(
        &self,
        state: &mut CaseState,
        report: &mut Report,
        of: FieldsOf,
    ) -> Result<(), Failure> {
        let Some(request) = request(self.case, of) else {
            return Ok(());
        };
        let source_id = match of {
            FieldsOf::Client(_) => self.case.client_source_id(),
            FieldsOf::Matter(_) => self.case.source_id.clone(),
        };
        let written = digest(&request);
        let known = match of {
            FieldsOf::Client(_) => &state.record().client_fields,
            FieldsOf::Matter(_) => &state.record().matter_fields,
        };
        let line = if known.as_ref() == Some(&written) {
            Line::new(source_id, Status::Unchanged)
        } else {
            self.progress.doing("the fields");
            match self.call().run(request).await {
                Ok(outcome) => {
                    state.update(|record| match of {
                        FieldsOf::Client(_) => record.client_fields = Some(written),
                        FieldsOf::Matter(_) => record.matter_fields = Some(written),
                    })?;
                    let changed = outcome
                        .values
                        .iter()
                        .any(|it| it.change != custom_fields::Change::Unchanged);
                    let status = if changed {
                        Status::Written
                    } else {
                        Status::Unchanged
                    };
                    Line::new(source_id, status)
                }
                Err(error) => self.failed(source_id, Of::Fields(of), &error),
            }
        };
        self.progress.done(&line.told());
        report.fields.push(line);
        Ok(())
    }
}

/// Whose fields are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldsOf {
    Client(u64),
    Matter(u64),
}

/// The values of the client's or the matter's fields, where there are any.
pub(super) fn request(case: &Case, of: FieldsOf) -> Option<custom_fields::WriteRequest> {
    let (of, values) = match of {
        FieldsOf::Client(id) => (custom_fields::Owner::Contact(id), &case.client.values),
        FieldsOf::Matter(id) => (custom_fields::Owner::Matter(id), &case.matter.values),
    };
    (!values.is_empty()).then(|| custom_fields::WriteRequest {
        of,
        values: values.iter().map(|(_, value)| value.clone()).collect(),
    })
}

/// What tells one request to write fields from another.
fn digest(request: &custom_fields::WriteRequest) -> String {
    let mut told = Vec::new();
    for value in &request.values {
        let field = match &value.field {
            custom_fields::FieldRef::Id(id) => json!(id),
            custom_fields::FieldRef::Name(name) => json!(name),
        };
        let content = match &value.value {
            custom_fields::Content::Text(text) => json!(text),
            custom_fields::Content::Choice(id) => json!({ "choice": id }),
            custom_fields::Content::Clear => json!(null),
        };
        told.push(json!([field, content]));
    }
    let of = match request.of {
        custom_fields::Owner::Contact(id) => json!({ "contact": id }),
        custom_fields::Owner::Matter(id) => json!({ "matter": id }),
    };
    let told = json!([of, told]).to_string();
    Digest::of(told).to_string()
}
