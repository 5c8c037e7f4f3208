//! The deadline of a call, and the CPU time that it may take.
//!
//! Each is kept twice. A timeout around the call ends it where it waits, but not a
//! guest that never yields: that one is interrupted by the engine's epochs, which
//! tick each millisecond.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::{Store, UpdateDeadline};

use crate::cpu::CpuMeter;
use crate::error::{FailureCause, HostFailure};

/// When a call must have ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    ends: Instant,
    after: Duration,
}

/// Why a guest was interrupted: its deadline passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not within its deadline of {after:?}")]
pub(crate) struct DeadlinePassed {
    after: Duration,
}

/// Why a guest was interrupted: it used up its CPU time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more CPU time than {0:?}")]
pub(crate) struct CpuSpent(pub(crate) Duration);

impl Deadline {
    /// The deadline of what begins now.
    pub(crate) fn after(after: Duration) -> Self {
        Self {
            ends: Instant::now() + after,
            after,
        }
    }

    /// Waits for some work until the deadline passes.
    pub(crate) async fn keep<T>(&self, work: impl Future<Output = T>) -> Result<T, DeadlinePassed> {
        let Self { ends, after } = *self;
        let kept = tokio::time::timeout_at(ends.into(), work).await;
        kept.map_err(|_| DeadlinePassed { after })
    }

    /// Lets the guest compute for a tick at a time, and ends it when its time is
    /// up.
    pub(crate) fn interrupt<T>(&self, store: &mut Store<T>, cpu: Duration, meter: Arc<CpuMeter>) {
        let Self { ends, after } = *self;
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(move |_| {
            if Instant::now() >= ends {
                return Err(DeadlinePassed { after }.into());
            }
            if meter.used_now() > cpu {
                return Err(CpuSpent(cpu).into());
            }
            // Tokio's own yield lets I/O and all other calls go first.
            Ok(UpdateDeadline::YieldCustom(
                1,
                Box::pin(tokio::task::yield_now()),
            ))
        });
    }
}

impl From<DeadlinePassed> for HostFailure {
    fn from(passed: DeadlinePassed) -> Self {
        Self::new(
            FailureCause::Deadline,
            format!(
                "the call did not end within its deadline of {:?}; what it wrote may stand in \
                 Clio, so repeat it with the same `began`",
                passed.after
            ),
        )
    }
}

impl From<CpuSpent> for HostFailure {
    fn from(spent: CpuSpent) -> Self {
        Self::new(
            FailureCause::Cpu,
            format!(
                "the action computed for longer than its allowance of {:?}; raise the CPU limit if \
                 that is meant",
                spent.0
            ),
        )
    }
}
