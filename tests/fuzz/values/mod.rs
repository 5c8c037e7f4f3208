//! Target `values`: JSON into component values, and back.
//!
//! An input is a JSON object with a `type` ([`types`]) and either a `value`,
//! the JSON that a caller would send, or `choices`, numbers that a value of the
//! type is made of. What must hold: what is read is written, and read again as
//! the same value; an error points at a member of the input and repeats nothing
//! of it.

mod made;
mod types;

use clio_host::fuzzing::{Shape, Val, from_value, to_value};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::campaign::{Target, Verdict};
use crate::pointers::{leads_into, secret_in};

const TARGET: Target = Target {
    name: "values",
    dictionary: &[
        "bool",
        "s8",
        "u8",
        "s16",
        "u16",
        "s32",
        "u32",
        "s64",
        "u64",
        "f32",
        "f64",
        "char",
        "string",
        "bytes",
        "list",
        "fixed",
        "record",
        "tuple",
        "variant",
        "enum",
        "option",
        "result",
        "flags",
        "source_id",
        "known-id",
        "ok",
        "error",
        "a/b~c",
        "ann@example.com",
        "Zebedee",
        "5550100",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775808",
        "-0",
        "007",
        "AA==",
        "AB==",
        "AAEC/w==",
        "\u{10ffff}",
        "\u{7}",
        "a name that is longer than the sixty-four characters that an error shows of it",
    ],
    inputs: 25_000,
    run,
};

fn run(input: &[u8]) -> Verdict {
    let Ok(input) = serde_json::from_slice::<Value>(input) else {
        return Ok(());
    };
    let Some(shape) = types::shape(&input["type"]) else {
        return Ok(());
    };
    if let Some(choices) = input["choices"].as_array() {
        let choices: Vec<u64> = choices.iter().filter_map(Value::as_u64).collect();
        let val = made::value(&shape, &choices);
        written_and_read(&val, &shape)?;
    }
    if let Some(value) = input.get("value") {
        as_input(value, &shape, &input["type"].to_string())?;
    }
    Ok(())
}

/// A value that a component returned.
fn written_and_read(val: &Val, shape: &Shape) -> Verdict {
    let json = match to_value(val, shape) {
        Ok(json) => json,
        Err(error) if error.message.contains("finite") => return Ok(()),
        Err(error) => return Err(format!("a value of the type is not written: {error}")),
    };
    // A caller gets it as text.
    let text = json.to_string();
    let json: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    match from_value(&json, shape) {
        Ok(read) if read == *val => Ok(()),
        Ok(read) => Err(format!("{val:?} is read back as {read:?}")),
        Err(error) => Err(format!("{text} was written and is refused: {error}")),
    }
}

/// A value that a caller sent. `names` holds every name of the type, which an
/// error may tell.
fn as_input(value: &Value, shape: &Shape, names: &str) -> Verdict {
    let val = match from_value(value, shape) {
        Ok(val) => val,
        Err(error) => {
            if let Some(secret) = secret_in(&error.message)
                && !names.contains(secret)
            {
                return Err(format!("the error repeats {secret}: {error}"));
            }
            return leads_into(value, &error.pointer, shown);
        }
    };
    let written = to_value(&val, shape)
        .map_err(|error| format!("{val:?} was read and is not written: {error}"))?;
    written_and_read(&val, shape)?;
    // One value has one form: written again, it is the same text.
    let again = from_value(&written, shape).and_then(|val| to_value(&val, shape));
    match again {
        Ok(again) if again == written => Ok(()),
        other => Err(format!("{written} is written again as {other:?}")),
    }
}

/// A name as an error shows it: no more than 64 characters, none of control.
fn shown(name: &str) -> String {
    let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    name.chars().take(64).map(plain).collect()
}

#[test]
fn what_is_read_is_written_the_same_and_what_is_refused_is_named() {
    TARGET.run();
}

#[test]
fn values_of_every_kind_of_type_come_back_the_same() {
    let choices = prop::collection::vec(prop_oneof![0..40_u64, any::<u64>()], 0..60);
    TARGET.explore(&(types::any(), choices), |(shape, choices)| {
        json!({"type": shape, "choices": choices})
            .to_string()
            .into_bytes()
    });
}
