//! Whose turn it is.
//!
//! A process runs some at once. Of the connections for which something is due, the
//! one that was served the longest ago is next, and within a connection it goes by
//! class and age. The second half of the places is for connections that have nothing
//! running here, so that nobody waits for another's backlog; and of a connection's
//! share the last places are for what somebody waits for.
//!
//! What goes out has places of its own beside all these, two for a connection: how
//! long it takes is its destination's to say, and nothing else waits for that.

use std::collections::BTreeMap;

use clio_runner::failure::Failure;
use clio_runner::journal::runs::{Class, Run, Take};

use crate::service::Service;

/// The kind of what goes out.
const EVENT: &str = "event";
/// How many events of a connection go out at once.
const EVENTS: usize = 2;

/// Who was served when, and what runs.
#[derive(Debug)]
pub(super) struct Turns {
    at_once: usize,
    /// What runs, without what goes out.
    work: Running,
    /// What goes out.
    events: Running,
    /// The turn in which a connection was served last.
    served: BTreeMap<String, u64>,
    turn: u64,
}

/// How many run, in all and of each connection.
#[derive(Debug, Default)]
struct Running {
    all: usize,
    of: BTreeMap<String, usize>,
}

impl Running {
    fn of(&self, connection: &str) -> usize {
        self.of.get(connection).copied().unwrap_or(0)
    }

    fn began(&mut self, connection: &str) {
        self.all += 1;
        *self.of.entry(connection.to_owned()).or_default() += 1;
    }

    fn ended(&mut self, connection: &str) {
        self.all = self.all.saturating_sub(1);
        if let Some(count) = self.of.get_mut(connection) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.of.remove(connection);
            }
        }
    }
}

impl Turns {
    pub(super) fn new(at_once: usize) -> Self {
        Self {
            at_once,
            work: Running::default(),
            events: Running::default(),
            served: BTreeMap::new(),
            turn: 0,
        }
    }

    /// Takes the run whose turn it is, if there is one.
    pub(super) fn next(&mut self, service: &Service) -> Result<Option<Run>, Failure> {
        if self.work.all >= self.at_once && self.events.all >= self.at_once {
            return Ok(None);
        }
        let mut due = service.journal.due_connections()?;
        due.sort_by_key(|connection| self.served.get(connection).copied().unwrap_or(0));
        for connection in due {
            // While Clio is away, few ask whether it is back.
            let may_ask = service.may_begin(&connection, self.work.of(&connection))?;
            for take in self.takes(&connection, may_ask).into_iter().flatten() {
                let taken = service
                    .journal
                    .take_run_of(&service.holder, &connection, take)?;
                if let Some(run) = taken {
                    self.began(&run.connection, &run.kind);
                    return Ok(Some(run));
                }
            }
        }
        Ok(None)
    }

    /// What may be taken of a connection, and in which order.
    fn takes(&self, connection: &str, may_ask: bool) -> [Option<Take>; 2] {
        let work = self.last_class(connection).map(|last| match may_ask {
            true => Take::UpTo(last),
            false => Take::Deliveries,
        });
        let room = self.events.all < self.at_once && self.events.of(connection) < EVENTS;
        [work, room.then_some(Take::Events)]
    }

    fn began(&mut self, connection: &str, kind: &str) {
        self.turn += 1;
        self.running(kind).began(connection);
        self.served.insert(connection.to_owned(), self.turn);
    }

    pub(super) fn ended(&mut self, connection: &str, kind: &str) {
        self.running(kind).ended(connection);
    }

    fn running(&mut self, kind: &str) -> &mut Running {
        match kind {
            EVENT => &mut self.events,
            _ => &mut self.work,
        }
    }

    /// The last class of which a connection may have one more; none: it may not.
    fn last_class(&self, connection: &str) -> Option<Class> {
        let share = self.at_once.div_ceil(4);
        match self.work.of(connection) {
            _ if self.work.all >= self.at_once => None,
            0 => Some(Class::Bulk),
            _ if self.work.all >= self.at_once.div_ceil(2) => None,
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
            turns.began("firm", "case");
        }
        for other in 0..others {
            turns.began(&format!("other {other}"), "case");
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
        turns.ended("firm", "case");
        assert_eq!(turns.last_class("firm"), Some(Class::Bulk));
        turns.ended("other 3", "case");
        turns.began("firm", "case");
        assert_eq!(turns.last_class("firm"), Some(Class::Bulk));
    }

    #[test]
    fn a_process_of_one_place_gives_it_to_anybody() {
        let mut turns = Turns::new(1);
        assert_eq!(turns.last_class("firm"), Some(Class::Bulk));
        turns.began("firm", "case");
        assert_eq!(turns.last_class("firm"), None);
    }

    #[test]
    fn what_goes_out_takes_no_place_of_anything_else() {
        let mut turns = Turns::new(4);
        for _ in 0..EVENTS {
            assert_eq!(turns.takes("firm", true)[1], Some(Take::Events));
            turns.began("firm", EVENT);
        }
        let bulk = Some(Take::UpTo(Class::Bulk));
        assert_eq!(turns.takes("firm", true), [bulk, None]);
        // Nor do all of them together.
        turns.began("other", EVENT);
        turns.began("another", EVENT);
        assert_eq!(turns.takes("new", true), [bulk, None]);
        turns.ended("other", EVENT);
        assert_eq!(turns.takes("new", true), [bulk, Some(Take::Events)]);
        // And where all places are taken it goes out.
        for other in 0..4 {
            turns.began(&format!("{other}"), "case");
        }
        assert_eq!(turns.takes("new", true), [None, Some(Take::Events)]);
    }

    #[test]
    fn what_asks_nothing_of_clio_goes_on_while_it_is_away() {
        let turns = Turns::new(4);
        let may = [Some(Take::Deliveries), Some(Take::Events)];
        assert_eq!(turns.takes("firm", false), may);
    }
}
