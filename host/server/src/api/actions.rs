//! What can be called, out of the actions' own descriptions.

use std::sync::Arc;

use axum::extract::Path;
use axum::routing::get;
use axum::{Json, Router};
use clio_host::{Description, FunctionDescription};
use clio_runner::catalog;
use clio_runner::journal::api_keys::Right;
use serde_json::{Value, json};

use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::outcome;
use crate::service::Service;

pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/v1/actions", get(list))
        .route("/v1/actions/{function}", get(one))
}

/// A function of an action.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) action: Description,
    at: usize,
}

impl Function {
    /// The function that a text names: `sync-contact.sync`, or the action alone for
    /// its first one.
    pub(crate) fn named(name: &str) -> Result<Self, Problem> {
        let absent = || Problem::not_found("function of that name; `GET /v1/actions` lists them");
        let (action, function) = match name.split_once('.') {
            Some((action, function)) => (action, Some(function)),
            None => (name, None),
        };
        let known = clio_catalog::action(action).ok_or_else(absent)?;
        let action = catalog::parsed(known.description)?;
        let at = match function {
            None => 0,
            Some(name) => {
                let at = action.functions.iter().position(|known| known.name == name);
                at.ok_or_else(absent)?
            }
        };
        if at >= action.functions.len() {
            return Err(absent());
        }
        Ok(Self { action, at })
    }

    pub(crate) fn described(&self) -> &FunctionDescription {
        &self.action.functions[self.at]
    }

    /// `sync-contact.sync`.
    pub(crate) fn name(&self) -> String {
        named(&self.action, self.described())
    }
}

/// What a key needs for a function. Which webhooks stand is for who looks after the
/// connection: the service's own are among them.
pub(super) fn right(action: &Description, function: &FunctionDescription) -> Right {
    match (action.name.as_str(), function.name.as_str()) {
        _ if action.hints.read_only => Right::Read,
        (outcome::WEBHOOKS, name) if name != "list" => Right::Admin,
        _ => Right::Write,
    }
}

pub(super) fn named(action: &Description, function: &FunctionDescription) -> String {
    format!("{}.{}", action.name, function.name)
}

async fn list(_caller: Caller) -> Result<Json<Value>, Problem> {
    let mut rows = Vec::new();
    for action in clio_catalog::actions() {
        let action = catalog::parsed(action.description)?;
        let functions: Vec<String> = action
            .functions
            .iter()
            .map(|function| named(&action, function))
            .collect();
        rows.push(json!({
            "name": action.name,
            "version": action.version,
            "summary": action.summary,
            "functions": functions,
            "hints": action.hints,
            "permissions": action.permissions,
        }));
    }
    Ok(Json(json!({ "actions": rows })))
}

async fn one(_caller: Caller, Path(name): Path<String>) -> Result<Json<Value>, Problem> {
    let function = Function::named(&name)?;
    let (action, described) = (&function.action, function.described());
    Ok(Json(json!({
        "name": function.name(),
        "version": action.version,
        "summary": action.summary,
        "documentation": described.documentation,
        "hints": action.hints,
        "permissions": action.permissions,
        "cost": action.cost,
        "requests": action.requests,
        "input": described.input,
        "output": described.output,
        "error": described.error,
    })))
}
