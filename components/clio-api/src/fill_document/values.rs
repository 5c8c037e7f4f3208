//! What a template is filled with, of what answers told.

use alloc::collections::BTreeMap;

use clio_template::Value;

use super::custom::{self, Names};
use super::told::Told;
use crate::prelude::*;

/// The members of a record.
pub(super) type Members = BTreeMap<String, Value>;

/// The name that templates use, and what it is in Clio's answer.
type Named = [(&'static str, &'static str)];

const MATTER: &Named = &[
    ("number", "display_number"),
    ("description", "description"),
    ("status", "status"),
    ("location", "location"),
    ("reference", "client_reference"),
];

const USER: &Named = &[
    ("name", "name"),
    ("first_name", "first_name"),
    ("last_name", "last_name"),
    ("initials", "initials"),
    ("email", "email"),
    ("phone", "phone_number"),
];

const CONTACT: &Named = &[
    ("name", "name"),
    ("prefix", "prefix"),
    ("first_name", "first_name"),
    ("middle_name", "middle_name"),
    ("last_name", "last_name"),
    ("title", "title"),
    ("type", "type"),
];

/// The parts of an address, as templates and Clio name them.
const ADDRESS: [&str; 5] = ["street", "city", "province", "postal_code", "country"];

/// What only a contact's own record tells, beside the parts of its address.
const OF_CONTACT: [&str; 9] = [
    "date_of_birth",
    "company",
    "email",
    "phone",
    "emails",
    "phones",
    "addresses",
    "address",
    "custom",
];

pub(super) fn put(members: &mut Members, name: &str, value: Value) {
    members.insert(name.to_owned(), value);
}

fn put_all(members: &mut Members, names: &Named, of: &Told) {
    for (name, clios) in names {
        put(members, name, text(of.at(clios)));
    }
}

/// A text, that there is none, or that it may not be seen.
pub(super) fn text(told: &Told) -> Value {
    match told {
        Told::Nothing => Value::None,
        Told::Text(text) => Value::text(text.replace("\r\n", "\n")),
        Told::Hidden | Told::Record(_) | Told::List(_) => Value::Hidden,
    }
}

fn date(told: &Told) -> Value {
    // Whatever else may stand there is told as it is.
    let date = told.text().and_then(|text| Value::date(text.trim()));
    date.unwrap_or_else(|| text(told))
}

/// The name of a record that stands in another one.
fn name(of: &Told) -> Value {
    match of {
        Told::Nothing => Value::None,
        of => text(of.at("name")),
    }
}

pub(super) fn matter(row: &Told, custom: Value) -> Value {
    let mut members = Members::new();
    put_all(&mut members, MATTER, row);
    for name in ["open_date", "pending_date", "close_date"] {
        put(&mut members, name, date(row.at(name)));
    }
    put(&mut members, "practice_area", name(row.at("practice_area")));
    put(&mut members, "stage", name(row.at("matter_stage")));
    put(&mut members, "custom", custom);
    Value::Record(members)
}

/// Somebody of the firm. Nobody is a record of nothing, so that a template that
/// asks for a name is told that there is none.
pub(super) fn user(told: &Told) -> Value {
    let mut members = Members::new();
    match told {
        Told::Hidden => return Value::Hidden,
        Told::Nothing => {
            for (name, _) in USER {
                put(&mut members, name, Value::None);
            }
        }
        told => put_all(&mut members, USER, told),
    }
    Value::Record(members)
}

/// All that is told of a contact.
pub(super) fn contact(row: &Told, names: &Names, currency: &str) -> Members {
    let mut members = Members::new();
    let (emails, phones) = (row.at("email_addresses"), row.at("phone_numbers"));
    let addresses = row.at("addresses");
    put_all(&mut members, CONTACT, row);
    put(&mut members, "date_of_birth", date(row.at("date_of_birth")));
    put(&mut members, "company", name(row.at("company")));
    put(
        &mut members,
        "email",
        primary(emails, &|it| text(it.at("address"))),
    );
    put(
        &mut members,
        "phone",
        primary(phones, &|it| text(it.at("number"))),
    );
    put(&mut members, "emails", lines(emails, "address"));
    put(&mut members, "phones", lines(phones, "number"));
    put(
        &mut members,
        "addresses",
        list(addresses, &|it| {
            let mut members = Members::new();
            for part in ADDRESS {
                put(&mut members, part, text(it.at(part)));
            }
            put(&mut members, "address", written(it));
            put(&mut members, "label", text(it.at("name")));
            Value::Record(members)
        }),
    );
    put(&mut members, "address", primary(addresses, &written));
    for part in ADDRESS {
        put(
            &mut members,
            part,
            primary(addresses, &|it| text(it.at(part))),
        );
    }
    let custom = custom::record(row.at("custom_field_values"), names, currency);
    put(&mut members, "custom", custom);
    members
}

/// The same of one that only another record tells of: at most its name. Of nobody
/// there is nothing.
pub(super) fn named_alone(of: &Told) -> Members {
    let (name, rest) = match of {
        Told::Nothing => (Value::None, Value::None),
        of => (text(of.at("name")), Value::Hidden),
    };
    let mut members = Members::new();
    let all = CONTACT.iter().map(|(name, _)| name);
    for member in all.chain(&OF_CONTACT).chain(&ADDRESS) {
        put(&mut members, member, rest.clone());
    }
    put(&mut members, "name", name);
    members
}

/// What the row tells that the firm marked, or else the first.
fn primary(rows: &Told, value: &dyn Fn(&Told) -> Value) -> Value {
    let all = rows.rows();
    let is_primary = |row: &&Told| row.at("primary").text() == Some("true");
    match all.iter().find(is_primary).or(all.first()) {
        Some(row) => value(row),
        None if matches!(rows, Told::List(_)) => Value::None,
        None => Value::Hidden,
    }
}

fn list(rows: &Told, value: &dyn Fn(&Told) -> Value) -> Value {
    match rows {
        Told::List(rows) => Value::List(rows.iter().map(value).collect()),
        _ => Value::Hidden,
    }
}

fn lines(rows: &Told, member: &str) -> Value {
    list(rows, &|it| {
        let mut members = Members::new();
        put(&mut members, member, text(it.at(member)));
        put(&mut members, "label", text(it.at("name")));
        Value::Record(members)
    })
}

/// An address in lines, as it stands on an envelope.
fn written(address: &Told) -> Value {
    let mut parts = [""; ADDRESS.len()];
    for (name, text) in ADDRESS.iter().zip(&mut parts) {
        match address.at(name) {
            Told::Nothing => {}
            Told::Text(said) => *text = said.trim(),
            _ => return Value::Hidden,
        }
    }
    let [street, city, province, postal_code, country] = parts;
    let region = joined(&[province, postal_code], " ");
    let city = joined(&[city, &region], ", ");
    let street = street.replace("\r\n", "\n");
    match joined(&[&street, &city, country], "\n") {
        text if text.is_empty() => Value::None,
        text => Value::text(text),
    }
}

fn joined(parts: &[&str], between: &str) -> String {
    let mut joined = String::new();
    for part in parts.iter().filter(|part| !part.is_empty()) {
        if !joined.is_empty() {
            joined.push_str(between);
        }
        joined.push_str(part);
    }
    joined
}
