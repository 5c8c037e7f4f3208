//! Budgets that several processes share, in a store that all of them reach.
//!
//! Whatever is done to such a budget is done on one thread of the process, alone
//! among all processes: it reads the state, changes it, and writes it. A store may
//! so block. A store that fails stops nothing: the process then goes by what it knew
//! last, and what it holds.

use std::collections::HashMap;
use std::fmt;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use super::kept::Kept;
use super::window::Window;
use super::{BudgetLevel, RateBudget};
use crate::journal::JournalError;

/// How often it is looked whether those live who hold something.
const BURY: Duration = Duration::from_secs(1);

/// Where processes keep the budgets that they share.
///
/// Called on a thread of the host's own, so that it may block.
pub trait BudgetStore: Send + Sync + 'static {
    /// Changes the state of the budget `name`, alone among all processes: `change`
    /// gets what stands there, which is empty at first, and returns what is to. It
    /// need not outlive the machine.
    ///
    /// # Errors
    /// When it could not be read or written.
    fn change(
        &self,
        name: &str,
        change: &mut dyn FnMut(&[u8]) -> Vec<u8>,
    ) -> Result<(), JournalError>;

    /// What this process is called among those that share the store.
    fn holder(&self) -> &str;

    /// Whether the process of this name lives. What one held that does not is free.
    fn is_alive(&self, holder: &str) -> bool;
}

/// The rate budgets of a process, by name: one for each access token. Clones share
/// them.
///
/// All connections that get their budget here by the same name share it; from a
/// store, with those of other processes as well. They leave Clio alone while it is
/// under maintenance or cannot be reached: after some requests in a row that failed
/// so, one at a time asks whether it is back, after pauses of up to two minutes.
#[derive(Clone, Default)]
pub struct Budgets {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    keeper: Option<Arc<Keeper>>,
    by_name: Mutex<HashMap<String, RateBudget>>,
}

impl Budgets {
    /// Budgets of this process alone.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Budgets that are shared through a store.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn kept_in(store: Arc<dyn BudgetStore>) -> std::io::Result<Self> {
        Ok(Self {
            inner: Arc::new(Inner {
                keeper: Some(Arc::new(Keeper::start(store)?)),
                by_name: Mutex::default(),
            }),
        })
    }

    /// How much is left of a budget, as it was last seen here.
    #[must_use]
    pub fn level(&self, name: &str) -> BudgetLevel {
        self.of(name).level()
    }

    pub(crate) fn of(&self, name: &str) -> RateBudget {
        let mut by_name = self
            .inner
            .by_name
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(budget) = by_name.get(name) {
            return budget.clone();
        }
        let keeper = self.inner.keeper.as_ref();
        let place = keeper.map(|keeper| Place {
            keeper: Arc::clone(keeper),
            name: name.to_owned(),
            buried: Mutex::new(None),
        });
        let budget = RateBudget::minding_maintenance(place);
        by_name.insert(name.to_owned(), budget.clone());
        budget
    }
}

impl fmt::Debug for Budgets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budgets").finish_non_exhaustive()
    }
}

/// Where one budget is kept.
pub(super) struct Place {
    keeper: Arc<Keeper>,
    name: String,
    /// When it was last looked whether others live.
    buried: Mutex<Option<Instant>>,
}

impl Place {
    /// Has something done on the keeper's thread. False: it has ended.
    pub(super) fn submit(&self, job: impl FnOnce(&dyn BudgetStore) + Send + 'static) -> bool {
        self.keeper.submit(Box::new(job))
    }

    /// Does something to the window as the store has it.
    pub(super) fn act<T>(
        &self,
        store: &dyn BudgetStore,
        window: &Mutex<Window>,
        mut act: impl FnMut(&mut Window, Instant) -> T,
    ) -> T {
        let lock = || window.lock().unwrap_or_else(PoisonError::into_inner);
        let mut done = None;
        let outcome = store.change(&self.name, &mut |state| {
            let mut kept = Kept::read(state);
            if self.is_to_bury() {
                kept.bury(store.holder(), |holder| store.is_alive(holder));
            }
            let (now, wall) = (Instant::now(), SystemTime::now());
            let mut window = lock();
            kept.put_into(&mut window, store.holder(), now, wall);
            if done.is_none() {
                done = Some(act(&mut window, now));
            }
            kept.take_from(&window, store.holder(), now, wall);
            kept.written()
        });
        if let Err(error) = outcome {
            tracing::warn!(%error, "the rate budget is not shared with other processes just now");
        }
        done.unwrap_or_else(|| act(&mut lock(), Instant::now()))
    }

    fn is_to_bury(&self) -> bool {
        let mut last = self.buried.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let due = last.is_none_or(|last| now >= last + BURY);
        if due {
            *last = Some(now);
        }
        due
    }
}

type Job = Box<dyn FnOnce(&dyn BudgetStore) + Send>;

/// The thread that works with a store.
struct Keeper {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    fn start(store: Arc<dyn BudgetStore>) -> std::io::Result<Self> {
        let (jobs, waiting) = mpsc::channel::<Job>();
        let work = move || {
            while let Ok(job) = waiting.recv() {
                job(&*store);
            }
        };
        let thread = thread::Builder::new()
            .name("clio-budget".into())
            .spawn(work)?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    fn submit(&self, job: Job) -> bool {
        let jobs = self.jobs.as_ref();
        jobs.is_some_and(|jobs| jobs.send(job).is_ok())
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.jobs = None;
        // What was handed over is still done. A job may hold the last of it.
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
#[path = "shared_tests.rs"]
mod tests;
