//! Why a call was ended from outside, and what a trap means.
//!
//! What must stay true: nothing that a guest wrote stands in a message. A
//! trap's text comes from a fixed list; the engine's own error text, which may
//! hold names out of the component, is not passed on.

use wasmtime::Trap;
use wasmtime::component::ResourceTableError;
use wasmtime_wasi::I32Exit;

use crate::error::{FailureCause, HostFailure};
use crate::limiter::Growth;
use crate::limits::Limits;

/// Why the epoch callback ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stop {
    /// The deadline passed while the guest computed.
    #[error("deadline")]
    Deadline,
    /// The CPU allowance is used up.
    #[error("cpu")]
    Cpu,
}

/// Where a call stood when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It was being instantiated.
    Instantiation,
    /// Its function ran.
    Run,
}

/// The failure that an engine error stands for.
pub(crate) fn classify(
    error: &wasmtime::Error,
    phase: Phase,
    growth: &Growth,
    limits: &Limits,
) -> HostFailure {
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return match stop {
            Stop::Deadline => deadline(limits),
            Stop::Cpu => HostFailure::new(
                FailureCause::Cpu,
                format!(
                    "the action computed for longer than its allowance of {:?}; raise the CPU \
                     limit if that is meant",
                    limits.cpu
                ),
            ),
        };
    }
    if matches!(error.downcast_ref(), Some(ResourceTableError::Full)) {
        return limit(
            "handles",
            "has more WASI resources open at once",
            limits.handles,
        );
    }
    if growth.memory_refused() {
        return HostFailure::new(
            FailureCause::Memory,
            format!(
                "the action needs more memory than its limit of {} bytes; raise the memory \
                 limit, or pass large content by URL",
                limits.memory_bytes
            ),
        );
    }
    if growth.table_refused() {
        return limit(
            "table_elements",
            "needs a larger table",
            limits.table_elements,
        );
    }
    let text = error.root_cause().to_string();
    if text.contains("hostcalls has been exhausted") {
        return limit(
            "hostcall_bytes",
            "hands more bytes to the host at once",
            limits.hostcall_bytes,
        );
    }
    for (name, what, most) in [
        ("instances", "instance count too high", limits.instances),
        ("tables", "table count too high", limits.tables),
        ("memories", "memory count too high", limits.memories),
    ] {
        if text.contains(what) {
            return limit(name, "needs more of them", most);
        }
    }
    if phase == Phase::Instantiation {
        return HostFailure::new(
            FailureCause::Instantiation,
            format!(
                "the component could not be instantiated: {}",
                meaning(error)
            ),
        );
    }
    HostFailure::new(
        FailureCause::Trap,
        format!("the action stopped: {}", meaning(error)),
    )
}

/// The call's deadline passed.
pub(crate) fn deadline(limits: &Limits) -> HostFailure {
    HostFailure::new(
        FailureCause::Deadline,
        format!(
            "the call did not end within its deadline of {:?}; what it wrote may stand in Clio, \
             so repeat it with the same `began`",
            limits.deadline
        ),
    )
}

fn limit(name: &'static str, what: &str, most: usize) -> HostFailure {
    HostFailure::new(
        FailureCause::Limit(name),
        format!("the action {what} than its limit `{name}` of {most}; raise it if that is meant"),
    )
}

fn meaning(error: &wasmtime::Error) -> String {
    if let Some(exit) = error.downcast_ref::<I32Exit>() {
        return format!("it called exit with {}", exit.0);
    }
    let Some(trap) = error.downcast_ref::<Trap>() else {
        return "the engine refused an operation of the guest".to_owned();
    };
    match trap {
        Trap::UnreachableCodeReached => "it gave up by itself, as a panic does".to_owned(),
        Trap::StackOverflow => "its stack overflowed".to_owned(),
        Trap::MemoryOutOfBounds => "it reached beyond its memory".to_owned(),
        Trap::IntegerDivisionByZero => "it divided by zero".to_owned(),
        // The engine's own text for a kind of trap; nothing of the guest's.
        other => other.to_string(),
    }
}
