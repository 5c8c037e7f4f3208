//! The host: an engine, workers and the loaded actions, shared by all calls.

mod builder;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::thread;

use tokio::sync::{Semaphore, oneshot};
use wasmtime::component::Linker;

pub use self::builder::{BuildError, HostBuilder};
use crate::compile::Compiler;
use crate::component::Action;
use crate::connection::Connection;
use crate::digest::Identity;
use crate::egress::EgressSettings;
use crate::engine::ActionEngine;
use crate::inspected::Inspected;
use crate::journal::JournalWriter;
use crate::limits::Limits;
use crate::load_error::LoadError;
use crate::observer::{Observer, Slots};
use crate::policy::HostPolicy;
use crate::reviews::Reviews;
use crate::wasi::State;
use crate::worker::Workers;

/// Runs actions. Cheap to clone; dropping the last clone ends its threads and
/// the calls they run.
#[derive(Clone)]
pub struct Host {
    inner: Arc<Inner>,
}

struct Inner {
    engine: ActionEngine,
    compiler: Compiler,
    linker: Linker<State>,
    workers: Workers,
    egress: EgressSettings,
    limits: Limits,
    policy: HostPolicy,
    /// The actions of the catalog, in its order, each compiled when it is first
    /// asked for.
    catalog: Vec<OnceLock<Action>>,
    slots: Arc<Semaphore>,
    /// How many there are.
    all_slots: usize,
    journal: Option<Arc<JournalWriter>>,
    observer: Option<Arc<dyn Observer>>,
    reviews: Option<Arc<dyn Reviews>>,
}

impl Host {
    /// Sets up a host.
    #[must_use]
    pub fn builder() -> HostBuilder {
        HostBuilder::default()
    }

    /// Reads this machine's CA certificates on a thread of its own, if requests
    /// to this account will need them. The first of them does so otherwise. It
    /// takes some milliseconds, beside those in which an action is loaded.
    pub fn prepare(&self, connection: &Connection) {
        if connection.origin().is_tls() {
            self.inner.egress.prepare_tls();
        }
    }

    /// How many calls it runs at once, and how many more it could begin.
    #[must_use]
    pub fn slots(&self) -> Slots {
        Slots {
            all: self.inner.all_slots,
            free: self.inner.slots.available_permits(),
        }
    }

    /// Loads an action of the catalog, such as `sync-contact`. The first time
    /// it is compiled, which takes a fraction of a second unless the cache has
    /// it; this blocks.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn load_action(&self, name: &str) -> Result<Action, LoadError> {
        let (slot, action) = self.catalog_entry(name)?;
        if let Some(loaded) = slot.get() {
            return Ok(loaded.clone());
        }
        let loaded = self.load(action.component())?;
        // Two threads may compile at once; the first to finish is kept.
        Ok(slot.get_or_init(|| loaded).clone())
    }

    /// Loads any component that keeps the contract: plain data in and out, and
    /// no imports beyond HTTP, clocks, standard streams and the account. This
    /// compiles, and blocks.
    ///
    /// A component without a description may make no request unless the policy
    /// lists it.
    ///
    /// # Errors
    /// When the bytes are no component, or import or need what is not given, or
    /// take more to compile than they may, or an operator lets only our own
    /// actions run.
    pub fn load(&self, bytes: &[u8]) -> Result<Action, LoadError> {
        let identity = Identity::of(bytes);
        if matches!(identity, Identity::Other(_)) {
            let policy = &self.inner.policy;
            policy
                .check_other_components()
                .map_err(LoadError::NotPermitted)?;
        }
        let Inner {
            engine,
            compiler,
            linker,
            policy,
            ..
        } = &*self.inner;
        Action::load(engine, compiler, linker, policy, bytes, identity)
    }

    /// What a component is, whether or not this host would run it. This compiles,
    /// and blocks.
    ///
    /// # Errors
    /// When the bytes are no component, or take more to compile than they may.
    pub fn inspect(&self, bytes: &[u8]) -> Result<Inspected, LoadError> {
        let Inner {
            engine,
            compiler,
            linker,
            ..
        } = &*self.inner;
        Inspected::of(engine, compiler, linker, bytes)
    }

    /// Like [`Host::load_action`], without blocking the caller's executor.
    pub(crate) async fn load_action_aside(&self, name: &'static str) -> Result<Action, LoadError> {
        if let Some(loaded) = self.catalog_entry(name)?.0.get() {
            return Ok(loaded.clone());
        }
        let (sender, receiver) = oneshot::channel();
        let host = self.clone();
        let spawned = thread::Builder::new()
            .name("clio-compile".into())
            .spawn(move || {
                let _ = sender.send(host.load_action(name));
            });
        match spawned {
            Ok(_) => receiver
                .await
                .unwrap_or_else(|_| Err(LoadError::Compile("the compiler failed".into()))),
            Err(_) => self.load_action(name),
        }
    }

    fn catalog_entry(
        &self,
        name: &str,
    ) -> Result<(&OnceLock<Action>, &'static clio_catalog::Action), LoadError> {
        self.inner
            .catalog
            .iter()
            .zip(clio_catalog::actions())
            .find(|(_, action)| action.name == name)
            .ok_or_else(|| {
                let names: Vec<&str> = clio_catalog::actions().iter().map(|a| a.name).collect();
                LoadError::UnknownAction {
                    name: name.to_owned(),
                    known: names.join(", "),
                }
            })
    }

    /// The limits that calls have by default.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// How often the thread has woken that interrupts guests. For tests of what
    /// waiting costs.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn interrupter_awakenings(&self) -> u64 {
        self.inner.engine.ticker.awakenings()
    }

    /// The limits of a call, none higher than the operators' bounds, and no time
    /// longer than sums with an instant can take.
    pub(crate) fn bounded(&self, limits: Limits) -> Limits {
        self.inner.policy.lower(limits).bounded()
    }

    pub(crate) fn engine(&self) -> &ActionEngine {
        &self.inner.engine
    }

    pub(crate) fn observer(&self) -> Option<Arc<dyn Observer>> {
        self.inner.observer.clone()
    }

    pub(crate) fn journal(&self) -> Option<Arc<JournalWriter>> {
        self.inner.journal.clone()
    }

    pub(crate) fn reviews(&self) -> Option<Arc<dyn Reviews>> {
        self.inner.reviews.clone()
    }

    pub(crate) fn workers(&self) -> &Workers {
        &self.inner.workers
    }

    pub(crate) fn semaphore(&self) -> Arc<Semaphore> {
        Arc::clone(&self.inner.slots)
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("workers", &self.inner.workers)
            .finish_non_exhaustive()
    }
}
