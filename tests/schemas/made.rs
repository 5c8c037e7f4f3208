//! Values that a JSON Schema takes, at random.

use serde_json::{Map, Value, json};

/// Numbers at random, the same in every run.
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `sides`.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    pub(crate) fn pick<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.roll(of.len())]
    }
}

/// What a text looks like where a pattern or a format says so. Each pattern of
/// our schemas has samples here, or this panics.
fn samples(schema: &Value) -> Option<&'static [&'static str]> {
    if schema["format"] == "date-time" {
        return Some(&[
            "2026-03-01T09:30:00Z",
            "2026-03-01T09:30:00.25+01:00",
            "2024-02-29T23:59:59-05:30",
        ]);
    }
    Some(match schema["pattern"].as_str()? {
        r"\S" => return None,
        r"^\s*$" => &["", " ", "\t\n"],
        "^[0-9a-f]{64}$" => &["ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
        r"^\s*([^@\s]+@[^@\s]+\s*)?$" => &[
            " ",
            "ann@example.com",
            "o'neil+1@mail.example.co.uk",
            "ü@bücher.example",
        ],
        r"^https?://\S+$" => &[
            "https://files.example.com/a.pdf",
            "https://hooks.example.com/?a=b",
        ],
        text if text.starts_with("^([A-Za-z0-9+/]{4})*") => {
            &["", "AA==", "AAE=", "AAEC", "AAEC/w=="]
        }
        text if text.starts_with("^[^/") => {
            &["retainer.pdf", "Überblick (2).docx", "a.b.c", ".pdf"]
        }
        text if text.starts_with("^[ -.0-~]+/") || text.starts_with("^[A-Za-z0-9!#") => {
            &["application/pdf", "text/plain"]
        }
        text if text.starts_with("^(en-US|") => &["en-US", "de-DE"],
        text if text.starts_with("^\\s*-?") => &["0", "-12.5", "1250.50"],
        text if text.starts_with("^\\s*[0-9]{4}-") => &["2026-03-01", " 2024-02-29 "],
        text if text.starts_with("^(0|") => &["0", "1", "17", "33554432000"],
        text if text.starts_with("^(") || text.starts_with("^[1-9]") => {
            &["1", "17", "999999999999999999"]
        }
        other => panic!("no samples for the pattern {other}"),
    })
}

/// Makes a value that `schema`, a part of `root`, takes.
pub(crate) fn value(dice: &mut Dice, root: &Value, schema: &Value) -> Value {
    if let Some(name) = schema["$ref"].as_str() {
        let target = root.pointer(name.trim_start_matches('#')).unwrap();
        return value(dice, root, target);
    }
    if let Some(constant) = schema.get("const") {
        return constant.clone();
    }
    if let Some(choices) = schema["enum"].as_array() {
        return dice.pick(choices).clone();
    }
    if let Some(cases) = schema["oneOf"].as_array() {
        let case = dice.pick(cases);
        return value(dice, root, case);
    }
    let any = schema["anyOf"].as_array();
    if let (Some(choices), None) = (any, schema.get("properties")) {
        let choice = dice.pick(choices);
        return value(dice, root, choice);
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        other => panic!("no type: {other} in {schema}"),
    };
    match *dice.pick(&kinds) {
        "null" => Value::Null,
        "boolean" => json!(dice.roll(2) == 1),
        "integer" => integer(dice, schema),
        "number" => json!(1250.5),
        "string" => json!(text(dice, schema)),
        "array" => array(dice, root, schema),
        "object" => object(dice, root, schema),
        other => panic!("no such type: {other}"),
    }
}

fn integer(dice: &mut Dice, schema: &Value) -> Value {
    let least = schema["minimum"].as_i64().unwrap_or(-1_000);
    let most = schema["maximum"].as_i64().unwrap_or(1_000);
    let middle = least.saturating_add(7).min(most);
    let number = *dice.pick(&[least, middle, most]);
    // JSON has one kind of number: 7.0 is 7.
    match dice.roll(4) {
        0 => json!(number as f64),
        _ => json!(number),
    }
}

fn text(dice: &mut Dice, schema: &Value) -> String {
    if let Some(samples) = samples(schema) {
        // A number that is written as a text has its bounds all the same.
        let most = schema["maximum"].as_u64().unwrap_or(u64::MAX);
        let fits =
            |it: &&&str| it.parse().is_ok_and(|it: u64| it <= most) || it.parse::<u64>().is_err();
        let fitting: Vec<&str> = samples.iter().filter(fits).copied().collect();
        return (*dice.pick(&fitting)).to_owned();
    }
    let most = schema["maxLength"].as_u64().unwrap_or(2_000);
    let text = *dice.pick(&[
        "Ann",
        "Núñez, O’Brien & Co.",
        "x",
        "Lee v. Harbor (2)",
        "김민준",
        "ⅷ",
    ]);
    match dice.roll(12) {
        0 => "é".repeat(usize::try_from(most.min(255)).unwrap()),
        _ => text.to_owned(),
    }
}

fn array(dice: &mut Dice, root: &Value, schema: &Value) -> Value {
    let least = usize::try_from(schema["minItems"].as_u64().unwrap_or(0)).unwrap();
    let most = usize::try_from(schema["maxItems"].as_u64().unwrap_or(1_000)).unwrap();
    let length = match dice.roll(40) {
        0 => most.min(120),
        _ => (least + dice.roll(3)).min(most),
    };
    let mut elements: Vec<Value> = Vec::new();
    for _ in 0..length {
        let element = value(dice, root, &schema["items"]);
        if schema["uniqueItems"] != true || !elements.contains(&element) {
            elements.push(element);
        }
    }
    Value::Array(elements)
}

fn object(dice: &mut Dice, root: &Value, schema: &Value) -> Value {
    let mut members = Map::new();
    let required: Vec<&str> = names(&schema["required"]);
    let known = schema["properties"].as_object();
    for (name, of) in known.into_iter().flatten() {
        if required.contains(&name.as_str()) || dice.roll(3) == 0 {
            members.insert(name.clone(), value(dice, root, of));
        }
    }
    // Of some members one says something.
    if let Some(choices) = schema["anyOf"].as_array() {
        let name = names(&dice.pick(choices)["required"])[0];
        let of = &schema["properties"][name];
        let said = (0..200)
            .map(|_| value(dice, root, of))
            .find(|it| !it.is_null());
        members.insert(name.to_owned(), said.unwrap());
    }
    if let Some(of) = schema
        .get("additionalProperties")
        .filter(|of| of.is_object())
    {
        for name in ["Colour", "Judge’s name", "7"] {
            if dice.roll(2) == 0 {
                members.insert(name.to_owned(), value(dice, root, of));
            }
        }
    }
    Value::Object(members)
}

fn names(list: &Value) -> Vec<&str> {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_str).collect()
}
