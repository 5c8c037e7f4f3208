//! Custom fields by their names, typed.

use alloc::collections::BTreeMap;

use clio_template::Value;

use super::told::Told;
use super::values::text;
use crate::prelude::*;

/// The names of contacts that custom fields hold, by their ids.
pub(super) type Names = BTreeMap<u64, Told>;

/// The values of a record by the names of their fields. Of fields that share a
/// name nobody can say which is meant.
pub(super) fn record(rows: &Told, names: &Names, currency: &str) -> Value {
    // They were asked for: not to be told of any is not to have none.
    let Told::List(rows) = rows else {
        return Value::Hidden;
    };
    let mut members: BTreeMap<String, Value> = BTreeMap::new();
    for row in rows.iter().filter(|row| !is_deleted(row)) {
        let Some(name) = row.at("field_name").text() else {
            continue;
        };
        let name = name.trim();
        let value = value(row, names, currency);
        let both = match members.remove(name) {
            None => value,
            // A list of lists is printed nowhere.
            Some(several @ Value::List(_)) => several,
            Some(other) => Value::List(vec![Value::List(vec![other, value])]),
        };
        members.insert(name.to_owned(), both);
    }
    Value::Record(members)
}

/// The contacts that fields hold.
pub(super) fn contacts(rows: &Told) -> impl Iterator<Item = u64> {
    let rows = rows.rows().iter();
    rows.filter(|row| row.at("field_type").text() == Some("contact") && !is_deleted(row))
        .filter_map(|row| row.at("value").text()?.parse().ok())
}

fn is_deleted(row: &Told) -> bool {
    row.at("soft_deleted").text() == Some("true")
}

fn value(row: &Told, names: &Names, currency: &str) -> Value {
    let kind = row.at("field_type").text();
    let told = match row.at("value") {
        Told::Text(told) => told,
        // A value that has its own id and no type is one that is not shown.
        Told::Nothing if kind.is_some() || row.at("id").text().is_none() => return Value::None,
        _ => return Value::Hidden,
    };
    let typed = match kind.unwrap_or_default() {
        "currency" => Value::money(told.trim(), currency),
        "numeric" => Value::number(told.trim()),
        "date" => Value::date(told.trim()),
        "checkbox" => match told.trim() {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => None,
        },
        // The value is the option's id.
        "picklist" => return text(row.at("picklist_option").at("option")),
        "contact" => {
            let name = told.parse().ok().and_then(|id: u64| names.get(&id));
            return name.map_or(Value::Hidden, text);
        }
        // It is another matter's.
        "matter" => return Value::Hidden,
        _ => None,
    };
    typed.unwrap_or_else(|| text(row.at("value")))
}
