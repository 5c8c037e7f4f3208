//! Stock wasmtime: the portable builds, instantiated anew for each call out of
//! the pooling allocator, with the HTTP sender of `wasmtime-wasi-http`. It has no
//! limits, no policy, no journal and no connection that is kept, and its guests
//! cannot be interrupted.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a bench that cannot go on ends

// Parts of both are for the native path, and for who writes the spec.
#[allow(dead_code)]
#[path = "../../src/jobs.rs"]
mod jobs;
#[path = "../../src/measure.rs"]
mod measure;
#[allow(dead_code)]
#[path = "../../src/spec.rs"]
mod spec;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;

use anyhow::{Context as _, Result};
use clio_types::types::Error as ActionError;
use clio_types::upload_document::{UploadOutcome, UploadRequest};
use wasmtime::component::{Component, ComponentExportIndex, InstancePre, Linker, ResourceTable};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView, default_hooks};

use crate::jobs::{Asked, Runner, Story};
use crate::spec::Spec;

struct State {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: default_hooks(),
        }
    }
}

#[derive(Clone)]
struct Loaded {
    pre: InstancePre<State>,
    function: ComponentExportIndex,
}

struct Stock {
    spec: Spec,
    engine: Engine,
    linker: Linker<State>,
    /// By the action's name. Loaded by the warm-up.
    loaded: Mutex<HashMap<&'static str, Loaded>>,
}

impl Stock {
    fn new(spec: &Spec) -> Result<Self> {
        let calls = 1_000;
        let mut pool = PoolingAllocationConfig::default();
        pool.total_component_instances(calls)
            .total_core_instances(calls * 8)
            .total_memories(calls * 4)
            .total_tables(calls * 8)
            .total_stacks(calls);
        let mut config = Config::new();
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        let engine = Engine::new(&config)?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
        Ok(Self {
            spec: spec.clone(),
            engine,
            linker,
            loaded: Mutex::default(),
        })
    }

    fn load<R: Asked>(&self) -> Result<Loaded> {
        let mut loaded = self.loaded.lock().expect("no load panics");
        if let Some(loaded) = loaded.get(R::ACTION) {
            return Ok(loaded.clone());
        }
        let file = self.spec.components.join(R::ACTION).with_extension("wasm");
        let component = Component::from_file(&self.engine, file)?;
        let interface = format!("clio:actions/{}@0.1.0", R::ACTION);
        let interface = component
            .get_export_index(None, &interface)
            .context("the interface")?;
        let function = component.get_export_index(Some(&interface), R::FUNCTION);
        let entry = Loaded {
            function: function.context("the function")?,
            pre: self.linker.instantiate_pre(&component)?,
        };
        loaded.insert(R::ACTION, entry.clone());
        Ok(entry)
    }

    async fn call<R: Asked>(&self, request: R) -> Result<Result<R::Outcome, ActionError>> {
        let loaded = self.load::<R>()?;
        let peer = &self.spec.peer;
        let wasi = WasiCtx::builder()
            .env("CLIO_ORIGIN", &peer.origin)
            .env("CLIO_ACCESS_TOKEN", &peer.token)
            .build();
        let state = State {
            wasi,
            http: WasiHttpCtx::new(),
            table: ResourceTable::new(),
        };
        let mut store = Store::new(&self.engine, state);
        let instance = loaded.pre.instantiate_async(&mut store).await?;
        let function = instance.get_typed_func::<(R,), (Result<R::Outcome, ActionError>,)>(
            &mut store,
            loaded.function,
        )?;
        let (outcome,) = function.call_async(&mut store, (request,)).await?;
        Ok(outcome)
    }
}

impl Runner for Stock {
    async fn run<R: Asked>(&self, request: R) -> Result<R::Outcome, String> {
        match self.call(request).await {
            Ok(Ok(outcome)) => Ok(outcome),
            Ok(Err(error)) => Err(format!("{error:?}")),
            Err(error) => Err(format!("{error:#}")),
        }
    }

    async fn upload(&self, _: UploadRequest, _: &Path) -> Result<UploadOutcome, String> {
        Err("the upload is compared with the native one alone".to_owned())
    }
}

fn main() -> Result<()> {
    let argument = std::env::args().nth(1).context("a spec as JSON")?;
    let spec: Spec = serde_json::from_str(&argument)?;
    let (stock, story) = (Stock::new(&spec)?, Story::new(&spec));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let figures = runtime.block_on(measure::run(&spec, |i| story.act(&stock, i)));
    println!("{}", serde_json::to_string(&figures)?);
    Ok(())
}
