//! Refuses growth of a guest's memory and tables beyond its limits, and
//! remembers that it did.
//!
//! A guest that is refused memory traps in its own allocator, and the trap says
//! only "unreachable". So the refusal is kept beside the store, where it
//! outlives it, and names the cause.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use wasmtime::ResourceLimiter;

use crate::limits::Limits;

/// What the limiter saw; outlives the store.
#[derive(Debug, Default)]
pub(crate) struct Growth {
    /// The most bytes of guest memory at once.
    peak: AtomicU64,
    memory_refused: AtomicBool,
    table_refused: AtomicBool,
}

impl Growth {
    pub(crate) fn peak(&self) -> u64 {
        self.peak.load(Ordering::Relaxed)
    }

    pub(crate) fn memory_refused(&self) -> bool {
        self.memory_refused.load(Ordering::Relaxed)
    }

    pub(crate) fn table_refused(&self) -> bool {
        self.table_refused.load(Ordering::Relaxed)
    }
}

/// The limiter of one store.
#[derive(Debug)]
pub(crate) struct Limiter {
    memory_bytes: usize,
    memories: usize,
    tables: usize,
    table_elements: usize,
    instances: usize,
    /// Bytes of all memories together.
    used: usize,
    growth: Arc<Growth>,
}

impl Limiter {
    pub(crate) fn new(limits: &Limits, growth: Arc<Growth>) -> Self {
        Self {
            memory_bytes: limits.memory_bytes,
            memories: limits.memories,
            tables: limits.tables,
            table_elements: limits.table_elements,
            instances: limits.instances,
            used: 0,
            growth,
        }
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // A guest that asks beyond its own declared maximum fails by itself.
        if maximum.is_some_and(|maximum| desired > maximum && maximum < self.memory_bytes) {
            return Ok(false);
        }
        let used = self.used.saturating_sub(current).saturating_add(desired);
        if used > self.memory_bytes {
            self.growth.memory_refused.store(true, Ordering::Relaxed);
            return Ok(false);
        }
        self.used = used;
        self.growth.peak.fetch_max(used as u64, Ordering::Relaxed);
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let allowed = desired <= self.table_elements;
        if !allowed {
            self.growth.table_refused.store(true, Ordering::Relaxed);
        }
        Ok(allowed)
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.tables
    }

    fn memories(&self) -> usize {
        self.memories
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn limiter(memory_bytes: usize) -> (Limiter, Arc<Growth>) {
        let growth = Arc::new(Growth::default());
        let limits = Limits {
            memory_bytes,
            table_elements: 10,
            ..Limits::default()
        };
        (Limiter::new(&limits, Arc::clone(&growth)), growth)
    }

    #[test]
    fn the_memories_of_a_call_are_counted_together() {
        let (mut limiter, growth) = limiter(100);
        assert!(limiter.memory_growing(0, 60, None).unwrap());
        assert!(!limiter.memory_growing(0, 60, None).unwrap());
        assert!(growth.memory_refused());
        assert!(limiter.memory_growing(60, 100, None).unwrap());
        assert_eq!(growth.peak(), 100);
    }

    #[test]
    fn a_guest_at_its_own_maximum_is_not_blamed_on_the_limit() {
        let (mut limiter, growth) = limiter(100);
        assert!(!limiter.memory_growing(0, 60, Some(50)).unwrap());
        assert!(!growth.memory_refused());
    }

    #[test]
    fn a_table_grows_up_to_its_limit() {
        let (mut limiter, growth) = limiter(100);
        assert!(limiter.table_growing(0, 10, None).unwrap());
        assert!(!growth.table_refused());
        assert!(!limiter.table_growing(10, 11, None).unwrap());
        assert!(growth.table_refused());
    }
}
