//! Logs to stderr, by `RUST_LOG`.
//!
//! They tell what the runner does, and stay silent but for warnings unless
//! asked: what a person should read is a failure, not a log line.
//!
//! What must stay true: whatever `RUST_LOG` says, no token and no client data
//! is printed. The libraries below write whole requests down at their finest
//! levels, search terms and signed URLs among them, so of those no more than
//! [`LIBRARIES`] is shown.

use std::io::{self, Write};

use tracing::Metadata;
use tracing_subscriber::filter::{FilterExt as _, LevelFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::terminal;

/// The finest level of crates that are not ours.
const LIBRARIES: LevelFilter = LevelFilter::INFO;

/// Starts logging. A second start in one process is ignored.
pub(crate) fn start() {
    let asked = EnvFilter::builder()
        .with_default_directive(LevelFilter::WARN.into())
        .from_env_lossy();
    let lines = tracing_subscriber::fmt::layer()
        // Without colours: they would be told apart from what an event holds
        // by nothing.
        .with_ansi(false)
        .with_writer(|| Shown)
        .with_filter(asked.and(filter_fn(may_be_shown)));
    let _ = tracing_subscriber::registry().with(lines).try_init();
}

/// Standard error, for what a terminal may be given. An event is written at
/// once, and is a line.
struct Shown;

impl Write for Shown {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = format!("{}\n", terminal::line(text.trim_end_matches('\n')));
        io::stderr().lock().write_all(line.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

fn may_be_shown(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    let ours = ["clio", "clio_host", "clio_cli", "clio_sandbox"]
        .iter()
        .any(|name| target.split("::").next() == Some(name));
    ours || *metadata.level() <= LIBRARIES
}
