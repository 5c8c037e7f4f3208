//! Logs to stderr, by `RUST_LOG`.
//!
//! They tell what the runner does, and stay silent but for warnings unless
//! asked: what a person should read is a failure, not a log line.
//!
//! What must stay true: whatever `RUST_LOG` says, no token and no client data
//! is printed. The libraries below write whole requests down at their finest
//! levels, search terms and signed URLs among them, so of those no more than
//! [`LIBRARIES`] is shown.
//!
//! For programs that collect them, a line is a JSON object on request.

use std::io::{self, Write};

use tracing::Metadata;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{FilterExt as _, LevelFilter, Targets, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use clio_runner::{environment, terminal};

/// The finest level of crates that are not ours.
const LIBRARIES: LevelFilter = LevelFilter::INFO;

/// Starts logging, a line an event, as JSON where that is asked for. A second start
/// in one process is ignored.
pub(crate) fn start(json: bool) {
    let asked = environment::path("RUST_LOG").unwrap_or_default();
    let asked = asked.to_string_lossy();
    let (asked, passed_over) = asked_for(&asked);
    let lines = tracing_subscriber::fmt::layer()
        // Without colours: they would be told apart from what an event holds
        // by nothing.
        .with_ansi(false)
        .with_writer(|| Shown);
    let lines = match json {
        true => lines
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .boxed(),
        false => lines.boxed(),
    };
    let lines = lines.with_filter(asked.and(filter_fn(may_be_shown)));
    let _ = tracing_subscriber::registry().with(lines).try_init();
    for one in passed_over {
        let one = terminal::line(one);
        let _ = writeln!(
            io::stderr(),
            "RUST_LOG: `{one}` is passed over; write a level, or a target and a level, such as \
             `clio_host=debug`"
        );
    }
}

/// A level, or levels by target, such as `warn,clio_host=debug`, and what is
/// neither. Filters by spans and fields would take a library of regular
/// expressions, which is more to build and to start than all of logging.
fn asked_for(directives: &str) -> (Targets, Vec<&str>) {
    let said = directives.split(',').map(str::trim);
    let (read, passed_over): (Vec<&str>, Vec<&str>) = said
        .filter(|one| !one.is_empty())
        .partition(|one| !one.contains(['[', '{']) && one.parse::<Targets>().is_ok());
    let asked = match read.join(",").parse() {
        Ok(asked) if !read.is_empty() => asked,
        _ => Targets::new().with_default(LevelFilter::WARN),
    };
    (asked, passed_over)
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
    let ours = [
        "clio",
        "clio_host",
        "clio_cli",
        "clio_runner",
        "clio_sandbox",
        "clio_server",
    ]
    .iter()
    .any(|name| target.split("::").next() == Some(name));
    ours || *metadata.level() <= LIBRARIES
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn levels_are_asked_for_by_target_and_what_is_none_is_passed_over() {
        for (directives, ours, others) in [
            ("", Level::WARN, Level::WARN),
            ("debug", Level::DEBUG, Level::DEBUG),
            ("warn, clio=debug", Level::DEBUG, Level::WARN),
            ("clio_host=trace,info", Level::TRACE, Level::INFO),
            ("clio_host=loud,,info", Level::INFO, Level::INFO),
            ("clio_host=loud", Level::WARN, Level::WARN),
            ("[call]=debug", Level::WARN, Level::WARN),
        ] {
            let (asked, passed_over) = asked_for(directives);
            let odd = ["clio_host=loud", "[call]=debug"].into_iter();
            let odd: Vec<&str> = odd.filter(|it| directives.contains(it)).collect();
            assert_eq!(passed_over, odd, "{directives}");
            for (target, level) in [("clio_host::egress", ours), ("hyper::client", others)] {
                for one in [
                    Level::ERROR,
                    Level::WARN,
                    Level::INFO,
                    Level::DEBUG,
                    Level::TRACE,
                ] {
                    assert_eq!(
                        asked.would_enable(target, &one),
                        one <= level,
                        "{directives}"
                    );
                }
            }
        }
    }
}
