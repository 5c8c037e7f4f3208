//! Makes the contract's types in Rust from `wit/`, and what binds a component to
//! its world with them.
//!
//! The generators of bindings make types of their own for every world and every
//! side, which then have to be converted. wit-bindgen takes other types in place
//! of its own, one by one, but names no file that could list them; wasmtime's
//! `bindgen!` does not give its cases the names of the JSON mapping. So the types
//! are made here, once.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use heck::{ToSnakeCase as _, ToUpperCamelCase as _};
use wit_parser::{
    Docs, Enum, Field, Interface, InterfaceId, PackageId, Record, Resolve, Type, TypeDefKind,
    TypeId, TypeOwner, Variant, WorldItem, WorldKey,
};

fn main() -> Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let wit = root.join("../../wit");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", wit.display());
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(&wit).context("cannot read `wit/`")?;
    let generator = Generator {
        resolve: &resolve,
        package,
        serde: env::var_os("CARGO_FEATURE_SERDE").is_some(),
        host: env::var_os("CARGO_FEATURE_HOST").is_some(),
    };
    let out = PathBuf::from(env::var("OUT_DIR")?);
    write(&out, "types.rs", &generator.modules()?)?;
    write(&out, "action.rs", &generator.actions()?)
}

fn write(folder: &Path, name: &str, text: &str) -> Result<()> {
    fs::write(folder.join(name), text).with_context(|| format!("cannot write `{name}`"))
}

struct Generator<'a> {
    resolve: &'a Resolve,
    package: PackageId,
    serde: bool,
    host: bool,
}

impl Generator<'_> {
    /// A module an interface, with its types.
    fn modules(&self) -> Result<String> {
        let mut out = String::new();
        for (name, id) in &self.resolve.packages[self.package].interfaces {
            if name == "credentials" {
                continue; // a host's answer, and no data of an action
            }
            let interface = &self.resolve.interfaces[*id];
            docs(&mut out, &interface.docs);
            writeln!(out, "pub mod {} {{", name.to_snake_case())?;
            for (name, id) in &interface.types {
                self.type_of(&mut out, name, *id)
                    .with_context(|| format!("the type `{name}`"))?;
            }
            self.requests(&mut out, name, interface)?;
            out.push_str("}\n");
        }
        Ok(out)
    }

    fn type_of(&self, out: &mut String, name: &str, id: TypeId) -> Result<()> {
        let ty = &self.resolve.types[id];
        docs(out, &ty.docs);
        let camel = name.to_upper_camel_case();
        match &ty.kind {
            TypeDefKind::Record(it) => self.record(out, &camel, id, it),
            TypeDefKind::Variant(it) => self.variant(out, &camel, id, it),
            TypeDefKind::Enum(it) => self.cases(out, &camel, id, it),
            TypeDefKind::Type(Type::Id(of)) if self.resolve.types[*of].owner != ty.owner => {
                writeln!(out, "pub use {};", self.path(*of)?).map_err(Into::into)
            }
            TypeDefKind::Type(of) => {
                writeln!(out, "pub type {camel} = {};", self.rust(of)?).map_err(Into::into)
            }
            other => bail!("{} is not data that an action takes", other.as_str()),
        }
    }

    fn record(&self, out: &mut String, name: &str, id: TypeId, record: &Record) -> Result<()> {
        let secret = record.fields.iter().any(|field| field.name == "secret");
        let empty = record
            .fields
            .iter()
            .all(|field| self.can_be_empty(&field.ty));
        let mut derives = String::from(if secret { "" } else { "Debug, " });
        if empty {
            derives.push_str("Default, ");
        }
        self.derive(out, &derives, id, "record");
        writeln!(out, "pub struct {name} {{")?;
        for field in &record.fields {
            docs(out, &field.docs);
            self.component_name(out, &field.name);
            self.json_of(out, &field.ty, true);
            writeln!(
                out,
                "pub {}: {},",
                snake(&field.name),
                self.rust(&field.ty)?
            )?;
        }
        out.push_str("}\n");
        if secret {
            debug(out, name)?;
            write!(out, "f.debug_struct({name:?})")?;
            // The URL that it is kept for may hold one, too.
            let shown = |field: &&Field| !matches!(field.name.as_str(), "secret" | "url");
            for field in record.fields.iter().filter(shown) {
                let field = snake(&field.name);
                write!(out, ".field({field:?}, &self.{field})")?;
            }
            out.push_str(".finish_non_exhaustive()\n}\n}\n");
        }
        if !empty {
            self.constructor(out, name, record)?;
        }
        Ok(())
    }

    /// `new`, which takes what must be said. The rest is empty, and set by
    /// struct update: so a member that the contract gets later is no break.
    fn constructor(&self, out: &mut String, name: &str, record: &Record) -> Result<()> {
        let needed = |ty: &Type| !self.can_be_empty(ty);
        if record.fields.iter().all(|field| needed(&field.ty)) {
            return Ok(());
        }
        writeln!(
            out,
            "impl {name} {{\n/// With what is always needed, and nothing else."
        )?;
        out.push_str("#[must_use]\npub fn new(");
        for field in record.fields.iter().filter(|field| needed(&field.ty)) {
            match self.rust(&field.ty)?.as_str() {
                text if self.is_string(&field.ty) => {
                    write!(out, "{}: impl Into<{text}>,", snake(&field.name))?;
                }
                ty => write!(out, "{}: {ty},", snake(&field.name))?,
            }
        }
        out.push_str(") -> Self {\nSelf {\n");
        for field in &record.fields {
            let member = snake(&field.name);
            match () {
                () if !needed(&field.ty) => writeln!(out, "{member}: Default::default(),")?,
                () if self.is_string(&field.ty) => writeln!(out, "{member}: {member}.into(),")?,
                () => writeln!(out, "{member},")?,
            }
        }
        out.push_str("}\n}\n}\n");
        Ok(())
    }

    fn variant(&self, out: &mut String, name: &str, id: TypeId, variant: &Variant) -> Result<()> {
        // A URL is a key to what lies behind it.
        let secret = variant.cases.iter().any(|case| case.name == "url");
        self.derive(out, if secret { "" } else { "Debug, " }, id, "variant");
        writeln!(out, "pub enum {name} {{")?;
        for case in &variant.cases {
            docs(out, &case.docs);
            self.component_name(out, &case.name);
            write!(out, "{}", case.name.to_upper_camel_case())?;
            if let Some(ty) = &case.ty {
                out.push('(');
                self.json_of(out, ty, false);
                write!(out, "{})", self.rust(ty)?)?;
            }
            out.push_str(",\n");
        }
        out.push_str("}\n");
        if secret {
            debug(out, name)?;
            out.push_str("f.write_str(match self {\n");
            for case in &variant.cases {
                let camel = case.name.to_upper_camel_case();
                match case.ty {
                    Some(_) => writeln!(out, "Self::{camel}(_) => \"{camel}(..)\",")?,
                    None => writeln!(out, "Self::{camel} => {camel:?},")?,
                }
            }
            out.push_str("})\n}\n}\n");
        }
        Ok(())
    }

    fn cases(&self, out: &mut String, name: &str, id: TypeId, cases: &Enum) -> Result<()> {
        self.derive(out, "Debug, PartialOrd, Ord, ", id, "enum");
        writeln!(
            out,
            "#[repr(u8)]\n#[allow(missing_docs)]\npub enum {name} {{"
        )?;
        for case in &cases.cases {
            docs(out, &case.docs);
            self.component_name(out, &case.name);
            writeln!(out, "{},", case.name.to_upper_camel_case())?;
        }
        writeln!(
            out,
            "}}\nimpl {name} {{\n/// All cases, in the contract's order."
        )?;
        write!(out, "pub const ALL: [Self; {}] = [", cases.cases.len())?;
        for case in &cases.cases {
            write!(out, "Self::{}, ", case.name.to_upper_camel_case())?;
        }
        out.push_str(
            "];\n/// Its name in JSON, which for what Clio knows is Clio's.\n#[must_use]\n",
        );
        out.push_str("pub const fn name(self) -> &'static str {\nmatch self {\n");
        for case in &cases.cases {
            let (camel, snake) = (case.name.to_upper_camel_case(), snake(&case.name));
            writeln!(out, "Self::{camel} => {snake:?},")?;
        }
        out.push_str("}\n}\n/// The case of that name.\n#[must_use]\n");
        out.push_str("pub fn parse(name: &str) -> Option<Self> {\n");
        out.push_str("Self::ALL.into_iter().find(|case| case.name() == name)\n}\n");
        // What wit-bindgen expects of an enum.
        out.push_str("#[doc(hidden)]\n");
        out.push_str(
            "#[cfg(target_family = \"wasm\")]\npub fn _lift(case: u8) -> Self {\nmatch case {\n",
        );
        for (n, case) in cases.cases.iter().enumerate() {
            let n = if n + 1 == cases.cases.len() {
                "_".to_owned()
            } else {
                n.to_string()
            };
            writeln!(out, "{n} => Self::{},", case.name.to_upper_camel_case())?;
        }
        out.push_str("}\n}\n}\n");
        Ok(())
    }

    fn derive(&self, out: &mut String, more: &str, id: TypeId, kind: &str) {
        let copy = if self.is_copy(&Type::Id(id)) {
            "Copy, "
        } else {
            ""
        };
        let _ = writeln!(out, "#[derive(Clone, {copy}{more}PartialEq, Eq)]");
        if self.serde {
            out.push_str("#[derive(::serde::Serialize, ::serde::Deserialize)]\n");
            out.push_str("#[serde(rename_all = \"snake_case\", deny_unknown_fields)]\n");
        }
        if self.host {
            out.push_str("#[derive(::wasmtime::component::ComponentType, ::wasmtime::component::Lift, ::wasmtime::component::Lower)]\n");
            let _ = writeln!(out, "#[component({kind})]");
        }
    }

    fn component_name(&self, out: &mut String, name: &str) {
        if self.host {
            let _ = writeln!(out, "#[component(name = {name:?})]");
        }
    }

    /// How a member or a payload is written in JSON.
    fn json_of(&self, out: &mut String, ty: &Type, member: bool) {
        if !self.serde {
            return;
        }
        let how = match self.shape(ty) {
            Shape::Option(inner) => match self.shape(&inner) {
                Shape::Wide => ", with = \"crate::json::wide_option\"",
                _ => "",
            },
            Shape::List(inner) => match self.shape(&inner) {
                Shape::Wide => ", with = \"crate::json::wide_list\"",
                Shape::Byte => ", with = \"crate::json::bytes\"",
                _ => "",
            },
            Shape::Wide => "with = \"crate::json::wide\"",
            _ => return,
        };
        let default = match self.shape(ty) {
            Shape::Option(_) if member => "default, skip_serializing_if = \"Option::is_none\"",
            Shape::List(_) if member => "default",
            _ => "",
        };
        let all = format!("{default}{how}");
        let all = all.trim_start_matches(", ");
        if !all.is_empty() {
            let _ = writeln!(out, "#[serde({all})]");
        }
    }

    /// Which request asks which function.
    fn requests(&self, out: &mut String, action: &str, interface: &Interface) -> Result<()> {
        for (name, function) in &interface.functions {
            let [parameter] = function.params.as_slice() else {
                bail!("`{action}.{name}` does not take one request");
            };
            let (outcome, _) = self.outcome(function.result)?;
            writeln!(
                out,
                "impl crate::Request for {} {{\nconst ACTION: &'static str = {action:?};\nconst FUNCTION: &'static str = {name:?};\ntype Outcome = {};\n}}",
                self.rust(&parameter.ty)?,
                self.rust(&outcome)?
            )?;
        }
        Ok(())
    }

    fn outcome(&self, result: Option<Type>) -> Result<(Type, Type)> {
        if let Some(Type::Id(id)) = result
            && let TypeDefKind::Result(result) = &self.resolve.types[id].kind
            && let (Some(ok), Some(error)) = (result.ok, result.err)
        {
            return Ok((ok, error));
        }
        bail!("a function returns no `result` of an outcome and an error")
    }

    /// The macro that makes a component of a module with an action's functions:
    /// an arm an action.
    fn actions(&self) -> Result<String> {
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
            write!(out, "world: {world:?}, path: \"../../wit\", with: {{\n")?;
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

    fn name(&self, id: InterfaceId) -> &str {
        self.resolve.interfaces[id]
            .name
            .as_deref()
            .unwrap_or_default()
    }

    fn id(&self, id: InterfaceId) -> Result<String> {
        self.resolve.id_of(id).context("an interface has no name")
    }

    /// The type in Rust.
    fn rust(&self, ty: &Type) -> Result<String> {
        Ok(match ty {
            Type::Bool => "bool".into(),
            Type::U8 => "u8".into(),
            Type::U16 => "u16".into(),
            Type::U32 => "u32".into(),
            Type::U64 => "u64".into(),
            Type::S64 => "i64".into(),
            Type::String => "::alloc::string::String".into(),
            Type::Id(id) => match &self.resolve.types[*id] {
                it if it.name.is_some() => self.path(*id)?,
                it => match &it.kind {
                    TypeDefKind::Option(of) => {
                        format!("::core::option::Option<{}>", self.rust(of)?)
                    }
                    TypeDefKind::List(of) => format!("::alloc::vec::Vec<{}>", self.rust(of)?),
                    other => bail!("{} has no name", other.as_str()),
                },
            },
            other => bail!("{other:?} is not used by the contract so far"),
        })
    }

    fn path(&self, id: TypeId) -> Result<String> {
        let ty = &self.resolve.types[id];
        let (Some(name), TypeOwner::Interface(owner)) = (&ty.name, ty.owner) else {
            bail!("a type belongs to no interface");
        };
        let module = self.name(owner).to_snake_case();
        Ok(format!("crate::{module}::{}", name.to_upper_camel_case()))
    }

    /// Whether a member may be left out: it is then absent or empty.
    fn can_be_empty(&self, ty: &Type) -> bool {
        matches!(self.shape(ty), Shape::Option(_) | Shape::List(_))
    }

    fn is_string(&self, ty: &Type) -> bool {
        matches!(self.shape(ty), Shape::String)
    }

    fn is_copy(&self, ty: &Type) -> bool {
        match self.shape(ty) {
            Shape::String | Shape::List(_) => false,
            Shape::Option(of) => self.is_copy(&of),
            Shape::Named(id) => match &self.resolve.types[id].kind {
                TypeDefKind::Record(it) => it.fields.iter().all(|field| self.is_copy(&field.ty)),
                TypeDefKind::Variant(it) => it
                    .cases
                    .iter()
                    .all(|case| case.ty.is_none_or(|ty| self.is_copy(&ty))),
                _ => true,
            },
            Shape::Wide | Shape::Byte | Shape::Other => true,
        }
    }

    /// What a type is beneath its names.
    fn shape(&self, ty: &Type) -> Shape {
        match ty {
            Type::U64 => Shape::Wide,
            Type::U8 => Shape::Byte,
            Type::String => Shape::String,
            Type::Id(id) => match &self.resolve.types[*id].kind {
                TypeDefKind::Type(of) => self.shape(of),
                TypeDefKind::Option(of) => Shape::Option(*of),
                TypeDefKind::List(of) => Shape::List(*of),
                _ => Shape::Named(*id),
            },
            _ => Shape::Other,
        }
    }
}

/// What matters of a type for what is derived and for JSON.
enum Shape {
    /// 64 bits, of which a JSON number carries 53.
    Wide,
    Byte,
    String,
    Option(Type),
    List(Type),
    /// A record, a variant or an enum.
    Named(TypeId),
    Other,
}

fn interfaces(
    items: &wit_parser::IndexMap<WorldKey, WorldItem>,
) -> impl Iterator<Item = InterfaceId> {
    items.values().filter_map(|item| match item {
        WorldItem::Interface { id, .. } => Some(*id),
        _ => None,
    })
}

/// The head of a `Debug` that leaves secrets out.
fn debug(out: &mut String, name: &str) -> Result<()> {
    writeln!(out, "impl ::core::fmt::Debug for {name} {{")?;
    out.push_str("fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {\n");
    Ok(())
}

fn snake(name: &str) -> String {
    name.to_snake_case()
}

fn docs(out: &mut String, docs: &Docs) {
    for line in docs.contents.iter().flat_map(|text| text.lines()) {
        let _ = writeln!(out, "/// {line}");
    }
}
