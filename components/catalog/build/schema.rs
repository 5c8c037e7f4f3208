//! Writes WIT types as JSON Schema (draft 2020-12).
//!
//! Form builders, workflow editors and validators read the schemas, so the docs
//! of the contract are carried along as descriptions.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail, ensure};
use clio_json_schema::Schema;
use wit_parser::{Resolve, Type, TypeDefKind, TypeId, TypeOwner};

use crate::bounds::Bounds;
use crate::prose::Prose;

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
                let mut members = Vec::new();
                for field in &record.fields {
                    let mut member = self
                        .reference(&field.ty)
                        .with_context(|| format!("the member `{}`", field.name))?;
                    if let Some(description) = self.prose.of(&field.docs) {
                        member.description = Some(description);
                    }
                    let required = !self.may_be_absent(&field.ty);
                    members.push((json_name(&field.name), member, required));
                }
                Schema::record(members)
            }
            TypeDefKind::Variant(variant) => {
                let mut cases = Vec::new();
                for case in &variant.cases {
                    let payload = self
                        .optional(&case.ty)
                        .with_context(|| format!("the case `{}`", case.name))?;
                    let mut one = Schema::case(json_name(&case.name), payload);
                    one.description = self.prose.of(&case.docs);
                    cases.push(one);
                }
                Schema::variant(cases)
            }
            TypeDefKind::Enum(cases) => Schema::one_name(
                self.constants(cases.cases.iter().map(|case| (&case.name, &case.docs))),
            ),
            TypeDefKind::Flags(flags) => Schema::flags(
                self.constants(flags.flags.iter().map(|flag| (&flag.name, &flag.docs))),
            ),
            TypeDefKind::Option(inner) => {
                ensure!(
                    !self.is_option(inner),
                    "an option in an option cannot be told apart from absence in JSON"
                );
                self.reference(inner)?.or_null()
            }
            TypeDefKind::Result(result) => {
                let ok = self.optional(&result.ok).context("the case `ok`")?;
                let error = self.optional(&result.err).context("the case `error`")?;
                Schema::result(ok, error)
            }
            TypeDefKind::List(Type::U8) => Schema::bytes(),
            TypeDefKind::List(inner) => Schema::list(self.reference(inner)?),
            TypeDefKind::FixedLengthList(inner, length) => {
                Schema::fixed_list(self.reference(inner)?, *length)
            }
            TypeDefKind::Tuple(tuple) => {
                let items = tuple.types.iter().map(|inner| self.reference(inner));
                Schema::tuple(items.collect::<Result<_>>()?)
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

    /// The schema of a payload, where there is one.
    fn optional(&mut self, ty: &Option<Type>) -> Result<Option<Schema>> {
        ty.as_ref().map(|ty| self.reference(ty)).transpose()
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

fn plain(ty: &Type) -> Result<Schema> {
    Ok(match ty {
        Type::Bool => Schema::kind("boolean"),
        Type::U8 => Schema::unsigned(8),
        Type::U16 => Schema::unsigned(16),
        Type::U32 => Schema::unsigned(32),
        Type::U64 => Schema::unsigned(64),
        Type::S8 => Schema::signed(8),
        Type::S16 => Schema::signed(16),
        Type::S32 => Schema::signed(32),
        Type::S64 => Schema::signed(64),
        Type::F32 | Type::F64 => Schema::kind("number"),
        Type::Char => Schema::char(),
        Type::String => Schema::kind("string"),
        Type::ErrorContext => bail!("an error context is no plain data"),
        Type::Id(_) => bail!("a named type was taken for a plain one"),
    })
}
