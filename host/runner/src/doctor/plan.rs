//! What `clio setup` would do about the fields that hold markers.
//!
//! It comes from a dry run of the same action that does it, so that what a
//! person agrees to is what is sent.

use clio_host::actions::setup_markers::{EnsureRequest, MarkedKind, MarkerField};
use clio_host::{Call, CallError};
use serde_json::Value;

use crate::dry_run::{self, DryRun};

/// What a look told about one field.
#[derive(Debug)]
pub enum Plan {
    /// It stands there.
    Stands(MarkerField),
    /// It would be made, under this name.
    Make(String),
}

/// What would be done about one field.
pub async fn look(
    call: Call,
    request: &EnsureRequest,
    kind: MarkedKind,
) -> Result<Plan, CallError> {
    let dry_run = DryRun::default();
    let request = EnsureRequest {
        only: Some(kind),
        ..request.clone()
    };
    match dry_run.of(call).run(request).await {
        Ok(outcome) => {
            let field = match kind {
                MarkedKind::Contact => outcome.contact,
                MarkedKind::Matter => outcome.matter,
            };
            Ok(field.map_or(Plan::Make(String::new()), Plan::Stands))
        }
        Err(error) if dry_run::held_back(&error) => {
            let sent = dry_run.would_send();
            let name = sent
                .first()
                .and_then(|sent| sent.pointer("/body/data/name"))
                .and_then(Value::as_str);
            Ok(Plan::Make(name.unwrap_or_default().to_owned()))
        }
        Err(error) => Err(error),
    }
}
