//! Contacts: persons and companies.

use serde_json::{Map, Value, json};

use super::{
    CustomValue, Folder, Member, ParentType, Resource, Row, RowKind, SearchText, Stamp, View,
    World, record, shown_values,
};
use crate::token::Area;

/// Person or company. The type of a contact does not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContactKind {
    Person,
    Company,
}

impl ContactKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Person => "Person",
            Self::Company => "Company",
        }
    }
}

/// A contact.
#[derive(Debug, Clone)]
pub(crate) struct Contact {
    pub(crate) stamp: Stamp,
    pub(crate) kind: ContactKind,
    /// What a body sets and an answer shows unchanged: `first_name`, `title`,
    /// `date_of_birth`, … and a company's `name`.
    pub(crate) cells: Map<String, Value>,
    pub(crate) rows: Vec<Row>,
    pub(crate) company: Option<u64>,
    pub(crate) values: Vec<CustomValue>,
    /// The root folder; made when it is first needed.
    pub(crate) folder: Option<u64>,
    pub(crate) search: SearchText,
}

impl Contact {
    /// One that nothing is said of yet.
    pub(crate) fn new(stamp: Stamp, kind: ContactKind) -> Self {
        Self {
            stamp,
            kind,
            cells: Map::new(),
            rows: Vec::new(),
            company: None,
            values: Vec::new(),
            folder: None,
            search: SearchText::default(),
        }
    }

    /// Cells a body may set.
    pub(crate) const CELLS: [&'static str; 11] = [
        "first_name",
        "middle_name",
        "last_name",
        "prefix",
        "title",
        "date_of_birth",
        "ledes_client_id",
        "sales_tax_number",
        "clio_connect_email",
        "currency",
        "co_counsel_rate",
    ];

    pub(crate) fn cell(&self, name: &str) -> &str {
        self.cells.get(name).and_then(Value::as_str).unwrap_or("")
    }

    /// The name: a company's own, a person's made of its parts.
    pub(crate) fn name(&self) -> String {
        match self.kind {
            ContactKind::Company => self.cell("name").to_owned(),
            ContactKind::Person => ["first_name", "middle_name", "last_name"]
                .iter()
                .map(|part| self.cell(part))
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(" "),
        }
    }

    pub(crate) fn rows(&self, kind: RowKind) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |r| r.kind == kind)
    }

    fn primary(&self, kind: RowKind) -> Option<&Row> {
        self.rows(kind).find(|r| r.primary)
    }

    fn secondary(&self, kind: RowKind) -> Option<&Row> {
        self.rows(kind).find(|r| !r.primary)
    }

    /// What `query=` looks through: names, title, every row, custom field
    /// values, the company's name and those of related matters.
    pub(crate) fn search_text(&self, world: &World) -> String {
        let mut parts = vec![self.name(), self.cell("title").to_owned()];
        for row in &self.rows {
            parts.extend(
                row.cells
                    .values()
                    .filter_map(Value::as_str)
                    .map(str::to_owned),
            );
        }
        parts.extend(self.values.iter().map(|v| v.text()));
        if let Some(company) = self.company.and_then(|id| world.contacts.get(&id)) {
            parts.push(company.name());
        }
        for matter in world.matters.values().filter(|m| m.client == self.stamp.id) {
            parts.push(matter.display_number.clone());
            parts.push(matter.description.clone());
        }
        parts.join("\n")
    }
}

record!(Contact in contacts, "Contact",
    const GUARDED: Option<Area> = Some(Area::Contacts);

    fn put(mut self, world: &mut World) {
        let text = self.search_text(world);
        self.search.set(&text, world);
        world.contacts.insert(self.stamp.id, self);
    }
);

impl World {
    pub(crate) fn is_client(&self, contact: u64) -> bool {
        self.matters.values().any(|m| m.client == contact)
    }
}

impl Resource for Contact {
    fn stamp(&self) -> Option<&Stamp> {
        Some(&self.stamp)
    }

    fn member<'v>(&'v self, view: &'v View<'v>, name: &str) -> Member<'v> {
        let row_text = |row: Option<&Row>| Member::Value(json!(row.map(Row::text)));
        let rows = |kind| Member::many(self.rows(kind));
        match name {
            "name" => Member::text(self.name()),
            "type" => Member::text(self.kind.name()),
            "initials" => Member::text(
                self.name()
                    .split_whitespace()
                    .filter_map(|w| w.chars().next())
                    .take(2)
                    .collect::<String>(),
            ),
            "primary_email_address" => row_text(self.primary(RowKind::Email)),
            "secondary_email_address" => row_text(self.secondary(RowKind::Email)),
            "primary_phone_number" => row_text(self.primary(RowKind::Phone)),
            "secondary_phone_number" => row_text(self.secondary(RowKind::Phone)),
            "email_addresses" => rows(RowKind::Email),
            "phone_numbers" => rows(RowKind::Phone),
            "addresses" => rows(RowKind::Address),
            "web_sites" => rows(RowKind::WebSite),
            "instant_messengers" => rows(RowKind::InstantMessenger),
            "primary_address" => row_member(self.primary(RowKind::Address)),
            "secondary_address" => row_member(self.secondary(RowKind::Address)),
            "primary_web_site" => row_member(self.primary(RowKind::WebSite)),
            "primary_work_address" => {
                row_member(self.rows(RowKind::Address).find(|r| r.label() == "Work"))
            }
            "is_client" => Member::Value(json!(view.world.is_client(self.stamp.id))),
            "is_co_counsel"
            | "is_bill_recipient"
            | "is_clio_for_client_user"
            | "has_clio_for_clients_permission"
            | "locked_clio_connect_email" => Member::Value(json!(false)),
            "company" => view.record::<Contact>(self.company),
            "folder" => view.record::<Folder>(self.folder),
            "custom_field_values" => {
                Member::many(shown_values(view, ParentType::Contact, &self.values))
            }
            "currency" | "co_counsel_rate" => Member::Absent,
            _ => Member::cell(&self.cells, name),
        }
    }
}

fn row_member<'v>(row: Option<&'v Row>) -> Member<'v> {
    Member::one(row)
}
