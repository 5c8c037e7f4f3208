//! Runs Clio actions: WebAssembly components that act on Clio Manage.
//!
//! An action is a component with typed exports whose only way out is HTTP
//! through its host. This library is such a host, made to be embedded:
//!
//! ```no_run
//! use clio_host::actions::sync_contact::{Company, Contact, Email, SyncRequest};
//! use clio_host::{AccessToken, Connection, Host, Origin};
//!
//! # async fn example(token: String) -> Result<(), Box<dyn std::error::Error>> {
//! let host = Host::builder().build()?;
//! let connection = Connection::new(Origin::parse("https://eu.app.clio.com")?, AccessToken::from(token));
//! let acme = Company { name: "Acme Ltd".into() };
//! let mut request = SyncRequest::new("intake:client-17", Contact::Company(acme));
//! request.began = Some("2026-03-01T09:30:00Z".into());
//! request.emails.push(Email::new("office@acme.example"));
//! let outcome = host.call(&connection).run(request).await?;
//! println!("contact {}", outcome.id);
//! # Ok(()) }
//! ```
//!
//! - The actions of this project are called by the Rust types of [`actions`]
//!   ([`Call::run`]) or, like any component that keeps the contract
//!   ([`Host::load`]), with JSON ([`Call::invoke`]).
//! - The **token** stays with the host, which attaches it to requests for the
//!   connection's own origin. No guest sees it.
//! - The **way out** is what the action's [`Description`] lists, narrowed by
//!   the embedder's [`Policy`] and the operator's policy files
//!   ([`OperatorPolicy`]). A [`Denial`] names the rule that would allow it.
//! - Each call has a fresh sandbox with [`Limits`] on everything that can run
//!   out. Its future runs on any executor; dropping it ends the call.
//! - The **rate budget** is kept for each [`Connection`] and shared by its
//!   clones: calls wait for it before they begin. [`Budgets`] let connections share
//!   one by name, and processes by a [`BudgetStore`]; a [`Class`] says who goes
//!   first.
//! - Errors are one type, [`CallError`], whether the action returned it or the
//!   host had to end the action.
//! - Where tokens come from is a trait, [`CredentialProvider`]. The feature
//!   `oauth` brings Clio's OAuth flow, `vault` keeps and renews its tokens in a
//!   sealed file, and `keyring` puts the file's key where macOS and Windows keep
//!   such. Each brings the one before it, all are on by default, and an embedder
//!   with connections of its own turns them off.
//! - For metrics an [`Observer`] is told of every call; a host's [`Slots`] and a
//!   connection's [`BudgetLevel`] can be asked for.
//! - A **draft** that a machine made goes into Clio only with a person's approval
//!   that the host's [`Reviews`] knows. A host without one takes no draft.
//!   A model or a program of the embedder's drafts by [`Call::draft`].
//! - Requests go through the host's own client, or through the embedder's
//!   ([`HttpClient`]), below all rules.
//!
//! No document need lie in a guest's memory whole: lend a file to a call with
//! [`Call::add_content`], and hand the action the URL that it returns. Its bytes
//! then pass through a buffer of a fixed size. Small ones may be given inline.

// What the tests look through is reached from `fuzzing` alone.
#![cfg_attr(not(feature = "testing"), allow(unreachable_pub))]

mod audit;
mod bindings;
mod budget;
mod cache;
mod call;
mod compile;
mod component;
mod connection;
mod cpu;
mod deadline;
mod description;
mod digest;
mod egress;
mod engine;
mod error;
mod fetch;
#[cfg(feature = "testing")]
pub mod fuzzing;
mod gate;
mod host;
mod inspect;
mod inspected;
mod invoke;
mod journal;
pub mod json;
mod lane;
mod limiter;
mod limits;
mod load_error;
mod log;
mod machine_work;
#[cfg(feature = "oauth")]
pub mod oauth;
mod observer;
mod origin;
mod ownership;
mod policy;
mod reflect;
mod regular;
mod reviews;
mod stats;
mod stop;
mod ticker;
#[cfg(feature = "vault")]
pub mod vault;
mod wasi;
mod watch;
mod worker;

pub use budget::{BudgetLevel, BudgetStore, Budgets, Class};
pub use cache::CacheError;
pub use call::Call;
pub use call::draft::{MOST_DRAFTED, drafted};
pub use compile::{COMPILE, compile_for_parent};
pub use component::Action;
pub use connection::{AccessToken, Connection, CredentialError, CredentialProvider};
pub use description::{Description, DescriptionError, FORMAT, FunctionDescription, Hints, SECTION};
pub use digest::{ComponentDigest, DigestError};
#[cfg(feature = "oauth")]
pub use egress::network::{Network, NetworkError};
pub use egress::{
    ContentError, ContentReader, HttpBody, HttpClient, HttpClientError, LocalContent, LocalSink,
    Reach, Taken, Traffic, Withheld,
};
pub use engine::EngineError;
pub use error::{ActionError, CallError, FailureCause, HostFailure};
pub use host::{BuildError, Host, HostBuilder};
pub use inspect::{Import, InspectError};
pub use inspected::Inspected;
pub use journal::{AuditEntry, AuditStatus, Journal, JournalError, MemoryJournal, Write};
pub use limits::{CompileLimits, Limits};
pub use load_error::LoadError;
pub use log::{LogLine, LogStream};
pub use observer::{CallEnd, ObservedCall, Observer, Slots};
pub use origin::{AuthorityError, CLIO_ORIGINS, Origin, OriginError};
pub use ownership::NotOurs;
pub use policy::{
    Denial, DenialReason, GrantPlace, GrantRule, MemberPointer, OperatorPolicy, PathPattern,
    Policy, PolicyFileError, Proxy, ProxyError, RequestRule, RuleError,
};
pub use regular::read_at_most;
pub use reviews::{DraftUpload, Made, Reviews, ReviewsError};
pub use stats::CallStats;
pub use watch::{ObservedRequest, RequestEnd};
pub use worker::WorkerError;

/// What the actions take and give, a module an action, as the contract in `wit/`
/// says it. All of it is JSON by serde, as [`json`] maps it.
pub use clio_types as actions;
