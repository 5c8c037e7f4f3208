//! Derives an action's description from the contract and its `action.toml`.
//!
//! Docs do not survive in a built component, and WIT says nothing about the
//! requests that an action makes. The description carries both: to hosts that
//! enforce it, and to tools that show or call the action.

use anyhow::{Context as _, Result, bail, ensure};
use serde::Serialize;
use wit_parser::{
    Function, InterfaceId, PackageId, Resolve, Type, TypeDefKind, WorldItem, WorldKey,
};

use crate::bounds::Bounds;
use crate::json_schema::Schema;
use crate::manifest::{Grant, Hints, Manifest, Request};
use crate::prose::Prose;
use crate::schema;

/// The version of this format. It rises when a reader of the old one would
/// misunderstand the new.
const FORMAT: u32 = 1;

/// The interface whose types all actions share. It has no functions.
const SHARED: &str = "types";

/// A description, as it is written to JSON.
#[derive(Debug, Serialize)]
pub(crate) struct Description<'a> {
    format: u32,
    name: &'a str,
    version: &'a str,
    summary: &'a str,
    interface: String,
    functions: Vec<FunctionDescription>,
    hints: Hints,
    permissions: &'a [String],
    cost: u32,
    requests: &'a [Request],
    grants: &'a [Grant],
    content: bool,
}

#[derive(Debug, Serialize)]
struct FunctionDescription {
    name: String,
    documentation: String,
    input: Schema,
    output: Schema,
    error: Schema,
}

/// Describes one action. `version` is the one that the package is built as.
pub(crate) fn describe<'a>(
    resolve: &Resolve,
    package: PackageId,
    prose: &Prose,
    bounds: &Bounds,
    manifest: &'a Manifest,
    version: &'a str,
) -> Result<Description<'a>> {
    let interface = exported(resolve, package, &manifest.world)?;
    let name = resolve
        .id_of(interface)
        .context("the exported interface has no name")?;
    let functions = resolve.interfaces[interface]
        .functions
        .values()
        .map(|function| {
            describe_function(resolve, prose, bounds, function)
                .with_context(|| format!("the function `{}` of {name}", function.name))
        })
        .collect::<Result<Vec<_>>>()?;
    ensure!(!functions.is_empty(), "{name} has no functions");
    Ok(Description {
        format: FORMAT,
        name: &manifest.name,
        version,
        summary: manifest.summary.trim(),
        interface: name,
        functions,
        hints: manifest.hints,
        permissions: &manifest.permissions,
        cost: manifest.cost,
        requests: &manifest.requests,
        grants: &manifest.grants,
        content: manifest.content,
    })
}

/// The one interface beside the shared types that a world exports.
fn exported(resolve: &Resolve, package: PackageId, world: &str) -> Result<InterfaceId> {
    let id = resolve.packages[package]
        .worlds
        .get(world)
        .with_context(|| format!("`wit/` has no world `{world}`"))?;
    let mut found = Vec::new();
    for (key, item) in &resolve.worlds[*id].exports {
        let (WorldKey::Interface(_), WorldItem::Interface { id, .. }) = (key, item) else {
            bail!("the world `{world}` exports something that is no named interface");
        };
        if resolve.interfaces[*id].name.as_deref() != Some(SHARED) {
            found.push(*id);
        }
    }
    match found.as_slice() {
        [one] => Ok(*one),
        _ => bail!(
            "the world `{world}` exports {} interfaces beside `{SHARED}`: an action exports one",
            found.len()
        ),
    }
}

fn describe_function(
    resolve: &Resolve,
    prose: &Prose,
    bounds: &Bounds,
    function: &Function,
) -> Result<FunctionDescription> {
    let documentation = prose.of(&function.docs).context("has no docs")?;
    let input = match function.params.as_slice() {
        [one] => schema::of(resolve, prose, bounds, Some(one.ty)).context("the parameter")?,
        several => bail!(
            "takes {} parameters: an action's function takes one request",
            several.len()
        ),
    };
    let (output, error) = outcome(resolve, function)?;
    Ok(FunctionDescription {
        name: function.name.clone(),
        documentation,
        input,
        output: schema::of(resolve, prose, bounds, output).context("the result")?,
        error: schema::of(resolve, prose, bounds, error).context("the error")?,
    })
}

fn outcome(resolve: &Resolve, function: &Function) -> Result<(Option<Type>, Option<Type>)> {
    if let Some(Type::Id(id)) = function.result
        && let TypeDefKind::Result(result) = &resolve.types[id].kind
    {
        return Ok((result.ok, result.err));
    }
    bail!("returns no `result`: every action can fail")
}
