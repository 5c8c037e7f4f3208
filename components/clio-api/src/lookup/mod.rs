//! What a form offers to choose from: `options.find`.
//!
//! One request brings one page of any kind of option. What must stay true: a
//! list that Clio cannot search, or whose search lags, is compared here, a
//! bounded number of pages a call.

use crate::prelude::*;
mod find;
mod plan;
#[cfg(test)]
mod tests;
mod wire;

use crate::create_matter::MatterStatus;
use crate::ids::{ContactId, FolderId, MatterId};

pub use find::find;

/// Which options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindRequest {
    /// Of what.
    pub kind: Kind,
    /// What a person typed. Absent or blank: all.
    pub search: Option<String>,
    /// How many options are returned at most.
    pub limit: Option<u32>,
    /// The cursor of the page before.
    pub cursor: Option<String>,
}

/// What there is to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// The practice areas.
    PracticeAreas,
    /// The stages of one practice area.
    Stages(u64),
    /// The users who can sign in, all or those with a subscription.
    Users(Option<Subscription>),
    /// The matters.
    Matters {
        /// Those of any of these statuses. Empty: all.
        statuses: Vec<MatterStatus>,
        /// Those of one client.
        client: Option<ContactId>,
    },
    /// The contacts.
    Contacts {
        /// People or companies.
        kind: Option<ContactKind>,
        /// Whether only clients.
        clients_only: bool,
    },
    /// The folders of one place.
    Folders(Place),
    /// The document categories.
    DocumentCategories,
    /// The templates that Clio generates documents from.
    DocumentTemplates,
    /// The custom fields of one kind of record.
    CustomFields(FieldOwner),
}

/// A user's kind of subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Subscription {
    Attorney,
    NonAttorney,
}

/// What a contact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ContactKind {
    Person,
    Company,
}

/// Where folders lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// All folders of a matter.
    Matter(MatterId),
    /// All folders of a contact.
    Contact(ContactId),
    /// The folders right inside of one.
    Folder(FolderId),
}

/// The kind of record that custom fields belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum FieldOwner {
    Contact,
    Matter,
}

/// One page of options.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FindOutcome {
    /// The options.
    pub options: Vec<Entry>,
    /// The cursor of the next page. Absent: there is none.
    pub cursor: Option<String>,
    /// Whether Clio's search index answered, which lags.
    pub may_lag: bool,
}

/// One option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: u64,
    /// What to show.
    pub label: String,
    /// What tells options with like labels apart.
    pub detail: Option<String>,
    /// The options of a picklist: id and label.
    pub choices: Vec<(u64, String)>,
}
