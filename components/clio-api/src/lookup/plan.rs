//! Which list holds the options of a kind, and how it is narrowed.

use clio_types::lookup::{ContactKind, FindRequest, Kind, Place, Subscription};

use super::wire;
use crate::fields::Fields;
use crate::input;
use crate::prelude::*;
use crate::problem::Failure;
use crate::query::Query;

/// The longest search text, in characters.
const LONGEST: usize = 200;

/// How options are found.
#[derive(Debug)]
pub(super) struct Plan {
    /// Path and query of the first page.
    pub(super) asked: String,
    /// What is looked for on this side, as names are compared.
    pub(super) needle: Option<String>,
    /// The most options of an answer.
    pub(super) limit: usize,
    /// Whether Clio searches.
    pub(super) searched: bool,
    /// The permission that the list needs, by Clio's name.
    pub(super) permission: &'static str,
    /// The input member that names a place in Clio.
    pub(super) field: &'static str,
}

/// Where the options of a kind stand.
struct List {
    query: Query,
    fields: Fields,
    permission: &'static str,
    field: &'static str,
    /// Whether Clio's `query` looks through the labels. `name` of users and
    /// practice areas is described as the given name, not as a part of it.
    searchable: bool,
    /// Whether the list can be ordered. Stages cannot.
    ordered: bool,
    /// The most rows of a page.
    most: u32,
}

/// Checks a request and turns it into the first page.
pub(super) fn plan(request: &FindRequest) -> Result<Plan, Failure> {
    let list = list(&request.kind)?;
    let limit = request.limit.unwrap_or(list.most);
    if !(1..=list.most).contains(&limit) {
        return Err(Failure::input(
            "/limit",
            format!("A page holds from 1 to {} of these options.", list.most),
        ));
    }
    let search = input::said(&request.search);
    if let Some(text) = search {
        input::no_controls("/search", text)?;
        if text.chars().count() > LONGEST {
            return Err(Failure::input(
                "/search",
                "The search text is longer than 200 characters.",
            ));
        }
    }
    let searched = search.is_some() && list.searchable;
    let needle = search.filter(|_| !searched).map(clio_text::name_key);
    let mut query = list.query.fields(list.fields);
    if let Some(text) = search.filter(|_| searched) {
        query = query.with("query", &clio_text::plain(text));
    }
    if list.ordered {
        query = query.with("order", "id(asc)");
    }
    // What is compared here is read in pages as large as they come.
    let rows = if needle.is_some() { list.most } else { limit };
    Ok(Plan {
        asked: query.with("limit", &rows.to_string()).into_string(),
        needle,
        limit: usize::try_from(limit).unwrap_or(usize::MAX),
        searched,
        permission: list.permission,
        field: list.field,
    })
}

fn list(kind: &Kind) -> Result<List, Failure> {
    let of = |path, fields, permission| List {
        query: Query::new(path),
        fields,
        permission,
        field: "/kind",
        searchable: false,
        ordered: true,
        most: 200,
    };
    Ok(match kind {
        Kind::PracticeAreas => of("practice_areas.json", wire::PRACTICE_AREA, "Matters"),
        Kind::Stages(area) => {
            input::id("/kind/stages", *area)?;
            let list = of("matter_stages.json", wire::STAGE, "Matters");
            List {
                query: list.query.with_id("practice_area_id", *area),
                field: "/kind/stages",
                ordered: false,
                ..list
            }
        }
        Kind::Users(scope) => {
            let list = of("users.json", wire::USER, "Users");
            let query = list.query.with("enabled", "true");
            List {
                // Lower case in the filter, where answers capitalise it.
                query: match scope.subscription {
                    None => query,
                    Some(Subscription::Attorney) => query.with("subscription_type", "attorney"),
                    Some(Subscription::NonAttorney) => {
                        query.with("subscription_type", "nonattorney")
                    }
                },
                most: 2000,
                ..list
            }
        }
        Kind::Matters(scope) => {
            let list = of("matters.json", wire::MATTER, "Matters");
            let mut query = list.query;
            let mut names = String::new();
            for status in &scope.statuses {
                if !names.is_empty() {
                    names.push(',');
                }
                names.push_str(status.name());
            }
            if !names.is_empty() {
                query = query.with("status", &names);
            }
            if let Some(id) = scope.client {
                input::id("/kind/matters/client", id)?;
                query = query.with_id("client_id", id);
            }
            List {
                query,
                field: "/kind/matters",
                searchable: true,
                ..list
            }
        }
        Kind::Contacts(scope) => {
            let list = of("contacts.json", wire::CONTACT, "Contacts");
            let mut query = list.query;
            match scope.kind {
                None => {}
                Some(ContactKind::Person) => query = query.with("type", "Person"),
                Some(ContactKind::Company) => query = query.with("type", "Company"),
            }
            if scope.clients_only == Some(true) {
                query = query.with("client_only", "true");
            }
            List {
                query,
                searchable: true,
                ..list
            }
        }
        Kind::Folders(place) => {
            // Not searched: the index of folders was seen to lag.
            let list = of("folders.json", wire::FOLDER, "Documents");
            let (field, name, id) = match *place {
                Place::Matter(id) => ("/kind/folders/matter", "matter_id", id),
                Place::Contact(id) => ("/kind/folders/contact", "contact_id", id),
                Place::Folder(id) => ("/kind/folders/folder", "parent_id", id),
            };
            input::id(field, id)?;
            let scope = match place {
                Place::Matter(_) | Place::Contact(_) => "descendants",
                Place::Folder(_) => "children",
            };
            List {
                query: list.query.with_id(name, id).with("scope", scope),
                field,
                ..list
            }
        }
        Kind::DocumentCategories => List {
            searchable: true,
            ..of("document_categories.json", wire::CATEGORY, "Documents")
        },
        Kind::DocumentTemplates => of("document_templates.json", wire::TEMPLATE, "Documents"),
        Kind::CustomFields(owner) => {
            let list = of("custom_fields.json", wire::CUSTOM_FIELD, "Custom fields");
            List {
                query: list.query.with("parent_type", owner.name()),
                searchable: true,
                ..list
            }
        }
    })
}

/// Whether a row belongs to what was asked for. A filter that Clio does not
/// know is ignored without a word.
pub(super) fn belongs(kind: &Kind, row: &wire::Row) -> bool {
    if row.deleted == Some(true) || row.deleted_at.is_some() {
        return false;
    }
    match kind {
        Kind::Stages(area) => row.practice_area_id.is_none_or(|id| id.0 == *area),
        Kind::Users(_) => row.enabled != Some(false),
        Kind::CustomFields(owner) => row
            .parent_type
            .as_deref()
            .is_none_or(|parent| parent.eq_ignore_ascii_case(owner.name())),
        _ => true,
    }
}
