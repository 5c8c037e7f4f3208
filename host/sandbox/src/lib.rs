//! A local Clio, for tests, demos and people who build workflows.
//!
//! Two real HTTP origins: the API and the storage that presigned URLs point to.
//! It behaves as Clio does where Clio surprises: minimal answers without
//! `fields`, unknown parameters and keys ignored (and recorded here), a search
//! that lags, uploads that stay invisible until they are finished. What is not
//! known for sure about Clio is a [switch](Switches). Faults are
//! [scriptable](Fault), and the clock can be moved.
//!
//! ```no_run
//! # async fn example() -> Result<(), clio_sandbox::StartError> {
//! use clio_sandbox::{Config, NewContact, NewMatter, Sandbox};
//!
//! let sandbox = Sandbox::start(Config::default()).await?;
//! let control = sandbox.control();
//! let ann = control.add_contact(NewContact::person("Ann", "Lee").email("ann@x.example"));
//! control.add_matter(NewMatter::of(ann, "Lee v. Lee"));
//! println!("{} with {}", sandbox.origin(), sandbox.token());
//! # Ok(())
//! # }
//! ```
//!
//! # What is served
//! Contacts with their e-mail addresses and phone numbers, matters, stages,
//! practice areas, documents with versions, categories and folders, templates and
//! documents generated from them, custom fields and their values, time and expense
//! entries, users, webhooks, and the OAuth endpoints with one registered
//! application ([`Sandbox::app`]). Every other path of Clio's API answers 404.
//! Operations, parameters, body keys and fields come from the official
//! description (`data/`).
//!
//! # Control over HTTP
//! Everything [`Control`] does is offered under `/sandbox` on the API's origin,
//! without a token, a trace or a rate limit, as JSON: [`Control::routes`] and `GET
//! /sandbox` list it. A body is what the method takes: a [`Fault`] such as
//! `{"method":"POST","path":"/documents","effect":"answer_lost"}`, the
//! [`Switches`] to change (`{"since":"exclusive"}`), a [`RateLimit`], a [`Seed`], a
//! [`TokenSpec`], an [`App`], a [`NewContact`] and so on. What adds a record answers
//! `{"id":…}`.
//!
//! Every program of this machine may use it; pages that a browser of this machine
//! shows may not. So a request names the sandbox's own host, comes from no other
//! page, and a body is sent as `application/json`. It is to listen on the loopback
//! address only: there is no password.

mod answer;
mod api;
mod body;
mod clock;
mod config;
mod control;
mod control_http;
mod credentials;
mod deliver;
mod description;
mod digest;
mod exchange;
mod fault;
mod fields;
mod guard;
mod new;
mod oauth;
mod office;
mod presigned;
mod query;
mod readings;
mod server;
mod snapshot;
mod state;
mod storage;
mod switches;
mod token;
mod trace;
mod webhooks;
mod world;

pub use config::{Config, ContentCaps, Seed, SeedContact, SeedMatter, SeedPracticeArea, SeedUser};
pub use control::Control;
pub use credentials::App;
pub use fault::{Effect, Fault, FaultAnswer, FaultBody, Times};

pub use new::{
    NewActivity, NewAutomation, NewContact, NewCustomField, NewDocument, NewMatter,
    NewRelationship, NewRow, Place,
};
pub use server::{Sandbox, StartError};
pub use snapshot::{
    ContactState, CustomFieldState, DocumentState, FolderState, GenerationState, MatterState,
    NamedState, PracticeAreaState, Snapshot, StageState, ValueState, VersionState,
};
pub use switches::{
    AlreadyUploaded, AutomationDocuments, CustomFieldAccess, DefaultStatus, DeletedFields,
    DocumentWebhooks, EmptyText, ExportFormats, ExternalProperties, FieldsErrorType, Handshake,
    Numbering, PersonNameAlone, PutUrlOnRead, RateLimitBody, Region, RetryAfter, SinceFilter,
    Switches, TextFilter, TimestampForm, UnauthorizedBody, UnknownReference, ValidationType,
    ValueForm, WebhookExpiry,
};
pub use token::{Access, Area, Permissions, RateLimit, TokenSpec};
pub use trace::{Body, Exchange, Ignored, IgnoredKind, Origin};
pub use webhooks::WebhookAttempt;
pub use world::GenerationEnd;
