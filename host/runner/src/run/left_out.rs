//! What a caller may leave out of an input because this command knows it: when
//! the request was first begun, the account's marker field, and where what is made
//! goes.
//!
//! Only members that the action's own description lists are filled in, and what
//! the caller said stays as it is.

use std::sync::Arc;

use clio_host::Description;
use serde_json::Value;

use crate::failure::Failure;
use crate::journal::Journal;
use crate::state::Markers;

/// Says when the request was first begun, where the caller did not and the
/// action wants to know: the same on every attempt.
pub(super) fn began(
    input: &mut Value,
    description: &Description,
    function: Option<&str>,
    first: i64,
) {
    let asks = asks_for(description, function, "began");
    let Some(members) = input.as_object_mut().filter(|_| asks) else {
        return;
    };
    if members.get("began").is_none_or(Value::is_null)
        && let Ok(first) = jiff::Timestamp::from_millisecond(first)
    {
        members.insert("began".to_owned(), first.to_string().into());
    }
}

/// Names the account's marker field, where the caller did not, the account has
/// one, and the action takes one.
pub(super) fn marker(
    input: &mut Value,
    description: &Description,
    function: Option<&str>,
    journal: &Arc<Journal>,
    scope: &str,
) -> Result<(), Failure> {
    let takes_one = asks_for(description, function, "marker_field");
    let Some(members) = input.as_object_mut().filter(|_| takes_one) else {
        return Ok(());
    };
    if !members.get("marker_field").is_none_or(Value::is_null) {
        return Ok(());
    }
    if let Some(markers) = Markers::read(journal, scope)? {
        let field = match description.name.as_str() {
            "sync-contact" => markers.contact,
            "create-matter" => markers.matter,
            _ => return Ok(()),
        };
        members.insert("marker_field".to_owned(), field.into());
    }
    Ok(())
}

/// Whether the action wants to know where to put what it makes, and the caller did
/// not say.
pub(super) fn asks_where_to_put(
    input: &Value,
    description: &Description,
    function: Option<&str>,
) -> bool {
    let members = input.as_object();
    let is_open = members.is_some_and(|it| it.get("into").is_none_or(Value::is_null));
    is_open && asks_for(description, function, "into")
}

/// Whether an action's function has a member in its input.
fn asks_for(description: &Description, function: Option<&str>, member: &str) -> bool {
    let function = description
        .functions
        .iter()
        .find(|known| function.is_none_or(|function| known.name == function));
    let pointer = format!("/properties/{member}");
    function.is_some_and(|function| function.input.pointer(&pointer).is_some())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;
    use crate::catalog;

    const FIRM: &str = "https://app.clio.com#31";

    fn marked(action: &str, function: Option<&str>, mut input: Value) -> Value {
        let folder = tempfile::tempdir().unwrap();
        let journal = Arc::new(Journal::open(folder.path()).unwrap());
        let fields = Markers {
            contact: 7,
            matter: 8,
        };
        fields.write(&journal, FIRM).unwrap();
        let description = catalog::named(action).unwrap().description;
        let description = catalog::parsed(description).unwrap();
        marker(&mut input, &description, function, &journal, FIRM).unwrap();
        input
    }

    #[test]
    fn a_marker_field_is_named_where_the_action_takes_one_and_the_caller_did_not() {
        let filled = |field: u64| json!({"marker_field": field});
        for absent in [json!({}), json!({"marker_field": null})] {
            assert_eq!(marked("sync-contact", None, absent.clone()), filled(7));
            let created = marked("create-matter", Some("create"), absent);
            assert_eq!(created, filled(8));
        }
        assert_eq!(marked("sync-contact", None, filled(17)), filled(17));
        for (action, function) in [
            ("create-matter", Some("resolve")),
            ("upload-document", None),
            ("setup-markers", None),
        ] {
            assert_eq!(marked(action, function, json!({})), json!({}), "{action}");
        }
        // What is no record is the action's to refuse.
        assert_eq!(marked("sync-contact", None, json!([])), json!([]));
    }
}
