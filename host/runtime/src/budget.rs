//! The rate budget of a connection: who may send a request, and when.
//!
//! Clio allows some fifty requests a minute and token. Every call with the same
//! connection draws from one budget, whichever worker runs it. A call that will
//! need requests sets them aside before it begins, so that it waits outside of
//! its deadline and holds no sandbox meanwhile.
//!
//! What must stay true: waiting is first come, first served; whoever stops
//! waiting, or is dropped, gives back what it held; whoever waits wakes when the
//! window ends, not all at once but one after the other.

mod retry_after;
pub(crate) mod signals;
mod window;

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::time::{sleep_until, timeout_at};

pub(crate) use self::window::Signal;
use self::window::{Wait, Window};

/// After a window has ended, a request waits up to this much longer, so that
/// processes with the same token do not all begin at the same instant.
const LONGEST_JITTER: Duration = Duration::from_millis(200);

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
}

/// The budget of requests that one access token has. Clones share it.
#[derive(Clone)]
pub(crate) struct RateBudget {
    shared: Arc<Shared>,
}

struct Shared {
    window: Mutex<Window>,
    changed: Notify,
    /// How many wait in the two lines.
    waiting: AtomicUsize,
    /// Held by the first in the line of those that set requests aside.
    reservations: tokio::sync::Mutex<()>,
    /// Held by the first in the line of those that send. It is a line of its
    /// own, because calls that run go before calls that have not begun.
    requests: tokio::sync::Mutex<()>,
}

impl RateBudget {
    pub(crate) fn new() -> Self {
        Self {
            shared: Arc::new(Shared {
                window: Mutex::new(Window::new()),
                changed: Notify::new(),
                waiting: AtomicUsize::new(0),
                reservations: tokio::sync::Mutex::new(()),
                requests: tokio::sync::Mutex::new(()),
            }),
        }
    }

    /// How much is left.
    pub(crate) fn level(&self) -> BudgetLevel {
        BudgetLevel {
            left: self.shared.with(|window| window.left(Instant::now())),
            waiting: self.shared.waiting.load(Ordering::Relaxed),
        }
    }

    /// Sets `cost` requests aside, waiting for at most `cap`. What a window
    /// holds is the most that is set aside at once.
    ///
    /// # Errors
    /// When they cannot be had within `cap`. It is told early where that is
    /// certain.
    pub(crate) async fn reserve(
        &self,
        cost: u32,
        cap: Duration,
    ) -> Result<Reservation, BudgetExhausted> {
        let cost = self.shared.with(|window| cost.min(window.limit()));
        if cost > 0 {
            let turn = &self.shared.reservations;
            let take = |window: &mut Window, now| window.reserve(cost, now);
            self.shared.wait_in(turn, cap, take).await?;
        }
        Ok(Reservation {
            shared: Arc::clone(&self.shared),
            left: cost,
        })
    }

    /// Waits until one request may be sent: one that `reservation` set aside,
    /// or else one more.
    pub(crate) async fn start(
        &self,
        reservation: &Mutex<Option<Reservation>>,
        cap: Duration,
    ) -> Result<Slot, BudgetExhausted> {
        let draws = |act: &mut dyn FnMut(&mut u32)| {
            let mut held = reservation.lock().unwrap_or_else(PoisonError::into_inner);
            match held.as_mut().filter(|held| held.left > 0) {
                Some(held) => {
                    act(&mut held.left);
                    true
                }
                None => false,
            }
        };
        let take = |window: &mut Window, now| {
            let mut result = Ok(());
            let reserved = draws(&mut |left| {
                result = window.start_reserved(now);
                if result.is_ok() {
                    *left -= 1;
                }
            });
            if reserved { result } else { window.start(now) }
        };
        let turn = &self.shared.requests;
        self.shared.wait_in(turn, cap, take).await?;
        Ok(Slot {
            shared: Some(Arc::clone(&self.shared)),
        })
    }
}

impl Shared {
    fn with<T>(&self, act: impl FnOnce(&mut Window) -> T) -> T {
        act(&mut self.window.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn change(&self, act: impl FnOnce(&mut Window)) {
        self.with(act);
        self.changed.notify_waiters();
    }

    async fn wait_in(
        &self,
        turn: &tokio::sync::Mutex<()>,
        cap: Duration,
        mut take: impl FnMut(&mut Window, Instant) -> Result<(), Wait>,
    ) -> Result<(), BudgetExhausted> {
        let began = Instant::now();
        let deadline = began + cap;
        // Who finds nobody in the line and room in the window does not wait.
        if let Ok(_first) = turn.try_lock()
            && self.with(|window| take(window, began)).is_ok()
        {
            return Ok(());
        }
        let waiting = async {
            let _waits = Waits::begin(&self.waiting);
            let _turn = turn.lock().await;
            self.wait_until(deadline, take).await
        };
        match timeout_at(deadline.into(), waiting).await {
            Ok(result) => result,
            Err(_) => Err(BudgetExhausted {
                retry_after: self.next_window(),
            }),
        }
    }

    async fn wait_until(
        &self,
        deadline: Instant,
        mut take: impl FnMut(&mut Window, Instant) -> Result<(), Wait>,
    ) -> Result<(), BudgetExhausted> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Before looking, so that no change after the look is missed.
            changed.as_mut().enable();
            let now = Instant::now();
            let Err(wait) = self.with(|window| take(window, now)) else {
                return Ok(());
            };
            if wait.certain && wait.until > deadline {
                return Err(BudgetExhausted {
                    retry_after: wait.until.saturating_duration_since(now),
                });
            }
            let until = wait.until + LONGEST_JITTER.mul_f64(rand::random::<f64>());
            tokio::select! {
                () = &mut changed => {}
                () = sleep_until(until.into()) => {}
            }
        }
    }

    fn next_window(&self) -> Duration {
        let now = Instant::now();
        let ends = self.with(|window| window.ends(now));
        ends.map_or(Duration::from_secs(1), |end| {
            end.saturating_duration_since(now)
        })
    }
}

/// One that waits, until this is dropped.
struct Waits<'a>(&'a AtomicUsize);

impl<'a> Waits<'a> {
    fn begin(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for RateBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.with(|window| fmt::Debug::fmt(window, f))
    }
}

/// The budget could not be had in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rate budget of the connection is spent; repeat after {} s", retry_after.as_secs().max(1))]
pub(crate) struct BudgetExhausted {
    /// The least time to wait before a repetition.
    pub(crate) retry_after: Duration,
}

/// Requests that were set aside for one call. What is left of it is given back
/// when it is dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    shared: Arc<Shared>,
    left: u32,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.left > 0 {
            self.shared.change(|window| window.release(self.left));
        }
    }
}

/// One request that is on its way.
#[derive(Debug)]
pub(crate) struct Slot {
    shared: Option<Arc<Shared>>,
}

impl Slot {
    /// Takes in what the answer said.
    pub(crate) fn settle(mut self, signal: &Signal) {
        if let Some(shared) = self.shared.take() {
            shared.change(|window| window.settle(signal, Instant::now()));
        }
    }

    /// Says that no byte of the request was written.
    pub(crate) fn unsent(mut self) {
        if let Some(shared) = self.shared.take() {
            shared.change(Window::unsent);
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        // The call was dropped with its request on the way: Clio counts it.
        if let Some(shared) = self.shared.take() {
            shared.change(|window| window.settle(&Signal::default(), Instant::now()));
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with(|window| fmt::Debug::fmt(window, f))
    }
}

#[cfg(test)]
#[path = "budget/tests.rs"]
mod tests;
