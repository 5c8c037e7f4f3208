//! The thread that advances the engine's epoch every millisecond while a guest
//! computes.
//!
//! The epoch is what interrupts a guest. A call that waits needs none: it is
//! polled when something has come, and most calls wait for most of their time.
//! So the thread sleeps once no guest has computed for [`IDLE`] ticks, and a
//! poll that begins wakes it.
//!
//! What must stay true: a tick follows every poll of a guest, however short it
//! was, and one every millisecond while it lasts. So a guest that computes in
//! short bursts meets its limits like one that never pauses.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::thread::{self, Thread};
use std::time::Duration;

use wasmtime::{Engine, EngineWeak};

/// The length of one epoch.
pub(crate) const TICK: Duration = Duration::from_millis(1);

/// How many ticks pass without a poll before the thread sleeps. Waking it costs
/// the worker a system call, so that it stays awake among calls that follow
/// closely.
const IDLE: u32 = 2;

/// The ticker of one engine. Dropping it ends the thread.
#[derive(Debug)]
pub(crate) struct Ticker {
    shared: Arc<Shared>,
    thread: Thread,
}

#[derive(Debug, Default)]
struct Shared {
    /// Polls of guests in progress.
    running: AtomicUsize,
    /// Whether one has begun since the last tick.
    begun: AtomicBool,
    /// Whether the thread sleeps until it is woken.
    parked: AtomicBool,
    ended: AtomicBool,
    /// How often the thread has woken.
    awakenings: AtomicU64,
}

/// Keeps the ticker awake.
struct Ticking<'a>(&'a Shared);

impl Ticker {
    /// Starts the ticker of `engine`.
    ///
    /// # Errors
    /// When the system makes no more threads.
    pub(crate) fn start(engine: &Engine) -> std::io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let (of_thread, engine) = (Arc::clone(&shared), engine.weak());
        let thread = thread::Builder::new()
            .name("clio-epoch".into())
            .spawn(move || run(&of_thread, &engine))?;
        Ok(Self {
            shared,
            thread: thread.thread().clone(),
        })
    }

    /// Ticks while a guest is being polled, and once after.
    pub(crate) async fn while_polled<T>(&self, guest: impl Future<Output = T>) -> T {
        let mut guest = pin!(guest);
        std::future::poll_fn(|cx| {
            let _ticking = self.hold();
            guest.as_mut().poll(cx)
        })
        .await
    }

    fn hold(&self) -> Ticking<'_> {
        let shared = &*self.shared;
        shared.running.fetch_add(1, SeqCst);
        shared.begun.store(true, SeqCst);
        // The thread looks at `begun` once more after it has said that it parks:
        // either it sees this poll, or this sees that it parked.
        if shared.parked.load(SeqCst) && shared.parked.swap(false, SeqCst) {
            self.thread.unpark();
        }
        Ticking(shared)
    }

    /// How often the thread has woken, be it to tick or to find nothing to do.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn awakenings(&self) -> u64 {
        self.shared.awakenings.load(SeqCst)
    }
}

impl Drop for Ticking<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, SeqCst);
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.ended.store(true, SeqCst);
        self.thread.unpark();
    }
}

impl Shared {
    /// Whether a guest computes, or has since this was last asked.
    fn busy(&self) -> bool {
        self.begun.swap(false, SeqCst) || self.running.load(SeqCst) > 0
    }

    /// Sleeps until a guest computes.
    fn park(&self) {
        self.parked.store(true, SeqCst);
        if !self.begun.load(SeqCst) && !self.ended.load(SeqCst) {
            thread::park();
        }
        self.parked.store(false, SeqCst);
    }
}

fn run(shared: &Shared, engine: &EngineWeak) {
    let mut idle = 0;
    loop {
        if idle == IDLE {
            shared.park();
            idle = 0;
        }
        thread::sleep(TICK);
        shared.awakenings.fetch_add(1, SeqCst);
        let Some(engine) = engine.upgrade().filter(|_| !shared.ended.load(SeqCst)) else {
            return;
        };
        match shared.busy() {
            true => {
                engine.increment_epoch();
                idle = 0;
            }
            false => idle += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::time::Instant;
    use wasmtime::{Config, Instance, Module, Store};

    fn engine() -> Engine {
        Engine::new(Config::new().epoch_interruption(true)).unwrap()
    }

    /// Waits until the thread has parked.
    fn parked(ticker: &Ticker) {
        let began = Instant::now();
        while !ticker.shared.parked.load(SeqCst) {
            assert!(began.elapsed() < Duration::from_secs(20), "it never parks");
            thread::yield_now();
        }
    }

    #[test]
    fn it_sleeps_until_a_guest_computes_and_soon_after() {
        let engine = engine();
        let ticker = Ticker::start(&engine).unwrap();
        parked(&ticker);
        let before = ticker.awakenings();
        for polls in 1..=10 {
            drop(ticker.hold());
            parked(&ticker);
            let woken = ticker.awakenings() - before;
            assert!(woken >= polls, "{woken} of {polls} polls");
            // Twice as often where the thread was just about to park.
            let most = 2 * polls * u64::from(1 + IDLE);
            assert!(woken <= most, "{woken} of {polls} polls");
        }
    }

    #[test]
    fn a_tick_follows_the_shortest_poll_and_ends_a_guest_that_spins() {
        let engine = engine();
        let ticker = Ticker::start(&engine).unwrap();
        let module = r#"(module (func (export "spin") (loop (br 0))))"#;
        let module = Module::new(&engine, wat::parse_str(module).unwrap()).unwrap();
        let mut store = Store::new(&engine, ());
        for short in [true, false] {
            parked(&ticker);
            store.set_epoch_deadline(1);
            let instance = Instance::new(&mut store, &module, &[]).unwrap();
            let spin = instance
                .get_typed_func::<(), ()>(&mut store, "spin")
                .unwrap();
            let polled = ticker.hold();
            if short {
                drop(polled);
            }
            // It returns because a tick has come: nothing else ends it.
            spin.call(&mut store, ()).unwrap_err();
        }
    }

    #[test]
    fn it_ends_with_its_handle() {
        let engine = engine();
        let ticker = Ticker::start(&engine).unwrap();
        let shared = Arc::downgrade(&ticker.shared);
        parked(&ticker);
        drop(ticker);
        let began = Instant::now();
        while shared.strong_count() > 0 {
            assert!(began.elapsed() < Duration::from_secs(20), "it goes on");
            thread::yield_now();
        }
    }
}
