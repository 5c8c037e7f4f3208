//! The types themselves: a module an interface.

use std::fmt::Write as _;

use anyhow::{Context as _, Result, bail};
use heck::{ToSnakeCase as _, ToUpperCamelCase as _};
use wit_parser::{Docs, Enum, Field, Interface, Record, Type, TypeDefKind, TypeId, Variant};

use crate::{Generator, Shape, snake};

/// Members that hold a secret under another name: the secret of a webhook comes in
/// a header, and is the answer to its handshake.
const SECRETS: [(&str, &str); 2] = [("Header", "value"), ("Handshake", "answer")];

impl Generator<'_> {
    /// A module an interface, with its types.
    pub(crate) fn modules(&self) -> Result<String> {
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
        let hides = |field: &Field| {
            field.name == "secret" || SECRETS.contains(&(name, field.name.as_str()))
        };
        let secret = record.fields.iter().any(hides);
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
            for field in &record.fields {
                if hides(field) || field.name == "url" {
                    continue;
                }
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

    pub(crate) fn outcome(&self, result: Option<Type>) -> Result<(Type, Type)> {
        if let Some(Type::Id(id)) = result
            && let TypeDefKind::Result(result) = &self.resolve.types[id].kind
            && let (Some(ok), Some(error)) = (result.ok, result.err)
        {
            return Ok((ok, error));
        }
        bail!("a function returns no `result` of an outcome and an error")
    }
}

/// The head of a `Debug` that leaves secrets out.
fn debug(out: &mut String, name: &str) -> Result<()> {
    writeln!(out, "impl ::core::fmt::Debug for {name} {{")?;
    out.push_str("fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {\n");
    Ok(())
}

fn docs(out: &mut String, docs: &Docs) {
    for line in docs.contents.iter().flat_map(|text| text.lines()) {
        let _ = writeln!(out, "/// {line}");
    }
}
