//! Why a call was ended from outside, and what a trap means.
//!
//! What must stay true: nothing that a guest wrote stands in a message. A
//! trap's text comes from a fixed list; the engine's own error text, which may
//! hold names out of the component, is not passed on.

use wasmtime::component::ResourceTableError;
use wasmtime::{ResourcesRequired, Trap};
use wasmtime_wasi::I32Exit;
use wasmtime_wasi_http::FieldMapError;

use crate::deadline::{CpuSpent, DeadlinePassed};
use crate::error::{FailureCause, HostFailure};
use crate::limiter::Growth;
use crate::limits::{Limits, RANDOM_BYTES};

/// Where a call stood when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It was being instantiated.
    Instantiation,
    /// Its function ran.
    Run,
}

/// The failure that an engine error stands for. `required` is what the
/// component needs to be instantiated.
pub(crate) fn classify(
    error: &wasmtime::Error,
    phase: Phase,
    growth: &Growth,
    limits: &Limits,
    required: Option<&ResourcesRequired>,
) -> HostFailure {
    if let Some(passed) = error.downcast_ref::<DeadlinePassed>() {
        return (*passed).into();
    }
    if let Some(spent) = error.downcast_ref::<CpuSpent>() {
        return (*spent).into();
    }
    if matches!(error.downcast_ref(), Some(ResourceTableError::Full)) {
        return limit(
            "handles",
            "has more WASI resources open at once",
            limits.handles,
        );
    }
    if matches!(
        error.downcast_ref(),
        Some(FieldMapError::TotalSizeTooBig | FieldMapError::TooManyFields)
    ) {
        return limit(
            "header_bytes",
            "fills more header fields",
            limits.header_bytes,
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
    if let Some(short) = too_many(phase, required, limits) {
        return short;
    }
    // For what follows the engine has no error type. Each text is pinned by a
    // test that exceeds the limit.
    let text = error.root_cause().to_string();
    if text.starts_with("requested len ") {
        return HostFailure::new(
            FailureCause::Trap,
            format!(
                "the action stopped: it asked for more than {RANDOM_BYTES} random bytes at once"
            ),
        );
    }
    for (name, says, what, most) in [
        (
            "hostcall_bytes",
            "fuel allocated for hostcalls has been exhausted",
            "hands more bytes to the host at once",
            limits.hostcall_bytes,
        ),
        (
            "handles",
            "store handle limit exceeded",
            "has more handles at once",
            limits.handles,
        ),
        (
            "instances",
            "instance count too high",
            "consists of more instances",
            limits.instances,
        ),
    ] {
        if text.contains(says) {
            return limit(name, what, most);
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

/// Why a component does not come to stand: it has more of something than the
/// call may have. The engine says so in words alone, but tells the numbers.
fn too_many(
    phase: Phase,
    required: Option<&ResourcesRequired>,
    limits: &Limits,
) -> Option<HostFailure> {
    let required = required.filter(|_| phase == Phase::Instantiation)?;
    let over = |count: u32, most: usize| count as usize > most;
    if over(required.num_memories, limits.memories) {
        return Some(limit("memories", "has more memories", limits.memories));
    }
    over(required.num_tables, limits.tables)
        .then(|| limit("tables", "has more tables", limits.tables))
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
