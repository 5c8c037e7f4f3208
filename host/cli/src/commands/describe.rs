//! `clio describe`: what an action takes and returns, and what it may do.
//!
//! Everything shown comes from the description that the build derives from the
//! contract, or from a component's file; nothing about an action is written down
//! here.

use std::fmt::Write as _;
use std::path::Path;

use clio_host::{Description, Limits, LoadError, Policy};
use serde_json::{Value, json};

use crate::args::DescribeArguments;
use clio_runner::aside::aside;
use clio_runner::catalog::{named, parsed, value};
use clio_runner::component_file;
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::output;
use clio_runner::runner;

/// Describes one action.
pub(crate) async fn command(arguments: &DescribeArguments) -> Result<Exit, Failure> {
    let is_json = output::is_json(arguments.json);
    if let Some(file) = &arguments.component {
        return component(file, is_json).await;
    }
    let action = named(arguments.action.as_deref().unwrap_or_default())?;
    told(is_json, action.description)
}

/// Tells a description that the catalog holds.
fn told(is_json: bool, description: &str) -> Result<Exit, Failure> {
    if is_json {
        output::json(&value(description)?)?;
    } else {
        let description = parsed(description)?;
        let schemas = format!("clio describe {} --json", description.name);
        output::text(&summary(&description, &schemas))?;
    }
    Ok(Exit::Done)
}

/// Describes a component: by the description that it carries, else by its types.
async fn component(file: &Path, is_json: bool) -> Result<Exit, Failure> {
    let bytes = component_file::read(file)?;
    // What the project built needs not be compiled to be described.
    if let Some(ours) = clio_catalog::actions().iter().find(|it| it.is(&bytes)) {
        return told(is_json, ours.description);
    }
    let refused = |error: LoadError| {
        let what = format!("{} cannot be described: {error}", file.display());
        Failure::new(Exit::Permanent, what).next("see `clio check` for what is not right with it")
    };
    let host = runner::host(None, Policy::default(), Limits::default(), None)?;
    let inspected = aside(move || host.inspect(&bytes))
        .await?
        .map_err(refused)?;
    let schemas = format!("clio describe --component {} --json", file.display());
    if let Some(described) = inspected.described {
        let described = described.map_err(|error| refused(error.into()))?;
        if is_json {
            output::json(&described)?;
        } else {
            output::text(&summary(&described, &schemas))?;
        }
        return Ok(Exit::Done);
    }
    let imports: Vec<String> = inspected.imports.into_iter().map(|it| it.name).collect();
    if is_json {
        let mut told = json!(inspected.reflected);
        told["imports"] = json!(imports);
        output::json(&told)?;
    } else {
        // Of its behaviour nobody has said anything.
        let mut text = functions(&inspected.reflected);
        list_of(&mut text, "Imports", &imports);
        output::text(&format!("{text}\nSchemas: {schemas}\n"))?;
    }
    Ok(Exit::Done)
}

/// The functions of a description, for a person.
fn functions(description: &Description) -> String {
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
    text
}

/// A description for a person. `schemas` is what to type for the whole of it.
fn summary(description: &Description, schemas: &str) -> String {
    let mut text = functions(description);
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
    let _ = writeln!(text, "\nSchemas: {schemas}");
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
            let text = summary(&description, "here");
            assert!(text.ends_with("\nSchemas: here\n"), "{text}");
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
