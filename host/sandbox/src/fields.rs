//! The `fields` parameter and what an answer shows.
//!
//! Without `fields` an answer is minimal, also after a write. One level of
//! braces is allowed; a second one, or one unknown name, refuses the whole
//! request. A nested resource named bare shows its defaults only.

use serde_json::{Map, Value};

use crate::answer::ApiError;
use crate::description::{Description, FieldShape};
use crate::world::{Member, Resource, View};

/// The fields to show of one resource, checked against its schema.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selection(Vec<Pick>);

#[derive(Debug, Clone)]
struct Pick {
    name: String,
    shape: PickShape,
}

#[derive(Debug, Clone)]
enum PickShape {
    Plain,
    One(Selection),
    Many(Selection),
}

impl Selection {
    /// Parses and checks `fields`; absent or empty: the defaults.
    pub(crate) fn parse(
        description: &Description,
        schema: &str,
        fields: Option<&str>,
    ) -> Result<Self, ApiError> {
        match fields {
            Some(text) if !text.trim().is_empty() => select(description, schema, text),
            _ => Ok(defaults(description, schema)),
        }
    }

    /// Writes the selected fields of a resource.
    pub(crate) fn project(&self, view: &View<'_>, resource: &dyn Resource) -> Value {
        let mut shown = Map::new();
        for pick in &self.0 {
            let value = match (resource.show(view, &pick.name), &pick.shape) {
                (Member::Value(value), _) => value,
                (Member::One(one), PickShape::One(inner) | PickShape::Many(inner)) => {
                    inner.project(view, one.as_ref())
                }
                (Member::Many(many), PickShape::One(inner) | PickShape::Many(inner)) => {
                    let rows = many.iter().map(|r| inner.project(view, r.as_ref()));
                    list(view, rows.collect())
                }
                (Member::Redacted, _) => serde_json::json!({"redacted": true}),
                (Member::Absent, PickShape::Many(_)) => list(view, Vec::new()),
                _ => Value::Null,
            };
            shown.insert(pick.name.clone(), value);
        }
        Value::Object(shown)
    }
}

/// A list of associated records. An empty one is a list as well, but not under
/// every switch.
fn list(view: &View<'_>, rows: Vec<Value>) -> Value {
    if rows.is_empty() && view.world.switches.null_lists {
        return Value::Null;
    }
    Value::Array(rows)
}

fn invalid(name: &str) -> ApiError {
    ApiError::new(400, "InvalidFields", format!("{name} is not a valid field"))
}

fn select(description: &Description, schema: &str, text: &str) -> Result<Selection, ApiError> {
    let mut picks: Vec<Pick> = Vec::new();
    for (name, inner) in split(text)? {
        let shape = description
            .schema(schema)
            .get(name)
            .ok_or_else(|| invalid(name))?;
        let picked = |schema: &str| match inner {
            // `split` let no second level of braces through.
            Some(inner) => select(description, schema, inner),
            None => Ok(defaults(description, schema)),
        };
        let shape = match shape {
            FieldShape::One { one } => PickShape::One(picked(one)?),
            FieldShape::Many { many } => PickShape::Many(picked(many)?),
            FieldShape::Plain(_) if inner.is_some() => return Err(invalid(&format!("{name}{{"))),
            FieldShape::Plain(_) => PickShape::Plain,
        };
        picks.retain(|p| p.name != name);
        picks.push(Pick {
            name: name.to_owned(),
            shape,
        });
    }
    Ok(Selection(picks))
}

/// Splits `id,matter{id,name}` into names and the texts in their braces.
fn split(text: &str) -> Result<Vec<(&str, Option<&str>)>, ApiError> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = rest.find([',', '{', '}']).unwrap_or(rest.len());
        let name = rest[..end].trim();
        let tail = &rest[end..];
        if name.is_empty() || tail.starts_with('}') {
            return Err(invalid(&format!("{name}{}", &tail[..tail.len().min(1)])));
        }
        if let Some(open) = tail.strip_prefix('{') {
            let close = closing(open).ok_or_else(|| invalid(&format!("{name}{{")))?;
            let inner = &open[..close];
            if let Some(second) = inner.find('{') {
                // The real parser leaks a brace: `picklist_option} is not a
                // valid field` was seen.
                let deeper = inner[..second].rsplit(',').next().unwrap_or("");
                return Err(invalid(&format!("{}}}", deeper.trim())));
            }
            parts.push((name, Some(inner)));
            rest = open[close + 1..].trim_start();
            if let Some(after) = rest.strip_prefix(',') {
                rest = after.trim_start();
            } else if !rest.is_empty() {
                return Err(invalid(rest));
            }
        } else {
            parts.push((name, None));
            rest = tail.strip_prefix(',').unwrap_or(tail).trim_start();
        }
    }
    Ok(parts)
}

/// The index of the brace that closes an already opened one.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// What a resource shows when nothing is asked: mostly `id` and `etag`. The
/// exceptions were seen on live accounts. A resource without an id (the headers
/// and parts of an upload) shows everything, as the upload guide's sample does.
fn defaults(description: &Description, schema: &str) -> Selection {
    let fields = description.schema(schema);
    let names: Vec<&str> = match schema.trim_end_matches("_base") {
        "CustomFieldValue" => vec!["id", "value"],
        "DocumentVersion" => vec!["id", "version_number"],
        "PicklistOption" => vec!["id", "etag", "option"],
        _ if fields.contains_key("id") => vec!["id", "etag"],
        _ => fields.keys().map(String::as_str).collect(),
    };
    let picks = names
        .into_iter()
        .filter_map(|name| {
            let shape = match fields.get(name)? {
                FieldShape::Plain(_) => PickShape::Plain,
                FieldShape::One { one } => PickShape::One(defaults(description, one)),
                FieldShape::Many { many } => PickShape::Many(defaults(description, many)),
            };
            Some(Pick {
                name: name.to_owned(),
                shape,
            })
        })
        .collect();
    Selection(picks)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn names(selection: &Selection) -> Vec<String> {
        selection
            .0
            .iter()
            .map(|p| match &p.shape {
                PickShape::Plain => p.name.clone(),
                PickShape::One(s) | PickShape::Many(s) => {
                    format!("{}{{{}}}", p.name, names(s).join(","))
                }
            })
            .collect()
    }

    fn parse(schema: &str, fields: &str) -> Result<String, String> {
        let d = Description::load().unwrap();
        Selection::parse(&d, schema, Some(fields))
            .map(|s| names(&s).join(","))
            .map_err(|e| e.message)
    }

    #[test]
    fn bare_nested_resources_show_their_defaults() {
        for (schema, fields, want) in [
            ("Contact", "", "id,etag"),
            (
                "Document",
                "id,matter{id,description}",
                "id,matter{id,description}",
            ),
            (
                "Contact",
                "custom_field_values",
                "custom_field_values{id,value}",
            ),
            (
                "Document",
                "latest_document_version",
                "latest_document_version{id,version_number}",
            ),
            (
                "Contact",
                "custom_field_values{id,value,custom_field}",
                "custom_field_values{id,value,custom_field{id,etag}}",
            ),
            (
                "Document",
                "latest_document_version{put_headers}",
                "latest_document_version{put_headers{name,value}}",
            ),
        ] {
            assert_eq!(parse(schema, fields).as_deref(), Ok(want), "{fields}");
        }
    }

    #[test]
    fn a_second_level_leaks_its_brace_and_an_unknown_name_refuses_everything() {
        for (schema, fields, name) in [
            (
                "Contact",
                "custom_field_values{id,picklist_option{option}}",
                "picklist_option}",
            ),
            ("Contact", "id,nonsense", "nonsense"),
            ("Contact", "company{folder}", "folder"),
            ("Contact", "id,email_addresses{address", "email_addresses{"),
            ("Contact", "id}", "id}"),
            ("Contact", "id{x}", "id{"),
        ] {
            assert_eq!(
                parse(schema, fields),
                Err(format!("{name} is not a valid field")),
                "{fields}"
            );
        }
    }
}
