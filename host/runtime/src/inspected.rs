//! A component that is looked at and not run: what it imports, exports and says
//! of itself, also where this host would refuse it.

use wasmtime::component::Linker;

use crate::compile::{self, Compiler};
use crate::description::{Description, DescriptionError};
use crate::digest::Identity;
use crate::engine::ActionEngine;
use crate::inspect::{self, Import};
use crate::load_error::LoadError;
use crate::reflect;
use crate::wasi::State;

/// What a component is. See [`crate::Host::inspect`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Inspected {
    /// What it goes by in the audit: an action of this project by its name, any
    /// other component by its digest.
    pub label: String,
    /// Its imports, in order.
    pub imports: Vec<Import>,
    /// The description that it carries, if it carries one, with the schemas of its
    /// types where it leaves them out.
    pub described: Option<Result<Description, DescriptionError>>,
    /// What its types alone say. A function that cannot be called with JSON has
    /// `false` for its schemas, and its documentation says why.
    pub reflected: Description,
    /// The interface of each function in `reflected`.
    pub interfaces: Vec<String>,
    /// Why this host would not run it, if it would not. What an operator's policy
    /// says of components is not looked at.
    pub fits: Result<(), LoadError>,
}

impl Inspected {
    pub(crate) fn of(
        engine: &ActionEngine,
        compiler: &Compiler,
        linker: &Linker<State>,
        bytes: &[u8],
    ) -> Result<Self, LoadError> {
        let mut inspection = inspect::inspect(bytes)?;
        let described = inspection.description.map(Description::parse);
        let identity = Identity::of(bytes);
        let component = compiler.compile(engine, bytes, &identity)?;
        compile::guarded(|| {
            let functions = reflect::functions(&engine.engine, &component);
            inspection.give_types(|import| reflect::is_types(&engine.engine, &component, import));
            let described = described.map(|described| {
                described.map(|described| reflect::completed(described, &functions))
            });
            let fits = || {
                inspection.all_given()?;
                if let Some(json) = inspection.description {
                    Description::parse(json)?;
                }
                if functions.is_empty() {
                    return Err(LoadError::NoFunction);
                }
                let linked = linker.instantiate_pre(&component);
                linked.map_err(|cause| LoadError::Link(format!("{cause:#}")))?;
                Ok(())
            };
            Ok(Self {
                label: identity.to_string(),
                fits: fits(),
                reflected: reflect::description(&functions),
                interfaces: functions.into_iter().map(|it| it.interface).collect(),
                imports: inspection.imports,
                described,
            })
        })
    }
}
