//! `clio describe`: what an action takes and returns, and what it may do.
//!
//! Everything shown comes from the description that the build derives from the
//! contract; nothing about an action is written down here.

use std::fmt::Write as _;

use clio_host::Description;
use serde_json::Value;

use crate::args::DescribeArguments;
use crate::catalog::{named, parsed, value};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

/// Describes one action.
pub(crate) fn command(arguments: &DescribeArguments) -> Result<Exit, Failure> {
    let action = named(&arguments.action)?;
    if output::is_json(arguments.json) {
        output::json(&value(action.description)?)?;
    } else {
        output::text(&summary(&parsed(action.description)?))?;
    }
    Ok(Exit::Done)
}

/// A description for a person.
fn summary(description: &Description) -> String {
    let mut text = format!(
        "{} {}\n{}\n",
        description.name, description.version, description.summary
    );
    for function in &description.functions {
        let _ = write!(text, "\n{}.{}\n", description.name, function.name);
        for line in function.documentation.lines() {
            let _ = writeln!(text, "{}", format!("  {line}").trim_end());
        }
        let _ = writeln!(text, "\n  input:  {}", members(&function.input));
        let _ = writeln!(text, "  output: {}", members(&function.output));
    }
    let hints = &description.hints;
    let behaviour = [
        if hints.read_only {
            "changes nothing in Clio"
        } else {
            "writes to Clio"
        },
        if hints.destructive {
            "may remove or overwrite"
        } else {
            "removes nothing"
        },
        if hints.idempotent {
            "safe to run again"
        } else {
            "not safe to run again"
        },
    ];
    let _ = writeln!(text, "\nBehaviour: {}", behaviour.join(", "));
    let _ = writeln!(text, "Requests of one call, usually: {}", description.cost);
    list_of(&mut text, "Permissions in Clio", &description.permissions);
    let requests: Vec<String> = description
        .requests
        .iter()
        .map(ToString::to_string)
        .collect();
    list_of(&mut text, "Requests that it may make", &requests);
    let grants = description
        .grants
        .iter()
        .filter_map(|grant| serde_json::to_value(grant).ok());
    let grants: Vec<String> = grants.map(|grant| granted(&grant)).collect();
    list_of(&mut text, "URLs that Clio's answers open to it", &grants);
    if description.content {
        text.push_str("\nMay fetch a document's content from its URL.\n");
    }
    let _ = writeln!(text, "\nSchemas: clio describe {} --json", description.name);
    text
}

fn list_of(text: &mut String, title: &str, items: &[String]) {
    if !items.is_empty() {
        let _ = writeln!(text, "\n{title}:");
        for item in items {
            let _ = writeln!(text, "  {item}");
        }
    }
}

/// What one grant opens: a method, on a URL of an answer.
fn granted(grant: &Value) -> String {
    let text = |member: &str| grant[member].as_str().unwrap_or_default().to_owned();
    let place = [text("member"), text("header")].concat();
    format!(
        "{} to {place} of {} {}",
        text("allows"),
        text("method"),
        text("path")
    )
}

/// The members of a record's schema, the optional ones in brackets.
fn members(schema: &Value) -> String {
    let schema = resolved(schema);
    let Some(properties) = schema["properties"].as_object() else {
        return schema["type"]
            .as_str()
            .unwrap_or("see the schema")
            .to_owned();
    };
    let required: Vec<&str> = schema["required"]
        .as_array()
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let names = properties.keys().map(|name| {
        if required.contains(&name.as_str()) {
            name.clone()
        } else {
            format!("[{name}]")
        }
    });
    names.collect::<Vec<_>>().join(", ")
}

/// What a schema refers to within itself, where it is only a reference.
fn resolved(schema: &Value) -> &Value {
    let target = schema["$ref"].as_str().and_then(|to| to.strip_prefix('#'));
    target
        .and_then(|pointer| schema.pointer(pointer))
        .unwrap_or(schema)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_action_of_the_catalog_has_a_summary_for_people() {
        assert!(!clio_catalog::actions().is_empty());
        for action in clio_catalog::actions() {
            let description = parsed(action.description).unwrap();
            let text = summary(&description);
            for function in &description.functions {
                assert!(
                    text.contains(&format!("{}.{}", action.name, function.name)),
                    "{text}"
                );
            }
            for function in &description.functions {
                let members = resolved(&function.input)["properties"].as_object();
                for member in members.into_iter().flat_map(|members| members.keys()) {
                    assert!(text.contains(member.as_str()), "{member}: {text}");
                }
            }
            let asks = !description.requests.is_empty();
            assert_eq!(text.contains("/api/v4/"), asks, "{text}");
        }
    }
}
