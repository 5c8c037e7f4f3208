//! An action, loaded: inspected, compiled and linked, ready for any number of
//! calls.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;
use wasmtime::component::{Component, InstancePre, Linker};

use crate::compile::{self, Compiler};
use crate::description::Description;
use crate::digest::Identity;
use crate::engine::ActionEngine;
use crate::inspect::{self, Inspection};
use crate::json;
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
    /// What its calls may send.
    rules: Arc<Rules>,
    reputation: Arc<Reputation>,
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
        let mut inspection = inspect::inspect(bytes)?;
        inspection.may_be_given()?;
        let description = inspection.description.take();
        let description = description.map(Description::parse).transpose()?;
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
                inspection,
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
        mut inspection: Inspection<'_>,
        identity: Identity,
        rules: Rules,
    ) -> Result<Self, LoadError> {
        inspection.give_types(|import| reflect::is_types(&engine.engine, &component, import));
        inspection.all_given()?;
        let functions = reflect::functions(&engine.engine, &component);
        if functions.is_empty() {
            return Err(LoadError::NoFunction);
        }
        let described = description.is_some();
        let description = match description {
            Some(description) => reflect::completed(description, &functions),
            None => reflect::description(&functions),
        };
        let pre = linker
            .instantiate_pre(&component)
            .map_err(|cause| LoadError::Link(format!("{cause:#}")))?;
        Ok(Self {
            inner: Arc::new(Inner {
                reputation: Arc::new(Reputation::of(&identity)),
                identity,
                described,
                description,
                imports: inspection.imports.into_iter().map(|it| it.name).collect(),
                functions,
                pre,
                rules: Arc::new(rules),
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

    /// The ids in Clio that a function's outcome names, where the description
    /// says that they stand: the record itself first.
    pub(crate) fn ids(&self, function: usize, outcome: &Value) -> Vec<u64> {
        let Some(exported) = self.functions_at(function) else {
            return Vec::new();
        };
        let described = self.inner.description.functions.iter();
        let described = described.filter(|it| it.name == exported.name);
        described
            .flat_map(|it| &it.ids)
            .flat_map(|pointer| pointer.values(outcome))
            .filter_map(json::integer)
            .collect()
    }

    /// A function's name, such as `sync`.
    pub(crate) fn function_name(&self, n: usize) -> &str {
        self.functions_at(n).map_or("", |it| it.name.as_str())
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
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Action")
            .field("name", &self.inner.description.name)
            .finish_non_exhaustive()
    }
}
