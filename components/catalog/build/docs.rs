//! Finds items of the contract that nobody documented.
//!
//! The docs are the only place where success, absence, units and errors are
//! said, and every reader of a schema gets them. So a missing one stops the
//! build. Only an enum whose cases all speak for themselves may leave them
//! without docs, and then all of them: where one needs a word, all do.

use wit_parser::{Docs, PackageId, Resolve, Type, TypeDef, TypeDefKind};

/// Names every item of a package that has no docs.
pub(crate) fn undocumented(resolve: &Resolve, package: PackageId) -> Vec<String> {
    let mut missing = Vec::new();
    let package = &resolve.packages[package];
    for (name, id) in &package.worlds {
        check(&mut missing, &resolve.worlds[*id].docs, name.clone());
    }
    for (name, id) in &package.interfaces {
        let interface = &resolve.interfaces[*id];
        check(&mut missing, &interface.docs, name.clone());
        for (function, it) in &interface.functions {
            check(&mut missing, &it.docs, format!("{name}.{function}"));
        }
        for (type_name, id) in &interface.types {
            let ty = &resolve.types[*id];
            if is_use(resolve, ty) {
                continue;
            }
            let path = format!("{name}.{type_name}");
            check(&mut missing, &ty.docs, path.clone());
            parts(&mut missing, &ty.kind, &path);
        }
    }
    missing
}

/// Whether the type only brings in another interface's type of the same name
/// or under a new one: `use` takes no docs.
fn is_use(resolve: &Resolve, ty: &TypeDef) -> bool {
    match ty.kind {
        TypeDefKind::Type(Type::Id(of)) => resolve.types[of].owner != ty.owner,
        _ => false,
    }
}

fn parts(missing: &mut Vec<String>, kind: &TypeDefKind, path: &str) {
    let parts: Vec<(&String, &Docs)> = match kind {
        TypeDefKind::Record(it) => it.fields.iter().map(|it| (&it.name, &it.docs)).collect(),
        TypeDefKind::Variant(it) => it.cases.iter().map(|it| (&it.name, &it.docs)).collect(),
        TypeDefKind::Flags(it) => it.flags.iter().map(|it| (&it.name, &it.docs)).collect(),
        TypeDefKind::Enum(it) if it.cases.iter().all(|it| is_blank(&it.docs)) => Vec::new(),
        TypeDefKind::Enum(it) => it.cases.iter().map(|it| (&it.name, &it.docs)).collect(),
        _ => Vec::new(),
    };
    for (name, docs) in parts {
        check(missing, docs, format!("{path}.{name}"));
    }
}

fn check(missing: &mut Vec<String>, docs: &Docs, path: String) {
    if is_blank(docs) {
        missing.push(path);
    }
}

fn is_blank(docs: &Docs) -> bool {
    docs.contents
        .as_deref()
        .is_none_or(|text| text.trim().is_empty())
}
