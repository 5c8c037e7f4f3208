//! `bounds.toml`, and `bounds` of each `action.toml`: what a value must be beyond
//! its type.
//!
//! WIT says that a title is a text, and its docs that it is not blank. A schema
//! that says less than the action checks lets through what is refused later, far
//! from whoever filled in the form.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use clio_json_schema::{Schema, up_to};
use serde::Deserialize;
use wit_parser::{Resolve, TypeDef, TypeDefKind, TypeOwner};

use crate::schema::json_name;

/// The greatest id that Clio gives.
const GREATEST_ID: u64 = i64::MAX.unsigned_abs();

/// What is said of one type, member or case.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Bound {
    min: Option<u64>,
    max: Option<u64>,
    id: bool,
    not_blank: bool,
    pattern: Option<String>,
    format: Option<String>,
    one_of: Vec<String>,
}

/// Everything that is said, by `interface.type` or `interface.type.member`.
#[derive(Debug, Default)]
pub(crate) struct Bounds(BTreeMap<String, Bound>);

impl Bounds {
    /// Reads a table an interface. Whatever it names must be in the contract.
    pub(crate) fn read(tables: toml::Table, resolve: &Resolve) -> Result<Self> {
        let tables: BTreeMap<String, BTreeMap<String, Bound>> = tables.try_into()?;
        let mut known = Vec::new();
        for (_, ty) in &resolve.types {
            if let Some(name) = path(resolve, ty) {
                known.extend(parts(ty).map(|part| format!("{name}.{part}")));
                known.push(name);
            }
        }
        let mut bounds = BTreeMap::new();
        for (interface, entries) in tables {
            for (key, bound) in entries {
                let name = format!("{interface}.{key}");
                ensure!(known.contains(&name), "`{name}` is not in the contract");
                for member in &bound.one_of {
                    let member = format!("{name}.{member}");
                    ensure!(known.contains(&member), "`{member}` is not in the contract");
                }
                bounds.insert(name, bound);
            }
        }
        Ok(Self(bounds))
    }

    /// Puts what is said of a type, its members and its cases into its schema.
    pub(crate) fn apply(&self, resolve: &Resolve, ty: &TypeDef, schema: &mut Schema) -> Result<()> {
        let Some(name) = path(resolve, ty) else {
            return Ok(());
        };
        let of = |part: &str| self.0.get(&format!("{name}.{part}"));
        match &ty.kind {
            TypeDefKind::Record(_) => {
                for (part, (member, given)) in parts(ty).zip(&mut schema.properties) {
                    if let Some(bound) = of(part) {
                        bound
                            .put(given)
                            .with_context(|| format!("`{name}.{part}`"))?;
                        if bound.min.is_some_and(|min| min > 0) && is_list(given) {
                            schema.required.push(member.clone());
                        }
                    }
                }
                let place = |name: &String| {
                    let mut members = schema.properties.iter();
                    members.position(|(member, _)| member == name)
                };
                schema.required.sort_by_key(place);
            }
            TypeDefKind::Variant(_) => {
                for (part, case) in parts(ty).zip(&mut schema.one_of) {
                    if let (Some(bound), Some((_, payload))) =
                        (of(part), case.properties.first_mut())
                    {
                        bound
                            .put(payload)
                            .with_context(|| format!("`{name}.{part}`"))?;
                    }
                }
            }
            _ => {}
        }
        match self.0.get(&name) {
            Some(bound) => bound.put(schema).with_context(|| format!("`{name}`")),
            None => Ok(()),
        }
    }
}

impl Bound {
    fn put(&self, schema: &mut Schema) -> Result<()> {
        // An optional value is bound where it is there.
        if let [some, _null] = schema.any_of.as_mut_slice() {
            return self.put(some);
        }
        if !self.one_of.is_empty() {
            schema.any_of = self.one_of.iter().map(|member| said(member)).collect();
            return Ok(());
        }
        if is_list(schema) {
            (schema.min_items, schema.max_items) = (self.min, self.max);
        } else if schema.kind.contains(&"integer") {
            let signed = |bound: u64| i64::try_from(bound).context("the bound is too large");
            schema.minimum = self.min.map(signed).transpose()?.or(schema.minimum);
            schema.maximum = self.max.map(signed).transpose()?.or(schema.maximum);
            if self.id {
                schema.minimum = Some(1);
                schema.pattern = Some(format!("^({})$", up_to(GREATEST_ID)));
            }
            if let Some(max) = self.max.filter(|_| schema.pattern.is_some()) {
                schema.pattern = Some(format!("^(0|{})$", up_to(max)));
            }
        } else if schema.kind.contains(&"string") {
            (schema.min_length, schema.max_length) = (self.min, self.max);
            let blank = self.not_blank.then(|| r"\S".to_owned());
            schema.pattern = self.pattern.clone().or(blank);
            schema.format.clone_from(&self.format);
        } else {
            bail!("is nothing that can be bound");
        }
        Ok(())
    }
}

/// A record of which one member is there, and not blank where it is a text.
fn said(member: &str) -> Schema {
    let name = json_name(member);
    let there = Schema {
        not: Some(Box::new(Schema::kind("null"))),
        pattern: Some(r"\S".to_owned()),
        ..Schema::default()
    };
    Schema {
        properties: vec![(name.clone(), there)],
        required: vec![name],
        ..Schema::default()
    }
}

fn is_list(schema: &Schema) -> bool {
    schema.kind.contains(&"array")
}

/// The interface and the name of a type.
fn path(resolve: &Resolve, ty: &TypeDef) -> Option<String> {
    let TypeOwner::Interface(owner) = ty.owner else {
        return None;
    };
    let interface = resolve.interfaces[owner].name.as_deref()?;
    Some(format!("{interface}.{}", ty.name.as_deref()?))
}

/// The names of a record's members or a variant's cases, in order.
fn parts(ty: &TypeDef) -> Box<dyn Iterator<Item = &str> + '_> {
    match &ty.kind {
        TypeDefKind::Record(record) => Box::new(record.fields.iter().map(|it| it.name.as_str())),
        TypeDefKind::Variant(variant) => Box::new(variant.cases.iter().map(|it| it.name.as_str())),
        _ => Box::new(std::iter::empty()),
    }
}
