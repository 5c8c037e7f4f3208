//! Clio's API as data: operations, their parameters and body keys, and the
//! fields of what they answer.
//!
//! The data is made from the official description (`data/generate.py`), never
//! typed by hand and never taken from a client: a simulator and a client
//! written from one head share their misspellings. The few facts that observers
//! saw on live accounts and that the description lacks are added in
//! [`Description::load`], each with its reason.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The whole description.
#[derive(Debug)]
pub(crate) struct Description {
    operations: Vec<Operation>,
    schemas: BTreeMap<String, Schema>,
}

/// The fields of one resource by name.
pub(crate) type Schema = BTreeMap<String, FieldShape>;

/// What a field of an answer holds.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum FieldShape {
    One {
        one: String,
    },
    Many {
        many: String,
    },
    /// A scalar, whose type the answers do not need to know.
    Plain(serde::de::IgnoredAny),
}

/// What a query parameter or a body value must be.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum ValueShape {
    Object {
        object: BTreeMap<String, ValueShape>,
        required: Vec<String>,
    },
    Array {
        array: Box<ValueShape>,
    },
    Enum {
        #[serde(rename = "enum")]
        values: Vec<String>,
    },
    Plain(String),
}

/// One operation.
#[derive(Debug)]
pub(crate) struct Operation {
    /// As the description spells it: `Contact#index`.
    pub(crate) id: String,
    pub(crate) method: String,
    /// Path segments after `/api/v4`, without `.json`; `{…}` is an id.
    segments: Vec<String>,
    pub(crate) query: BTreeMap<String, ValueShape>,
    pub(crate) body: Option<ValueShape>,
    /// The schema of one answered record.
    pub(crate) answer: Option<String>,
}

#[derive(Deserialize)]
struct RawDescription {
    operations: BTreeMap<String, RawOperation>,
    schemas: BTreeMap<String, Schema>,
}

#[derive(Deserialize)]
struct RawOperation {
    id: String,
    query: BTreeMap<String, ValueShape>,
    body: Option<ValueShape>,
    answer: Option<String>,
}

impl Description {
    /// Reads the data that ships with the crate.
    pub(crate) fn load() -> Result<Self, serde_json::Error> {
        let mut raw: RawDescription = serde_json::from_str(include_str!("../data/clio-v4.json"))?;
        add_observed_fields(&mut raw.schemas);
        let mut operations: Vec<Operation> = raw
            .operations
            .into_iter()
            .map(|(route, raw)| {
                let (method, path) = route.split_once(' ').unwrap_or(("GET", &route));
                let mut query = raw.query;
                add_observed_parameters(&mut query);
                Operation {
                    id: raw.id,
                    method: method.to_owned(),
                    segments: segments(path).map(str::to_owned).collect(),
                    query,
                    body: raw.body,
                    answer: raw.answer,
                }
            })
            .collect();
        operations.push(activate());
        Ok(Self {
            operations,
            schemas: raw.schemas,
        })
    }

    /// The fields of a schema; empty for a name that is none.
    pub(crate) fn schema(&self, name: &str) -> &Schema {
        static NONE: Schema = BTreeMap::new();
        self.schemas.get(name).unwrap_or(&NONE)
    }

    /// Finds the operation for a request and the ids in its path. `path` is
    /// what follows `/api/v4`, with or without `.json`: both work.
    pub(crate) fn route(&self, method: &str, path: &str) -> Option<(&Operation, Vec<u64>)> {
        // The guide finishes uploads with PATCH or PUT: they are the same.
        let method = if method == "PUT" { "PATCH" } else { method };
        let wanted: Vec<&str> = segments(path).collect();
        self.operations
            .iter()
            .filter(|op| op.method == method)
            .find_map(|op| Some((op, match_segments(&op.segments, &wanted)?)))
    }
}

/// Confirms a webhook later than its handshake: a `PUT` of the guide on webhooks,
/// which the description lacks.
fn activate() -> Operation {
    Operation {
        id: "Webhook#activate".to_owned(),
        // `route` takes PUT for the same.
        method: "PATCH".to_owned(),
        segments: ["webhooks", "{id}", "activate"].map(str::to_owned).to_vec(),
        query: BTreeMap::new(),
        body: None,
        answer: Some("Webhook".to_owned()),
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    let path = path.strip_suffix(".json").unwrap_or(path);
    path.split('/').filter(|s| !s.is_empty())
}

/// The ids of a path that fits a template. An id must be a number, so
/// `folders/list` and `users/who_am_i` cannot be taken for ids.
fn match_segments(template: &[String], path: &[&str]) -> Option<Vec<u64>> {
    if template.len() != path.len() {
        return None;
    }
    let mut ids = Vec::new();
    for (want, got) in template.iter().zip(path) {
        if want.starts_with('{') {
            ids.push(got.parse().ok()?);
        } else if want != got {
            return None;
        }
    }
    Some(ids)
}

/// Fields that live accounts answer though the description lacks them.
fn add_observed_fields(schemas: &mut BTreeMap<String, Schema>) {
    // Clients read `default_email` and `default_number` beside `primary`.
    for (schema, field) in [
        ("EmailAddress", "default_email"),
        ("EmailAddress_base", "default_email"),
        ("PhoneNumber", "default_number"),
        ("PhoneNumber_base", "default_number"),
    ] {
        if let Some(fields) = schemas.get_mut(schema) {
            fields.insert(field.to_owned(), FieldShape::Plain(serde::de::IgnoredAny));
        }
    }
}

/// Parameters that work though the description lacks them.
fn add_observed_parameters(query: &mut BTreeMap<String, ValueShape>) {
    // `offset` stands on the paging page of the documentation only.
    if query.contains_key("page_token") {
        query.insert("offset".to_owned(), ValueShape::Plain("integer".to_owned()));
    }
    // The documentation's examples write the date filters with and without `[]`.
    for name in ["open_date", "close_date", "pending_date"] {
        if let Some(shape) = query.get(&format!("{name}[]")).cloned() {
            query.insert(name.to_owned(), shape);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn paths_match_with_and_without_the_extension() {
        let d = Description::load().unwrap();
        for path in ["/contacts/7.json", "/contacts/7"] {
            let (op, ids) = d.route("GET", path).unwrap();
            assert_eq!((op.id.as_str(), ids.as_slice()), ("Contact#show", &[7][..]));
        }
        assert_eq!(d.route("GET", "/folders/list").unwrap().0.id, "Folder#list");
        assert_eq!(
            d.route("PUT", "/documents/1.json").unwrap().0.id,
            "Document#update"
        );
        assert!(d.route("GET", "/contacts/x").is_none());
        assert!(d.route("POST", "/matter_stages").is_none());
    }

    #[test]
    fn the_description_has_no_matter_stage_filter_and_no_folder_id_filter() {
        let d = Description::load().unwrap();
        assert!(
            !d.route("GET", "/matters")
                .unwrap()
                .0
                .query
                .contains_key("matter_stage_id")
        );
        assert!(
            !d.route("GET", "/documents")
                .unwrap()
                .0
                .query
                .contains_key("folder_id")
        );
    }
}
