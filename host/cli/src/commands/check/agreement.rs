//! Whether a component's description says what its types say.
//!
//! A description tells callers and form builders what to send, and a component
//! takes what its types take. Where the two differ, what was built from the one
//! fails against the other. A description may say more: docs, and bounds on
//! values.

use clio_host::{Description, Inspected};
use serde_json::Value;

/// The most references one after the other. A chain is no longer than the names
/// of a contract, and a description may lead in circles.
const HOPS: usize = 32;

/// Where a description differs from what is exported, a line each.
pub(super) fn differences(described: &Description, inspected: &Inspected) -> Vec<String> {
    let reflected = &inspected.reflected.functions;
    let exported = || inspected.interfaces.iter().zip(reflected);
    let mut differences = Vec::new();
    if described.functions.is_empty() {
        differences.push("it describes no function".to_owned());
    }
    if !inspected.interfaces.contains(&described.interface) {
        let interface = &described.interface;
        differences.push(format!("the component does not export {interface}"));
        return differences;
    }
    let ours = || exported().filter(|(interface, _)| **interface == described.interface);
    for (_, function) in ours() {
        if !described
            .functions
            .iter()
            .any(|it| it.name == function.name)
        {
            differences.push(format!("it does not describe `{}`", function.name));
        }
    }
    for function in &described.functions {
        let name = &function.name;
        let Some((_, exported)) = ours().find(|(_, it)| it.name == *name) else {
            differences.push(format!("the component does not export `{name}`"));
            continue;
        };
        let sides = [
            ("input", &function.input, &exported.input),
            ("output", &function.output, &exported.output),
            ("error", &function.error, &exported.error),
        ];
        for (side, described, reflected) in sides {
            let whole = Schema {
                root: described,
                part: described,
            };
            if let Some(at) = difference(whole, reflected) {
                differences.push(format!("the {side} of `{name}` has another type at `{at}`"));
            }
        }
    }
    differences
}

/// A part of a schema, with the whole that its references lead through.
#[derive(Clone, Copy)]
struct Schema<'a> {
    root: &'a Value,
    part: &'a Value,
}

impl<'a> Schema<'a> {
    fn at(self, part: &'a Value) -> Self {
        Self { part, ..self }
    }

    /// What it refers to, and whether null may stand in its place.
    fn resolved(self) -> (Self, bool) {
        let (mut part, mut or_null) = (self.part, false);
        for _ in 0..HOPS {
            if let Some(target) = part["$ref"].as_str().and_then(|it| it.strip_prefix('#')) {
                part = self.root.pointer(target).unwrap_or(&Value::Null);
            } else if let Some([one, other]) = part["anyOf"].as_array().map(Vec::as_slice)
                && other["type"] == "null"
            {
                (part, or_null) = (one, true);
            } else {
                break;
            }
        }
        (self.at(part), or_null)
    }

    /// The kinds of JSON that it takes, in order.
    fn kinds(self, or_null: bool) -> Vec<&'a str> {
        let mut kinds: Vec<&str> = match &self.part["type"] {
            Value::String(one) => vec![one],
            Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if or_null {
            kinds.push("null");
        }
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    fn list(self, member: &str) -> &'a [Value] {
        self.part[member].as_array().map_or(&[], Vec::as_slice)
    }

    fn properties(self) -> Vec<&'a String> {
        let mut names: Vec<_> = match &self.part["properties"] {
            Value::Object(members) => members.keys().collect(),
            _ => Vec::new(),
        };
        names.sort_unstable();
        names
    }

    fn requires(self, name: &str) -> bool {
        self.list("required").iter().any(|it| it == name)
    }
}

/// Where a described schema has another type than the one that was made from the
/// types, as a JSON Pointer into the value. How deep this goes is bounded by the
/// latter.
fn difference(described: Schema<'_>, reflected: &Value) -> Option<String> {
    let (described, or_null) = described.resolved();
    let (reflected, reflected_or_null) = Schema {
        root: reflected,
        part: reflected,
    }
    .resolved();
    let here = || Some(String::new());
    if described.kinds(or_null) != reflected.kinds(reflected_or_null)
        || described.part["const"] != reflected.part["const"]
        || described.properties() != reflected.properties()
        // More may be required than the types know of: a list that may not be
        // empty.
        || reflected.list("required").iter().any(|it| !described.requires(it.as_str().unwrap_or_default()))
        || described.list("oneOf").len() != reflected.list("oneOf").len()
        || described.list("prefixItems").len() != reflected.list("prefixItems").len()
        || described.part["items"].is_null() != reflected.part["items"].is_null()
    {
        return here();
    }
    let inside = |name: &str, described: Schema<'_>, reflected: &Value| {
        difference(described, reflected).map(|at| format!("{name}{at}"))
    };
    for name in reflected.properties() {
        let (one, other) = (
            &described.part["properties"][name],
            &reflected.part["properties"][name],
        );
        if let Some(at) = inside(&format!("/{name}"), described.at(one), other) {
            return Some(at);
        }
    }
    for list in ["oneOf", "prefixItems"] {
        let pairs = described.list(list).iter().zip(reflected.list(list));
        for (one, other) in pairs {
            if let Some(at) = inside("", described.at(one), other) {
                return Some(at);
            }
        }
    }
    if reflected.part["items"].is_null() {
        return None;
    }
    inside(
        "/*",
        described.at(&described.part["items"]),
        &reflected.part["items"],
    )
}
