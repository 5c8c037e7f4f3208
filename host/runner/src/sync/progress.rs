//! How far a sync is: a bar on a terminal, plain lines elsewhere, whoever listens, or
//! nothing.
//!
//! Progress goes to stderr, so that stdout holds the report alone. It names
//! records by the caller's identifiers, for lines may be kept in a log.

use std::fmt;
use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

use crate::output;
use crate::terminal;

/// Where progress is shown.
#[derive(Debug)]
pub enum Progress {
    Quiet,
    Lines,
    Bar(ProgressBar),
    To(Listener),
}

/// Is told a line for each step that is done.
pub struct Listener(pub Box<dyn Fn(&str) + Send + Sync>);

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

impl Progress {
    /// A bar when a person watches stderr, lines otherwise.
    pub fn of_stderr(quiet: bool, steps: usize) -> Self {
        if quiet {
            Self::Quiet
        } else if std::io::stderr().is_terminal() {
            let bar = ProgressBar::new(u64::try_from(steps).unwrap_or(u64::MAX));
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len}  {msg}");
            Self::Bar(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
        } else {
            Self::Lines
        }
    }

    /// What is being done.
    pub fn doing(&self, what: &str) {
        if let Self::Bar(bar) = self {
            bar.set_message(terminal::line(what).into_owned());
        }
    }

    /// One step is done.
    pub fn done(&self, what: &str) {
        match self {
            Self::Quiet => {}
            Self::Lines => output::tell(&terminal::line(what)),
            Self::To(listener) => (listener.0)(what),
            Self::Bar(bar) => {
                bar.set_message(terminal::line(what).into_owned());
                bar.inc(1);
            }
        }
    }

    /// Clears the bar, before the report.
    pub fn end(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
