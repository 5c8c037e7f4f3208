//! The actions that only read, for platforms that show or import what a firm
//! has: its matters, page by page, and what a form offers to choose from.

use wasmtime::component::Instance;
use wasmtime::{Error, Result, Store};

use super::types;
use crate::bindings::exports::clio::actions as wit;
use crate::call::Call;
use crate::component::Action;
use crate::error::CallError;
use crate::invoke::Invocation;
use crate::wasi::State;

/// Matters page by page: the types of [`Call::pull_matters`] and
/// [`Call::count_matters`].
pub mod matter_pages {
    pub use crate::bindings::exports::clio::actions::matter_pages::{
        Client, ClientKind, CountOutcome, CountRequest, FieldValue, Filter, Link, Matter,
        MatterStatus, Named, Part, PullOutcome, PullRequest, ValueKind,
    };
}

/// What there is to choose from: the types of [`Call::find_options`].
pub mod options {
    pub use crate::bindings::exports::clio::actions::options::{
        Choice, ContactKind, ContactScope, Entry, FieldOwner, FindOutcome, FindRequest, Kind,
        MatterScope, MatterStatus, Place, Subscription, UserScope,
    };
}

impl options::FindRequest {
    /// The first page of all options of a kind.
    #[must_use]
    pub fn new(kind: options::Kind) -> Self {
        Self {
            kind,
            search: None,
            limit: None,
            cursor: None,
        }
    }
}

impl Default for matter_pages::Filter {
    /// All matters.
    fn default() -> Self {
        Self {
            statuses: Vec::new(),
            created_since: None,
            updated_since: None,
            practice_area: None,
            client: None,
        }
    }
}

impl Default for matter_pages::PullRequest {
    /// The first page of all matters, with all their custom fields.
    fn default() -> Self {
        Self {
            filter: None,
            custom_fields: None,
            link: None,
            limit: None,
            cursor: None,
        }
    }
}

impl Default for matter_pages::CountRequest {
    /// All matters.
    fn default() -> Self {
        Self {
            filter: None,
            link: None,
            max_pages: None,
            cursor: None,
        }
    }
}

invocation!(
    Pull,
    matter_pages,
    call_pull,
    matter_pages::PullRequest,
    matter_pages::PullOutcome
);
invocation!(
    Count,
    matter_pages,
    call_count,
    matter_pages::CountRequest,
    matter_pages::CountOutcome
);

invocation!(
    FindOptions,
    options,
    call_find,
    options::FindRequest,
    options::FindOutcome
);

impl Call {
    /// Returns one page of the account's matters.
    ///
    /// # Errors
    /// As the contract says for `matter-pages.pull`, and the host's own
    /// failures.
    pub async fn pull_matters(
        self,
        request: matter_pages::PullRequest,
    ) -> std::result::Result<matter_pages::PullOutcome, CallError> {
        self.typed("pull-matters", Pull(request)).await
    }

    /// Counts the account's matters, and those that are linked.
    ///
    /// # Errors
    /// As the contract says for `matter-pages.count`, and the host's own
    /// failures.
    pub async fn count_matters(
        self,
        request: matter_pages::CountRequest,
    ) -> std::result::Result<matter_pages::CountOutcome, CallError> {
        self.typed("pull-matters", Count(request)).await
    }

    /// Returns one page of what a form offers to choose from.
    ///
    /// # Errors
    /// As the contract says for `options.find`, and the host's own failures.
    pub async fn find_options(
        self,
        request: options::FindRequest,
    ) -> std::result::Result<options::FindOutcome, CallError> {
        self.typed("lookup", FindOptions(request)).await
    }
}
