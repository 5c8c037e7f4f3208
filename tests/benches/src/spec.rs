//! What one measuring process is told, and what it answers: one JSON value each
//! way, so that every path is a process of its own, whatever it is written in.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Who is measured, at what, how often.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Spec {
    /// `native`, `typed`, `in-place`, `json`, `stock`, `jco`, `jco-reused`, `fetch`, `undici`.
    pub(crate) path: String,
    /// A name of [`crate::jobs::run`].
    pub(crate) job: String,
    /// Actions that are measured at the most, after `warm` ones that are not.
    pub(crate) count: usize,
    /// How long it measures at the most, in milliseconds.
    pub(crate) most_ms: u64,
    pub(crate) warm: usize,
    /// How many are under way at once.
    pub(crate) at_once: usize,
    /// Documents of a case.
    pub(crate) documents: usize,
    pub(crate) workers: usize,
    /// Calls that the host has room for.
    pub(crate) calls: u32,
    /// A journal in memory. Off only where the question is what it costs.
    pub(crate) journal: bool,
    /// An operator's policy beside the actions' own rules.
    pub(crate) operator: bool,
    /// Seconds to wait for rate budget.
    pub(crate) wait: u64,
    /// What `upload` sends.
    pub(crate) file: Option<PathBuf>,
    /// Where the portable builds are, for the paths outside of this program.
    pub(crate) components: PathBuf,
    #[serde(flatten)]
    pub(crate) peer: Peer,
}

/// Where the other side is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Peer {
    pub(crate) origin: String,
    pub(crate) token: String,
    pub(crate) matter: u64,
}

impl Spec {
    pub(crate) fn new(path: &str, job: &str, count: usize) -> Self {
        Self {
            path: path.to_owned(),
            job: job.to_owned(),
            count,
            most_ms: 60_000,
            warm: (count / 5).clamp(1, 500),
            at_once: 1,
            documents: 20,
            workers: 1,
            calls: 128,
            journal: true,
            operator: false,
            wait: 120,
            file: None,
            components: PathBuf::new(),
            peer: Peer::default(),
        }
    }
}

/// What one process measured, an action each: times in microseconds, CPU of all
/// its threads.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Figures {
    pub(crate) cpu_us: f64,
    pub(crate) wall_us: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    /// The most memory while it measured.
    pub(crate) peak_mib: f64,
    /// Actions, those of the warm-up as well.
    pub(crate) actions: usize,
    /// Requests to the API and to storage. The peer counts them.
    #[serde(default)]
    pub(crate) requests: f64,
}
