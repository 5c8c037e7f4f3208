//! The thread that advances the engine's epoch every millisecond.
//!
//! The epoch is what interrupts a guest that computes. The thread sleeps while
//! no call runs, so that an idle host costs nothing, and ends with the engine.
//!
//! What must stay true: while a call runs, it ticks. A guard is taken before a
//! store is made and held until it is dropped.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use wasmtime::{Engine, EngineWeak};

/// The length of one epoch.
pub(crate) const TICK: Duration = Duration::from_millis(1);

/// The ticker of one engine. Dropping the last clone of the handle ends the
/// thread.
#[derive(Debug)]
pub(crate) struct Ticker {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    running: usize,
}

/// Keeps the ticker awake.
#[derive(Debug)]
pub(crate) struct Ticking(Arc<Ticker>);

impl Ticker {
    /// Starts the ticker of `engine`.
    ///
    /// # Errors
    /// When the system makes no more threads.
    pub(crate) fn start(engine: &Engine) -> std::io::Result<Arc<Self>> {
        let ticker = Arc::new(Self {
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let (weak, engine) = (Arc::downgrade(&ticker), engine.weak());
        thread::Builder::new()
            .name("clio-epoch".into())
            .spawn(move || run(&weak, &engine))?;
        Ok(ticker)
    }

    /// Keeps the ticker awake until the guard is dropped.
    pub(crate) fn hold(self: &Arc<Self>) -> Ticking {
        let mut state = self.lock();
        state.running += 1;
        if state.running == 1 {
            self.changed.notify_all();
        }
        drop(state);
        Ticking(Arc::clone(self))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is one counter; no panic can leave it half-changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Ticking {
    fn drop(&mut self) {
        self.0.lock().running -= 1;
    }
}

fn run(ticker: &Weak<Ticker>, engine: &EngineWeak) {
    loop {
        let (Some(ticker), Some(engine)) = (ticker.upgrade(), engine.upgrade()) else {
            return;
        };
        let state = ticker.lock();
        if state.running == 0 {
            // Woken by the next call, or after a while to see whether the
            // engine is still there.
            let waited = ticker
                .changed
                .wait_timeout(state, Duration::from_millis(200));
            drop(waited.unwrap_or_else(PoisonError::into_inner));
            continue;
        }
        drop(state);
        engine.increment_epoch();
        drop((ticker, engine));
        thread::sleep(TICK);
    }
}
