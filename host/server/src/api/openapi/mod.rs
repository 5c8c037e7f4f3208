//! The API as OpenAPI 3.1: what is said of each function comes from its
//! description, the rest stands in `base.json`.

mod schemas;

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use clio_host::{Description, FunctionDescription};
use clio_runner::catalog;
use clio_runner::failure::Failure;
use clio_runner::journal::api_keys::Right;
use serde_json::{Map, Value, json};

use self::schemas::Schemas;
use super::actions::{self, named};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::outcome;
use crate::service::Service;

const BASE: &str = include_str!("base.json");
/// Where the calls of a function stand.
const CALL: &str = "/v1/connections/{connection}/calls/";
/// The statuses of problems that every request may be answered with.
const ALWAYS: [&str; 12] = [
    "400", "401", "403", "404", "405", "408", "413", "421", "422", "429", "500", "503",
];
/// Those of a call beside them.
const OF_CALLS: [&str; 5] = ["409", "415", "502", "504", "431"];

pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new().route("/v1/openapi.json", get(document))
}

async fn document(_caller: Caller) -> Result<Response, Problem> {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    let text = match DOCUMENT.get() {
        Some(text) => text,
        None => {
            let made = made()?.to_string();
            DOCUMENT.get_or_init(|| made)
        }
    };
    Ok(([(header::CONTENT_TYPE, "application/json")], text.as_str()).into_response())
}

/// Makes the document.
fn made() -> Result<Value, Failure> {
    let mut document = catalog::value(BASE)?;
    document["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    let actions: Vec<Description> = clio_catalog::actions()
        .iter()
        .map(|action| catalog::parsed(action.description))
        .collect::<Result<_, _>>()?;
    let mut schemas = Schemas::of(&actions);
    let mut calls = Map::new();
    for action in &actions {
        for function in &action.functions {
            let path = format!("{CALL}{}", named(action, function));
            calls.insert(
                path,
                json!({ "post": call(action, function, &mut schemas) }),
            );
        }
    }
    if let Some(paths) = document["paths"].as_object_mut() {
        for (path, item) in &mut *paths {
            let more: &[&str] = match path.contains("/runs/") || path.contains("/documents/") {
                true => &OF_CALLS,
                false => &["409", "415"],
            };
            for operation in item.as_object_mut().into_iter().flat_map(Map::values_mut) {
                problems(operation, more);
            }
        }
        paths.append(&mut calls);
    }
    if let Some(known) = document["components"]["schemas"].as_object_mut() {
        known.append(&mut schemas.made);
    }
    Ok(document)
}

fn call(action: &Description, function: &FunctionDescription, schemas: &mut Schemas) -> Value {
    let name = named(action, function).replace(['-', '.'], "_");
    let input = schemas.component(&action.name, &format!("{name}_input"), &function.input);
    let output = schemas.component(&action.name, &format!("{name}_output"), &function.output);
    let mut description = function.documentation.clone();
    let right = actions::right(action, function);
    if right != Right::Read {
        description.push_str(&format!(
            "\n\nNeeds a key with the right `{}`.",
            right.word()
        ));
    }
    if action.name == outcome::WEBHOOKS && function.name != "remove" {
        description.push_str("\n\nNo `secret` is in the answer: the service hands none out.");
    }
    let run = json!({"description": "The call's run.",
        "schema": {"$ref": "#/components/schemas/run_id"}});
    let mut operation = json!({
        "operationId": name,
        "tags": ["calls"],
        "summary": action.summary,
        "description": description,
        "parameters": [
            {"$ref": "#/components/parameters/connection"},
            {"$ref": "#/components/parameters/prefer"},
            {"$ref": "#/components/parameters/idempotency_key"},
        ],
        "requestBody": {
            "required": true,
            "content": {"application/json": {"schema": input}},
        },
        "responses": {
            "200": {
                "description": "What it came to.",
                "headers": {"Clio-Run": run},
                "content": {"application/json": {"schema": output}},
            },
            "202": {"$ref": "#/components/responses/accepted"},
        },
    });
    problems(&mut operation, &OF_CALLS);
    operation
}

/// Says of an operation with which problems it may be answered.
fn problems(operation: &mut Value, more: &[&str]) {
    let Some(responses) = operation["responses"].as_object_mut() else {
        return;
    };
    for status in ALWAYS.iter().chain(more) {
        let problem = json!({"$ref": "#/components/responses/problem"});
        responses.entry(*status).or_insert(problem);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// All `$ref`s of a document.
    fn references<'v>(value: &'v Value, found: &mut BTreeSet<&'v str>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members
                    .values()
                    .for_each(|member| references(member, found));
            }
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = made().unwrap();
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(found.len() > 100, "{}", found.len());
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }

    #[test]
    fn every_function_is_an_operation_whose_input_takes_uploads_where_content_goes() {
        let document = made().unwrap();
        let functions: usize = clio_catalog::actions()
            .iter()
            .map(|action| catalog::parsed(action.description).unwrap().functions.len())
            .sum();
        let paths = document["paths"].as_object().unwrap();
        let calls = paths.keys().filter(|path| path.starts_with(CALL)).count();
        assert_eq!(calls, functions);
        let source = &document["components"]["schemas"]["content_source"]["oneOf"];
        let upload = json!({"$ref": "#/components/schemas/upload_id"});
        let named = source.as_array().unwrap().iter();
        assert_eq!(
            named
                .filter(|it| it["properties"]["upload"] == upload)
                .count(),
            1
        );
    }

    /// What is routed below `/v1` stands in the document, and nothing else does.
    #[test]
    fn the_document_has_every_route() {
        let mut routed = BTreeSet::new();
        visit(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
            &mut routed,
        );
        let document = made().unwrap();
        let paths = document["paths"].as_object().unwrap().keys();
        let told: BTreeSet<String> = paths
            .map(|path| match path.strip_prefix(CALL) {
                Some(_) => format!("{CALL}{{function}}"),
                None => path.clone(),
            })
            .collect();
        assert_eq!(routed, told);
    }

    fn visit(folder: &Path, routed: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, routed);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                for (at, _) in text.match_indices(".route(") {
                    let rest = text[at + ".route(".len()..].trim_start();
                    if let Some(rest) = rest.strip_prefix("\"/v1") {
                        let (route, _) = rest.split_once('"').unwrap();
                        routed.insert(format!("/v1{route}"));
                    }
                }
            }
        }
    }
}
