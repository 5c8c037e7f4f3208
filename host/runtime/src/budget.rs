//! The rate budget of a connection: who may send a request, and when.
//!
//! Clio allows some fifty requests a minute and token. Every call with the same
//! connection draws from one budget, whichever worker runs it. A call that will
//! need requests sets them aside before it begins, so that it waits outside of
//! its deadline and holds no sandbox meanwhile.
//!
//! Processes with the same token can share one budget through a store ([`shared`]).
//!
//! What must stay true: who is of an earlier [`Class`] goes first; within one,
//! waiting in a process is first come, first served; whoever stops waiting, or is
//! dropped, gives back what it held; whoever waits wakes when the window ends, not
//! all at once but one after the other.

mod away;
mod class;
mod held;
mod kept;
mod line;
mod retry_after;
mod shared;
pub(crate) mod signals;
mod window;

use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

pub use self::class::Class;
use self::held::Drawn;
pub(crate) use self::held::{Reservation, Slot};
use self::line::Shared;
use self::shared::Place;
pub use self::shared::{BudgetStore, Budgets};
pub(crate) use self::window::Signal;
use self::window::{Take, Window};

/// How much is left of a connection's rate budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BudgetLevel {
    /// Requests that may still be sent before Clio's window ends, those on their
    /// way and those set aside for calls taken off. `None` before an answer of
    /// Clio's has told.
    pub left: Option<u32>,
    /// Calls that wait to begin, and requests within calls that wait to be sent.
    pub waiting: usize,
    /// How long Clio is left alone because it is away; zero: the next request asks
    /// whether it is back. `None`: it is not away, as far as is known.
    pub away: Option<Duration>,
}

/// The budget of requests that one access token has. Clones share it.
#[derive(Clone)]
pub(crate) struct RateBudget {
    shared: Arc<Shared>,
}

impl RateBudget {
    /// A budget of its own.
    pub(crate) fn new() -> Self {
        Self::of(Window::new(), None)
    }

    /// One that leaves Clio alone while it is away.
    fn minding_maintenance(place: Option<Place>) -> Self {
        Self::of(Window::minding_maintenance(), place)
    }

    fn of(window: Window, place: Option<Place>) -> Self {
        Self {
            shared: Arc::new(Shared::of(window, place)),
        }
    }

    /// How much is left.
    pub(crate) fn level(&self) -> BudgetLevel {
        let now = Instant::now();
        let mut window = self.shared.lock();
        let waiting = self.shared.waiting.iter();
        BudgetLevel {
            left: window.left(now),
            waiting: waiting.map(|count| count.load(Ordering::Relaxed)).sum(),
            away: window.away(now),
        }
    }

    /// Sets `cost` requests aside, waiting for at most `cap`. What a window
    /// holds for its class is the most that is set aside at once.
    ///
    /// # Errors
    /// When they cannot be had within `cap`. It is told early where that is
    /// certain.
    pub(crate) async fn reserve(
        &self,
        cost: u32,
        class: Class,
        cap: Duration,
    ) -> Result<Reservation, BudgetExhausted> {
        let shared = &self.shared;
        let cost = cost.min(shared.lock().most(class));
        if cost == 0 {
            return Ok(Reservation::new(shared, 0));
        }
        let turn = &shared.reservations[class as usize];
        let taken = shared.wait_in(turn, Take::Aside(cost), class, cap).await?;
        taken.keep();
        Ok(Reservation::new(shared, cost))
    }

    /// Waits until one request may be sent: one that `reservation` set aside,
    /// or else one more.
    pub(crate) async fn start(
        &self,
        reservation: &Mutex<Option<Reservation>>,
        class: Class,
        cap: Duration,
    ) -> Result<Slot, BudgetExhausted> {
        let drawn = Drawn::of(reservation);
        let take = match &drawn {
            Some(_) => Take::Reserved,
            None => Take::One,
        };
        // What was promised goes before everything else.
        let line = drawn.as_ref().map_or(class, |_| Class::Interactive);
        let turn = &self.shared.requests[line as usize];
        let taken = self.shared.wait_in(turn, take, class, cap).await?;
        if let Some(drawn) = drawn {
            drawn.used();
        }
        taken.keep();
        Ok(Slot::new(&self.shared))
    }
}

impl fmt::Debug for RateBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.shared, f)
    }
}

/// The budget could not be had in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BudgetExhausted {
    /// The least time to wait before a repetition.
    pub(crate) retry_after: Duration,
    /// Whether it is because Clio is away.
    pub(crate) away: bool,
}

impl fmt::Display for BudgetExhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.away {
            true => "Clio is away or cannot be reached, and is left alone for a while",
            false => "the rate budget of the connection is spent",
        })?;
        write!(f, "; repeat after {} s", self.retry_after.as_secs().max(1))
    }
}

#[cfg(test)]
#[path = "budget/tests.rs"]
mod tests;
