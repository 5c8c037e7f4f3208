//! The body of a write: checked against the endpoint's keys, and emptied by its
//! handler.
//!
//! Keys the endpoint does not have are dropped, as Clio drops them, and
//! recorded. A handler takes what it understands; what is left over at the end
//! is known to Clio and not simulated here, which is recorded as well.

use serde_json::{Map, Value};

use crate::answer::ApiError;
use crate::description::ValueShape;

/// The `data` of a write, without what Clio ignores, numbers and booleans in
/// their own types.
#[derive(Debug, Default)]
pub(crate) struct Body(Map<String, Value>);

/// What a body says about a reference such as `practice_area`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reference {
    /// `null` or `{}`: says nothing.
    Nothing,
    /// `{"id": null}`: no association.
    Clear,
    Is(u64),
}

impl Body {
    /// Checks a parsed body. Returns the pointers of dropped keys beside it.
    ///
    /// `name` of a new contact is required by the description, but not when a
    /// person's first or last name stands: its handler decides.
    pub(crate) fn check(
        operation: &str,
        shape: &ValueShape,
        value: &Value,
    ) -> (Result<Self, ApiError>, Vec<String>) {
        let mut dropped = Vec::new();
        let optional: &[&str] = match operation {
            "Contact#create" => &["/data/name"],
            _ => &[],
        };
        let checked = prune(shape, value, "", optional, &mut dropped);
        let body = checked.and_then(|value| match value {
            Value::Object(mut top) => match top.remove("data") {
                Some(Value::Object(data)) => Ok(Self(data)),
                _ => Err(ApiError::bad_request("data is missing")),
            },
            _ => Err(ApiError::bad_request("data is missing")),
        });
        (body, dropped)
    }

    pub(crate) fn from_map(map: Map<String, Value>) -> Self {
        Self(map)
    }

    pub(crate) fn take(&mut self, key: &str) -> Option<Value> {
        self.0.remove(key)
    }

    /// `None`: the key is absent. `Some(None)`: null or empty.
    pub(crate) fn text(&mut self, key: &str) -> Option<Option<String>> {
        self.take(key).map(|value| match value {
            Value::String(s) if !s.trim().is_empty() => Some(s),
            _ => None,
        })
    }

    /// A text that must be there.
    pub(crate) fn must(&mut self, key: &str) -> Result<String, ApiError> {
        self.text(key).flatten().ok_or_else(|| blank(key))
    }

    /// Puts a text in place of another, where the body has one: it cannot be
    /// made blank.
    pub(crate) fn set(&mut self, key: &str, text: &mut String) -> Result<(), ApiError> {
        if let Some(new) = self.text(key) {
            *text = new.ok_or_else(|| blank(key))?;
        }
        Ok(())
    }

    pub(crate) fn flag(&mut self, key: &str) -> Option<bool> {
        self.take(key).and_then(|v| v.as_bool())
    }

    pub(crate) fn number(&mut self, key: &str) -> Option<u64> {
        self.take(key).and_then(|v| v.as_u64())
    }

    pub(crate) fn reference(&mut self, key: &str) -> Option<Reference> {
        self.take(key).map(|value| match value.get("id") {
            None => Reference::Nothing,
            Some(id) => id.as_u64().map_or(Reference::Clear, Reference::Is),
        })
    }

    /// The elements of an array of objects.
    pub(crate) fn rows(&mut self, key: &str) -> Vec<Body> {
        match self.take(key) {
            Some(Value::Array(rows)) => rows
                .into_iter()
                .filter_map(|row| match row {
                    Value::Object(map) => Some(Self(map)),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn child(&mut self, key: &str) -> Option<Body> {
        match self.take(key) {
            Some(Value::Object(map)) => Some(Self(map)),
            _ => None,
        }
    }

    pub(crate) fn into_map(self) -> Map<String, Value> {
        self.0
    }

    /// Pointers of what the handler did not take.
    pub(crate) fn left_over(&self) -> Vec<String> {
        self.0.keys().map(|k| format!("/data/{k}")).collect()
    }
}

fn blank(key: &str) -> ApiError {
    ApiError::invalid(format!("{key} can't be blank"))
}

fn prune(
    shape: &ValueShape,
    value: &Value,
    at: &str,
    optional: &[&str],
    dropped: &mut Vec<String>,
) -> Result<Value, ApiError> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let name = || human_name(at);
    let invalid = || ApiError::invalid(format!("{} is invalid", name()));
    match shape {
        ValueShape::Object { object, required } => {
            let map = value.as_object().ok_or_else(invalid)?;
            let mut kept = Map::new();
            for (key, inner) in map {
                let pointer = format!("{at}/{key}");
                match object.get(key) {
                    // An object without described members (`currency`) is free.
                    _ if object.is_empty() && !at.is_empty() => {
                        kept.insert(key.clone(), inner.clone());
                    }
                    Some(shape) => {
                        let inner = prune(shape, inner, &pointer, optional, dropped)?;
                        kept.insert(key.clone(), inner);
                    }
                    None => dropped.push(pointer),
                }
            }
            for key in required {
                let pointer = format!("{at}/{key}");
                if kept.get(key).is_none_or(Value::is_null) && !optional.contains(&pointer.as_str())
                {
                    return Err(match at {
                        "" => ApiError::bad_request(format!("{key} is missing")),
                        _ => ApiError::invalid(format!("{} is missing", human_name(&pointer))),
                    });
                }
            }
            Ok(Value::Object(kept))
        }
        ValueShape::Array { array } => {
            let rows = value.as_array().ok_or_else(invalid)?;
            rows.iter()
                .enumerate()
                .map(|(i, row)| prune(array, row, &format!("{at}/{i}"), optional, dropped))
                .collect::<Result<Vec<_>, _>>()
                .map(Value::Array)
        }
        // Enums are case-sensitive: `work` is refused where `Work` is meant.
        ValueShape::Enum { values } => match value.as_str().or_else(|| model(at, value)) {
            Some(text) if values.iter().any(|v| v == text) => Ok(Value::from(text)),
            _ => Err(ApiError::invalid(format!(
                "{} must be one of [{}]",
                name(),
                values
                    .iter()
                    .map(|v| format!("\"{v}\""))
                    .collect::<Vec<_>>()
                    .join(", ")
            ))),
        },
        ValueShape::Plain(kind) => plain(kind, value).ok_or_else(invalid),
    }
}

/// The model of a webhook may be named by its number too.
fn model(at: &str, value: &Value) -> Option<&'static str> {
    const MODELS: [&str; 10] = [
        "matter",
        "activity",
        "bill",
        "calendar_entry",
        "communication",
        "contact",
        "task",
        "document",
        "folder",
        "clio_payments_payment",
    ];
    let number = value.as_u64().filter(|_| at == "/data/model")?;
    let at = usize::try_from(number).ok()?.checked_sub(1)?;
    MODELS.get(at).copied()
}

/// Rails reads `"7"` as a number and `"true"` as a boolean; the upload guide
/// itself shows `"fully_uploaded": "true"`.
fn plain(kind: &str, value: &Value) -> Option<Value> {
    match kind {
        "integer" => match value {
            Value::Number(n) if n.is_i64() || n.is_u64() => Some(value.clone()),
            Value::String(s) => s.parse::<i64>().ok().map(Value::from),
            _ => None,
        },
        "number" => match value {
            Value::Number(_) => Some(value.clone()),
            Value::String(s) => s.parse::<f64>().ok().map(Value::from),
            _ => None,
        },
        "boolean" => match value {
            Value::Bool(_) => Some(value.clone()),
            Value::String(s) => match s.as_str() {
                "true" | "1" => Some(Value::Bool(true)),
                "false" | "0" => Some(Value::Bool(false)),
                _ => None,
            },
            _ => None,
        },
        "date" => {
            let text = value.as_str()?;
            (text.is_empty() || text.parse::<jiff::civil::Date>().is_ok()).then(|| value.clone())
        }
        "date-time" => {
            let text = value.as_str()?;
            (text.is_empty() || crate::clock::parse_instant(text).is_some()).then(|| value.clone())
        }
        "object" => Some(value.clone()),
        // Strings: other scalars are written as text.
        _ => match value {
            Value::String(_) => Some(value.clone()),
            Value::Number(n) => Some(Value::String(n.to_string())),
            Value::Bool(b) => Some(Value::String(b.to_string())),
            _ => None,
        },
    }
}

/// `/data/email_addresses/0/name` is called `email_addresses name`.
fn human_name(pointer: &str) -> String {
    pointer
        .split('/')
        .filter(|s| !s.is_empty() && *s != "data" && s.parse::<u32>().is_err())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;
    use crate::description::Description;

    fn check(method: &str, path: &str, value: &Value) -> (Result<Body, ApiError>, Vec<String>) {
        let d = Description::load().unwrap();
        let (op, _) = d.route(method, path).unwrap();
        Body::check(&op.id, op.body.as_ref().unwrap(), value)
    }

    #[test]
    fn unknown_keys_are_dropped_with_their_pointers() {
        let (body, dropped) = check(
            "POST",
            "/contacts",
            &json!({"data": {"type": "Person", "first_name": "Ann", "source": 1,
                "email_addresses": [{"name": "Work", "address": "a@x.test", "label": "w"}]},
                "meta": {}}),
        );
        assert_eq!(
            dropped,
            ["/data/email_addresses/0/label", "/data/source", "/meta"]
        );
        assert_eq!(
            body.unwrap().text("first_name"),
            Some(Some("Ann".to_owned()))
        );
    }

    #[test]
    fn labels_are_case_sensitive() {
        let (body, _) = check(
            "POST",
            "/contacts",
            &json!({"data": {"type": "Person", "first_name": "Ann",
                "email_addresses": [{"name": "work", "address": "a@x.test"}]}}),
        );
        let error = body.unwrap_err();
        assert_eq!(error.status, 422);
        assert_eq!(
            error.message,
            r#"email_addresses name must be one of ["Work", "Home", "Other"]"#
        );
    }

    #[test]
    fn an_unwrapped_body_fails() {
        let (body, dropped) = check("POST", "/contacts", &json!({"type": "Person"}));
        assert_eq!(body.unwrap_err().status, 400);
        assert_eq!(dropped, ["/type"]);
    }

    #[test]
    fn the_guides_string_true_is_a_boolean() {
        let (body, _) = check(
            "PATCH",
            "/documents/1",
            &json!({"data": {"uuid": "u", "fully_uploaded": "true"}}),
        );
        assert_eq!(body.unwrap().flag("fully_uploaded"), Some(true));
    }
}
