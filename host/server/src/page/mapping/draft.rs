//! A mapping as a form has it: rows of texts, finished or not, and back.
//!
//! A row's target is written as the form's choice is: `n:NAME` for a record that is
//! meant by its name, `i:ID` by its id, empty for none.

use std::collections::BTreeMap;

use clio_runner::case::{Mistake, Pointer};
use serde_json::{Map, Value, json};

use super::super::form::Fields;

/// The sections of a mapping, in the order of the form.
pub(super) const TYPES: &str = "case_types";
pub(super) const CLIENT: &str = "client_fields";
pub(super) const MATTER: &str = "matter_fields";
pub(super) const KINDS: &str = "document_kinds";

/// The most rows that a form is read for.
const MOST_ROWS: usize = 2000;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) types: Vec<TypeRow>,
    pub(super) client: Vec<FieldRow>,
    pub(super) matter: Vec<FieldRow>,
    pub(super) kinds: Vec<KindRow>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TypeRow {
    pub(super) term: String,
    pub(super) area: String,
    pub(super) stage: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FieldRow {
    pub(super) term: String,
    pub(super) field: String,
    /// The platform's value, and what it becomes.
    pub(super) values: Vec<(String, String)>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct KindRow {
    pub(super) term: String,
    pub(super) category: String,
    /// Names of folders with `/` between them.
    pub(super) folder: String,
}

impl Draft {
    /// The rows of a mapping.
    pub(super) fn of(mapping: &Value) -> Self {
        let section = |member: &str| mapping[member].as_object().into_iter().flatten();
        let fields = |member: &str| section(member).map(|(term, field)| field_row(term, field));
        Self {
            types: section(TYPES)
                .map(|(term, entry)| type_row(term, entry))
                .collect(),
            client: fields(CLIENT).collect(),
            matter: fields(MATTER).collect(),
            kinds: section(KINDS)
                .map(|(term, entry)| kind_row(term, entry))
                .collect(),
        }
    }

    /// The rows that a form sent.
    pub(super) fn posted(fields: &Fields) -> Self {
        let fields: BTreeMap<&str, &str> = fields.iter().collect();
        let get = |name: String| {
            fields
                .get(&*name)
                .map_or("", |value| value.trim())
                .to_owned()
        };
        let rows = |section: &str| {
            let section = section.to_owned();
            let there = |row: &usize| fields.contains_key(&*format!("{section}.{row}.term"));
            (0..MOST_ROWS).take_while(there).collect::<Vec<_>>()
        };
        let values = |row: &str| -> Vec<(String, String)> {
            let pair = |n: usize| {
                let name = format!("{row}.from.{n}");
                fields
                    .contains_key(&*name)
                    .then(|| (get(name), get(format!("{row}.to.{n}"))))
            };
            (0..MOST_ROWS)
                .map_while(pair)
                .filter(|pair| *pair != Default::default())
                .collect()
        };
        let field_rows = |section: &str| -> Vec<FieldRow> {
            let row = |n: usize| FieldRow {
                term: get(format!("{section}.{n}.term")),
                field: get(format!("{section}.{n}.field")),
                values: values(&format!("{section}.{n}")),
            };
            rows(section).into_iter().map(row).collect()
        };
        let types = rows(TYPES).into_iter().map(|n| TypeRow {
            term: get(format!("{TYPES}.{n}.term")),
            area: get(format!("{TYPES}.{n}.area")),
            stage: get(format!("{TYPES}.{n}.stage")),
        });
        let kinds = rows(KINDS).into_iter().map(|n| KindRow {
            term: get(format!("{KINDS}.{n}.term")),
            category: get(format!("{KINDS}.{n}.category")),
            folder: get(format!("{KINDS}.{n}.folder")),
        });
        let mut draft = Self {
            types: types.collect(),
            client: field_rows(CLIENT),
            matter: field_rows(MATTER),
            kinds: kinds.collect(),
        };
        draft.types.retain(|row| *row != TypeRow::default());
        draft.client.retain(|row| *row != FieldRow::default());
        draft.matter.retain(|row| *row != FieldRow::default());
        draft.kinds.retain(|row| *row != KindRow::default());
        draft
    }

    /// Adds a row for something new to a section.
    pub(super) fn more(&mut self, section: &str) {
        match section {
            TYPES => self.types.push(TypeRow::default()),
            CLIENT => self.client.push(FieldRow::default()),
            MATTER => self.matter.push(FieldRow::default()),
            KINDS => self.kinds.push(KindRow::default()),
            _ => {}
        }
    }

    /// The mapping of the rows, in the place of what `was` there: a section without
    /// rows is left out, unless it was there and empty. Or what keeps the rows from
    /// being one.
    pub(super) fn mapping(&self, was: &Value) -> Result<Value, Vec<Mistake>> {
        let mut wrong = Vec::new();
        let mut mapping = json!({ "version": 1 });
        if let Some(schema) = was.get("$schema") {
            mapping["$schema"] = schema.clone();
        }
        let types = self
            .types
            .iter()
            .map(|row| (row.term.as_str(), row.entry()));
        let client = self
            .client
            .iter()
            .map(|row| (row.term.as_str(), row.entry()));
        let matter = self
            .matter
            .iter()
            .map(|row| (row.term.as_str(), row.entry()));
        let kinds = self
            .kinds
            .iter()
            .map(|row| (row.term.as_str(), row.entry()));
        for (section, entries) in [
            (TYPES, types.collect::<Vec<_>>()),
            (CLIENT, client.collect()),
            (MATTER, matter.collect()),
            (KINDS, kinds.collect()),
        ] {
            let empty = was[section].as_object().is_some_and(Map::is_empty);
            if entries.is_empty() && !empty {
                continue;
            }
            mapping[section] = Value::Object(terms(section, entries, &mut wrong));
        }
        if wrong.is_empty() {
            Ok(mapping)
        } else {
            Err(wrong)
        }
    }
}

/// Entries by their terms.
fn terms(
    section: &str,
    entries: Vec<(&str, Result<Value, &'static str>)>,
    wrong: &mut Vec<Mistake>,
) -> Map<String, Value> {
    let mut terms = Map::new();
    for (n, (term, entry)) in entries.into_iter().enumerate() {
        let at = place(section, term, n);
        match entry {
            _ if term.is_empty() => {
                wrong.push(Mistake::new(at, "has no term: write the platform’s word"))
            }
            Err(what) => wrong.push(Mistake::new(at, what)),
            Ok(_) if terms.contains_key(term) => {
                wrong.push(Mistake::new(at, "stands there twice: leave one out"));
            }
            Ok(entry) => {
                terms.insert(term.to_owned(), entry);
            }
        }
    }
    terms
}

/// Where a row stands: by its term, or by its number while it has none.
pub(super) fn place(section: &str, term: &str, n: usize) -> Pointer {
    let section = Pointer::root().then(section);
    if term.is_empty() {
        section.then(format!("row {}", n + 1))
    } else {
        section.then(term)
    }
}

impl TypeRow {
    fn entry(&self) -> Result<Value, &'static str> {
        let area = target(&self.area).ok_or("has no practice area: choose one")?;
        Ok(match target(&self.stage) {
            Some(stage) => json!({ "practice_area": area, "stage": stage }),
            None => area,
        })
    }
}

impl FieldRow {
    fn entry(&self) -> Result<Value, &'static str> {
        let field = target(&self.field).ok_or("has no custom field: choose one")?;
        if self.values.is_empty() {
            return Ok(field);
        }
        let mut values = Map::new();
        for (from, to) in &self.values {
            if from.is_empty() || to.is_empty() {
                return Err("has a value on one side alone: write both, or neither");
            }
            if values.insert(from.clone(), to.clone().into()).is_some() {
                return Err("has a value twice: leave one out");
            }
        }
        Ok(json!({ "field": field, "values": values }))
    }
}

impl KindRow {
    fn entry(&self) -> Result<Value, &'static str> {
        let mut entry = json!({});
        if let Some(category) = target(&self.category) {
            entry["category"] = category;
        }
        let folder: Vec<&str> = self.folder.split('/').map(str::trim).collect();
        let folder: Vec<&str> = folder.into_iter().filter(|name| !name.is_empty()).collect();
        if !folder.is_empty() {
            entry["folder"] = json!(folder);
        }
        Ok(entry)
    }
}

fn type_row(term: &str, entry: &Value) -> TypeRow {
    let (area, stage) = match entry {
        Value::Object(entry) => (&entry["practice_area"], entry.get("stage")),
        area => (area, None),
    };
    TypeRow {
        term: term.to_owned(),
        area: chosen(area),
        stage: stage.map(chosen).unwrap_or_default(),
    }
}

fn field_row(term: &str, entry: &Value) -> FieldRow {
    let (field, values) = match entry {
        Value::Object(entry) => (&entry["field"], entry.get("values")),
        field => (field, None),
    };
    let values = values.and_then(Value::as_object).into_iter().flatten();
    FieldRow {
        term: term.to_owned(),
        field: chosen(field),
        values: values
            .map(|(from, to)| (from.clone(), to.as_str().unwrap_or_default().to_owned()))
            .collect(),
    }
}

fn kind_row(term: &str, entry: &Value) -> KindRow {
    let folder = entry["folder"].as_array().into_iter().flatten();
    let folder: Vec<&str> = folder.filter_map(Value::as_str).collect();
    KindRow {
        term: term.to_owned(),
        category: chosen(&entry["category"]),
        folder: folder.join(" / "),
    }
}

/// A target of a mapping as the form's choice.
fn chosen(target: &Value) -> String {
    match target {
        Value::Number(id) => format!("i:{id}"),
        Value::String(name) => format!("n:{name}"),
        _ => String::new(),
    }
}

/// The target that a form's choice is.
fn target(chosen: &str) -> Option<Value> {
    match chosen.split_once(':')? {
        ("i", id) => id.parse::<u64>().ok().map(Value::from),
        ("n", name) => Some(name.into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_mapping_stays_what_it_is_in_the_form() {
        let mapping = json!({
            "version": 1,
            "$schema": "mapping.schema.json",
            "case_types": {"PI": "Personal Injury", "Wills": {"practice_area": 7, "stage": "Intake"}},
            "client_fields": {},
            "matter_fields": {"court": {"field": 9, "values": {"SUP": "Superior"}}, "judge": "Judge"},
            "document_kinds": {"letter": {"folder": ["Letters", "Out"]}, "photo": {"category": 3}, "x": {}},
        });
        let draft = Draft::of(&mapping);
        assert_eq!(draft.mapping(&mapping).unwrap(), mapping);
        assert_eq!(
            Draft::of(&Value::Null).mapping(&Value::Null).unwrap(),
            json!({"version": 1})
        );
    }

    #[test]
    fn rows_that_are_not_finished_are_told_where_they_stand() {
        let draft = Draft {
            types: vec![
                TypeRow {
                    area: "i:1".to_owned(),
                    ..TypeRow::default()
                },
                TypeRow {
                    term: "PI".to_owned(),
                    ..TypeRow::default()
                },
            ],
            matter: vec![FieldRow {
                term: "court".to_owned(),
                field: "i:9".to_owned(),
                values: vec![("SUP".to_owned(), String::new())],
            }],
            ..Draft::default()
        };
        let wrong = draft.mapping(&Value::Null).unwrap_err();
        let at: Vec<&str> = wrong.iter().map(|mistake| mistake.at.as_str()).collect();
        assert_eq!(
            at,
            [
                "/case_types/row 1",
                "/case_types/PI",
                "/matter_fields/court"
            ]
        );
    }
}
