//! Whether everything that a mapping names stands in the account.

use std::collections::BTreeMap;

use clio_host::actions::lookup::{Choice, Entry, FieldOwner, Kind};
use clio_text::label_key;

use super::Account;
use crate::case::{Mistake, Pointer};
use crate::failure::Failure;
use crate::mapping::{Field, Mapping, Target, Terms};

/// Everything that a mapping names and the account lacks. Each list is read at
/// most once, and only where the mapping names something of it.
pub async fn check(mapping: &Mapping, account: &Account) -> Result<Vec<Mistake>, Failure> {
    let mut found = Vec::new();
    case_types(mapping, account, &mut found).await?;
    for (member, fields, owner) in [
        ("client_fields", &mapping.client_fields, FieldOwner::Contact),
        ("matter_fields", &mapping.matter_fields, FieldOwner::Matter),
    ] {
        if let Some(fields) = fields
            && fields.iter().next().is_some()
        {
            let offered = account.all(Kind::CustomFields(owner)).await?;
            fields_of(fields, &Pointer::root().then(member), &offered, &mut found);
        }
    }
    document_kinds(mapping, account, &mut found).await?;
    Ok(found)
}

async fn case_types(
    mapping: &Mapping,
    account: &Account,
    found: &mut Vec<Mistake>,
) -> Result<(), Failure> {
    let Some(types) = &mapping.case_types else {
        return Ok(());
    };
    if types.iter().next().is_none() {
        return Ok(());
    }
    let root = Pointer::root().then("case_types");
    let areas = account.all(Kind::PracticeAreas).await?;
    // The stages of each practice area that one is named of.
    let mut stages: Vec<(u64, Vec<Entry>)> = Vec::new();
    for (term, known) in types.iter() {
        let at = root.then(term);
        let area = match one(&areas, &known.practice_area) {
            Ok(area) => area,
            Err(what) => {
                found.push(Mistake::new(at, format!("the practice area {what}")));
                continue;
            }
        };
        let Some(stage) = &known.stage else {
            continue;
        };
        if !stages.iter().any(|(of, _)| *of == area.id) {
            let listed = account.all(Kind::Stages(area.id)).await?;
            stages.push((area.id, listed));
        }
        let listed = stages.iter().find(|(of, _)| *of == area.id);
        let listed = listed.map_or(&[][..], |(_, listed)| listed);
        if let Err(what) = one(listed, stage) {
            let what = format!("the stage {what}, among those of this practice area");
            found.push(Mistake::new(at.then("stage"), what));
        }
    }
    Ok(())
}

fn fields_of(fields: &Terms<Field>, root: &Pointer, offered: &[Entry], found: &mut Vec<Mistake>) {
    // The term that leads to each field.
    let mut led: BTreeMap<u64, &str> = BTreeMap::new();
    for (term, known) in fields.iter() {
        let at = root.then(term);
        let field = match one(offered, &known.field) {
            Ok(field) => field,
            Err(what) => {
                found.push(Mistake::new(at, format!("the custom field {what}")));
                continue;
            }
        };
        if let Some(first) = led.insert(field.id, term) {
            let what = format!(
                "leads to the same custom field as {}: a case with both cannot be written",
                root.then(first)
            );
            found.push(Mistake::new(at.clone(), what));
        }
        // What is no picklist takes any value of its type.
        if field.choices.is_empty() {
            continue;
        }
        for (value, label) in &known.values {
            if let Err(what) = option(&field.choices, label) {
                found.push(Mistake::new(at.then("values").then(value), what));
            }
        }
    }
}

async fn document_kinds(
    mapping: &Mapping,
    account: &Account,
    found: &mut Vec<Mistake>,
) -> Result<(), Failure> {
    let kinds = mapping.document_kinds.iter().flat_map(Terms::iter);
    let named: Vec<_> = kinds
        .filter_map(|(term, kind)| Some((term, kind.category.as_ref()?)))
        .collect();
    if named.is_empty() {
        return Ok(());
    }
    let categories = account.all(Kind::DocumentCategories).await?;
    let root = Pointer::root().then("document_kinds");
    for (term, category) in named {
        // Of several of one name an upload takes the oldest.
        if !categories.iter().any(|entry| is_meant(entry, category)) {
            let what = "is not in the account";
            let at = root.then(term).then("category");
            found.push(Mistake::new(at, format!("the document category {what}")));
        }
    }
    Ok(())
}

/// Whether one option is meant: the very label goes before one that differs in
/// case or space, as when a value is written.
fn option(choices: &[Choice], label: &str) -> Result<(), &'static str> {
    let exact = |choice: &&Choice| choice.label.trim() == label.trim();
    let alike = |choice: &&Choice| same(&choice.label, label);
    let count = match choices.iter().filter(exact).count() {
        0 => choices.iter().filter(alike).count(),
        exact => exact,
    };
    match count {
        1 => Ok(()),
        0 => Err("is none of the options of the field"),
        _ => Err("is the label of several options of the field; rename one of them in Clio"),
    }
}

/// The one entry that is meant.
fn one<'e>(entries: &'e [Entry], target: &Target) -> Result<&'e Entry, &'static str> {
    let mut meant = entries.iter().filter(|entry| is_meant(entry, target));
    match (meant.next(), meant.next()) {
        (Some(entry), None) => Ok(entry),
        (Some(_), Some(_)) => Err("stands there several times under this name; give its id"),
        (None, _) => Err("is not in the account"),
    }
}

fn is_meant(entry: &Entry, target: &Target) -> bool {
    match target {
        Target::Id(id) => entry.id == *id,
        Target::Name(name) => same(&entry.label, name),
    }
}

/// As the actions compare labels when a case is written.
fn same(one: &str, other: &str) -> bool {
    label_key(one) == label_key(other)
}
