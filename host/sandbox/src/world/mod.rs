//! The account: every record, and the rules by which records show themselves.
//!
//! Each resource is a plain struct in a file of its own. Handlers change
//! records by cloning one, changing the clone, and putting it back once every
//! check has passed, so that a refused write leaves nothing behind.
//!
//! One more resource is a file here with its struct, what it shows and
//! `record!`; its [`Kind`] and its table below; and a file of handlers that the
//! list in `api` names. What tests put into the account or look at stands in
//! `new`, `control/people`, a line of `control_http`, and `snapshot`.

mod account;
mod activity;
mod automation;
mod contact;
mod custom_field;
mod document;
mod filing;
mod folder;
mod generation;
mod matter;
mod object;
mod practice;
mod relationship;
mod rows;
mod search;
mod stamp;
mod template;
mod user;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

pub(crate) use account::Account;
pub(crate) use activity::Activity;
pub(crate) use automation::{Automation, Job};
pub(crate) use contact::{Contact, ContactKind};
pub(crate) use custom_field::{
    CustomField, CustomValue, FieldType, ParentType, PicklistOption, resolve, shown_values,
    write_values,
};
pub(crate) use document::{Document, DocumentVersion, Part, Property, content_type_of};
pub(crate) use folder::{Folder, FolderOwner};
pub use generation::GenerationEnd;
pub(crate) use matter::{Matter, MatterStatus};
pub(crate) use object::Object;
pub(crate) use practice::{DocumentCategory, PracticeArea, Stage};
pub(crate) use relationship::Relationship;
pub(crate) use rows::{Row, RowKind, write_rows};
use search::SearchText;
pub(crate) use stamp::Stamp;
pub(crate) use template::{Generation, GenerationState, Template};
pub(crate) use user::User;

use crate::clock::{Clock, whole_second};
use crate::config::ContentCaps;
use crate::switches::{Switches, TimestampForm};
use crate::token::{Access, Area, Token};

/// A resource that answers can show.
pub(crate) trait Resource {
    /// Identity and times; answers `id`, `etag`, `created_at`, `updated_at`.
    fn stamp(&self) -> Option<&Stamp> {
        None
    }

    /// One field by the name the description gives it. Fields of the
    /// description that are not simulated are [`Member::Absent`].
    fn member<'v>(&'v self, view: &'v View<'v>, name: &str) -> Member<'v>;

    /// [`Resource::member`], or what the stamp says.
    fn show<'v>(&'v self, view: &'v View<'v>, name: &str) -> Member<'v> {
        match (self.member(view, name), self.stamp()) {
            (Member::Absent, Some(stamp)) => match name {
                "id" => Member::Value(stamp.id.into()),
                "etag" => Member::Value(stamp.etag().into()),
                "created_at" => view.instant(Some(stamp.created)),
                "updated_at" => view.instant(Some(stamp.updated)),
                _ => Member::Absent,
            },
            (member, _) => member,
        }
    }
}

impl<T: Resource + ?Sized> Resource for &T {
    fn stamp(&self) -> Option<&Stamp> {
        (**self).stamp()
    }

    fn member<'v>(&'v self, view: &'v View<'v>, name: &str) -> Member<'v> {
        (**self).member(view, name)
    }
}

/// A record that stands in a table of the account.
pub(crate) trait Record: Resource + Clone + 'static {
    /// As a refusal names it.
    const NAME: &'static str;
    /// The permission without which a reference to it is hidden; `None`: it is
    /// always shown.
    const GUARDED: Option<Area> = None;

    fn table(world: &World) -> &BTreeMap<u64, Self>;
    fn table_mut(world: &mut World) -> &mut BTreeMap<u64, Self>;
    fn stamp_mut(&mut self) -> &mut Stamp;

    /// Puts it into the account, or back, and lets the search index know.
    fn put(mut self, world: &mut World) {
        let id = self.stamp_mut().id;
        Self::table_mut(world).insert(id, self);
    }
}

/// Says in which table of [`World`] a record stands, and how a refusal names it;
/// then what differs from the trait's own.
macro_rules! record {
    ($record:ident in $table:ident, $name:literal $(, $($own:tt)+)?) => {
        impl $crate::world::Record for $record {
            const NAME: &'static str = $name;

            fn table(world: &World) -> &std::collections::BTreeMap<u64, Self> {
                &world.$table
            }

            fn table_mut(world: &mut World) -> &mut std::collections::BTreeMap<u64, Self> {
                &mut world.$table
            }

            fn stamp_mut(&mut self) -> &mut Stamp {
                &mut self.stamp
            }

            $($($own)+)?
        }
    };
}
use record;

/// The value of one field.
pub(crate) enum Member<'v> {
    Value(Value),
    One(Box<dyn Resource + 'v>),
    Many(Vec<Box<dyn Resource + 'v>>),
    /// The user may not see the associated record.
    Redacted,
    Absent,
}

impl<'v> Member<'v> {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Value(Value::String(text.into()))
    }

    pub(crate) fn one<R: Resource>(resource: Option<&'v R>) -> Self {
        resource.map_or(Self::Value(Value::Null), |r| Self::One(Box::new(r)))
    }

    /// A cell that an answer shows as a body set it.
    pub(crate) fn cell(cells: &Map<String, Value>, name: &str) -> Self {
        cells
            .get(name)
            .map_or(Self::Absent, |value| Self::Value(value.clone()))
    }

    pub(crate) fn many<R: Resource + 'v>(rows: impl IntoIterator<Item = R>) -> Self {
        Self::Many(
            rows.into_iter()
                .map(|r| Box::new(r) as Box<dyn Resource + 'v>)
                .collect(),
        )
    }
}

/// Through whose eyes, and how, records are shown.
pub(crate) struct View<'v> {
    pub(crate) world: &'v World,
    pub(crate) token: &'v Token,
    /// `custom_field_ids[]`: which values to return; `None`: all.
    pub(crate) value_ids: Option<std::collections::BTreeSet<u64>>,
    /// Whether the answer is that of a create or a new version, which always
    /// carries the upload URL.
    pub(crate) issuing: bool,
}

impl<'v> View<'v> {
    pub(crate) fn instant(&self, at: Option<Timestamp>) -> Member<'v> {
        Member::Value(at.map_or(Value::Null, |at| {
            Value::String(self.world.format_instant(at))
        }))
    }

    /// The record that another one refers to, hidden where the user may not see
    /// it.
    pub(crate) fn record<R: Record>(&self, id: impl Into<Option<u64>>) -> Member<'v> {
        let record = self.world.get::<R>(id);
        let hidden = R::GUARDED.is_some_and(|area| {
            self.world.switches.redact_associations
                || !self.token.permissions.grant(area, Access::Read)
        });
        if hidden && record.is_some() {
            Member::Redacted
        } else {
            Member::one(record)
        }
    }

    /// The user that the token acts for.
    pub(crate) fn me(&self) -> Member<'v> {
        Member::one(self.world.me())
    }
}

/// Kinds of records with ids of their own, and where the ids of each begin. They
/// lie apart, so that an id of one kind taken for another finds nothing, and those
/// of documents are beyond 32 bits, as an old account's are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u64)]
pub(crate) enum Kind {
    User = 300_001,
    PracticeArea = 400_001,
    Stage = 500_001,
    Category = 600_001,
    Template = 650_001,
    Generation = 680_001,
    CustomField = 700_001,
    PicklistOption = 800_001,
    Value = 900_001,
    Webhook = 1_000_001,
    Contact = 1_100_000_001,
    Matter = 1_200_000_001,
    Row = 1_300_000_001,
    Activity = 1_400_000_001,
    Relationship = 1_500_000_001,
    Folder = 6_000_000_001,
    Document = 7_000_000_001,
    Version = 8_000_000_001,
    Property = 9_000_000_001,
}

/// The account: its records, its clock, and what will happen in it.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) switches: Switches,
    pub(crate) caps: ContentCaps,
    pub(crate) page_cap: Option<usize>,
    /// The firm that everything belongs to.
    pub(crate) account: Account,
    /// Signs presigned URLs and page tokens.
    pub(crate) secret: [u8; 32],
    pub(crate) origin: String,
    pub(crate) storage_origin: String,

    pub(crate) users: BTreeMap<u64, User>,
    pub(crate) contacts: BTreeMap<u64, Contact>,
    pub(crate) matters: BTreeMap<u64, Matter>,
    pub(crate) documents: BTreeMap<u64, Document>,
    pub(crate) folders: BTreeMap<u64, Folder>,
    pub(crate) custom_fields: BTreeMap<u64, CustomField>,
    pub(crate) practice_areas: BTreeMap<u64, PracticeArea>,
    pub(crate) stages: BTreeMap<u64, Stage>,
    pub(crate) categories: BTreeMap<u64, DocumentCategory>,
    /// Uploaded bytes by the UUID of their version.
    pub(crate) objects: BTreeMap<Arc<str>, Object>,
    pub(crate) kept_bytes: u64,
    pub(crate) templates: BTreeMap<u64, Template>,
    pub(crate) generations: BTreeMap<u64, Generation>,
    pub(crate) activities: BTreeMap<u64, Activity>,
    pub(crate) relationships: BTreeMap<u64, Relationship>,
    /// How the automations to come end.
    pub(crate) generation_ends: VecDeque<GenerationEnd>,
    pub(crate) automations: Vec<Automation>,
    pub(crate) jobs: Vec<Job>,

    last_ids: BTreeMap<Kind, u64>,
    revision: u64,
    /// The instant a late job is being run for, instead of the clock's.
    pub(crate) job_time: Option<Timestamp>,
    matter_number: u32,
}

impl World {
    pub(crate) fn new(secret: [u8; 32], switches: Switches, caps: ContentCaps) -> Self {
        Self {
            secret,
            switches,
            caps,
            ..Self::default()
        }
    }

    pub(crate) fn get<R: Record>(&self, id: impl Into<Option<u64>>) -> Option<&R> {
        R::table(self).get(&id.into()?)
    }

    pub(crate) fn holds<R: Record>(&self, id: u64) -> bool {
        R::table(self).contains_key(&id)
    }

    /// Puts a record into the account, or back, and returns its id.
    pub(crate) fn put<R: Record>(&mut self, mut record: R) -> u64 {
        let id = record.stamp_mut().id;
        record.put(self);
        id
    }

    /// Puts a record back as changed now, if it is there.
    pub(crate) fn change<R: Record>(&mut self, id: u64, change: impl FnOnce(&mut R)) {
        if let Some(mut record) = self.get::<R>(id).cloned() {
            change(&mut record);
            self.touch(record.stamp_mut());
            self.put(record);
        }
    }

    /// The present, or the due time of the job being run.
    pub(crate) fn now(&self) -> Timestamp {
        self.job_time.unwrap_or_else(|| self.clock.now())
    }

    pub(crate) fn next_id(&mut self, kind: Kind) -> u64 {
        let next = self
            .last_ids
            .get(&kind)
            .map_or(kind as u64, |last| last + 1);
        self.last_ids.insert(kind, next);
        next
    }

    /// The number of the next matter: 1, 2, …
    pub(crate) fn next_matter_number(&mut self) -> u32 {
        self.matter_number += 1;
        self.matter_number
    }

    /// Identity and times for a new record.
    pub(crate) fn stamp(&mut self, kind: Kind) -> Stamp {
        let id = self.next_id(kind);
        let now = whole_second(self.now());
        self.revision += 1;
        Stamp {
            id,
            created: now,
            updated: now,
            revision: self.revision,
        }
    }

    /// Marks a record as changed: a new `etag`, and `updated_at` is now.
    pub(crate) fn touch(&mut self, stamp: &mut Stamp) {
        stamp.updated = whole_second(self.now());
        self.renew(stamp);
    }

    /// Grows with every change anywhere in the account.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// A new `etag` without a new `updated_at`.
    pub(crate) fn renew(&mut self, stamp: &mut Stamp) {
        self.revision += 1;
        stamp.revision = self.revision;
    }

    pub(crate) fn format_instant(&self, at: Timestamp) -> String {
        let format = match self.switches.timestamps {
            TimestampForm::Zulu => "%Y-%m-%dT%H:%M:%SZ",
            TimestampForm::Offset => "%Y-%m-%dT%H:%M:%S+00:00",
        };
        at.strftime(format).to_string()
    }

    /// The user that tokens act for: the first one.
    pub(crate) fn me(&self) -> Option<&User> {
        self.users.values().next()
    }
}
