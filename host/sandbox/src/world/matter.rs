//! Matters.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    Contact, CustomValue, Folder, Member, ParentType, PracticeArea, Resource, SearchText, Stage,
    Stamp, User, View, World, record, shown_values,
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
    /// One that nothing else is said of yet.
    pub(crate) fn new(stamp: Stamp, client: u64, status: MatterStatus) -> Self {
        Self {
            stamp,
            client,
            number: 0,
            display_number: String::new(),
            description: String::new(),
            status,
            cells: Map::new(),
            billing_method: "hourly",
            practice_area: None,
            stage: None,
            stage_changed: None,
            responsible_attorney: None,
            originating_attorney: None,
            responsible_staff: None,
            values: Vec::new(),
            folder: None,
            search: SearchText::default(),
        }
    }

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

record!(Matter in matters, "Matter",
    const GUARDED: Option<Area> = Some(Area::Matters);

    /// The search looks through the numbers, the description and the client's
    /// names, but neither through custom fields nor through `client_reference`.
    fn put(mut self, world: &mut World) {
        let client = world.get::<Contact>(self.client).cloned();
        let text = [
            self.display_number.clone(),
            self.number.to_string(),
            self.description.clone(),
            client.as_ref().map(Contact::name).unwrap_or_default(),
        ]
        .join("\n");
        self.search.set(&text, world);
        world.matters.insert(self.stamp.id, self);
        // A contact is found by its matters' names as well.
        if let Some(client) = client {
            client.put(world);
        }
    }
);

impl World {
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
        match name {
            "number" => Member::Value(self.number.into()),
            "display_number" => Member::text(&self.display_number),
            "description" => Member::text(&self.description),
            "status" => Member::text(self.status.answer()),
            "billable" => Member::Value(json!(self.billable())),
            "billing_method" => Member::text(self.billing_method),
            "client_id" => Member::Value(self.client.into()),
            "client" => view.record::<Contact>(self.client),
            "practice_area" => view.record::<PracticeArea>(self.practice_area),
            "matter_stage" => view.record::<Stage>(self.stage),
            "matter_stage_updated_at" => view.instant(self.stage_changed),
            "responsible_attorney" => view.record::<User>(self.responsible_attorney),
            "originating_attorney" => view.record::<User>(self.originating_attorney),
            "responsible_staff" => view.record::<User>(self.responsible_staff),
            "user" => view.me(),
            "folder" => view.record::<Folder>(self.folder),
            "shared" | "has_tasks" => Member::Value(json!(false)),
            "maildrop_address" => Member::text(format!("{}@maildrop.invalid", self.stamp.id)),
            "custom_field_values" => {
                Member::many(shown_values(view, ParentType::Matter, &self.values))
            }
            _ => Member::cell(&self.cells, name),
        }
    }
}
