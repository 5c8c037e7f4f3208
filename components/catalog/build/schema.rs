//! Writes WIT types as JSON Schema (draft 2020-12).
//!
//! The schemas describe exactly the JSON that the runner takes and gives:
//! snake_case names, absent or null for `none`, nothing unknown. Form builders,
//! workflow editors and validators read them, so the docs of the contract are
//! carried along as descriptions.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail, ensure};
use clio_json_schema::Schema;
use wit_parser::{Resolve, Type, TypeDefKind, TypeId, TypeOwner};

use crate::bounds::Bounds;
use crate::prose::Prose;

/// The greatest integer that every JSON reader keeps exactly.
const MAX_SAFE_INTEGER: i64 = 9_007_199_254_740_991;

/// How long base64 of 1 MiB is: the most content that is taken inline.
const MAX_BASE64: u64 = (1024_u64 * 1024).div_ceil(3) * 4;

/// Base64 with padding, in its one spelling: no bit is left over.
const BASE64: &str =
    "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$";

/// The dialect of every schema.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Writes the schema of one type, complete in itself. No type is null: that is
/// what a function gives that succeeds, or fails, without a word.
pub(crate) fn of(
    resolve: &Resolve,
    prose: &Prose,
    bounds: &Bounds,
    ty: Option<Type>,
) -> Result<Schema> {
    let mut writer = Writer {
        resolve,
        prose,
        bounds,
        names: BTreeMap::new(),
        taken: BTreeSet::new(),
        definitions: BTreeMap::new(),
    };
    // The root is written out in place, so that a reader sees its members
    // without following a reference.
    let mut root = match ty {
        None => Schema::kind("null"),
        Some(Type::Id(id)) => writer.definition(id)?,
        Some(plain) => writer.reference(&plain)?,
    };
    root.dialect = Some(DIALECT);
    root.definitions = writer.definitions.into_iter().collect();
    Ok(root)
}

/// Turns a WIT name into the name that JSON has for it.
pub(crate) fn json_name(wit: &str) -> String {
    wit.replace('-', "_")
}

struct Writer<'a> {
    resolve: &'a Resolve,
    prose: &'a Prose,
    bounds: &'a Bounds,
    /// What each named type is called in `$defs`.
    names: BTreeMap<usize, String>,
    taken: BTreeSet<String>,
    definitions: BTreeMap<String, Schema>,
}

impl Writer<'_> {
    /// A schema to stand where the type is used: a reference where the type
    /// has a name.
    fn reference(&mut self, ty: &Type) -> Result<Schema> {
        let Type::Id(id) = ty else {
            return plain(ty);
        };
        let id = self.original(*id);
        if self.resolve.types[id].name.is_none() {
            return self.definition(id);
        }
        let name = match self.names.get(&id.index()) {
            Some(name) => name.clone(),
            None => {
                let name = self.name(id)?;
                self.names.insert(id.index(), name.clone());
                let definition = self.definition(id)?;
                self.definitions.insert(name.clone(), definition);
                name
            }
        };
        Ok(Schema {
            reference: Some(format!("#/$defs/{name}")),
            ..Schema::default()
        })
    }

    /// Follows `use` to where the type is defined.
    fn original(&self, mut id: TypeId) -> TypeId {
        while let TypeDefKind::Type(Type::Id(next)) = &self.resolve.types[id].kind {
            if self.resolve.types[id].name != self.resolve.types[*next].name {
                break;
            }
            id = *next;
        }
        id
    }

    /// A name that no other type has: two interfaces may use the same one.
    fn name(&mut self, id: TypeId) -> Result<String> {
        let ty = &self.resolve.types[id];
        let own = json_name(ty.name.as_deref().context("a type without a name")?);
        if self.taken.insert(own.clone()) {
            return Ok(own);
        }
        let TypeOwner::Interface(owner) = ty.owner else {
            bail!("the name `{own}` stands for two types");
        };
        let interface = self.resolve.interfaces[owner].name.as_deref();
        let longer = format!("{}_{own}", json_name(interface.unwrap_or_default()));
        ensure!(
            self.taken.insert(longer.clone()),
            "the name `{longer}` stands for two types"
        );
        Ok(longer)
    }

    /// The schema of the type itself.
    fn definition(&mut self, id: TypeId) -> Result<Schema> {
        let id = self.original(id);
        let ty = &self.resolve.types[id];
        let name = ty.name.as_deref().unwrap_or_else(|| ty.kind.as_str());
        let mut schema = self
            .kind(&ty.kind)
            .with_context(|| format!("the type `{name}`"))?;
        self.bounds.apply(self.resolve, ty, &mut schema)?;
        if let Some(description) = self.prose.of(&ty.docs) {
            schema.description = Some(description);
        }
        Ok(schema)
    }

    fn kind(&mut self, kind: &TypeDefKind) -> Result<Schema> {
        Ok(match kind {
            TypeDefKind::Record(record) => {
                let mut schema = closed_object();
                for field in &record.fields {
                    let name = json_name(&field.name);
                    let mut member = self
                        .reference(&field.ty)
                        .with_context(|| format!("the member `{}`", field.name))?;
                    if let Some(description) = self.prose.of(&field.docs) {
                        member.description = Some(description);
                    }
                    if !self.may_be_absent(&field.ty) {
                        schema.required.push(name.clone());
                    }
                    schema.properties.push((name, member));
                }
                schema
            }
            TypeDefKind::Variant(variant) => {
                let mut schema = Schema::default();
                for case in &variant.cases {
                    let name = json_name(&case.name);
                    let mut one = match &case.ty {
                        None => Schema::constant(name),
                        Some(ty) => self.tagged(name, ty)?,
                    };
                    one.description = self.prose.of(&case.docs);
                    schema.one_of.push(one);
                }
                schema
            }
            TypeDefKind::Enum(cases) => Schema {
                one_of: self.constants(cases.cases.iter().map(|case| (&case.name, &case.docs))),
                ..Schema::kind("string")
            },
            TypeDefKind::Flags(flags) => Schema {
                items: Some(Box::new(Schema {
                    one_of: self.constants(flags.flags.iter().map(|flag| (&flag.name, &flag.docs))),
                    ..Schema::kind("string")
                })),
                unique_items: true,
                ..Schema::kind("array")
            },
            TypeDefKind::Option(inner) => {
                ensure!(
                    !self.is_option(inner),
                    "an option in an option cannot be told apart from absence in JSON"
                );
                self.reference(inner)?.or_null()
            }
            TypeDefKind::Result(result) => {
                let mut schema = Schema::default();
                for (name, ty) in [("ok", &result.ok), ("error", &result.err)] {
                    let one = match ty {
                        Some(ty) => self.tagged(name.to_owned(), ty)?,
                        None => tagged(name.to_owned(), Schema::kind("null")),
                    };
                    schema.one_of.push(one);
                }
                schema
            }
            TypeDefKind::List(Type::U8) => Schema {
                content_encoding: Some("base64"),
                pattern: Some(BASE64.to_owned()),
                max_length: Some(MAX_BASE64),
                ..Schema::kind("string")
            },
            TypeDefKind::List(inner) => Schema {
                items: Some(Box::new(self.reference(inner)?)),
                ..Schema::kind("array")
            },
            TypeDefKind::FixedLengthList(inner, length) => Schema {
                items: Some(Box::new(self.reference(inner)?)),
                min_items: Some(u64::from(*length)),
                max_items: Some(u64::from(*length)),
                ..Schema::kind("array")
            },
            TypeDefKind::Tuple(tuple) => {
                let length = tuple.types.len() as u64;
                let mut schema = Schema {
                    min_items: Some(length),
                    max_items: Some(length),
                    ..Schema::kind("array")
                };
                for inner in &tuple.types {
                    let item = self.reference(inner)?;
                    schema.prefix_items.push(item);
                }
                schema
            }
            TypeDefKind::Type(inner) => self.reference(inner)?,
            TypeDefKind::Resource
            | TypeDefKind::Handle(_)
            | TypeDefKind::Map(..)
            | TypeDefKind::Future(_)
            | TypeDefKind::Stream(_)
            | TypeDefKind::Unknown => {
                bail!(
                    "a {} is no plain data and cannot be carried as JSON",
                    kind.as_str()
                )
            }
        })
    }

    fn constants<'b>(
        &self,
        cases: impl Iterator<Item = (&'b String, &'b wit_parser::Docs)>,
    ) -> Vec<Schema> {
        cases
            .map(|(name, docs)| Schema {
                description: self.prose.of(docs),
                ..Schema::constant(json_name(name))
            })
            .collect()
    }

    fn tagged(&mut self, name: String, ty: &Type) -> Result<Schema> {
        let payload = self
            .reference(ty)
            .with_context(|| format!("the case `{name}`"))?;
        Ok(tagged(name, payload))
    }

    /// Absent means `none` for an option, and empty for a list.
    fn may_be_absent(&self, ty: &Type) -> bool {
        matches!(
            self.final_kind(ty),
            Some(TypeDefKind::Option(_) | TypeDefKind::List(_))
        )
    }

    fn is_option(&self, ty: &Type) -> bool {
        matches!(self.final_kind(ty), Some(TypeDefKind::Option(_)))
    }

    /// The kind of a type behind all its aliases. Plain types have none.
    fn final_kind(&self, ty: &Type) -> Option<&TypeDefKind> {
        let mut ty = ty;
        while let Type::Id(id) = ty {
            match &self.resolve.types[*id].kind {
                TypeDefKind::Type(next) => ty = next,
                kind => return Some(kind),
            }
        }
        None
    }
}

fn closed_object() -> Schema {
    Schema {
        additional_properties: Some(false),
        ..Schema::kind("object")
    }
}

/// A case with a payload: an object whose only member is named by the case.
fn tagged(name: String, payload: Schema) -> Schema {
    Schema {
        properties: vec![(name.clone(), payload)],
        required: vec![name],
        ..closed_object()
    }
}

fn plain(ty: &Type) -> Result<Schema> {
    let integer = |minimum: i64, maximum: i64| Schema {
        minimum: Some(minimum),
        maximum: Some(maximum),
        ..Schema::kind("integer")
    };
    // JSON readers lose digits of large numbers, so those go as strings. The
    // bounds say nothing about a string, and the pattern nothing about a number.
    let large = |minimum: i64, pattern: String| Schema {
        kind: vec!["integer", "string"],
        pattern: Some(pattern),
        ..integer(minimum, MAX_SAFE_INTEGER)
    };
    Ok(match ty {
        Type::Bool => Schema::kind("boolean"),
        Type::U8 => integer(0, u8::MAX.into()),
        Type::U16 => integer(0, u16::MAX.into()),
        Type::U32 => integer(0, u32::MAX.into()),
        Type::U64 => large(0, format!("^(0|{})$", up_to(u64::MAX))),
        Type::S8 => integer(i8::MIN.into(), i8::MAX.into()),
        Type::S16 => integer(i16::MIN.into(), i16::MAX.into()),
        Type::S32 => integer(i32::MIN.into(), i32::MAX.into()),
        Type::S64 => large(
            -MAX_SAFE_INTEGER,
            format!("^(0|-?({})|{})$", up_to(i64::MAX.unsigned_abs()), i64::MIN),
        ),
        Type::F32 | Type::F64 => Schema::kind("number"),
        Type::Char => Schema {
            min_length: Some(1),
            max_length: Some(1),
            ..Schema::kind("string")
        },
        Type::String => Schema::kind("string"),
        Type::ErrorContext => bail!("an error context is no plain data"),
        Type::Id(_) => bail!("a named type was taken for a plain one"),
    })
}

/// The pattern of the numbers from 1 up to `most`, in their one spelling.
pub(crate) fn up_to(most: u64) -> String {
    let digits = most.to_string();
    let mut choices = vec![digits.clone()];
    if digits.len() > 1 {
        choices.push(format!("[1-9][0-9]{{0,{}}}", digits.len() - 2));
    }
    // The same up to a place, a smaller digit there, and anything after it.
    for (place, digit) in digits.bytes().enumerate() {
        let least = if place == 0 { b'1' } else { b'0' };
        if digit > least {
            let (before, below) = (&digits[..place], char::from(digit - 1));
            let after = digits.len() - place - 1;
            choices.push(format!(
                "{before}[{}-{below}][0-9]{{{after}}}",
                char::from(least)
            ));
        }
    }
    choices.join("|")
}
