//! All matters of an account, page by page: `matter_pages.pull` and
//! `matter_pages.count`.
//!
//! A page is one request, and the cursor all that is remembered, so that memory
//! does not grow with the account. What must stay true: pages go by id, the one
//! order that Clio pages without an end; and what the connection may not see is
//! told apart from what there is not.

use crate::prelude::*;
mod check;
mod count;
mod pull;
#[cfg(test)]
mod tests;
mod wire;

use crate::create_matter::MatterStatus;
use crate::custom_fields::FieldValue;
use crate::ids::{ContactId, CustomFieldId, MatterId};
use crate::instant::Instant;

pub use count::count;
pub use pull::pull;

/// Which matters. What is absent or empty lets all through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those of any of these statuses.
    pub statuses: Vec<MatterStatus>,
    /// Those that were created since (RFC 3339).
    pub created_since: Option<String>,
    /// Those that were changed since (RFC 3339).
    pub updated_since: Option<String>,
    /// Those of one practice area.
    pub practice_area: Option<u64>,
    /// Those of one client.
    pub client: Option<ContactId>,
}

/// What tells that a matter is linked to a source id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// The text custom field that holds it.
    MarkerField(CustomFieldId),
    /// The beginning of the client reference.
    Reference(String),
}

/// Which page of which matters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PullRequest {
    /// Which matters.
    pub filter: Filter,
    /// The custom fields whose values are returned. Absent: all; empty: none.
    pub custom_fields: Option<Vec<CustomFieldId>>,
    /// What tells that a matter is linked. Absent: it is not looked for.
    pub link: Option<Link>,
    /// How many matters a page holds, from 1 to 200. Absent: 200.
    pub limit: Option<u32>,
    /// The cursor of the page before.
    pub cursor: Option<String>,
}

/// One page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PullOutcome {
    /// The matters, oldest id first.
    pub matters: Vec<Matter>,
    /// The cursor of the next page. Absent: there is none.
    pub cursor: Option<String>,
    /// When the page was read, by Clio's clock.
    pub read_at: Option<Instant>,
    /// Whether labels of picklists are missing.
    pub labels_missing: bool,
}

/// A matter as it stands in Clio.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // as Clio names them
pub struct Matter {
    pub id: MatterId,
    pub etag: Option<String>,
    pub display_number: Option<String>,
    pub description: Option<String>,
    pub status: Option<MatterStatus>,
    pub open_date: Option<String>,
    pub pending_date: Option<String>,
    pub close_date: Option<String>,
    pub created_at: Option<Instant>,
    pub updated_at: Option<Instant>,
    pub client: Option<Client>,
    pub practice_area: Option<Named>,
    pub stage: Option<Named>,
    pub responsible_attorney: Option<Named>,
    pub originating_attorney: Option<Named>,
    pub client_reference: Option<String>,
    /// The identifier that it is linked to.
    pub source_id: Option<String>,
    /// The values of its custom fields.
    pub custom_fields: Vec<FieldValue>,
    /// What the connection may not see of it.
    pub hidden: Vec<Part>,
}

/// A part of a matter that Clio may hide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Part {
    Client,
    PracticeArea,
    Stage,
    ResponsibleAttorney,
    OriginatingAttorney,
    /// Values of custom fields, all or some.
    CustomFields,
}

/// The client of a matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The contact's id.
    pub id: ContactId,
    /// The contact's name.
    pub name: Option<String>,
    /// What it is.
    pub kind: Option<ClientKind>,
}

/// What a client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ClientKind {
    Person,
    Company,
}

/// A record that has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: Option<String>,
}

/// Which matters to count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CountRequest {
    /// Which matters.
    pub filter: Filter,
    /// What tells that a matter is linked.
    pub link: Option<Link>,
    /// How many pages the call reads at most, from 1 to 100. Absent: 10.
    pub max_pages: Option<u32>,
    /// The cursor of an unfinished count.
    pub cursor: Option<String>,
}

/// How many matters there are, of those read so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CountOutcome {
    /// How many.
    pub matters: u64,
    /// How many of them are linked. Absent when the request names no link.
    pub linked: Option<u64>,
    /// Of how many it cannot be seen whether they are linked.
    pub hidden: u64,
    /// The cursor to count on with. Absent: the count is complete.
    pub cursor: Option<String>,
}
