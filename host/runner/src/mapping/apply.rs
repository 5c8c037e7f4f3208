//! A case, in the firm's terms.
//!
//! What the case file says by an id stands above what the mapping says, and a
//! term that the mapping lacks becomes a note: the rest of the case goes on.

use clio_host::{actions::custom_fields, actions::upload_document};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Field, Mapping, Target, Terms};
use crate::case::{Case, Pointer};

/// Something of a case that was left out, and is no failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// What kind it is of, for programs.
    pub code: &'static str,
    /// Where in the case file: a JSON Pointer.
    pub at: String,
    /// In words, with the next step.
    pub message: String,
}

/// Puts the firm's terms into a case. Without a mapping each case type is the
/// name of a practice area, and each field that of a custom field.
pub fn apply(mapping: Option<&Mapping>, case: &mut Case) -> Vec<Note> {
    let none = Mapping::default();
    let mapping = mapping.unwrap_or(&none);
    let mut notes = Vec::new();
    case_type(mapping, case, &mut notes);
    let root = Pointer::root();
    let at = root.then("client").then("fields");
    case.client.values = values(
        mapping.client_fields.as_ref(),
        &case.client.fields,
        &at,
        "client_fields",
        &mut notes,
    );
    let at = root.then("matter").then("fields");
    case.matter.values = values(
        mapping.matter_fields.as_ref(),
        &case.matter.fields,
        &at,
        "matter_fields",
        &mut notes,
    );
    for (index, document) in case.documents.iter_mut().enumerate() {
        let Some(kind) = &document.kind else {
            continue;
        };
        let kinds = mapping.document_kinds.as_ref();
        let Some(known) = kinds.and_then(|kinds| kinds.get(kind)) else {
            // What is not uploaded needs no place.
            if document.approved {
                notes.push(Note {
                    code: "unmapped_document_kind",
                    at: root.then("documents").then(index).then("kind").to_string(),
                    message: format!(
                        "the kind {kind:?} is not in the mapping: the document goes into the \
                         matter itself, without a category; add it under document_kinds"
                    ),
                });
            }
            continue;
        };
        if document.folder.is_none() {
            document.folder_path.clone_from(&known.folder);
        }
        if document.category.is_none() {
            document.category_target = known.category.as_ref().map(|target| match target {
                Target::Id(id) => upload_document::Category::Id(*id),
                Target::Name(name) => upload_document::Category::Name(name.clone()),
            });
        }
    }
    notes
}

fn case_type(mapping: &Mapping, case: &mut Case, notes: &mut Vec<Note>) {
    let matter = &mut case.matter;
    let (Some(types), Some(given)) = (&mapping.case_types, &matter.case_type) else {
        return;
    };
    let Some(known) = types.get(given) else {
        notes.push(Note {
            code: "unmapped_case_type",
            at: "/matter/case_type".to_owned(),
            message: format!(
                "the case type {given:?} is not in the mapping: a new matter is made without \
                 practice area and stage; add it under case_types, and set both in Clio"
            ),
        });
        matter.case_type = None;
        // A stage has its name within a practice area.
        matter.stage = None;
        return;
    };
    match known.practice_area.clone() {
        Target::Id(id) => (matter.practice_area_id, matter.case_type) = (Some(id), None),
        Target::Name(name) => matter.case_type = Some(name),
    }
    if matter.stage.is_none() && matter.stage_id.is_none() {
        match known.stage.clone() {
            Some(Target::Id(id)) => matter.stage_id = Some(id),
            Some(Target::Name(name)) => matter.stage = Some(name),
            None => {}
        }
    }
}

fn values(
    known: Option<&Terms<Field>>,
    given: &Map<String, Value>,
    at: &Pointer,
    member: &str,
    notes: &mut Vec<Note>,
) -> Vec<(String, custom_fields::NewValue)> {
    let mut values = Vec::new();
    for (term, value) in given {
        let as_named = || Field {
            field: Target::Name(term.clone()),
            values: std::collections::BTreeMap::new(),
        };
        let field = match known {
            None => Some(as_named()),
            Some(known) => known.get(term).cloned(),
        };
        // What nobody filled in says nothing, unless the mapping gives it a
        // meaning.
        let text = match value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            // Numbers came as texts, with all their digits.
            other => Some(other.to_string()),
        };
        let text = match (&field, text) {
            (Some(field), Some(text)) => Some(field.value(&text)),
            (_, text) => text,
        };
        if text.as_deref().is_some_and(clio_text::is_blank) {
            continue;
        }
        let Some(field) = field else {
            notes.push(Note {
                code: "unmapped_field",
                at: at.then(term).to_string(),
                message: format!(
                    "the field {term:?} is not in the mapping and was not written; add it under \
                     {member}"
                ),
            });
            continue;
        };
        let content = text.map_or(custom_fields::Content::Clear, custom_fields::Content::Text);
        let value = custom_fields::NewValue {
            field: match field.field {
                Target::Id(id) => custom_fields::FieldRef::Id(id),
                Target::Name(name) => custom_fields::FieldRef::Name(name),
            },
            value: content,
        };
        values.push((term.clone(), value));
    }
    values
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn case(matter: Value) -> Case {
        serde_json::from_value(json!({
            "source_id": "i:1",
            "client": {"last_name": "Lee", "fields": {"preferred language": "es"}},
            "matter": matter,
            "documents": [
                {"source_id": "a", "file": "a.pdf", "kind": "Letter", "approved": true},
                {"source_id": "b", "file": "b.pdf", "kind": "letter", "folder": 7, "category": 8,
                 "approved": true},
                {"source_id": "c", "file": "c.pdf", "kind": "postcard", "approved": true},
                {"source_id": "d", "file": "d.pdf", "kind": "postcard"},
            ],
        }))
        .unwrap()
    }

    fn mapping() -> Mapping {
        serde_json::from_value(json!({
            "version": 1,
            "case_types": {"PI": {"practice_area": "Personal Injury", "stage": "Intake"}, "W": 7},
            "client_fields": {"preferred language":
                {"field": "Language", "values": {"ES": "Spanish"}}},
            "matter_fields": {"limit": 12, "judge": "Judge", "jury": "Jury trial", "sum": "Sum"},
            "document_kinds": {"letter": {"category": "Letters", "folder": ["Post", "In"]}},
        }))
        .unwrap()
    }

    #[test]
    fn a_case_type_becomes_a_practice_area_and_a_stage() {
        let mut mapped = case(json!({"title": "t", "case_type": "pi"}));
        apply(Some(&mapping()), &mut mapped);
        assert_eq!(mapped.matter.case_type.as_deref(), Some("Personal Injury"));
        assert_eq!(mapped.matter.stage.as_deref(), Some("Intake"));

        // The case's own stage stands above the mapping's.
        let mut mapped = case(json!({"title": "t", "case_type": "PI", "stage": "Trial"}));
        apply(Some(&mapping()), &mut mapped);
        assert_eq!(mapped.matter.stage.as_deref(), Some("Trial"));

        let mut mapped = case(json!({"title": "t", "case_type": "W"}));
        apply(Some(&mapping()), &mut mapped);
        assert_eq!(mapped.matter.practice_area_id, Some(7));
        assert_eq!(mapped.matter.case_type, None);
    }

    #[test]
    fn what_is_not_mapped_is_noted_and_left_out() {
        let mut mapped = case(
            json!({"title": "t", "case_type": "Divorce", "stage": "Intake",
            "fields": {"colour": "red", "judge": "Roe"}}),
        );
        let notes = apply(Some(&mapping()), &mut mapped);
        let told: Vec<_> = notes.iter().map(|it| (it.code, it.at.as_str())).collect();
        assert_eq!(
            told,
            [
                ("unmapped_case_type", "/matter/case_type"),
                ("unmapped_field", "/matter/fields/colour"),
                ("unmapped_document_kind", "/documents/2/kind"),
            ]
        );
        assert!(!notes[1].message.contains("red"), "no value is told");
        assert_eq!((mapped.matter.case_type, mapped.matter.stage), (None, None));
        assert_eq!(mapped.matter.values.len(), 1);
        assert!(mapped.documents[2].folder_path.is_empty());
    }

    #[test]
    fn fields_become_values_of_custom_fields() {
        let mut mapped = case(json!({"title": "t", "fields": {
            "limit": "2027-01-01", "judge": null, "jury": true, "sum": 1250.5}}));
        apply(Some(&mapping()), &mut mapped);
        let text = |text: &str| custom_fields::Content::Text(text.to_owned());
        let told: Vec<_> = mapped
            .matter
            .values
            .iter()
            .map(|(_, it)| format!("{:?} {:?}", it.field, it.value))
            .collect();
        let expected = [
            ("judge", custom_fields::Content::Clear),
            ("jury", text("true")),
            ("limit", text("2027-01-01")),
            ("sum", text("1250.5")),
        ];
        assert_eq!(told.len(), expected.len());
        for (told, (_, value)) in told.iter().zip(&expected) {
            assert!(told.ends_with(&format!("{value:?}")), "{told}");
        }
        assert!(told[2].contains("12"), "{told:?}");
        let language = format!("{:?}", mapped.client.values[0]);
        assert!(language.contains("Language") && language.contains("Spanish"));
    }

    // CASES V2
    #[test]
    fn an_empty_value_says_nothing_and_keeps_no_other_from_being_written() {
        let mut mapped = case(json!({"title": "t", "fields": {
            "A": "", "B": "Called twice", "C": " \t", "D": null}}));
        apply(None, &mut mapped);
        let told: Vec<_> = mapped.matter.values.iter().map(|(term, _)| term).collect();
        assert_eq!(told, ["B", "D"]);
        // Nor is a field noted that nothing was said of.
        let mut mapped = case(json!({"title": "t", "fields": {"colour": "", "limit": ""}}));
        let notes = apply(Some(&mapping()), &mut mapped);
        assert!(notes.iter().all(|it| it.code != "unmapped_field"));
        assert!(mapped.matter.values.is_empty());
        // A mapping may give the empty value a meaning.
        let none: Mapping = serde_json::from_value(json!({"version": 1,
            "matter_fields": {"A": {"field": "Kind", "values": {"": "None"}}}}))
        .unwrap();
        let mut mapped = case(json!({"title": "t", "fields": {"A": ""}}));
        apply(Some(&none), &mut mapped);
        assert!(format!("{:?}", mapped.matter.values).contains("None"));
    }

    #[test]
    fn documents_go_where_their_kind_goes_unless_the_case_says_otherwise() {
        let mut mapped = case(json!({"title": "t"}));
        apply(Some(&mapping()), &mut mapped);
        assert_eq!(mapped.documents[0].folder_path, ["Post", "In"]);
        assert!(mapped.documents[0].category_target.is_some());
        assert!(mapped.documents[1].folder_path.is_empty());
        assert!(mapped.documents[1].category_target.is_none());
    }

    #[test]
    fn without_a_mapping_terms_are_names() {
        let mut mapped = case(json!({"title": "t", "case_type": "Family",
            "fields": {"Judge": "Roe"}}));
        let notes = apply(None, &mut mapped);
        assert_eq!(mapped.matter.case_type.as_deref(), Some("Family"));
        assert!(format!("{:?}", mapped.matter.values[0].1.field).contains("Judge"));
        assert!(notes.iter().all(|it| it.code == "unmapped_document_kind"));
    }
}
