//! The schemas of the actions as components of one document.
//!
//! In a description each schema brings what it refers to. Here all of it stands in
//! one place: what two actions call by the same name and mean alike stands there
//! once, and what they mean differently bears the action's name as well.

use std::collections::{BTreeMap, BTreeSet};

use clio_host::Description;
use serde_json::{Map, Value, json};

/// Where a description's schema keeps what it refers to.
const LOCAL: &str = "#/$defs/";

#[derive(Debug)]
pub(super) struct Schemas {
    /// Names that mean something else in another action.
    several: BTreeSet<String>,
    pub(super) made: Map<String, Value>,
}

impl Schemas {
    pub(super) fn of(actions: &[Description]) -> Self {
        let mut known: BTreeMap<&str, BTreeMap<&str, &Value>> = BTreeMap::new();
        for action in actions {
            for function in &action.functions {
                for schema in [&function.input, &function.output] {
                    for (name, schema) in definitions(schema) {
                        known.entry(name).or_default().insert(&action.name, schema);
                    }
                }
            }
        }
        let differ = |by: &BTreeMap<&str, &Value>| {
            let mut all = by.values();
            let first = all.next();
            all.any(|other| Some(other) != first)
        };
        let mut several: BTreeSet<String> = known
            .iter()
            .filter(|(_, by)| differ(by))
            .map(|(name, _)| (*name).to_owned())
            .collect();
        // What two actions share, and refers to what they do not, they do not share.
        loop {
            let more: Vec<String> = known
                .iter()
                .filter(|(name, by)| by.len() > 1 && !several.contains(**name))
                .filter(|(_, by)| by.values().any(|schema| refers(schema, &several)))
                .map(|(name, _)| (*name).to_owned())
                .collect();
            if more.is_empty() {
                break;
            }
            several.extend(more);
        }
        Self {
            several,
            made: Map::new(),
        }
    }

    /// Puts a schema of an action among the components, with all that it refers to,
    /// and returns what refers to it.
    pub(super) fn component(&mut self, action: &str, name: &str, schema: &Value) -> Value {
        for (name, schema) in definitions(schema) {
            let name = self.name(action, name);
            if !self.made.contains_key(&name) {
                let mut schema = self.moved(action, schema);
                if name == "content_source" {
                    take_uploads(&mut schema);
                }
                self.made.insert(name, schema);
            }
        }
        let mut schema = self.moved(action, schema);
        if let Some(members) = schema.as_object_mut() {
            members.remove("$defs");
            members.remove("$schema");
        }
        self.made.insert(name.to_owned(), schema);
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    fn name(&self, action: &str, name: &str) -> String {
        match self.several.contains(name) {
            true => format!("{}_{name}", action.replace('-', "_")),
            false => name.to_owned(),
        }
    }

    /// A schema whose references lead to the components.
    fn moved(&self, action: &str, schema: &Value) -> Value {
        match schema {
            Value::Array(items) => items.iter().map(|item| self.moved(action, item)).collect(),
            Value::Object(members) => members
                .iter()
                .map(|(member, value)| {
                    let local = value.as_str().and_then(|it| it.strip_prefix(LOCAL));
                    let moved = match local {
                        Some(name) if member == "$ref" => {
                            let name = self.name(action, name);
                            format!("#/components/schemas/{name}").into()
                        }
                        _ => self.moved(action, value),
                    };
                    (member.clone(), moved)
                })
                .collect(),
            other => other.clone(),
        }
    }
}

fn definitions(schema: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let definitions = schema.get("$defs").and_then(Value::as_object);
    let definitions = definitions.into_iter().flatten();
    definitions.map(|(name, schema)| (name.as_str(), schema))
}

fn refers(schema: &Value, to: &BTreeSet<String>) -> bool {
    match schema {
        Value::Array(items) => items.iter().any(|item| refers(item, to)),
        Value::Object(members) => members.iter().any(|(member, value)| {
            let local = value.as_str().and_then(|it| it.strip_prefix(LOCAL));
            (member == "$ref" && local.is_some_and(|name| to.contains(name))) || refers(value, to)
        }),
        _ => false,
    }
}

/// Content comes here as an upload as well.
fn take_uploads(schema: &mut Value) {
    if let Some(cases) = schema.get_mut("oneOf").and_then(Value::as_array_mut) {
        cases.push(json!({
            "type": "object",
            "description": "What was uploaded before, by its id.",
            "properties": {"upload": {"$ref": "#/components/schemas/upload_id"}},
            "required": ["upload"],
            "additionalProperties": false,
        }));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn action(name: &str, definitions: &Value) -> Description {
        let json = json!({"format": 1, "name": name, "version": "0.1.0", "summary": "s",
            "interface": "a:b/c@0.1.0", "functions": [{"name": "do",
                "input": {"$ref": "#/$defs/one", "$defs": definitions}, "output": {}}]});
        Description::parse(json.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn what_is_meant_alike_stands_once_and_the_rest_apart() {
        let (text, number) = (json!({"type": "string"}), json!({"type": "integer"}));
        let through = json!({"$ref": "#/$defs/deep"});
        let first = action("a-b", &json!({"one": through, "deep": text, "same": text}));
        let second = action(
            "c-d",
            &json!({"one": through, "deep": number, "same": text}),
        );
        let actions = [first, second];
        let mut schemas = Schemas::of(&actions);
        for action in &actions {
            let name = format!("{}_input", action.name.replace('-', "_"));
            schemas.component(&action.name, &name, &action.functions[0].input);
        }
        let names: Vec<&str> = schemas.made.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "a_b_deep",
                "a_b_input",
                "a_b_one",
                "c_d_deep",
                "c_d_input",
                "c_d_one",
                "same"
            ]
        );
        let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        assert_eq!(schemas.made["c_d_one"], reference("c_d_deep"));
        assert_eq!(schemas.made["c_d_input"], reference("c_d_one"));
        assert_eq!(schemas.made["c_d_deep"], number);
    }
}
