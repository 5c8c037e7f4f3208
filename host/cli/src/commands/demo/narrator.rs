//! Tells the demo: chapters, facts, and claims that were checked.
//!
//! With colour on a terminal, and as plain lines everywhere else.

use console::style;

use clio_runner::failure::Failure;
use clio_runner::output;
use clio_runner::terminal;

/// Tells the demo on standard output.
#[derive(Debug)]
pub(crate) struct Narrator;

impl Narrator {
    /// A line of its own.
    pub(crate) fn text(&self, text: &str) -> Result<(), Failure> {
        output::text(&format!("{text}\n"))
    }

    /// The title of the next part.
    pub(crate) fn chapter(&self, title: &str) -> Result<(), Failure> {
        output::styled(&format!("\n{}", style(terminal::line(title)).bold()))
    }

    /// What is the case or was done, of one line or several.
    pub(crate) fn fact(&self, fact: &str) -> Result<(), Failure> {
        for line in fact.lines() {
            output::line(format!("   {line}").trim_end())?;
        }
        Ok(())
    }

    /// Something that was checked. One that does not hold ends the demo.
    pub(crate) fn claim(&self, claim: &str, holds: bool) -> Result<(), Failure> {
        let claim = terminal::line(claim);
        if holds {
            return output::styled(&format!(" {} {claim}", style("✓").green()));
        }
        output::styled(&format!(" {} {claim}", style("✗").red()))?;
        Err(
            Failure::host("what the demo claims does not hold in the sandbox")
                .next("run it with RUST_LOG=debug to see the requests, and report it"),
        )
    }
}
