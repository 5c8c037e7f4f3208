//! Fields of a case that lead to one custom field.
//!
//! Two terms of a mapping may do so, where forms differ in what they call a
//! field. A case that has a value for both cannot be written, and says so before
//! anything is sent.

use clio_host::actions::custom_fields::{FieldRef, NewValue};
use clio_text::label_key;

use crate::case::{Case, Mistake, Pointer};

/// Each field of a mapped case that leads where an earlier one does.
pub fn twice(case: &Case) -> Vec<Mistake> {
    let mut found = Vec::new();
    for (owner, values) in [
        ("client", &case.client.values),
        ("matter", &case.matter.values),
    ] {
        let at = Pointer::root().then(owner).then("fields");
        for (index, (term, value)) in values.iter().enumerate() {
            let earlier = values[..index].iter().find(|(_, it)| same(it, value));
            if let Some((first, _)) = earlier {
                let what = format!(
                    "leads to the same custom field as {}: leave one out",
                    at.then(first)
                );
                found.push(Mistake::new(at.then(term), what));
            }
        }
    }
    found
}

fn same(one: &NewValue, other: &NewValue) -> bool {
    match (&one.field, &other.field) {
        (FieldRef::Id(one), FieldRef::Id(other)) => one == other,
        (FieldRef::Name(one), FieldRef::Name(other)) => label_key(one) == label_key(other),
        // Which field a name is of, the account alone knows.
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::mapping::{Mapping, apply};
    use serde_json::{Value, json};

    fn told(mapping: Option<Value>, fields: Value) -> Vec<String> {
        let mapping: Option<Mapping> = mapping.map(|it| serde_json::from_value(it).unwrap());
        let mut case: Case = serde_json::from_value(json!({"source_id": "i:1",
            "client": {"last_name": "Lee", "fields": fields}, "matter": {"title": "t"}}))
        .unwrap();
        apply(mapping.as_ref(), &mut case);
        twice(&case).iter().map(ToString::to_string).collect()
    }

    // CASES V6
    #[test]
    fn two_values_for_one_field_are_told() {
        let mistake = [
            "/client/fields/dob: leads to the same custom field as /client/fields/birth: leave one out",
        ];
        let both = json!({"birth": "2000-01-01", "dob": "2000-01-01"});
        for [one, other] in [
            [json!("Date of birth"), json!(" date of BIRTH")],
            [json!(7), json!({"field": 7})],
        ] {
            let mapping = json!({"version": 1, "client_fields": {"birth": one, "dob": other}});
            assert_eq!(told(Some(mapping.clone()), both.clone()), mistake);
            let one_of_them = json!({"birth": "2000-01-01", "dob": ""});
            assert!(told(Some(mapping), one_of_them).is_empty());
        }
        assert_eq!(
            told(None, json!({"Judge": "A", "judge ": "B"})),
            [
                "/client/fields/judge : leads to the same custom field as /client/fields/Judge: leave one out"
            ]
        );
        assert!(told(None, json!({"A": "1", "B": "1"})).is_empty());
    }
}
