//! The actions, built: each as a component, as a portable build, and with its
//! description.
//!
//! Building this crate builds the actions for wasm32-wasip2, so that a host
//! needs no further step and can never carry components that are older than
//! their sources. The bytes lie in the program itself, compressed, and are unpacked
//! when they are first asked for.
//!
//! An action that makes no request imports nothing, and its portable build is
//! the same component. Every other component here imports `wasi:http`,
//! `wasi:clocks`, `wasi:io` and `clio:actions/credentials`, and nothing else.
//! Portable builds have `wasi:cli/environment` in place of the last: they read
//! the variables `CLIO_ORIGIN` and `CLIO_ACCESS_TOKEN`.

mod packed;

use packed::Packed;

/// One action.
pub struct Action {
    /// Its name, such as `sync-contact`.
    pub name: &'static str,
    /// What the action does, takes, gives and requests, as a JSON object: JSON
    /// Schemas (draft 2020-12), hints, permissions, requests and grants.
    pub description: &'static str,
    component: Packed,
    portable: Packed,
}

impl Action {
    /// The component, for hosts that provide `clio:actions/credentials`. Its
    /// custom section `clio:action` holds the description.
    #[must_use]
    pub fn component(&'static self) -> &'static [u8] {
        self.component.bytes(|| &[])
    }

    /// The same action for any WASI 0.2 host: its only imports are WASI's. It
    /// has the same custom section.
    #[must_use]
    pub fn portable(&'static self) -> &'static [u8] {
        self.portable.bytes(|| self.component())
    }

    /// Whether a component is this action, in either build and byte for byte.
    #[must_use]
    pub fn is(&'static self, component: &[u8]) -> bool {
        // The length first: of strangers nothing is unpacked.
        let length = component.len();
        (self.component.length() == length && self.component() == component)
            || (self.portable.length() == length && self.portable() == component)
    }
}

impl std::fmt::Debug for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not the bytes.
        f.debug_struct("Action")
            .field("name", &self.name)
            .field("component", &self.component.length())
            .field("portable", &self.portable.length())
            .finish_non_exhaustive()
    }
}

/// A file that is handed out beside the components.
#[derive(Debug)]
pub struct File {
    /// Its path, with `/` between folders, such as `wit/types.wit`.
    pub path: &'static str,
    /// What it holds.
    pub bytes: &'static [u8],
}

/// What is handed out beside the components and their descriptions: the contract
/// as text and as a package, the schema of [`ACTIONS_JSON`], licences, and for each
/// component how it is pushed to a registry.
pub fn files() -> &'static [File] {
    &FILES
}

// `static ACTIONS` and `static FILES`, with their numbers.
include!(concat!(env!("OUT_DIR"), "/catalog.rs"));

/// The descriptions of all actions as a JSON array, in the order of
/// [`actions`].
pub const ACTIONS_JSON: &str = include_str!(concat!(env!("OUT_DIR"), "/actions.json"));

/// A description lies in the program once, in the array of all.
const fn part(text: &'static str, from: usize, length: usize) -> &'static str {
    text.split_at(from).1.split_at(length).0
}

/// Returns all actions, in the order in which a case goes: contact, matter,
/// documents.
pub fn actions() -> &'static [Action] {
    &ACTIONS
}

/// Returns the action of that name, or `None` when there is none.
pub fn action(name: &str) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.name == name)
}
