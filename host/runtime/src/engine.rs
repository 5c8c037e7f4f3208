//! The wasm engine, set up once for a host.
//!
//! What must stay true: every feature that the actions do not need is off, for
//! it would be code that only an attacker exercises; and guests are always
//! interruptible.

use std::path::Path;
use std::sync::Arc;

use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig,
    RegallocAlgorithm,
};

use crate::cache::{CacheError, CodeCache};
use crate::limits::Limits;
use crate::ticker::Ticker;

/// The guest's stack in bytes.
const WASM_STACK: usize = 512 << 10;

/// The stack of a call: the guest's, and above it that of the host functions
/// which it calls.
const CALL_STACK: usize = 2 << 20;

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The directory of compiled code.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The engine itself.
    #[error("the wasm engine does not start: {0}")]
    Engine(String),
    /// Its clock.
    #[error("the thread that interrupts guests does not start: {0}")]
    Ticker(#[from] std::io::Error),
}

/// An engine and the thread that advances its epoch.
#[derive(Debug, Clone)]
pub(crate) struct ActionEngine {
    pub(crate) engine: Engine,
    pub(crate) ticker: Arc<Ticker>,
    /// Where its code is kept.
    pub(crate) cache: Option<CodeCache>,
}

impl ActionEngine {
    /// Starts an engine for `calls` calls at once.
    ///
    /// Memory for them is reserved up front, so that a call costs no mapping of
    /// its own. Where the system does not grant the address space (a limit on
    /// virtual memory, a small address space), each call maps its own.
    pub(crate) fn start(
        cache_dir: Option<&Path>,
        limits: &Limits,
        calls: u32,
    ) -> Result<Self, EngineError> {
        let cache = cache_dir.map(CodeCache::open).transpose()?;
        let mut config = config();
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(limits, calls)));
        let engine = Engine::new(&config).or_else(|cause| {
            tracing::warn!(%cause, "no memory pool; each call maps its own memory");
            config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
            Engine::new(&config)
        });
        let engine = engine.map_err(|cause| EngineError::Engine(format!("{cause:#}")))?;
        let ticker = Arc::new(Ticker::start(&engine)?);
        Ok(Self {
            engine,
            ticker,
            cache,
        })
    }
}

fn config() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        // Actions speak WASI 0.2 alone. Without these structures a store is
        // cheaper, and none of the 0.3 features can be reached.
        .concurrency_support(false)
        .epoch_interruption(true)
        .consume_fuel(false)
        .max_wasm_stack(WASM_STACK)
        .async_stack_size(CALL_STACK)
        .memory_init_cow(true)
        .memory_may_move(false)
        .cranelift_opt_level(OptLevel::Speed)
        // What a backtrace says of a guest is of no use to a caller.
        .wasm_backtrace_max_frames(None)
        .debug_info(false)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        // Where a component is made of several, as a portable build is, the code
        // between them reads one memory and writes another.
        .wasm_multi_memory(true)
        .wasm_tail_call(false);
    config
}

/// An engine that compiles what is not ours, and runs nothing. Its code fits
/// [`ActionEngine`]: how hard a compiler tries does not change what code does.
///
/// Both settings bound it: the work of the usual ones grows faster than the
/// code. 870 KB of additions took 8 s and 1 GB with those, and 85 ms and 30 MB
/// with these; 5,000 branches over 100 locals 10 s, and 83 ms.
pub(crate) fn of_strangers() -> Result<Engine, EngineError> {
    let mut config = config();
    config
        .cranelift_opt_level(OptLevel::None)
        .cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass)
        // One function at a time in memory.
        .parallel_compilation(false);
    Engine::new(&config).map_err(|cause| EngineError::Engine(format!("{cause:#}")))
}

fn pool(limits: &Limits, calls: u32) -> PoolingAllocationConfig {
    let each = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let total = |n: usize| calls.saturating_mul(each(n));
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(calls)
        .total_stacks(calls)
        .total_core_instances(total(limits.instances))
        .max_core_instances_per_component(each(limits.instances))
        .total_memories(total(limits.memories))
        .max_memories_per_component(each(limits.memories))
        .max_memory_size(limits.memory_bytes)
        .total_tables(total(limits.tables))
        .max_tables_per_component(each(limits.tables))
        .max_tables_per_module(each(limits.tables))
        .table_elements(limits.table_elements)
        // What a slot keeps in memory between two calls, so that the next does
        // not begin with page faults.
        .linear_memory_keep_resident(256 << 10)
        .table_keep_resident(16 << 10)
        .async_stack_keep_resident(64 << 10)
        .pagemap_scan(Enabled::Auto);
    pool
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_engine_starts_with_and_without_room_for_a_pool() {
        ActionEngine::start(None, &Limits::default(), 8).unwrap();
        // More address space than there is: falls back instead of failing.
        let greedy = Limits {
            memories: 1_000,
            ..Limits::default()
        };
        ActionEngine::start(None, &greedy, 1_000_000).unwrap();
    }
}
