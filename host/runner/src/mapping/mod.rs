//! Mappings: how a platform's own terms become a firm's in Clio.
//!
//! A platform knows case types, fields and kinds of documents; an account knows
//! practice areas with stages, custom fields, categories and folders. One JSON
//! file a firm says which is which (`mapping.schema.json`, printed by `clio
//! mappings schema`). A term that it lacks is reported and left out, and does
//! not keep the rest of a case out of Clio: the intake must go on while somebody
//! completes the file.

mod apply;
mod file;
mod twice;

use std::collections::BTreeMap;

use clio_text::label_key;
use serde::Deserialize;

pub use apply::{Note, apply};
pub use file::{DEFAULT, Stored, checked, load, names, place, save, starter};
pub use twice::twice;

/// The JSON Schema (2020-12) of a mapping.
pub const SCHEMA: &str = include_str!("mapping.schema.json");

/// A mapping, checked against its schema.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Mapping {
    pub case_types: Option<Terms<CaseType>>,
    pub client_fields: Option<Terms<Field>>,
    pub matter_fields: Option<Terms<Field>>,
    pub document_kinds: Option<Terms<DocumentKind>>,
}

/// Entries by the platform's term for them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Terms<T>(BTreeMap<String, T>);

/// A record of the account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(untagged)]
pub enum Target {
    Id(u64),
    Name(String),
}

/// Where a matter stands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "CaseTypeForm")]
pub struct CaseType {
    pub practice_area: Target,
    pub stage: Option<Target>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum CaseTypeForm {
    Area(Target),
    Whole {
        practice_area: Target,
        stage: Option<Target>,
    },
}

/// A custom field, and what its values become.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "FieldForm")]
pub struct Field {
    pub field: Target,
    pub values: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum FieldForm {
    Field(Target),
    Whole {
        field: Target,
        #[serde(default)]
        values: BTreeMap<String, String>,
    },
}

/// Where documents of a kind go.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DocumentKind {
    pub category: Option<Target>,
    #[serde(default)]
    pub folder: Vec<String>,
}

impl From<CaseTypeForm> for CaseType {
    fn from(form: CaseTypeForm) -> Self {
        match form {
            CaseTypeForm::Area(practice_area) => Self {
                practice_area,
                stage: None,
            },
            CaseTypeForm::Whole {
                practice_area,
                stage,
            } => Self {
                practice_area,
                stage,
            },
        }
    }
}

impl From<FieldForm> for Field {
    fn from(form: FieldForm) -> Self {
        let (field, values) = match form {
            FieldForm::Field(field) => (field, BTreeMap::new()),
            FieldForm::Whole { field, values } => (field, values),
        };
        Self { field, values }
    }
}

impl<T> Terms<T> {
    /// The entry of a term. Terms are compared as labels in Clio are.
    pub fn get(&self, term: &str) -> Option<&T> {
        let wanted = label_key(term);
        let mut entries = self.0.iter();
        entries
            .find(|(known, _)| label_key(known) == wanted)
            .map(|(_, entry)| entry)
    }

    /// All entries by their terms.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(term, entry)| (term.as_str(), entry))
    }
}

impl Field {
    /// What a value of the platform becomes.
    fn value(&self, given: &str) -> String {
        let wanted = label_key(given);
        let mut values = self.values.iter();
        values
            .find(|(known, _)| label_key(known) == wanted)
            .map_or(given, |(_, value)| value)
            .to_owned()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn entries_have_a_short_form_and_a_whole_one() {
        let mapping: Mapping = serde_json::from_value(json!({
            "version": 1,
            "case_types": {"PI": "Personal Injury", "Wills": {"practice_area": 7, "stage": "Intake"}},
            "matter_fields": {"court": {"field": 9, "values": {"SUP": "Superior Court"}}, "judge": 8},
        }))
        .unwrap();
        let types = mapping.case_types.unwrap();
        assert_eq!(
            types.get(" pi ").unwrap().practice_area,
            Target::Name("Personal Injury".to_owned())
        );
        let wills = types.get("wills").unwrap();
        assert_eq!(wills.practice_area, Target::Id(7));
        assert_eq!(wills.stage, Some(Target::Name("Intake".to_owned())));
        assert!(types.get("divorce").is_none());
        let fields = mapping.matter_fields.unwrap();
        let court = fields.get("Court").unwrap();
        assert_eq!(court.value("sup"), "Superior Court");
        assert_eq!(court.value("District"), "District");
        assert_eq!(fields.get("judge").unwrap().field, Target::Id(8));
        assert!(mapping.client_fields.is_none());
    }

    #[test]
    fn the_schema_is_a_schema() {
        let schema = serde_json::from_str(SCHEMA).unwrap();
        assert!(jsonschema::meta::is_valid(&schema));
    }
}
