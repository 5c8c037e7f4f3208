//! An action, loaded: inspected, compiled and linked, ready for any number of
//! calls.

use std::fmt;
use std::sync::Arc;

use wasmtime::component::{Component, InstancePre, Linker};

use crate::bindings::exports::clio::actions as interfaces;
use crate::compile::{self, Compiler};
use crate::description::Description;
use crate::digest::Identity;
use crate::engine::ActionEngine;
use crate::inspect;
use crate::lane::Reputation;
use crate::load_error::LoadError;
use crate::policy::{Described, HostPolicy, Rules};
use crate::reflect::{self, Function};
use crate::wasi::State;

/// A loaded action. Cheap to clone; belongs to the host that loaded it.
#[derive(Clone)]
pub struct Action {
    inner: Arc<Inner>,
}

struct Inner {
    identity: Identity,
    description: Description,
    described: bool,
    imports: Vec<String>,
    functions: Vec<Function>,
    pre: InstancePre<State>,
    typed: TypedIndices,
    /// What its calls may send.
    rules: Arc<Rules>,
    reputation: Arc<Reputation>,
}

/// Where the functions of our own interfaces are found in an instance; `None`
/// for an interface that the component does not export.
pub(crate) struct TypedIndices {
    pub(crate) contacts: Option<interfaces::contacts::GuestIndices>,
    pub(crate) matters: Option<interfaces::matters::GuestIndices>,
    pub(crate) documents: Option<interfaces::documents::GuestIndices>,
    pub(crate) document_states: Option<interfaces::document_states::GuestIndices>,
    pub(crate) new_documents: Option<interfaces::new_documents::GuestIndices>,
    pub(crate) markers: Option<interfaces::markers::GuestIndices>,
    pub(crate) connections: Option<interfaces::connections::GuestIndices>,
    pub(crate) custom_fields: Option<interfaces::custom_fields::GuestIndices>,
    pub(crate) matter_changes: Option<interfaces::matter_changes::GuestIndices>,
    pub(crate) matter_pages: Option<interfaces::matter_pages::GuestIndices>,
    pub(crate) options: Option<interfaces::options::GuestIndices>,
    pub(crate) webhooks: Option<interfaces::webhooks::GuestIndices>,
    pub(crate) webhook_events: Option<interfaces::webhook_events::GuestIndices>,
    pub(crate) document_contents: Option<interfaces::document_contents::GuestIndices>,
    pub(crate) document_automations: Option<interfaces::document_automations::GuestIndices>,
}

impl Action {
    /// Compiles and links a component.
    pub(crate) fn load(
        engine: &ActionEngine,
        compiler: &Compiler,
        linker: &Linker<State>,
        policy: &HostPolicy,
        bytes: &[u8],
        identity: Identity,
    ) -> Result<Self, LoadError> {
        let inspection = inspect::inspect(bytes)?;
        let description = inspection.description.map(Description::parse).transpose()?;
        let described = description.as_ref().map(|it| Described {
            requests: &it.requests,
            grants: &it.grants,
            content: it.content,
        });
        let rules = policy.rules(&identity, described);
        let component = compiler.compile(engine, bytes, &identity)?;
        compile::guarded(|| {
            Self::link(
                engine,
                linker,
                component,
                description,
                inspection.imports,
                identity,
                rules,
            )
        })
    }

    fn link(
        engine: &ActionEngine,
        linker: &Linker<State>,
        component: Component,
        description: Option<Description>,
        imports: Vec<String>,
        identity: Identity,
        rules: Rules,
    ) -> Result<Self, LoadError> {
        let functions = reflect::functions(&engine.engine, &component);
        if functions.is_empty() {
            return Err(LoadError::NoFunction);
        }
        let pre = linker
            .instantiate_pre(&component)
            .map_err(|cause| LoadError::Link(format!("{cause:#}")))?;
        let typed = TypedIndices {
            contacts: interfaces::contacts::GuestIndices::new(&pre).ok(),
            matters: interfaces::matters::GuestIndices::new(&pre).ok(),
            documents: interfaces::documents::GuestIndices::new(&pre).ok(),
            document_states: interfaces::document_states::GuestIndices::new(&pre).ok(),
            new_documents: interfaces::new_documents::GuestIndices::new(&pre).ok(),
            markers: interfaces::markers::GuestIndices::new(&pre).ok(),
            connections: interfaces::connections::GuestIndices::new(&pre).ok(),
            custom_fields: interfaces::custom_fields::GuestIndices::new(&pre).ok(),
            matter_changes: interfaces::matter_changes::GuestIndices::new(&pre).ok(),
            matter_pages: interfaces::matter_pages::GuestIndices::new(&pre).ok(),
            options: interfaces::options::GuestIndices::new(&pre).ok(),
            webhooks: interfaces::webhooks::GuestIndices::new(&pre).ok(),
            webhook_events: interfaces::webhook_events::GuestIndices::new(&pre).ok(),
            document_contents: interfaces::document_contents::GuestIndices::new(&pre).ok(),
            document_automations: interfaces::document_automations::GuestIndices::new(&pre).ok(),
        };
        Ok(Self {
            inner: Arc::new(Inner {
                identity,
                described: description.is_some(),
                description: description.unwrap_or_else(|| reflect::description(&functions)),
                imports,
                functions,
                pre,
                typed,
                rules: Arc::new(rules),
                reputation: Arc::default(),
            }),
        })
    }

    /// What the action is and does: as it was built with the component, or by
    /// reflection.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.inner.description
    }

    /// Whether the component brought its own description. One that did not may
    /// make only those requests that the policy allows.
    #[must_use]
    pub fn is_described(&self) -> bool {
        self.inner.described
    }

    /// What the component goes by in the audit: an action of this project by its
    /// name, any other by its digest, `sha256:` and hexadecimal digits. The name
    /// in a description is the component's own word.
    #[must_use]
    pub fn label(&self) -> String {
        self.inner.identity.to_string()
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.inner.identity
    }

    /// The component's imports, in order, such as
    /// `wasi:http/outgoing-handler@0.2.12`.
    #[must_use]
    pub fn imports(&self) -> &[String] {
        &self.inner.imports
    }

    /// The functions that can be named in a call, such as `sync`.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.inner
            .functions
            .iter()
            .map(|function| function.name.as_str())
    }

    /// The function named `name` (`sync`, or `INTERFACE.sync` where two
    /// interfaces have one). Without a name the only one, or the first that the
    /// description lists: that is what the action is for.
    pub(crate) fn function(&self, name: Option<&str>) -> Result<usize, String> {
        let functions = &self.inner.functions;
        let known = || {
            let names: Vec<String> = functions.iter().map(|f| format!("`{}`", f.name)).collect();
            names.join(", ")
        };
        let Some(name) = name else {
            return match functions.as_slice() {
                [_] => Ok(0),
                _ if self.inner.described && !self.inner.description.functions.is_empty() => {
                    self.function(Some(&self.inner.description.functions[0].name))
                }
                _ => Err(format!(
                    "the component has several functions; name one of {}",
                    known()
                )),
            };
        };
        let mut found = functions
            .iter()
            .enumerate()
            .filter(|(_, f)| f.name == name || format!("{}.{}", f.interface, f.name) == name);
        match (found.next(), found.next()) {
            (Some((n, _)), None) => Ok(n),
            (Some(_), Some(_)) => Err(format!(
                "several interfaces of the component have a function of that name; name it \
                 INTERFACE.{name}"
            )),
            (None, _) => Err(format!(
                "the component has no such function; it has {}",
                known()
            )),
        }
    }

    pub(crate) fn functions_at(&self, n: usize) -> Option<&Function> {
        self.inner.functions.get(n)
    }

    pub(crate) fn pre(&self) -> &InstancePre<State> {
        &self.inner.pre
    }

    pub(crate) fn rules(&self) -> &Arc<Rules> {
        &self.inner.rules
    }

    pub(crate) fn reputation(&self) -> &Arc<Reputation> {
        &self.inner.reputation
    }

    pub(crate) fn typed(&self) -> &TypedIndices {
        &self.inner.typed
    }
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Action")
            .field("name", &self.inner.description.name)
            .finish_non_exhaustive()
    }
}
