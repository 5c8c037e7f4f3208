//! Turns the docs of the contract into the descriptions of a schema.
//!
//! The contract says `retry-after-ms` where JSON says `retry_after_ms`, and its
//! lines are broken for a source file. Readers of a schema see neither.

use std::collections::BTreeSet;

use wit_parser::{Docs, Resolve, TypeDefKind, TypeOwner};

use crate::schema::json_name;

/// Knows which names in code spans have another form in JSON.
#[derive(Debug)]
pub(crate) struct Prose {
    names: BTreeSet<String>,
}

impl Prose {
    /// Collects the names of all members, cases and flags in the package.
    pub(crate) fn new(resolve: &Resolve, package: wit_parser::PackageId) -> Self {
        let mut names = BTreeSet::new();
        for (_, ty) in &resolve.types {
            let TypeOwner::Interface(owner) = ty.owner else {
                continue;
            };
            if resolve.interfaces[owner].package != Some(package) {
                continue;
            }
            match &ty.kind {
                TypeDefKind::Record(it) => {
                    names.extend(it.fields.iter().map(|it| it.name.clone()));
                }
                TypeDefKind::Variant(it) => {
                    names.extend(it.cases.iter().map(|it| it.name.clone()));
                }
                TypeDefKind::Enum(it) => names.extend(it.cases.iter().map(|it| it.name.clone())),
                TypeDefKind::Flags(it) => names.extend(it.flags.iter().map(|it| it.name.clone())),
                _ => {}
            }
        }
        names.retain(|name| name.contains('-'));
        Self { names }
    }

    /// The description that an item's docs make, if it has any.
    pub(crate) fn of(&self, docs: &Docs) -> Option<String> {
        let text = docs.contents.as_deref()?.trim();
        (!text.is_empty()).then(|| self.rename(&unwrap_lines(text)))
    }

    /// Gives the names in code spans the form that JSON has for them.
    fn rename(&self, text: &str) -> String {
        let mut out = Vec::new();
        for (place, part) in text.split('`').enumerate() {
            let is_code = place % 2 == 1;
            out.push(if is_code {
                part.split('.')
                    .map(|name| match self.names.contains(name) {
                        true => json_name(name),
                        false => name.to_owned(),
                    })
                    .collect::<Vec<_>>()
                    .join(".")
            } else {
                part.to_owned()
            });
        }
        out.join("`")
    }
}

/// Joins the lines of each paragraph. Paragraphs stay apart by a blank line.
fn unwrap_lines(text: &str) -> String {
    text.split("\n\n")
        .map(|paragraph| {
            paragraph
                .lines()
                .map(str::trim)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect::<Vec<_>>()
        .join("\n\n")
}
