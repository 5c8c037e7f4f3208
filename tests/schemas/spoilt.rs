//! Values with one place changed, as programs and people get them wrong.

use serde_json::{Value, json};

use crate::made::Dice;

/// Changes one place of `value`, for better or worse.
pub(crate) fn spoil(dice: &mut Dice, value: &mut Value) {
    let mut places = Vec::new();
    collect(value, String::new(), &mut places);
    let place = dice.pick(&places).clone();
    let Some(it) = value.pointer_mut(&place) else {
        return;
    };
    if let Value::Object(members) = it
        && dice.roll(2) == 0
    {
        let name = members.keys().nth(dice.roll(members.len().max(1))).cloned();
        match (dice.roll(2), name) {
            (0, Some(name)) => {
                members.remove(&name);
            }
            _ => {
                members.insert("unheard_of".to_owned(), Value::Null);
            }
        }
        return;
    }
    if let Value::Array(elements) = it
        && dice.roll(2) == 0
    {
        match (dice.roll(3), elements.first().cloned()) {
            (0, _) => elements.clear(),
            (1, Some(first)) => elements.push(first),
            _ => elements.push(json!({"unheard_of": 1})),
        }
        return;
    }
    *it = dice
        .pick(&[
            json!(null),
            json!(true),
            json!(0),
            json!(-1),
            json!(1_100_000_001.0),
            json!(1.5),
            json!(300),
            json!(9_007_199_254_740_992_u64),
            json!(1e300),
            json!(""),
            json!(" "),
            json!("0"),
            json!("01"),
            json!("17"),
            json!("1.0"),
            json!("9223372036854775808"),
            json!("18446744073709551616"),
            json!("Ann"),
            json!("a@b.example"),
            json!("x".repeat(256)),
            json!("AB=="),
            json!([]),
            json!([null]),
            json!({}),
            json!({"id": 1}),
        ])
        .clone();
}

fn collect(value: &Value, at: String, places: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                collect(member, format!("{at}/{name}"), places);
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate().take(5) {
                collect(element, format!("{at}/{index}"), places);
            }
        }
        _ => {}
    }
    places.push(at);
}
