//! Makes the contract's types in Rust from `wit/`, and what binds a component to
//! its world with them.
//!
//! The generators of bindings make types of their own for every world and every
//! side, which then have to be converted. wit-bindgen takes other types in place
//! of its own, one by one, but names no file that could list them; wasmtime's
//! `bindgen!` does not give its cases the names of the JSON mapping. So the types
//! are made here, once.

mod action;
mod types;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use heck::{ToSnakeCase as _, ToUpperCamelCase as _};
use wit_parser::{InterfaceId, PackageId, Resolve, Type, TypeDefKind, TypeId, TypeOwner};

fn main() -> Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let wit = root.join("../../wit");
    println!("cargo::rerun-if-changed=build");
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

fn snake(name: &str) -> String {
    name.to_snake_case()
}
