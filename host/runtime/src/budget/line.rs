//! The lines of those who wait for a budget, and how something is taken of it.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, oneshot};
use tokio::time::{sleep_until, timeout_at};

use super::BudgetExhausted;
use super::class::Class;
use super::held::{Taken, Waits};
use super::shared::{BudgetStore, Place};
use super::window::{Take, Wait, Window};

/// After a window has ended, a request waits up to this much longer, so that
/// processes with the same token do not all begin at the same instant.
const LONGEST_JITTER: Duration = Duration::from_millis(200);
/// How often it is looked for what other processes gave back: nobody tells.
const LOOK: Duration = Duration::from_millis(200);

/// What everybody shares who draws from one budget.
pub(super) struct Shared {
    /// Where it is shared with other processes, as it was last seen.
    pub(super) window: Mutex<Window>,
    changed: Notify,
    /// How many wait, by class.
    pub(super) waiting: [AtomicUsize; Class::ALL.len()],
    /// Held by the first in each line of those that set requests aside.
    pub(super) reservations: [tokio::sync::Mutex<()>; Class::ALL.len()],
    /// Held by the first in each line of those that send. They are lines of their
    /// own, because calls that run go before calls that have not begun.
    pub(super) requests: [tokio::sync::Mutex<()>; Class::ALL.len()],
    /// Where it is shared with other processes.
    place: Option<Place>,
}

impl Shared {
    pub(super) fn of(window: Window, place: Option<Place>) -> Self {
        Self {
            window: Mutex::new(window),
            changed: Notify::new(),
            waiting: Default::default(),
            reservations: Default::default(),
            requests: Default::default(),
            place,
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The classes of which one waits here.
    fn classes(&self) -> [bool; Class::ALL.len()] {
        let any = |class: Class| self.waiting[class as usize].load(Ordering::SeqCst) > 0;
        Class::ALL.map(any)
    }

    /// Does something to the window in this process.
    fn act<T>(&self, act: impl FnOnce(&mut Window, Instant) -> T) -> T {
        let mut window = self.lock();
        window.mine.waiting = self.classes();
        act(&mut window, Instant::now())
    }

    /// The same as the store has it, on its thread.
    fn act_in<T>(
        &self,
        store: &dyn BudgetStore,
        mut act: impl FnMut(&mut Window, Instant) -> T,
    ) -> T {
        let act = |window: &mut Window, now: Instant| {
            window.mine.waiting = self.classes();
            act(window, now)
        };
        match &self.place {
            Some(place) => place.act(store, &self.window, act),
            None => self.act(act),
        }
    }

    /// Changes the window, now or as soon as the store can be reached, and wakes who
    /// waits.
    pub(super) fn change(
        self: &Arc<Self>,
        change: impl FnMut(&mut Window, Instant) + Clone + Send + 'static,
    ) {
        if let Some(place) = &self.place {
            let shared = Arc::clone(self);
            let act = change.clone();
            let submitted = place.submit(move |store| {
                shared.act_in(store, act);
                shared.changed.notify_waiters();
            });
            if submitted {
                return;
            }
        }
        self.act(change);
        self.changed.notify_waiters();
    }

    /// Takes something of the window, if it can be had just now.
    async fn take(self: &Arc<Self>, take: Take, class: Class) -> Result<Taken, Wait> {
        let take_of = move |window: &mut Window, now: Instant| window.take(take, class, now);
        if let Some(place) = &self.place {
            let (tell, told) = oneshot::channel();
            let shared = Arc::clone(self);
            let submitted = place.submit(move |store| {
                let result = shared.act_in(store, take_of);
                let result = result.map(|()| Taken::new(&shared, take));
                if let Err(Ok(unwanted)) = tell.send(result) {
                    // Nobody waits for it any more.
                    unwanted.keep();
                    shared.act_in(store, |window, _| window.undo(take));
                    shared.changed.notify_waiters();
                }
            });
            if submitted && let Ok(result) = told.await {
                return result;
            }
        }
        let taken = self.act(take_of);
        taken.map(|()| Taken::new(self, take))
    }

    /// Waits in a line for at most `cap`.
    pub(super) async fn wait_in(
        self: &Arc<Self>,
        turn: &tokio::sync::Mutex<()>,
        take: Take,
        class: Class,
        cap: Duration,
    ) -> Result<Taken, BudgetExhausted> {
        let deadline = Instant::now() + cap;
        // Who finds nobody in the line and room in the window does not wait.
        if let Ok(_first) = turn.try_lock()
            && let Ok(taken) = self.take(take, class).await
        {
            return Ok(taken);
        }
        let waiting = async {
            let _waits = Waits::begin(self, class);
            let _turn = turn.lock().await;
            self.wait_until(deadline, take, class).await
        };
        match timeout_at(deadline.into(), waiting).await {
            Ok(result) => result,
            Err(_) => Err(self.exhausted()),
        }
    }

    async fn wait_until(
        self: &Arc<Self>,
        deadline: Instant,
        take: Take,
        class: Class,
    ) -> Result<Taken, BudgetExhausted> {
        // Before a call begins, who is waited for waits for Clio to be back as well.
        let patient = class == Class::Interactive && matches!(take, Take::Aside(_));
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Before looking, so that no change after the look is missed.
            changed.as_mut().enable();
            let wait = match self.take(take, class).await {
                Ok(taken) => return Ok(taken),
                Err(wait) => wait,
            };
            let now = Instant::now();
            if wait.certain && (wait.until > deadline || (wait.away && !patient)) {
                return Err(BudgetExhausted {
                    retry_after: wait.until.saturating_duration_since(now),
                    away: wait.away,
                });
            }
            let mut until = wait.until + LONGEST_JITTER.mul_f64(rand::random::<f64>());
            if self.place.is_some() && !wait.certain {
                until = until.min(now + LOOK);
            }
            tokio::select! {
                () = &mut changed => {}
                () = sleep_until(until.into()) => {}
            }
        }
    }

    /// Why who waited got nothing.
    fn exhausted(&self) -> BudgetExhausted {
        let now = Instant::now();
        let mut window = self.lock();
        if let Some(away) = window.away(now) {
            return BudgetExhausted {
                retry_after: away,
                away: true,
            };
        }
        let ends = window.ends(now);
        BudgetExhausted {
            retry_after: ends.map_or(Duration::from_secs(1), |end| {
                end.saturating_duration_since(now)
            }),
            away: false,
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.lock(), f)
    }
}
