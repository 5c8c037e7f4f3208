//! Writes into the table what the Rust library does now, for somebody to read.

use std::fs;

use serde_json::Value;

use crate::account::tell;
use crate::platform::Platform;
use crate::table::files;

/// The longest line, where it can be broken.
const LINE: usize = 140;

/// Tells every case, and writes down what came of it.
pub(crate) async fn all() {
    let platform = Platform::json();
    for mut file in files() {
        for case in &mut file.cases {
            let told = tell(case, &platform).await.expect("the library works");
            for (call, told) in case.calls.iter_mut().zip(told) {
                call.record(told.answer.expect("JSON has a word for all"), told.requests);
            }
        }
        let mut text = String::new();
        write(&serde_json::to_value(&file.cases).unwrap(), 0, &mut text);
        text.push('\n');
        fs::write(&file.path, text).unwrap();
    }
}

/// JSON on as few lines as are read well.
fn write(json: &Value, indent: usize, text: &mut String) {
    let short = on_one_line(json);
    let plain = |items: &Vec<Value>| items.iter().all(Value::is_number);
    let on_one = indent + short.len() <= LINE || json.as_array().is_some_and(plain);
    if indent >= 3 && on_one {
        return text.push_str(&short);
    }
    let (open, close, items): (char, char, Vec<(String, &Value)>) = match json {
        Value::Array(items) => (
            '[',
            ']',
            items.iter().map(|it| (String::new(), it)).collect(),
        ),
        Value::Object(members) => ('{', '}', in_order(members)),
        _ => return text.push_str(&short),
    };
    text.push(open);
    for (n, (name, item)) in items.into_iter().enumerate() {
        text.push_str(if n == 0 { "\n" } else { ",\n" });
        text.push_str(&" ".repeat(indent + 1));
        text.push_str(&name);
        write(item, indent + 1, text);
    }
    text.push('\n');
    text.push_str(&" ".repeat(indent));
    text.push(close);
}

/// JSON on one line, with space after commas and colons.
fn on_one_line(json: &Value) -> String {
    match json {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(on_one_line).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => {
            let members: Vec<String> = in_order(members)
                .into_iter()
                .map(|(name, it)| name + &on_one_line(it))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
        plain => plain.to_string(),
    }
}

/// What a case or a call is comes first, and what came of it last.
fn in_order(members: &serde_json::Map<String, Value>) -> Vec<(String, &Value)> {
    const LAST: [&str; 5] = ["calls", "output", "error", "failure", "requests"];
    const FIRST: [&str; 6] = [
        "name",
        "account",
        "meanwhile",
        "faults",
        "function",
        "request",
    ];
    let place = |name: &str| match (
        FIRST.iter().position(|it| *it == name),
        LAST.iter().position(|it| *it == name),
    ) {
        (Some(at), _) => at,
        (None, None) => FIRST.len(),
        (None, Some(at)) => FIRST.len() + 1 + at,
    };
    let mut members: Vec<_> = members.iter().collect();
    members.sort_by_key(|(name, _)| place(name));
    let quoted = |name: &str| Value::from(name).to_string() + ": ";
    members
        .into_iter()
        .map(|(name, it)| (quoted(name), it))
        .collect()
}
