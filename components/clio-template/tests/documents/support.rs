//! What the tests over whole documents share.

pub(crate) mod large;
pub(crate) mod zip;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clio_template::{Date, Value};

/// A template of `tests/data/templates`.
pub(crate) fn template(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/templates");
    std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub(crate) fn record<const N: usize>(members: [(&str, Value); N]) -> Value {
    let members = members.into_iter().map(|(name, it)| (name.to_owned(), it));
    Value::Record(members.collect::<BTreeMap<String, Value>>())
}

fn contact(name: &str, role: &str, city: Option<&str>) -> Value {
    let city = city.map_or(Value::None, Value::text);
    record([
        ("name", Value::text(name)),
        ("role", Value::text(role)),
        ("city", city),
    ])
}

/// A matter as a firm has it.
pub(crate) fn values() -> Value {
    record([
        (
            "matter",
            record([
                ("number", Value::text("00017-Sample")),
                (
                    "description",
                    Value::text("Estate of Edmund Sample <deceased>"),
                ),
                ("open_date", Value::Date(Date::new(2026, 3, 1).unwrap())),
                (
                    "custom",
                    record([
                        ("Court", Value::text("Superior Court of Example County")),
                        ("Case number", Value::None),
                        ("Filing date", Value::date("2026-03-09").unwrap()),
                        ("Flat fee", Value::None),
                        ("Hourly rate", Value::money("325", "USD").unwrap()),
                        ("Acres", Value::number("1280.5").unwrap()),
                        ("Damages", Value::money("1250000", "USD").unwrap()),
                        ("Consents to e-mail", Value::Bool(true)),
                    ]),
                ),
            ]),
        ),
        (
            "client",
            record([
                ("name", Value::text("Ada Sample")),
                ("first_name", Value::text("Ada")),
                ("last_name", Value::text("Sample")),
                ("type", Value::text("Person")),
                ("email", Value::text("ada@example.com")),
                ("phone", Value::text("+1 555 010 0199")),
                (
                    "address",
                    Value::text("1 Sample Road\nExampleville, CA 90000"),
                ),
            ]),
        ),
        (
            "related",
            Value::List(vec![
                contact("Grace Bench", "Judge", Some("Exampleville")),
                contact("Otto Other", "Opponent", None),
                contact("Wanda Saw", "Witness", Some("Springfield")),
            ]),
        ),
        (
            "responsible_attorney",
            record([
                ("name", Value::text("Lena Law")),
                ("email", Value::text("lena@example.com")),
            ]),
        ),
        (
            "more",
            record([("today", Value::date("2026-04-02").unwrap())]),
        ),
    ])
}
