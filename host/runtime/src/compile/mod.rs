//! From a component's bytes to code, within bounds of time and memory.
//!
//! Our own actions are compiled as fast code, and kept. What somebody else
//! wrote is a stranger's input to a compiler: a few kilobytes can keep it busy
//! for minutes and fill gigabytes, and the compiler can neither be stopped nor
//! be bounded within its process. So a component that is not ours is compiled
//! by an allocator of registers that takes linear time, one function after the
//! other, and in one of two ways:
//!
//! - in a process of its own, where the embedder names a program for it
//!   ([`crate::HostBuilder::compile_with`]): the system bounds its memory and its
//!   CPU time, and it is killed when its time is up;
//! - in this process otherwise: what is too heavy by an estimate ([`weigh`]) is
//!   not begun, and a thread that takes too long is waited for no more.
//!
//! What must stay true: whatever the bytes are, the outcome is a component or a
//! [`LoadError`]; a panic of the compiler is the latter.

mod aside;
mod weigh;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;

use wasmtime::Engine;
use wasmtime::component::Component;

pub use self::aside::{COMPILE, compile_for_parent};
use crate::cache::CodeCache;
use crate::digest::Identity;
use crate::engine::{self, ActionEngine, EngineError};
use crate::limits::CompileLimits;
use crate::load_error::LoadError;

/// How much memory a unit of [`weigh`] takes at most.
const BYTES_OF_A_UNIT: u64 = 72;

/// How the components of a host are compiled.
#[derive(Debug, Clone, Default)]
pub(crate) struct Compiler {
    /// Where compiled code is kept.
    pub(crate) cache_dir: Option<PathBuf>,
    pub(crate) limits: CompileLimits,
    /// The program that compiles aside.
    pub(crate) program: Option<PathBuf>,
}

impl Compiler {
    /// Compiles a component.
    pub(crate) fn compile(
        &self,
        engine: &ActionEngine,
        bytes: &[u8],
        identity: &Identity,
    ) -> Result<Component, LoadError> {
        if let Identity::Ours(_) = identity {
            let code = kept(&engine.engine, engine.cache.as_ref(), bytes)?;
            return deserialize(&engine.engine, &code);
        }
        let most = self.limits.component_bytes;
        if bytes.len() > most {
            return Err(LoadError::TooCostly(format!(
                "it has {} bytes, and {most} are the most",
                bytes.len()
            )));
        }
        let child = self.program.as_deref().and_then(|program| {
            aside::start(program, self.cache_dir.as_deref(), &self.limits)
                .inspect_err(|error| tracing::warn!(%error, "no process to compile in"))
                .ok()
        });
        let code = match child {
            Some(child) => child.compile(bytes, &self.limits)?,
            None => self.within(bytes)?,
        };
        deserialize(&engine.engine, &code)
    }

    /// Compiles in this process.
    fn within(&self, bytes: &[u8]) -> Result<Vec<u8>, LoadError> {
        let weight = weigh::weigh(bytes).map_err(|error| refused(wasmtime::Error::msg(error)))?;
        if weight.saturating_mul(BYTES_OF_A_UNIT) > self.limits.memory_bytes as u64 {
            return Err(self.limits.too_much_memory());
        }
        let (sender, receiver) = channel();
        let (bytes, cache) = (bytes.to_vec(), self.cache_dir.clone());
        let compile = move || {
            let _ = sender.send(serialized(&bytes, cache.as_deref()));
        };
        thread::Builder::new()
            .name("clio-compile".into())
            .spawn(compile)
            .map_err(|error| LoadError::Compile(format!("no thread to compile on: {error}")))?;
        match receiver.recv_timeout(self.limits.time) {
            Ok(code) => code,
            // It goes on until it is done, and nobody takes what it makes.
            Err(RecvTimeoutError::Timeout) => Err(self.limits.too_much_time()),
            Err(RecvTimeoutError::Disconnected) => Err(failed()),
        }
    }
}

/// The compiled form of a component that is not ours.
fn serialized(bytes: &[u8], cache: Option<&Path>) -> Result<Vec<u8>, LoadError> {
    guarded(|| {
        let told = |error: EngineError| LoadError::Compile(error.to_string());
        let engine = engine::of_strangers().map_err(told)?;
        let cache = cache.map(CodeCache::open).transpose();
        let cache = cache.map_err(|error| told(error.into()))?;
        kept(&engine, cache.as_ref(), bytes)
    })
}

/// The compiled form of a component: as it was kept, or made and kept.
fn kept(engine: &Engine, cache: Option<&CodeCache>, bytes: &[u8]) -> Result<Vec<u8>, LoadError> {
    if let Some(code) = cache.and_then(|cache| cache.get(engine, bytes)) {
        return Ok(code);
    }
    let code = engine.precompile_component(bytes).map_err(refused)?;
    if let Some(cache) = cache {
        cache.put(engine, bytes, &code);
    }
    Ok(code)
}

fn deserialize(engine: &Engine, code: &[u8]) -> Result<Component, LoadError> {
    // SAFETY: `code` is what `Component::serialize` made of our own engine's
    // output: in this process, or in one of the program that the embedder named,
    // which hands it over whole or not at all. No guest and no file had a hand
    // in it but the cache, which is this user's alone, and hands out what it was
    // given or nothing.
    #[allow(unsafe_code)]
    let component = unsafe { Component::deserialize(engine, code) };
    component.map_err(refused)
}

/// What a panic in the engine comes to: a component that it did not expect.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, LoadError>) -> Result<T, LoadError> {
    // Nothing is used again that the work has touched.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(failed()))
}

#[allow(clippy::needless_pass_by_value)] // as `map_err` wants it
fn refused(cause: wasmtime::Error) -> LoadError {
    LoadError::Compile(format!("{cause:#}"))
}

fn failed() -> LoadError {
    LoadError::Compile(
        "the engine failed at it, which is a fault of the engine; build the component with \
         another toolchain, or with less in it"
            .to_owned(),
    )
}

impl CompileLimits {
    fn too_much_memory(&self) -> LoadError {
        LoadError::TooCostly(format!(
            "it would take more than {} MiB of memory",
            self.memory_bytes >> 20
        ))
    }

    fn too_much_time(&self) -> LoadError {
        LoadError::TooCostly(format!("it takes longer than {:?}", self.time))
    }
}
