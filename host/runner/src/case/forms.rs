//! The several forms in which a case file may say the same.
//!
//! Platforms write what nobody filled in as `""` or `null`. So a member that may
//! be left out may be empty as well, and means the same. And they write an id as
//! `17`, `17.0` or `"17"`. Which members those are is read from the schema, which
//! says so itself: what may be empty admits `#/$defs/nothing`.
//!
//! The values below `fields` are left alone: there null has a meaning.

use serde_json::Value;

/// The largest number that every JSON writer keeps: 2^53-1.
const LARGEST: f64 = 9_007_199_254_740_991.0;

/// The most digits of an id as a text: all such numbers are ids that Clio gives.
const DIGITS: usize = 18;

/// What the schema calls empty.
const NOTHING: &str = "#/$defs/nothing";

/// Takes out of `case` every member that is empty and may be, and writes every
/// id as a number. An element of a list that says nothing becomes null, so that
/// the others keep their places. What has no such form stays, to be refused.
pub(super) fn settle(case: &mut Value, schema: &Value) {
    walk(case, schema, schema);
}

fn walk(value: &mut Value, schema: &Value, root: &Value) {
    let schema = meant(schema, root);
    match value {
        Value::Number(_) | Value::String(_) if is_id(schema) => {
            if let Some(id) = id(value) {
                *value = id.into();
            }
        }
        Value::Object(members) => {
            let Some(known) = schema["properties"].as_object() else {
                return;
            };
            members.retain(|name, member| {
                let Some(of) = known.get(name) else {
                    return true;
                };
                if says_nothing(member) && admits_nothing(of, root) {
                    return false;
                }
                walk(member, of, root);
                true
            });
        }
        Value::Array(elements) => {
            let of = &schema["items"];
            for element in elements {
                walk(element, of, root);
                if admits_nothing(of, root)
                    && (says_nothing(element) || only_labelled(element, of, root))
                {
                    *element = Value::Null;
                }
            }
        }
        _ => {}
    }
}

/// The schema itself, behind references and beside `nothing`.
fn meant<'s>(mut schema: &'s Value, root: &'s Value) -> &'s Value {
    loop {
        schema = referred(schema, root);
        // What has members of its own may say beside them which of them it wants.
        if !schema["anyOf"].is_array() || schema["properties"].is_object() {
            return schema;
        }
        schema = &schema["anyOf"][0];
    }
}

/// What a schema refers to. Ours refers to no circle.
fn referred<'s>(mut schema: &'s Value, root: &'s Value) -> &'s Value {
    while let Some(name) = schema["$ref"].as_str() {
        schema = root
            .pointer(name.trim_start_matches('#'))
            .unwrap_or(&Value::Null);
    }
    schema
}

fn is_id(schema: &Value) -> bool {
    let kinds = schema["type"].as_array().map(Vec::as_slice);
    kinds
        .unwrap_or_default()
        .iter()
        .any(|kind| kind == "integer")
}

/// The id that a whole number is, or a text of digits in its one spelling.
fn id(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => {
            let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
            text.parse().ok().filter(|_| plain && text.len() <= DIGITS)
        }
        number => {
            let whole = |number: &f64| number.fract() == 0.0 && (0.0..=LARGEST).contains(number);
            // Exact: within the bound every whole number is one of 64 bits.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            number.as_f64().filter(whole).map(|number| number as u64)
        }
    }
}

fn admits_nothing(schema: &Value, root: &Value) -> bool {
    let schema = referred(schema, root);
    let choices = schema["anyOf"].as_array().map(Vec::as_slice);
    choices
        .unwrap_or_default()
        .iter()
        .any(|choice| choice["$ref"] == NOTHING)
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => clio_text::is_blank(text),
        _ => false,
    }
}

/// Whether an element holds nothing but, at most, one of the labels.
fn only_labelled(element: &Value, schema: &Value, root: &Value) -> bool {
    let labels = meant(&meant(schema, root)["properties"]["label"], root);
    let labels = labels["enum"].as_array().map(Vec::as_slice);
    let is_label = |(name, value): (&String, &Value)| {
        name == "label" && labels.is_some_and(|it| it.contains(value))
    };
    let members = element.as_object();
    members.is_some_and(|members| members.iter().all(is_label))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::case::SCHEMA;
    use serde_json::json;

    fn settled(mut case: Value) -> Value {
        settle(&mut case, &serde_json::from_str(SCHEMA).unwrap());
        case
    }

    // CASES V7
    #[test]
    fn an_id_is_a_whole_number_however_it_is_written() {
        let company = |id: Value| settled(json!({"client": {"company_id": id}}))["client"].clone();
        for id in [
            json!(1_100_000_001),
            json!(1_100_000_001.0),
            json!(1.100000001e9),
            json!("1100000001"),
        ] {
            assert_eq!(company(id)["company_id"].as_u64(), Some(1_100_000_001));
        }
        assert_eq!(
            company(json!(9_007_199_254_740_991.0))["company_id"].as_u64(),
            Some(9_007_199_254_740_991)
        );
        for other in [
            json!("01"),
            json!("+1"),
            json!("1.0"),
            json!("1 2"),
            json!("9223372036854775808"),
            json!(1.5),
            json!(-1.0),
            json!(9_007_199_254_740_992.0),
            json!(true),
        ] {
            assert_eq!(company(other.clone())["company_id"], other);
        }
    }

    // CASES V3
    #[test]
    fn what_is_empty_and_may_be_left_out_is_left_out() {
        let case = json!({
            "source_id": "i:1", "began": "", "documents": null,
            "client": {"first_name": "Ann", "middle_name": "", "prefix": null, "title": " \t",
                "company_id": "", "on_name_conflict": null, "fields": "",
                "emails": [{"address": "", "label": "home"}, null, {"address": "a@b.example"}, {}],
                "addresses": [{"street": "", "city": null}, {"city": "Lund", "street": ""}]},
            "matter": {"title": "", "status": "", "fields": {"A": "", "B": null}},
        });
        assert_eq!(
            settled(case),
            json!({
                "source_id": "i:1",
                "client": {"first_name": "Ann",
                    "emails": [null, null, {"address": "a@b.example"}, null],
                    "addresses": [null, {"city": "Lund"}]},
                // What is needed stays, for its mistake to be told.
                "matter": {"title": "", "fields": {"A": "", "B": null}},
            })
        );
    }

    #[test]
    fn what_is_of_a_wrong_form_stays_to_be_refused() {
        for case in [
            json!([]),
            json!({"client": [], "matter": 7, "documents": [null, "", {"file": "a"}]}),
            json!({"client": {"nick": "", "emails": {"address": ""}, "phones": [7, []]}}),
            json!({"client": {"addresses": [{"label": 300}], "emails": [{"label": "nowhere"}]}}),
        ] {
            assert_eq!(settled(case.clone()), case);
        }
    }
}
