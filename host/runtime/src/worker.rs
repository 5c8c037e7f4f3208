//! The threads that run calls.
//!
//! Each fast worker is one thread with a runtime and an HTTP pool of its own,
//! and calls do not move between them: nothing is stolen, nothing is shared,
//! and a call of one exchange costs a third of what it costs on a work-stealing
//! runtime (measured: 53 µs against 100 to 180 µs).
//!
//! A call that computes for long would hold up its neighbours there. So every
//! poll of a call is timed, and a call that has computed for longer than its
//! [slice](crate::lane) goes on, as it stands, on a slow worker:
//! a thread of lower priority (on Linux; elsewhere of equal priority) where such
//! calls share among themselves, 1 ms each in turn. A running call can move,
//! because its future, stack included, may be polled from any thread. A
//! component that was [caught](crate::lane) begins there at once.
//!
//! An embedder may have calls run where they are awaited instead, in its own
//! runtime ([`Workers::here`]). That saves the hand-over to another thread and
//! back. Everything else is the same there: each poll is timed, and what
//! computes for long goes on on a slow worker.
//!
//! What must stay true: a panic in one call ends that call alone; a dropped
//! call is dropped on the thread that polls it; no call on the fast lane waits
//! for a thread of the slow one, not even for a connection that was opened
//! there.

use std::fmt;
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::thread;

use futures_util::FutureExt as _;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

use crate::cpu::CpuMeter;
use crate::egress::{Egress, EgressBuildError, EgressSettings};
use crate::lane::{Reputation, enter_slow_lane};

/// How much a slow worker stands back on Linux, for calls of this project's own
/// actions. At 19 an upload of 128 MiB took 26 to 29 s with one busy process a
/// core, and takes 1.6 s at 5, where it takes 0.94 s on a fast worker.
const OURS: i32 = 5;

/// The same for those of strangers, who may be hostile: as much as there is. At
/// 5, 32 of them at once doubled the time of one honest call in a hundred, and
/// at 10 such a thread still took a tenth of a core from the fast ones.
const STRANGERS: i32 = 19;

/// A call as a future. Its outcome goes to whoever waits for it.
pub(crate) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A call before its worker is known.
pub(crate) struct Work {
    /// Makes the call's future, on the worker.
    pub(crate) begin: Box<dyn FnOnce(Arc<Egress>) -> Task + Send>,
    pub(crate) meter: Arc<CpuMeter>,
    /// That of the component which is called.
    pub(crate) reputation: Arc<Reputation>,
}

/// Why the workers do not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkerError {
    /// The system makes no more threads.
    #[error("a worker thread does not start: {0}")]
    Thread(#[from] std::io::Error),
    /// The HTTP client.
    #[error(transparent)]
    Egress(#[from] EgressBuildError),
}

/// The workers of one host. Dropping it ends them and the calls they run.
pub(crate) struct Workers {
    fast: Fast,
    slow: Arc<SlowLane>,
}

/// Where calls begin.
enum Fast {
    /// On threads of the host's own.
    Lanes(Vec<FastLane>),
    /// Where they are awaited, with these connections.
    Here(Arc<Egress>),
}

struct FastLane {
    work: mpsc::UnboundedSender<Work>,
    load: Arc<AtomicUsize>,
}

/// The way to the slow workers, of which each kind takes turns.
struct SlowLane {
    ours: Vec<SlowWorker>,
    strangers: Vec<SlowWorker>,
    next: AtomicUsize,
}

type SlowWorker = mpsc::UnboundedSender<(Task, Arc<CpuMeter>)>;

impl fmt::Debug for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lanes = match &self.fast {
            Fast::Lanes(lanes) => lanes.len(),
            Fast::Here(_) => 0,
        };
        f.debug_struct("Workers")
            .field("fast", &lanes)
            .finish_non_exhaustive()
    }
}

impl Workers {
    /// Starts `count` fast workers, and as many slow ones of each kind.
    pub(crate) fn start(count: usize, settings: &EgressSettings) -> Result<Self, WorkerError> {
        let slow = SlowLane::start(count)?;
        let mut fast = Vec::with_capacity(count);
        for n in 0..count {
            let (work, receiver) = mpsc::unbounded_channel();
            let load = Arc::new(AtomicUsize::new(0));
            let egress = Arc::new(Egress::new(settings.clone())?);
            let (lane_load, slow) = (Arc::clone(&load), Arc::clone(&slow));
            spawn(format!("clio-worker-{n}"), move |runtime| {
                run_fast(&runtime, receiver, &egress, &lane_load, &slow);
            })?;
            fast.push(FastLane { work, load });
        }
        Ok(Self {
            fast: Fast::Lanes(fast),
            slow,
        })
    }

    /// Has calls run where they are awaited, and starts `count` slow workers of
    /// each kind.
    pub(crate) fn here(count: usize, settings: &EgressSettings) -> Result<Self, WorkerError> {
        Ok(Self {
            fast: Fast::Here(Arc::new(Egress::new(settings.clone())?)),
            slow: SlowLane::start(count)?,
        })
    }

    /// Hands a call to the worker with the fewest calls; the first of several,
    /// so that a quiet host keeps using the same connections. Returns whether
    /// there was one.
    ///
    /// Where calls run in place, the future that is returned has it to its end
    /// or until it must leave for a slow worker.
    pub(crate) fn submit(&self, work: Work) -> Option<impl Future<Output = ()> + use<>> {
        let here: Option<Task> = match &self.fast {
            Fast::Lanes(lanes) => {
                let load = |lane: &&FastLane| lane.load.load(Ordering::Relaxed);
                let lane = lanes.iter().min_by_key(load)?;
                lane.load.fetch_add(1, Ordering::Relaxed);
                lane.work.send(work).ok()?;
                None
            }
            Fast::Here(egress) => {
                let (egress, slow) = (Arc::clone(egress), Arc::clone(&self.slow));
                let call = async move { run_one(work, &egress, &slow, || ()).await };
                // A panic is the call's own, as on a worker: whoever waits for
                // it learns that it is lost.
                let call = AssertUnwindSafe(call).catch_unwind();
                Some(Box::pin(call.map(drop)))
            }
        };
        Some(async move {
            if let Some(here) = here {
                here.await;
            }
        })
    }
}

/// Runs a call on the fast lane, and sees it off to a slow worker where it must
/// leave. `left` is called once it is over or has left.
async fn run_one(work: Work, egress: &Arc<Egress>, slow: &SlowLane, left: impl FnOnce()) {
    let task = (work.begin)(Arc::clone(egress));
    let (meter, reputation) = (work.meter, work.reputation);
    // Asked as late as can be: of several calls that came together, the first
    // may have been caught by now.
    let moved = match reputation.on_probation() {
        true => Some(task),
        false => metered(task, &meter, Some(&reputation)).await,
    };
    left();
    if let Some(task) = moved {
        meter.leave_fast_lane();
        slow.take(task, meter, reputation.is_ours());
    }
}

fn spawn(name: String, run: impl FnOnce(Runtime) + Send + 'static) -> Result<(), WorkerError> {
    // I/O is looked at after every few polls instead of every 61: a call that
    // yields after each millisecond would hold answers back for as many.
    let runtime = Builder::new_current_thread()
        .enable_all()
        .event_interval(7)
        .build()?;
    thread::Builder::new()
        .name(name)
        .spawn(move || run(runtime))?;
    Ok(())
}

/// One call less on a lane, whichever way it ends.
struct Leaving(Arc<AtomicUsize>);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn run_fast(
    runtime: &Runtime,
    mut receiver: mpsc::UnboundedReceiver<Work>,
    egress: &Arc<Egress>,
    load: &Arc<AtomicUsize>,
    slow: &Arc<SlowLane>,
) {
    runtime.block_on(async {
        while let Some(work) = receiver.recv().await {
            let (leaving, slow) = (Leaving(Arc::clone(load)), Arc::clone(slow));
            let egress = Arc::clone(egress);
            tokio::spawn(async move {
                run_one(work, &egress, &slow, || drop(leaving)).await;
            });
        }
    });
}

fn slow_worker(name: &str, n: usize, niceness: i32) -> Result<SlowWorker, WorkerError> {
    let (sender, receiver) = mpsc::unbounded_channel();
    spawn(format!("{name}-{n}"), move |runtime| {
        run_slow(&runtime, receiver, niceness);
    })?;
    Ok(sender)
}

fn run_slow(
    runtime: &Runtime,
    mut receiver: mpsc::UnboundedReceiver<(Task, Arc<CpuMeter>)>,
    niceness: i32,
) {
    // On Linux niceness belongs to the thread; elsewhere to the process, which
    // is not ours to slow down. A refusal costs fairness only.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(niceness);
    #[cfg(not(target_os = "linux"))]
    let _ = niceness;
    enter_slow_lane();
    runtime.block_on(async {
        while let Some((task, meter)) = receiver.recv().await {
            tokio::spawn(async move { metered(task, &meter, None).await });
        }
    });
}

impl SlowLane {
    /// Starts `count` workers of each kind.
    fn start(count: usize) -> Result<Arc<Self>, WorkerError> {
        let workers = |name, niceness| {
            let each = (0..count.max(1)).map(|n| slow_worker(name, n, niceness));
            each.collect::<Result<Vec<_>, _>>()
        };
        Ok(Arc::new(Self {
            ours: workers("clio-long", OURS)?,
            strangers: workers("clio-slow", STRANGERS)?,
            next: AtomicUsize::new(0),
        }))
    }

    fn take(&self, task: Task, meter: Arc<CpuMeter>, ours: bool) {
        let workers = match ours {
            true => &self.ours,
            false => &self.strangers,
        };
        let n = self.next.fetch_add(1, Ordering::Relaxed) % workers.len().max(1);
        if let Some(worker) = workers.get(n) {
            // A worker that is gone drops the call, as a host that ends does.
            let _ = worker.send((task, meter));
        }
    }
}

/// Polls a call to its end, timing each poll. On the fast lane, where its
/// component's reputation counts, hands it back when it must not stay.
async fn metered(task: Task, meter: &CpuMeter, reputation: Option<&Reputation>) -> Option<Task> {
    let mut task = Some(task);
    poll_fn(move |cx| {
        let Some(call) = task.as_mut() else {
            return Poll::Ready(None);
        };
        meter.enter();
        let poll = call.as_mut().poll(cx);
        meter.leave();
        match poll {
            Poll::Ready(()) => {
                task = None;
                Poll::Ready(None)
            }
            Poll::Pending => match reputation {
                Some(reputation) if reputation.must_leave(meter) => Poll::Ready(task.take()),
                _ => Poll::Pending,
            },
        }
    })
    .await
}
