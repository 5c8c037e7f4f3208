//! Logs to stderr, by `RUST_LOG`.
//!
//! They tell what the runner does, and stay silent but for warnings unless
//! asked: what a person should read is a failure, not a log line.
//!
//! What must stay true: whatever `RUST_LOG` says, no token and no client data
//! is printed. The libraries below write whole requests down at their finest
//! levels, search terms and signed URLs among them, so of those no more than
//! [`LIBRARIES`] is shown.

use std::io::{self, IsTerminal as _};

use tracing::Metadata;
use tracing_subscriber::filter::{FilterExt as _, LevelFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

/// The finest level of crates that are not ours.
const LIBRARIES: LevelFilter = LevelFilter::INFO;

/// Starts logging. A second start in one process is ignored.
pub(crate) fn start() {
    let asked = EnvFilter::builder()
        .with_default_directive(LevelFilter::WARN.into())
        .from_env_lossy();
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_filter(asked.and(filter_fn(may_be_shown)));
    let _ = tracing_subscriber::registry().with(lines).try_init();
}

fn may_be_shown(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    let ours = ["clio", "clio_host", "clio_cli", "clio_sandbox"]
        .iter()
        .any(|name| target.split("::").next() == Some(name));
    ours || *metadata.level() <= LIBRARIES
}
