//! Whose turn it is.
//!
//! A process runs some at once. Of the connections for which something is due, the
//! one that was served the longest ago is next, and within a connection it goes by
//! class and age. The second half of the places is for connections that have nothing
//! running here, so that nobody waits for another's backlog; and of a connection's
//! share the last places are for what somebody waits for.

use std::collections::BTreeMap;

use clio_runner::failure::Failure;
use clio_runner::journal::runs::{Class, Run};

use crate::service::Service;

/// Who was served when, and what runs.
#[derive(Debug)]
pub(super) struct Turns {
    at_once: usize,
    running: usize,
    /// How many run of a connection.
    of: BTreeMap<String, usize>,
    /// The turn in which a connection was served last.
    served: BTreeMap<String, u64>,
    turn: u64,
}

impl Turns {
    pub(super) fn new(at_once: usize) -> Self {
        Self {
            at_once,
            running: 0,
            of: BTreeMap::new(),
            served: BTreeMap::new(),
            turn: 0,
        }
    }

    /// Takes the run whose turn it is, if there is one.
    pub(super) fn next(&mut self, service: &Service) -> Result<Option<Run>, Failure> {
        if self.running >= self.at_once {
            return Ok(None);
        }
        let mut due = service.journal.due_connections()?;
        due.sort_by_key(|connection| self.served.get(connection).copied().unwrap_or(0));
        for connection in due {
            let Some(last) = self.last_class(&connection) else {
                continue;
            };
            // While Clio is away, few ask whether it is back.
            if !service.may_begin(&connection, self.running_of(&connection))? {
                continue;
            }
            let journal = &service.journal;
            if let Some(run) = journal.take_run_of(&service.holder, &connection, last)? {
                self.began(connection);
                return Ok(Some(run));
            }
        }
        Ok(None)
    }

    fn began(&mut self, connection: String) {
        self.turn += 1;
        self.running += 1;
        *self.of.entry(connection.clone()).or_default() += 1;
        self.served.insert(connection, self.turn);
    }

    pub(super) fn ended(&mut self, connection: &str) {
        self.running = self.running.saturating_sub(1);
        if let Some(count) = self.of.get_mut(connection) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.of.remove(connection);
            }
        }
    }

    fn running_of(&self, connection: &str) -> usize {
        self.of.get(connection).copied().unwrap_or(0)
    }

    /// The last class of which a connection may have one more; none: it may not.
    fn last_class(&self, connection: &str) -> Option<Class> {
        let share = self.at_once.div_ceil(4);
        match self.running_of(connection) {
            0 => Some(Class::Bulk),
            _ if self.running >= self.at_once.div_ceil(2) => None,
            held if held < share / 2 => Some(Class::Bulk),
            held if held < share * 3 / 4 => Some(Class::Event),
            held if held < share => Some(Class::Interactive),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(held: usize, others: usize) -> Turns {
        let mut turns = Turns::new(32);
        for _ in 0..held {
            turns.began("firm".to_owned());
        }
        for other in 0..others {
            turns.began(format!("other {other}"));
        }
        turns
    }

    #[test]
    fn a_connection_has_a_share_and_its_last_places_are_for_what_somebody_waits_for() {
        for (held, last) in [
            (0, Some(Class::Bulk)),
            (3, Some(Class::Bulk)),
            (4, Some(Class::Event)),
            (5, Some(Class::Event)),
            (6, Some(Class::Interactive)),
            (7, Some(Class::Interactive)),
            (8, None),
        ] {
            assert_eq!(with(held, 0).last_class("firm"), last, "{held}");
        }
    }

    #[test]
    fn half_of_the_places_is_for_who_has_nothing_running() {
        assert_eq!(with(1, 15).last_class("firm"), None);
        assert_eq!(with(0, 31).last_class("firm"), Some(Class::Bulk));
        let mut turns = with(1, 15);
        turns.ended("firm");
        assert_eq!(turns.last_class("firm"), Some(Class::Bulk));
        turns.ended("other 3");
        turns.began("firm".to_owned());
        assert_eq!(turns.last_class("firm"), Some(Class::Bulk));
    }

    #[test]
    fn a_process_of_one_place_gives_it_to_anybody() {
        let mut turns = Turns::new(1);
        assert_eq!(turns.last_class("firm"), Some(Class::Bulk));
        turns.began("firm".to_owned());
        assert_eq!(turns.last_class("firm"), None);
    }
}
