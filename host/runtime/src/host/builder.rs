//! Sets up a host.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::thread;

use tokio::sync::Semaphore;

use super::{Host, Inner};
use crate::compile::Compiler;
#[cfg(feature = "oauth")]
use crate::egress::network::Network;
use crate::egress::{EgressSettings, HttpClient};
use crate::engine::{ActionEngine, EngineError};
use crate::journal::{Journal, JournalWriter};
use crate::limits::{CompileLimits, Limits};
use crate::observer::Observer;
use crate::origin::OriginError;
use crate::policy::{HostPolicy, OperatorPolicy, Policy, Proxy};
use crate::reviews::Reviews;
use crate::wasi;
use crate::worker::{WorkerError, Workers};

/// How many calls a host runs at once unless told otherwise. Each reserves
/// address space for its memories, not memory.
const CALLS: u32 = 128;

/// Why a host does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The workers.
    #[error(transparent)]
    Workers(#[from] WorkerError),
    /// An origin of the policy.
    #[error("the policy's content origin is not usable: {0}")]
    Policy(#[from] OriginError),
    /// The thread of the journal.
    #[error("the journal's thread does not start: {0}")]
    Journal(std::io::Error),
}

/// Sets up a [`Host`].
#[derive(Clone)]
pub struct HostBuilder {
    compiler: Compiler,
    workers: usize,
    in_place: bool,
    calls: u32,
    limits: Limits,
    policy: Policy,
    egress: EgressSettings,
    journal: Option<Arc<dyn Journal>>,
    observer: Option<Arc<dyn Observer>>,
    reviews: Option<Arc<dyn Reviews>>,
}

impl fmt::Debug for HostBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostBuilder")
            .field("compiler", &self.compiler)
            .field("workers", &self.workers)
            .field("in_place", &self.in_place)
            .field("calls", &self.calls)
            .field("limits", &self.limits)
            .field("policy", &self.policy)
            .field("egress", &self.egress)
            .finish_non_exhaustive()
    }
}

impl Default for HostBuilder {
    fn default() -> Self {
        Self {
            compiler: Compiler::default(),
            workers: thread::available_parallelism().map_or(1, usize::from),
            in_place: false,
            calls: CALLS,
            limits: Limits::default(),
            policy: Policy::default(),
            egress: EgressSettings::default(),
            journal: None,
            observer: None,
            reviews: None,
        }
    }
}

impl HostBuilder {
    /// Where compiled code is kept between runs. It is made for this user alone
    /// and refused when others could write to it. Default: nowhere, so that
    /// every process compiles anew.
    #[must_use]
    pub fn cache_dir(mut self, path: Option<PathBuf>) -> Self {
        self.compiler.cache_dir = path;
        self
    }

    /// Compiles what is not of this project in a process of its own, whose
    /// memory and time the system bounds: a compiler cannot be stopped from
    /// within. The program is started with [`crate::COMPILE`] as its first
    /// argument, and then must return [`crate::compile_for_parent`]'s code; the
    /// embedder's own executable is one choice. Default: in this process, after
    /// an estimate of what it will take.
    #[must_use]
    pub fn compile_with(mut self, program: impl Into<PathBuf>) -> Self {
        self.compiler.program = Some(program.into());
        self
    }

    /// What it may take to load a component that is not of this project.
    #[must_use]
    pub fn compile_limits(mut self, limits: CompileLimits) -> Self {
        self.compiler.limits = limits;
        self
    }

    /// How many worker threads run calls, at least one. Those that compute for
    /// long go on on others of lower priority, as many again for actions of this
    /// project and for those of others. Default: one a core.
    #[must_use]
    pub fn workers(mut self, count: usize) -> Self {
        self.workers = count.max(1);
        self
    }

    /// Runs calls where their futures are polled, in place of on worker threads:
    /// in the embedder's own tokio runtime. Saves the hand-over to another thread
    /// and back: with 32 in flight a third of the CPU time of an action of one
    /// exchange. What computes for long still goes on on a thread of the host's own.
    ///
    /// That runtime needs its time and I/O drivers. All calls of the host must be
    /// awaited in one runtime: it drives the connections that are kept. Whatever
    /// else it runs waits for up to a millisecond while a guest computes.
    #[must_use]
    pub fn in_place(mut self) -> Self {
        self.in_place = true;
        self
    }

    /// How many calls run at once; further ones wait. Default: 128.
    #[must_use]
    pub fn concurrent_calls(mut self, count: u32) -> Self {
        self.calls = count.max(1);
        self
    }

    /// What each call may use, unless it brings limits of its own.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// What calls may do. Default: what each action's description lists.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Holds every call to a policy file of the machine's operator, and reaches
    /// the network as it says. Of several all hold; the first that names a proxy
    /// decides on it.
    #[must_use]
    pub fn operator(mut self, policy: OperatorPolicy) -> Self {
        self.egress.bounded_by(policy);
        self
    }

    /// Reaches HTTPS servers through a proxy. Default: directly, whatever the
    /// environment says. Requests to this machine never go through one.
    ///
    /// The proxy looks names up, so that it must refuse private addresses by
    /// itself; what this machine's resolver knows of a name is checked as well.
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.egress.through(proxy);
        self
    }

    /// Sends every request with a client of the embedder's, in place of the
    /// host's own: see [`HttpClient`] for what that takes over. Default: the
    /// host's own.
    ///
    /// A proxy and CA certificates would be such a client's to use. Where the
    /// host or a policy file of the operator names any, the host does not start.
    #[must_use]
    pub fn http_client(mut self, client: Arc<dyn HttpClient>) -> Self {
        self.egress.sending_with(client);
        self
    }

    /// Trusts the CA certificates of a PEM file, beside the system's, as firms
    /// need whose network inspects TLS. Can be given several times.
    #[must_use]
    pub fn extra_roots(mut self, file: impl Into<PathBuf>) -> Self {
        self.egress.trusting(file.into());
        self
    }

    /// Where an audit of the calls goes. Default: nowhere.
    #[must_use]
    pub fn journal(mut self, journal: Arc<dyn Journal>) -> Self {
        self.journal = Some(journal);
        self
    }

    /// Who knows what a machine made and what a person approved of it. Default:
    /// nobody, and then no draft goes into Clio: an approval in an input is a
    /// caller's word.
    ///
    /// With it, a call that could write is refused where its content is a
    /// machine's work that nobody approved, and what the actions make is
    /// remembered as such.
    #[must_use]
    pub fn reviews(mut self, reviews: Arc<dyn Reviews>) -> Self {
        self.reviews = Some(reviews);
        self
    }

    /// Who is told of every call, for metrics. Default: nobody.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// How this host reaches the network, for the requests that an embedder
    /// makes itself: connecting, and looking after a connection.
    #[cfg(feature = "oauth")]
    #[must_use]
    pub fn network(&self) -> Network {
        Network::new(self.egress.clone())
    }

    /// Starts the host.
    ///
    /// # Errors
    /// When the cache directory is not safe, the policy names an origin that is
    /// none, or the system refuses threads or memory.
    pub fn build(mut self) -> Result<Host, BuildError> {
        let operators = self.egress.operators.clone();
        for operator in &operators {
            self.limits = operator.lower(self.limits);
            self.compiler.limits = operator.lower_compiling(self.compiler.limits);
        }
        let policy = HostPolicy::new(self.policy, operators)?;
        let cache = self.compiler.cache_dir.as_deref();
        let engine = ActionEngine::start(cache, &self.limits, self.calls)?;
        let linker = wasi::linker(&engine.engine)
            .map_err(|cause| EngineError::Engine(format!("{cause:#}")))?;
        let workers = match self.in_place {
            true => Workers::here(self.workers, &self.egress)?,
            false => Workers::start(self.workers, &self.egress)?,
        };
        let journal = self
            .journal
            .map(JournalWriter::start)
            .transpose()
            .map_err(BuildError::Journal)?
            .map(Arc::new);
        Ok(Host {
            inner: Arc::new(Inner {
                journal,
                observer: self.observer,
                reviews: self.reviews,
                all_slots: self.calls as usize,
                egress: self.egress,
                engine,
                compiler: self.compiler,
                linker,
                workers,
                limits: self.limits,
                policy,
                catalog: clio_catalog::actions()
                    .iter()
                    .map(|_| OnceLock::new())
                    .collect(),
                slots: Arc::new(Semaphore::new(self.calls as usize)),
            }),
        })
    }
}
