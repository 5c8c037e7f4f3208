//! The macro that makes a component of an action's name.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use heck::ToSnakeCase as _;
use wit_parser::{InterfaceId, TypeDefKind, TypeId, WorldItem, WorldKey};

use crate::Generator;

impl Generator<'_> {
    /// The macro that makes a component of a module with an action's functions:
    /// an arm an action.
    pub(crate) fn actions(&self) -> Result<String> {
        let mut out = String::from(
            "/// Makes a component of an action: binds its world over the types of this crate, and\n\
             /// exports each function of the contract as the one of the same name in a module.\n\
             #[macro_export]\nmacro_rules! action {\n",
        );
        for (world, id) in &self.resolve.packages[self.package].worlds {
            let world_of = &self.resolve.worlds[*id];
            let exported: Vec<_> = interfaces(&world_of.exports).collect();
            let imported: Vec<_> = interfaces(&world_of.imports).collect();
            let Some(action) = exported.iter().find(|id| self.is_action(**id)) else {
                continue; // an adapter
            };
            let name = self.name(*action);
            write!(
                out,
                "({name:?}, $functions:path) => {{\n::wit_bindgen::generate!({{"
            )?;
            writeln!(out, "world: {world:?}, path: \"../../wit\", with: {{")?;
            for id in imported {
                let (interface, ours) = (self.id(id)?, self.bound(id)?);
                writeln!(out, "{interface:?}: {ours},")?;
            }
            for id in &exported {
                for (name, ty) in &self.resolve.interfaces[*id].types {
                    if let Some(path) = self.remapped(*ty)? {
                        writeln!(out, "\"{}/{name}\": clio_types::{path},", self.id(*id)?)?;
                    }
                }
            }
            out.push_str("}, });\nuse $functions as functions;\nstruct Component;\n");
            let module = name.to_snake_case();
            writeln!(
                out,
                "impl exports::clio::actions::{module}::Guest for Component {{"
            )?;
            for (function, it) in &self.resolve.interfaces[*action].functions {
                let (outcome, error) = self.outcome(it.result)?;
                let request = it.params.first().map(|it| it.ty).context("no parameter")?;
                let [request, outcome, error] = [request, outcome, error].map(|ty| {
                    self.rust(&ty)
                        .map(|it| it.replace("crate::", "clio_types::"))
                });
                let call = match world_of.imports.is_empty() {
                    true => format!("Ok(functions::{function}(&request)?)"),
                    false => format!(
                        "::clio_guest::run(|transport| functions::{function}(transport, &request))"
                    ),
                };
                writeln!(
                    out,
                    "fn {function}(request: {}) -> ::core::result::Result<{}, {}> {{ {call} }}",
                    request?, outcome?, error?
                )?;
            }
            out.push_str("}\nexport!(Component);\n};\n");
        }
        out.push_str("}\n");
        Ok(out)
    }

    /// Where an imported interface is bound: once for all actions.
    fn bound(&self, id: InterfaceId) -> Result<String> {
        let name = self.name(id);
        let package = self.resolve.interfaces[id].package.context("no package")?;
        let package = &self.resolve.packages[package].name;
        let module = name.to_snake_case();
        Ok(match package.namespace.as_str() {
            "wasi" => format!("::wasip2::{}::{module}", package.name.to_snake_case()),
            _ => format!("::clio_guest::{module}"),
        })
    }

    /// The type of this crate in place of one that wit-bindgen would make. Other
    /// names of a type or of a scalar are the same on both sides.
    fn remapped(&self, id: TypeId) -> Result<Option<String>> {
        match self.resolve.types[id].kind {
            TypeDefKind::Type(_) => Ok(None),
            _ => Ok(Some(self.path(id)?.replace("crate::", ""))),
        }
    }

    fn is_action(&self, id: InterfaceId) -> bool {
        self.resolve.interfaces[id].package == Some(self.package)
            && !self.resolve.interfaces[id].functions.is_empty()
            && self.name(id) != "credentials"
    }
}

fn interfaces(
    items: &wit_parser::IndexMap<WorldKey, WorldItem>,
) -> impl Iterator<Item = InterfaceId> {
    items.values().filter_map(|item| match item {
        WorldItem::Interface { id, .. } => Some(*id),
        _ => None,
    })
}
