//! The schemas of a tool, short enough that all of them fit into a model's
//! context: every member with its type and one sentence, and no more.
//!
//! The description's own schemas take three times the room, in patterns, bounds
//! and the finer points. They hold all the same: the action checks what it is
//! given, and says what is wrong at which place. `--full-schemas` lists them.

use serde_json::{Map, Value, json};

/// What says nothing by itself.
const FILLERS: [&str; 12] = [
    "the", "a", "an", "its", "it", "of", "in", "is", "are", "their", "that", "which",
];

/// The schema of an input, short.
pub(super) fn input(schema: &Value) -> Map<String, Value> {
    let defs = &schema["$defs"];
    let mut short = Short { defs }.of(schema, "");
    // The tool has its own text.
    short.remove("description");
    short
}

/// The schema of a result: which members there are, and of what type.
pub(super) fn output(schema: &Value) -> Map<String, Value> {
    let outline = Outline {
        defs: &schema["$defs"],
    };
    let mut members = Map::new();
    let cases = elements(&schema["oneOf"]).map(|case| &case["properties"]);
    for properties in cases.chain([&schema["properties"]]) {
        for (name, member) in entries(properties) {
            members.insert(name.clone(), outline.of(member));
        }
    }
    let mut short = Map::new();
    if schema["type"] == "array" {
        short.insert("type".to_owned(), json!("array"));
        return short;
    }
    short.insert("type".to_owned(), json!("object"));
    short.insert("properties".to_owned(), Value::Object(members));
    if let Some(required) = schema.get("required") {
        short.insert("required".to_owned(), required.clone());
    }
    short
}

/// The first sentence of a text.
pub(super) fn sentence(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or(text).replace('\n', " ");
    match paragraph.split_once(". ") {
        Some((first, _)) => format!("{first}."),
        None => paragraph,
    }
}

struct Short<'a> {
    defs: &'a Value,
}

impl Short<'_> {
    fn of(&self, schema: &Value, name: &str) -> Map<String, Value> {
        let schema = &resolved(self.defs, schema);
        let mut short = Map::new();
        let said = schema["description"].as_str().map(sentence);
        if let Some(said) = said.filter(|said| says_more(said, name)) {
            short.insert("description".to_owned(), said.into());
        }
        if schema.get("oneOf").is_some() {
            self.cases(schema, &mut short);
            return short;
        }
        match &schema["type"] {
            Value::Array(types) => {
                let types: Vec<&Value> = types.iter().filter(|it| *it != "null").collect();
                let types = match types.as_slice() {
                    [one] => (*one).clone(),
                    several => json!(several),
                };
                short.insert("type".to_owned(), types);
            }
            Value::Null => {}
            one => {
                short.insert("type".to_owned(), one.clone());
            }
        }
        for kept in ["const", "enum", "format", "required"] {
            if let Some(value) = schema.get(kept) {
                short.insert(kept.to_owned(), value.clone());
            }
        }
        if schema.get("properties").is_some() {
            let members = entries(&schema["properties"])
                .map(|(name, member)| (name.clone(), Value::Object(self.of(member, name))));
            short.insert("properties".to_owned(), Value::Object(members.collect()));
        }
        if let Some(items) = schema.get("items") {
            short.insert("items".to_owned(), Value::Object(self.of(items, name)));
        }
        short
    }

    /// A variant: the names of what has no payload, and of the rest one member.
    fn cases(&self, schema: &Value, short: &mut Map<String, Value>) {
        let mut names: Vec<&Value> = Vec::new();
        let mut payloads = Map::new();
        for case in elements(&schema["oneOf"]) {
            names.extend(case.get("const"));
            for (name, payload) in entries(&case["properties"]) {
                let mut payload = payload.clone();
                if payload.get("description").is_none()
                    && let Some(said) = case.get("description")
                {
                    payload["description"] = said.clone();
                }
                payloads.insert(name.clone(), Value::Object(self.of(&payload, name)));
            }
        }
        let payloads = match payloads.is_empty() {
            true => None,
            false => Some(json!({"type": "object", "properties": payloads,
                "minProperties": 1, "maxProperties": 1})),
        };
        match (names.is_empty(), payloads) {
            (false, Some(payloads)) => {
                short.insert("anyOf".to_owned(), json!([{"enum": names}, payloads]));
            }
            (true, Some(Value::Object(payloads))) => short.extend(payloads),
            _ => {
                short.insert("enum".to_owned(), json!(names));
            }
        }
    }
}

struct Outline<'a> {
    defs: &'a Value,
}

impl Outline<'_> {
    fn of(&self, schema: &Value) -> Value {
        let absent = elements(&schema["anyOf"]).any(|it| it["type"] == "null");
        let schema = resolved(self.defs, schema);
        let mut names: Vec<&Value> = elements(&schema["oneOf"])
            .filter_map(|case| case.get("const"))
            .collect();
        let nothing = Value::Null;
        if !names.is_empty() && names.len() == elements(&schema["oneOf"]).count() {
            names.extend(absent.then_some(&nothing));
            return json!({ "enum": names });
        }
        if !names.is_empty() {
            return json!({});
        }
        let mut types: Vec<&str> = match &schema["type"] {
            Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
            Value::String(one) => vec![one],
            _ if schema.get("oneOf").is_some() => vec!["object"],
            _ => return json!({}),
        };
        if absent && !types.contains(&"null") {
            types.push("null");
        }
        match types.as_slice() {
            [one] => json!({ "type": one }),
            several => json!({ "type": several }),
        }
    }
}

/// A schema without a reference, and without saying that it may be left out: what
/// stands beside those counts.
fn resolved(defs: &Value, schema: &Value) -> Value {
    let mut schema = schema.clone();
    loop {
        let Some(members) = schema.as_object_mut() else {
            return schema;
        };
        let inner = if let Some(Value::String(reference)) = members.remove("$ref") {
            let name = reference.rsplit('/').next().unwrap_or_default();
            defs[name].clone()
        } else if let Some(Value::Array(either)) = members.remove("anyOf") {
            let mut either = either.into_iter().filter(|it| it["type"] != "null");
            match (either.next(), either.next()) {
                (Some(one), None) => one,
                // Which members there must be: the action says.
                _ => continue,
            }
        } else {
            return schema;
        };
        if let Value::Object(inner) = inner {
            for (name, value) in inner {
                members.entry(name).or_insert(value);
            }
        }
    }
}

/// Whether a sentence says more than the name of what it is about.
fn says_more(said: &str, name: &str) -> bool {
    let said = said.to_lowercase();
    let words = said.split(|c: char| !c.is_alphanumeric());
    let mut words = words.filter(|word| !word.is_empty() && !FILLERS.contains(word));
    words.any(|word| !name.split('_').any(|part| word == part))
}

fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defs() -> Value {
        json!({
            "id": {"description": "An id.", "type": ["integer", "string"], "pattern": "^[1-9]+$"},
            "label": {"description": "A label.", "oneOf": [{"const": "work"}, {"const": "home"}]},
            "place": {"oneOf": [
                {"const": "account"},
                {"description": "One matter.", "type": "object", "properties":
                    {"matter": {"$ref": "#/$defs/id", "description": "Its id. More."}},
                    "required": ["matter"], "additionalProperties": false},
            ]},
        })
    }

    #[test]
    fn an_input_keeps_every_member_with_its_type_and_one_sentence() {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "description": "What is asked.",
            "type": "object",
            "properties": {
                "city": {"description": "The city.", "type": ["string", "null"], "maxLength": 9},
                "label": {"anyOf": [{"$ref": "#/$defs/label"}, {"type": "null"}],
                    "description": "Which one\nit is. Absent: none."},
                "where": {"$ref": "#/$defs/place", "description": "Where: here. There."},
                "ids": {"type": "array", "items": {"$ref": "#/$defs/id"}, "maxItems": 3},
            },
            "required": ["where"],
            "additionalProperties": false,
            "$defs": defs(),
        });
        let short = json!({
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "label": {"description": "Which one it is.", "enum": ["work", "home"]},
                "where": {"description": "Where: here.", "anyOf": [{"enum": ["account"]},
                    {"type": "object", "minProperties": 1, "maxProperties": 1, "properties":
                        {"matter": {"description": "Its id.", "type": ["integer", "string"]}}}]},
                "ids": {"type": "array",
                    "items": {"description": "An id.", "type": ["integer", "string"]}},
            },
            "required": ["where"],
        });
        assert_eq!(Value::Object(input(&schema)), short);
    }

    #[test]
    fn a_result_is_outlined_so_that_what_fits_the_description_fits() {
        let schema = json!({
            "type": "object",
            "properties": {
                "id": {"$ref": "#/$defs/id"},
                "label": {"anyOf": [{"$ref": "#/$defs/label"}, {"type": "null"}]},
                "where": {"$ref": "#/$defs/place"},
                "rest": {"type": ["array", "null"], "items": {"type": "string"}},
            },
            "required": ["id"],
            "$defs": defs(),
        });
        let outline = json!({
            "type": "object",
            "properties": {
                "id": {"type": ["integer", "string"]},
                "label": {"enum": ["work", "home", null]},
                "where": {},
                "rest": {"type": ["array", "null"]},
            },
            "required": ["id"],
        });
        assert_eq!(Value::Object(output(&schema)), outline);
        let several = json!({"type": "array", "items": {"$ref": "#/$defs/id"}});
        assert_eq!(Value::Object(output(&several)), json!({"type": "array"}));
        let cases = json!({"oneOf": [
            {"type": "object", "properties": {"made": {"type": "object"}}, "required": ["made"]},
            {"type": "object", "properties": {"gone": {"type": "string"}}, "required": ["gone"]},
        ]});
        let outline = json!({"type": "object",
            "properties": {"made": {"type": "object"}, "gone": {"type": "string"}}});
        assert_eq!(Value::Object(output(&cases)), outline);
    }

    #[test]
    fn a_sentence_ends_where_the_text_says_so() {
        assert_eq!(
            sentence("One thing,\nsuch as `a.pdf`. Another."),
            "One thing, such as `a.pdf`."
        );
        assert_eq!(sentence("All of it\n\nMore."), "All of it");
    }
}
