//! The types of the contract's actions, as the documentation in `wit/` says
//! them, and what makes them easy to write: constructors with what is always
//! needed.

/// Identifiers, instants and the one error, which all actions share.
pub mod types {
    pub use crate::bindings::exports::clio::actions::types::{
        ContactId, CustomFieldId, Disposition, DocumentId, DocumentState, DocumentStatus, Error,
        FolderId, Instant, MatterId, Problem, ProblemCode, SourceId,
    };
}

/// People and companies: the types of [`crate::Call::sync_contact`].
pub mod contacts {
    pub use crate::bindings::exports::clio::actions::contacts::{
        Address, AddressLabel, Company, Contact, ContactMatch, Email, EmailLabel, NameConflict,
        Person, Phone, PhoneLabel, SyncOutcome, SyncRequest,
    };
}

/// Matters: the types of [`crate::Call::create_matter`] and [`crate::Call::resolve_matter`].
pub mod matters {
    pub use crate::bindings::exports::clio::actions::matters::{
        CreateOutcome, CreateRequest, MatterMatch, MatterStage, MatterStatus, Numbering, OnRemoved,
        PracticeArea, ResolveOutcome, ResolveRequest,
    };
}

/// Documents: the types of [`crate::Call::upload_document`].
pub mod documents {
    pub use crate::bindings::exports::clio::actions::documents::{
        Approval, Category, Content, ContentSource, OnChange, Parent, Provenance,
        UploadDisposition, UploadOutcome, UploadRequest,
    };
}

/// What stands in Clio: the types of [`crate::Call::find_documents`].
pub mod document_states {
    pub use crate::bindings::exports::clio::actions::document_states::{FindRequest, Scope};
    pub use crate::bindings::exports::clio::actions::types::{DocumentState, DocumentStatus};
}

/// New documents: the types of [`crate::Call::detect_documents`].
pub mod new_documents {
    pub use crate::bindings::exports::clio::actions::new_documents::{
        DetectOutcome, DetectRequest, Hint, Hinted, NewDocument, Start, WatchScope,
    };
}

/// Marker fields: the types of [`crate::Call::setup_markers`].
pub mod markers {
    pub use crate::bindings::exports::clio::actions::markers::{
        EnsureOutcome, EnsureRequest, MarkedKind, MarkerField,
    };
}

/// The connection itself: the types of [`crate::Call::check_connection`].
pub mod connections {
    pub use crate::bindings::exports::clio::actions::connections::{
        Access, Account, Area, AreaAccess, CheckOutcome, CheckRequest, User,
    };
}

/// Custom fields: the types of [`crate::Call::read_custom_fields`] and
/// [`crate::Call::write_custom_fields`].
pub mod custom_fields {
    pub use crate::bindings::exports::clio::actions::custom_fields::{
        Change, Content, FieldRef, FieldType, FieldValue, NewValue, Owner, ReadOutcome,
        ReadRequest, WriteOutcome, WriteRequest, Written,
    };
}

/// Changes to matters: the types of [`crate::Call::update_matter`].
pub mod matter_changes {
    pub use crate::bindings::exports::clio::actions::matter_changes::{
        AreaRef, Attorney, StageRef, Status, UpdateOutcome, UpdateRequest,
    };
}

impl matter_changes::UpdateRequest {
    /// A matter of which nothing is changed. What is, is set by struct update.
    #[must_use]
    pub fn new(matter: types::MatterId) -> Self {
        Self {
            matter,
            etag: None,
            status: None,
            description: None,
            practice_area: None,
            matter_stage: None,
            responsible_attorney: None,
            originating_attorney: None,
        }
    }
}

/// Webhooks: the types of [`crate::Call::ensure_webhook`], [`crate::Call::list_webhooks`] and
/// [`crate::Call::remove_webhook`].
pub mod webhooks {
    pub use crate::bindings::exports::clio::actions::webhooks::{
        Change, EnsureOutcome, EnsureRequest, Fallback, ListOutcome, ListRequest, RemoveOutcome,
        RemoveRequest, Subscribed, Unavailable, Webhook, WebhookEvent, WebhookModel, WebhookStatus,
    };
}

/// Deliveries of webhooks: the types of [`crate::Call::receive_webhook`].
pub mod webhook_events {
    pub use crate::bindings::exports::clio::actions::webhook_events::{
        Event, EventKind, Handshake, Header, KnownMatter, Receipt, ReceiveRequest, StageTransition,
        StatusTransition, Subscription, SubscriptionState,
    };
}

/// Contents of documents: the types of [`crate::Call::read_document`].
pub mod document_contents {
    pub use crate::bindings::exports::clio::actions::document_contents::{
        Category, Content, DocumentFacts, InlineContent, ReadOutcome, ReadRequest, Recorded,
        Stored, VersionFacts, VersionRef, Wanted,
    };
}

/// Document automation: the types of [`crate::Call::list_templates`],
/// [`crate::Call::start_automation`] and [`crate::Call::follow_automation`].
pub mod document_automations {
    pub use crate::bindings::exports::clio::actions::document_automations::{
        AutomationState, DocumentFormat, FollowOutcome, FollowRequest, GeneratedDocument,
        StartOutcome, StartRequest, Template, TemplatesOutcome, TemplatesRequest,
    };
}

impl Default for contacts::Person {
    /// Nobody in particular: a person needs at least one name.
    fn default() -> Self {
        Self {
            first_name: None,
            last_name: None,
            middle_name: None,
            prefix: None,
            title: None,
            company: None,
        }
    }
}

impl contacts::SyncRequest {
    /// A contact with what is always needed, and nothing else. The rest is set
    /// by struct update.
    #[must_use]
    pub fn new(source_id: impl Into<String>, contact: contacts::Contact) -> Self {
        Self {
            source_id: source_id.into(),
            began: None,
            contact,
            emails: Vec::new(),
            phones: Vec::new(),
            addresses: Vec::new(),
            known_id: None,
            known_others: Vec::new(),
            find_others: None,
            marker_field: None,
            on_name_conflict: None,
        }
    }
}

impl matters::CreateRequest {
    /// A matter with what is always needed, and nothing else. The rest is set
    /// by struct update.
    #[must_use]
    pub fn new(
        source_id: impl Into<String>,
        client: types::ContactId,
        title: impl Into<String>,
    ) -> Self {
        Self {
            source_id: source_id.into(),
            began: None,
            client,
            client_is_new: None,
            title: title.into(),
            case_number: None,
            numbering: None,
            practice_area: None,
            matter_stage: None,
            status: None,
            known_id: None,
            other_clients: Vec::new(),
            find_others: None,
            marker_field: None,
            on_removed: None,
        }
    }
}

impl Default for markers::EnsureRequest {
    /// Both fields, under the name that the contract says.
    fn default() -> Self {
        Self {
            name: None,
            only: None,
            known_contact: None,
            known_matter: None,
        }
    }
}

impl documents::Content {
    /// Content at a URL, such as one of [`crate::Call::add_content`]. Length, media
    /// type and digest are told by struct update.
    #[must_use]
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            source: documents::ContentSource::Url(url.into()),
            length: None,
            media_type: None,
            sha256: None,
        }
    }
}

impl documents::UploadRequest {
    /// A document with what is always needed, and nothing else. The rest is set
    /// by struct update.
    #[must_use]
    pub fn new(
        source_id: impl Into<String>,
        parent: documents::Parent,
        name: impl Into<String>,
        content: documents::Content,
        provenance: documents::Provenance,
    ) -> Self {
        Self {
            source_id: source_id.into(),
            began: None,
            parent,
            name: name.into(),
            content,
            provenance,
            known: None,
            on_change: None,
            folder_path: None,
            category: None,
            received_at: None,
        }
    }
}
