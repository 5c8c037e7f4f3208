//! Checks a case file against its JSON Schema, in words for the person who
//! wrote it.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::types::JsonType;
use serde_json::Value;

use super::mistakes::{Mistake, Pointer};

/// The JSON Schema (2020-12) of a case file.
pub(crate) const SCHEMA: &str = include_str!("case.schema.json");

/// How the schema says that a text is blank.
const BLANK: &str = r"^\s*$";

/// What an id is.
const ID: &str = "must be the id of a record in Clio, a number from 1 on";

/// Everything in which `case` is not as the schema says.
pub(crate) fn check(case: &Value) -> Vec<Mistake> {
    against(SCHEMA, case)
}

/// The schema, to be looked through.
pub(crate) fn of_case() -> Result<Value, Vec<Mistake>> {
    serde_json::from_str(SCHEMA).map_err(|error| vec![unusable(&error)])
}

fn unusable(error: &dyn std::fmt::Display) -> Mistake {
    let what = format!("cannot be checked, the schema is not right: {error}");
    Mistake::new(Pointer::root(), what)
}

/// Everything in which a value is not as a schema says, in words.
pub(crate) fn against(schema: &str, value: &Value) -> Vec<Mistake> {
    let validator = serde_json::from_str(schema)
        .map_err(|error| error.to_string())
        .and_then(|schema: Value| {
            jsonschema::validator_for(&schema).map_err(|error| error.to_string())
        });
    let validator = match validator {
        Ok(validator) => validator,
        Err(error) => return vec![unusable(&error)],
    };
    validator
        .iter_errors(value)
        .flat_map(|error| explain(&error))
        .collect()
}

fn explain(error: &jsonschema::ValidationError<'_>) -> Vec<Mistake> {
    let at = Pointer::from_text(error.instance_path().as_str());
    let one = |what: String| vec![Mistake::new(at.clone(), what)];
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            vec![Mistake::new(at.then(name), "is missing")]
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|name| Mistake::new(at.then(name), "is not known here"))
            .collect(),
        // The choice that comes nearest is told: one whose type fits, and which
        // is not that the member may be empty as well.
        ValidationErrorKind::AnyOf { context } => {
            let far = |inner: &jsonschema::ValidationError<'_>| match inner.kind() {
                ValidationErrorKind::Type { .. } => inner.instance_path() == error.instance_path(),
                ValidationErrorKind::Pattern { pattern } => pattern == BLANK,
                _ => false,
            };
            let near = context.iter().find(|errors| !errors.iter().any(far));
            let told = near.or(context.first()).map(Vec::as_slice);
            told.unwrap_or_default().iter().flat_map(explain).collect()
        }
        ValidationErrorKind::Type { kind } => one(match kind {
            TypeKind::Single(kind) => format!("must be of type {kind}"),
            TypeKind::Multiple(kinds) if kinds.contains(JsonType::Integer) => ID.to_owned(),
            TypeKind::Multiple(_) => "is of the wrong type".to_owned(),
        }),
        ValidationErrorKind::Enum { options } => {
            let names = options.as_array().map(Vec::as_slice).unwrap_or_default();
            let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
            one(format!("must be one of {}", names.join(", ")))
        }
        ValidationErrorKind::MinLength { .. } => one("must not be empty".to_owned()),
        ValidationErrorKind::MaxLength { limit } => {
            one(format!("must be at most {limit} characters long"))
        }
        ValidationErrorKind::MaxItems { limit } => {
            one(format!("must hold at most {limit} elements"))
        }
        ValidationErrorKind::MinProperties { .. } => one("must not be empty".to_owned()),
        ValidationErrorKind::Minimum { .. } | ValidationErrorKind::Maximum { .. } => {
            one(ID.to_owned())
        }
        ValidationErrorKind::Pattern { pattern } => one(must_look(pattern).to_owned()),
        // Masked: the value itself may be a client's.
        _ => one(error.masked().to_string()),
    }
}

/// What must stand where a pattern does not fit.
fn must_look(pattern: &str) -> &'static str {
    if pattern.starts_with("^[0-9a-f]") {
        "must be a SHA-256 in lower-case hexadecimal"
    } else if pattern.starts_with("^[1-9]") {
        ID
    } else if pattern.starts_with("^[^/") {
        "must be a name without slashes and backslashes"
    } else {
        "must be a media type, such as application/pdf"
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn told(case: &Value) -> Vec<String> {
        let mut told: Vec<String> = check(case).iter().map(ToString::to_string).collect();
        told.sort();
        told
    }

    #[test]
    fn the_schema_is_a_schema() {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        assert!(jsonschema::meta::is_valid(&schema));
    }

    #[test]
    fn every_member_of_the_schema_is_described() {
        fn undescribed(at: &str, schema: &Value, found: &mut Vec<String>) {
            let Some(object) = schema.as_object() else {
                return;
            };
            if let Some(members) = object.get("properties").and_then(Value::as_object) {
                for (name, member) in members {
                    let at = format!("{at}/{name}");
                    let referred = member["$ref"].as_str().is_some_and(|to| {
                        ["client", "matter"].iter().any(|name| to.ends_with(name))
                    });
                    if member.get("description").is_none() && !referred {
                        found.push(at.clone());
                    }
                    undescribed(&at, member, found);
                }
            }
            if let Some(items) = object.get("items") {
                undescribed(&format!("{at}/items"), items, found);
            }
        }
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        let mut found = Vec::new();
        undescribed("", &schema, &mut found);
        for (name, definition) in schema["$defs"].as_object().unwrap() {
            undescribed(name, definition, &mut found);
        }
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn every_mistake_is_told_at_its_pointer_and_without_the_value() {
        let case = json!({
            "source_id": "",
            "client": {"first_name": 7, "emial": "ann@example.com", "on_name_conflict": "guess"},
            "matter": {"practice_area_id": 0},
            "documents": [{"source_id": "a", "file": "a.pdf", "approved": "yes",
                "media_type": "pdf"}],
        });
        let told = told(&case);
        assert_eq!(
            told,
            [
                "/client/emial: is not known here",
                "/client/first_name: must be of type string",
                "/client/on_name_conflict: must be one of link, create",
                "/documents/0/approved: must be of type boolean",
                "/documents/0/media_type: must be a media type, such as application/pdf",
                "/matter/practice_area_id: must be the id of a record in Clio, a number from 1 on",
                "/matter/title: is missing",
                "/source_id: must not be empty",
            ]
        );
        assert!(!told.concat().contains("ann@example.com"));
    }
}
