//! Derives an action's description from the contract and its `action.toml`.
//!
//! Docs do not survive in a built component, and WIT says nothing about the
//! requests that an action makes. The description carries both: to hosts that
//! enforce it, and to tools that show or call the action.

use anyhow::{Context as _, Result, bail, ensure};
use serde::Serialize;
use wit_parser::{Function, PackageId, Resolve, Type, TypeDefKind};

use crate::bounds::Bounds;
use crate::manifest::{Grant, Hints, Manifest, Request};
use crate::prose::Prose;
use crate::schema;
use clio_json_schema::Schema;

/// The version of this format. It rises when a reader of the old one would
/// misunderstand the new.
const FORMAT: u32 = 1;

/// A description, as it is written to JSON.
#[derive(Debug, Serialize)]
pub(crate) struct Description<'a> {
    format: u32,
    name: &'a str,
    version: &'a str,
    summary: &'a str,
    interface: String,
    functions: Vec<FunctionDescription<'a>>,
    hints: Hints,
    permissions: &'a [String],
    cost: u32,
    requests: &'a [Request],
    grants: &'a [Grant],
    content: bool,
}

#[derive(Debug, Serialize)]
struct FunctionDescription<'a> {
    name: String,
    documentation: String,
    input: Schema,
    output: Schema,
    error: Schema,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    ids: &'a [String],
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
    let interface = resolve.packages[package]
        .interfaces
        .get(&manifest.name)
        .copied()
        .with_context(|| format!("`wit/` has no interface `{}`", manifest.name))?;
    let name = resolve
        .id_of(interface)
        .context("the exported interface has no name")?;
    let functions = resolve.interfaces[interface]
        .functions
        .values()
        .map(|function| {
            describe_function(resolve, prose, bounds, manifest, function)
                .with_context(|| format!("the function `{}` of {name}", function.name))
        })
        .collect::<Result<Vec<_>>>()?;
    ensure!(!functions.is_empty(), "{name} has no functions");
    for function in manifest.ids.keys() {
        ensure!(
            functions.iter().any(|it| it.name == *function),
            "`ids` names `{function}`, which {name} does not have"
        );
    }
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

fn describe_function<'a>(
    resolve: &Resolve,
    prose: &Prose,
    bounds: &Bounds,
    manifest: &'a Manifest,
    function: &Function,
) -> Result<FunctionDescription<'a>> {
    let documentation = prose.of(&function.docs).context("has no docs")?;
    let input = match function.params.as_slice() {
        [one] => schema::of(resolve, prose, bounds, Some(one.ty)).context("the parameter")?,
        several => bail!(
            "takes {} parameters: an action's function takes one request",
            several.len()
        ),
    };
    let (output, error) = outcome(resolve, function)?;
    let ids = manifest
        .ids
        .get(&function.name)
        .map_or(&[][..], Vec::as_slice);
    for pointer in ids {
        ensure!(
            output.is_some_and(|output| names_an_id(resolve, output, pointer)),
            "`ids`: the outcome has no id at `{pointer}`"
        );
    }
    Ok(FunctionDescription {
        name: function.name.clone(),
        documentation,
        input,
        output: schema::of(resolve, prose, bounds, output).context("the result")?,
        error: schema::of(resolve, prose, bounds, error).context("the error")?,
        ids,
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

/// Whether a pointer leads to an integer of 64 bits in a value of a type.
fn names_an_id(resolve: &Resolve, ty: Type, pointer: &str) -> bool {
    let Type::Id(id) = ty else {
        return ty == Type::U64 && pointer.is_empty();
    };
    let kind = &resolve.types[id].kind;
    match kind {
        TypeDefKind::Type(of) | TypeDefKind::Option(of) => {
            return names_an_id(resolve, *of, pointer);
        }
        _ => {}
    }
    let Some(rest) = pointer.strip_prefix('/') else {
        return false;
    };
    let (name, rest) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let is_named = |it: &str| schema::json_name(it) == name;
    let inner = match kind {
        TypeDefKind::List(of) if name == "*" => Some(*of),
        TypeDefKind::Record(it) => it
            .fields
            .iter()
            .find(|it| is_named(&it.name))
            .map(|it| it.ty),
        TypeDefKind::Variant(it) => it
            .cases
            .iter()
            .find(|it| is_named(&it.name))
            .and_then(|it| it.ty),
        _ => None,
    };
    inner.is_some_and(|inner| names_an_id(resolve, inner, rest))
}
