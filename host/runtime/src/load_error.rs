//! Why a component is not loaded, whichever step refuses it.

use crate::description::DescriptionError;
use crate::inspect::InspectError;

/// Why a component is not loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// Its bytes do not qualify.
    #[error(transparent)]
    Inspect(#[from] InspectError),
    /// Its description cannot be read.
    #[error(transparent)]
    Description(#[from] DescriptionError),
    /// The engine does not compile it.
    #[error("the component does not compile: {0}")]
    Compile(String),
    /// It would take too much to compile it.
    #[error(
        "the component is too much to compile: {0}; make it smaller, or run it where it may take \
         more"
    )]
    TooCostly(String),
    /// An import has another type than the host's.
    #[error("the component's imports do not fit this host: {0}")]
    Link(String),
    /// No exported function.
    #[error("the component exports no interface with a function; an action exports one")]
    NoFunction,
    /// The operator lets only our own actions run.
    #[error("the operator lets no other components run than this project's own; what would: {0}")]
    NotPermitted(String),
    /// No such action in the catalog.
    #[error("there is no action `{name}`; there are {known}")]
    UnknownAction {
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        known: String,
    },
}
