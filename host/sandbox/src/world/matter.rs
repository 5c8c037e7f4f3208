//! Matters.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    CustomValue, Member, ParentType, Resource, SearchText, Stamp, View, World, shown_values,
};
use crate::token::Area;

/// Lower case in bodies and filters, capitalised in answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum MatterStatus {
    Open,
    Pending,
    Closed,
}

impl MatterStatus {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "open" => Some(Self::Open),
            "pending" => Some(Self::Pending),
            "closed" => Some(Self::Closed),
            _ => None,
        }
    }

    pub(crate) fn answer(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Pending => "Pending",
            Self::Closed => "Closed",
        }
    }
}

/// A matter.
#[derive(Debug, Clone)]
pub(crate) struct Matter {
    pub(crate) stamp: Stamp,
    pub(crate) client: u64,
    pub(crate) number: u32,
    pub(crate) display_number: String,
    pub(crate) description: String,
    pub(crate) status: MatterStatus,
    /// What a body sets and an answer shows unchanged: `client_reference`,
    /// `location`, the dates, `billable`.
    pub(crate) cells: Map<String, Value>,
    pub(crate) billing_method: &'static str,
    pub(crate) practice_area: Option<u64>,
    pub(crate) stage: Option<u64>,
    pub(crate) stage_changed: Option<Timestamp>,
    pub(crate) responsible_attorney: Option<u64>,
    pub(crate) originating_attorney: Option<u64>,
    pub(crate) responsible_staff: Option<u64>,
    pub(crate) values: Vec<CustomValue>,
    pub(crate) folder: Option<u64>,
    pub(crate) search: SearchText,
}

impl Matter {
    /// Cells a body may set.
    pub(crate) const CELLS: [&'static str; 6] = [
        "client_reference",
        "location",
        "open_date",
        "pending_date",
        "close_date",
        "billable",
    ];

    pub(crate) fn cell(&self, name: &str) -> &str {
        self.cells.get(name).and_then(Value::as_str).unwrap_or("")
    }

    pub(crate) fn billable(&self) -> bool {
        self.cells
            .get("billable")
            .and_then(Value::as_bool)
            .unwrap_or(true)
    }
}

impl World {
    /// Puts a matter back and lets the index know. The search looks through the
    /// numbers, the description and the client's names, but neither through
    /// custom fields nor through `client_reference`.
    pub(crate) fn put_matter(&mut self, mut matter: Matter) {
        let client = matter.client;
        let text = [
            matter.display_number.clone(),
            matter.number.to_string(),
            matter.description.clone(),
            self.contacts
                .get(&client)
                .map(super::Contact::name)
                .unwrap_or_default(),
        ]
        .join("\n");
        let (now, lag) = (self.now(), self.switches.search_lag);
        matter.search.set(&text, now, lag);
        self.matters.insert(matter.stamp.id, matter);
        // A contact is found by its matters' names as well.
        if let Some(contact) = self.contacts.get(&client).cloned() {
            self.put_contact(contact);
        }
    }

    /// The number Clio's default scheme gives: `00001-Lee`.
    pub(crate) fn display_number(&self, number: u32, client: u64) -> String {
        let name = self.contacts.get(&client).map_or_else(String::new, |c| {
            let last = c.cell("last_name");
            if last.is_empty() {
                c.name()
            } else {
                last.to_owned()
            }
        });
        format!("{number:05}-{name}")
    }
}

impl Resource for Matter {
    fn stamp(&self) -> Option<&Stamp> {
        Some(&self.stamp)
    }

    fn member<'v>(&'v self, view: &'v View<'v>, name: &str) -> Member<'v> {
        let world = view.world;
        let user = |id: Option<u64>| {
            Member::one(
                id.and_then(|id| world.users.get(&id))
                    .map(|u| u as &dyn Resource),
            )
        };
        match name {
            "number" => Member::Value(self.number.into()),
            "display_number" => Member::text(&self.display_number),
            "description" => Member::text(&self.description),
            "status" => Member::text(self.status.answer()),
            "billable" => Member::Value(json!(self.billable())),
            "billing_method" => Member::text(self.billing_method),
            "client_id" => Member::Value(self.client.into()),
            "client" => view.guarded(
                Area::Contacts,
                world.contacts.get(&self.client).map(|c| c as &dyn Resource),
            ),
            "practice_area" => Member::one(
                self.practice_area
                    .and_then(|id| world.practice_areas.get(&id))
                    .map(|p| p as &dyn Resource),
            ),
            "matter_stage" => Member::one(
                self.stage
                    .and_then(|id| world.stages.get(&id))
                    .map(|s| s as &dyn Resource),
            ),
            "matter_stage_updated_at" => view.instant(self.stage_changed),
            "responsible_attorney" => user(self.responsible_attorney),
            "originating_attorney" => user(self.originating_attorney),
            "responsible_staff" => user(self.responsible_staff),
            "user" => Member::one(world.me().map(|u| u as &dyn Resource)),
            "folder" => Member::one(
                self.folder
                    .and_then(|id| world.folders.get(&id))
                    .map(|f| f as &dyn Resource),
            ),
            "shared" | "has_tasks" => Member::Value(json!(false)),
            "maildrop_address" => Member::text(format!("{}@maildrop.invalid", self.stamp.id)),
            "custom_field_values" => {
                Member::many(shown_values(view, ParentType::Matter, &self.values))
            }
            _ => self
                .cells
                .get(name)
                .map_or(Member::Absent, |v| Member::Value(v.clone())),
        }
    }
}
