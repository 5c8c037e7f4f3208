//! Upper bounds for the limits of calls, from a policy file.

use std::time::Duration;

use serde::Deserialize;

use crate::limits::{CompileLimits, Limits};

/// The most that any call may use. What is absent is not bounded here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LimitBounds {
    memory_mib: Option<u32>,
    cpu_seconds: Option<u32>,
    deadline_seconds: Option<u32>,
    wait_seconds: Option<u32>,
    requests: Option<u32>,
    request_mib: Option<u32>,
    response_mib: Option<u32>,
    log_kib: Option<u32>,
    component_mib: Option<u32>,
    compile_seconds: Option<u32>,
    compile_mib: Option<u32>,
}

fn lower<T: Ord>(limit: &mut T, bound: Option<T>) {
    if let Some(bound) = bound
        && bound < *limit
    {
        *limit = bound;
    }
}

fn seconds(bound: Option<u32>) -> Option<Duration> {
    bound.map(|bound| Duration::from_secs(bound.into()))
}

fn bytes(bound: Option<u32>, shift: u32) -> Option<u64> {
    bound.map(|bound| u64::from(bound) << shift)
}

fn memory(bound: Option<u32>, shift: u32) -> Option<usize> {
    bytes(bound, shift).map(|bound| usize::try_from(bound).unwrap_or(usize::MAX))
}

impl LimitBounds {
    /// The limits, and of each the lower of what it was and what is bounded.
    pub(super) fn lower(&self, mut limits: Limits) -> Limits {
        lower(&mut limits.memory_bytes, memory(self.memory_mib, 20));
        lower(&mut limits.cpu, seconds(self.cpu_seconds));
        lower(&mut limits.deadline, seconds(self.deadline_seconds));
        lower(&mut limits.wait, seconds(self.wait_seconds));
        lower(&mut limits.requests, self.requests);
        lower(&mut limits.request_bytes, bytes(self.request_mib, 20));
        lower(&mut limits.response_bytes, bytes(self.response_mib, 20));
        lower(&mut limits.log_bytes, memory(self.log_kib, 10));
        limits
    }

    /// The same for what it may take to load a component that is not ours.
    pub(super) fn lower_compiling(&self, mut limits: CompileLimits) -> CompileLimits {
        lower(&mut limits.component_bytes, memory(self.component_mib, 20));
        lower(&mut limits.time, seconds(self.compile_seconds));
        lower(&mut limits.memory_bytes, memory(self.compile_mib, 20));
        limits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_lowers_its_limit_and_never_raises_one() {
        let every = |value| LimitBounds {
            memory_mib: Some(value),
            cpu_seconds: Some(value),
            deadline_seconds: Some(value),
            wait_seconds: Some(value),
            requests: Some(value),
            request_mib: Some(value),
            response_mib: Some(value),
            log_kib: Some(value),
            component_mib: Some(value),
            compile_seconds: Some(value),
            compile_mib: Some(value),
        };
        let compiling = CompileLimits {
            component_bytes: 1 << 20,
            time: Duration::from_secs(1),
            memory_bytes: 1 << 20,
        };
        let default = CompileLimits::default();
        assert_eq!(every(1).lower_compiling(default.clone()), compiling);
        assert_eq!(every(u32::MAX).lower_compiling(default.clone()), default);
        let lowered = every(1).lower(Limits::default());
        let second = Duration::from_secs(1);
        let expected = Limits {
            memory_bytes: 1 << 20,
            cpu: second,
            deadline: second,
            wait: second,
            requests: 1,
            request_bytes: 1 << 20,
            response_bytes: 1 << 20,
            log_bytes: 1 << 10,
            ..Limits::default()
        };
        assert_eq!(lowered, expected);
        assert_eq!(every(u32::MAX).lower(expected.clone()), expected);
        assert_eq!(
            LimitBounds::default().lower(Limits::default()),
            Limits::default()
        );
    }
}
