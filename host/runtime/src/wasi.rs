//! What a guest is given of WASI, interface by interface, and the account.
//!
//! A guest gets HTTP through the host's egress, the streams and pollables that
//! come with it, clocks, and what a standard library wants of `wasi:cli`: no
//! arguments, closed standard input, standard output and error into the call's
//! log, and an environment with the account's origin in it, by which a portable
//! build of an action learns what others ask the host for.
//!
//! Two packages more are there for components that are not ours, because the
//! standard libraries of Rust, Go, JavaScript and Python import them whether a
//! program uses them or not:
//!
//! - `wasi:random`, all three interfaces. A hash table that nobody may attack
//!   needs a seed, and random numbers give a guest no way to anything. What one
//!   question may bring is bounded, and the time it takes counts as the guest's.
//!   Our own actions import none of it: what they do depends on their input and
//!   on Clio alone.
//! - `wasi:filesystem`, without a folder. All of it is asked of a descriptor,
//!   and those come from `preopens` alone, which lists none: what opens a file
//!   finds that there is none.
//!
//! It gets no sockets, and nothing else: they are not linked.
//!
//! What must stay true: the account that a guest sees is an origin and the word
//! `by-host`. No token reaches a guest's memory.

use std::sync::Arc;

use http::{HeaderName, Request, Response};
use tracing::Instrument as _;
use wasmtime::component::{HasSelf, Linker, ResourceTable};
use wasmtime::{Engine, component::HasData};
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, io, random};
use wasmtime_wasi::random::WasiRandom;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::p2::bindings::http as wasi_http;
use wasmtime_wasi_http::{
    Error as HttpError, ForbiddenHeaderFilter, RequestOptions, WasiBody, WasiHttp, WasiHttpCtx,
    WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
};

use crate::bindings::clio::actions::credentials::{self, Account, Authorization, Unavailable};
use crate::egress::{CallEgress, headers};
use crate::limiter::Limiter;
use crate::limits::{Limits, RANDOM_BYTES};
use crate::log::{CallLog, LogStream};

/// The variable that a portable build reads the account's origin from. It reads
/// no token where there is none, and leaves the credential to its host.
const ORIGIN: &str = "CLIO_ORIGIN";

/// The state of one call's store.
pub(crate) struct State {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    table: ResourceTable,
    hooks: Hooks,
    pub(crate) limiter: Limiter,
    origin: String,
}

impl State {
    pub(crate) fn new(
        limits: &Limits,
        limiter: Limiter,
        log: &CallLog,
        egress: Arc<CallEgress>,
        origin: String,
    ) -> Self {
        let mut wasi = WasiCtx::builder();
        wasi.env(ORIGIN, &origin)
            .max_random_size(RANDOM_BYTES)
            .stdout(log.stream(LogStream::Stdout))
            .stderr(log.stream(LogStream::Stderr));
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(limits.header_bytes);
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        Self {
            wasi: wasi.build(),
            http,
            table,
            hooks: Hooks { egress },
            limiter,
            origin,
        }
    }
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
            hooks: &mut self.hooks,
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}

impl credentials::Host for State {
    fn get_account(&mut self) -> Result<Account, Unavailable> {
        Ok(Account {
            origin: self.origin.clone(),
            authorization: Authorization::ByHost,
        })
    }
}

/// Hands every request of a guest to the call's egress.
struct Hooks {
    egress: Arc<CallEgress>,
}

impl WasiHttpHooks for Hooks {
    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        // Overridden rather than `is_forbidden_header` alone: the filter also
        // guards trailers, in tasks that do not have these hooks.
        Arc::new(|name: &HeaderName| headers::is_forbidden(name))
    }

    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _processed: Box<dyn Future<Output = Result<(), HttpError>> + Send>,
    ) -> SendFuture {
        let egress = Arc::clone(&self.egress);
        let send = async move {
            let response = egress.send(request, options).await?;
            let done: IoFuture = Box::new(async { Ok(()) });
            Ok((response, done))
        };
        // It runs as a task of its own, and its log lines belong to the call.
        Box::new(send.instrument(tracing::Span::current()))
    }

    fn set_host_header(&mut self) -> bool {
        // Egress sets it from the authority that it checked.
        false
    }
}

type IoFuture = Box<dyn Future<Output = Result<(), HttpError>> + Send>;
type SendFuture =
    Box<dyn Future<Output = Result<(Response<WasiBody>, IoFuture), HttpError>> + Send>;

/// `wasi:io` lives in the resource table alone.
struct WasiIo;

impl HasData for WasiIo {
    type Data<'a> = &'a mut ResourceTable;
}

/// A linker with everything that an action may import, and nothing else.
///
/// # Errors
/// When the engine refuses a definition, which no input can cause.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    let l = &mut linker;

    io::error::add_to_linker::<State, WasiIo>(l, |s| &mut s.table)?;
    io::poll::add_to_linker::<State, WasiIo>(l, |s| &mut s.table)?;
    io::streams::add_to_linker::<State, WasiIo>(l, |s| &mut s.table)?;

    clocks::wall_clock::add_to_linker::<State, WasiClocks>(l, State::clocks)?;
    clocks::monotonic_clock::add_to_linker::<State, WasiClocks>(l, State::clocks)?;

    cli::environment::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::exit::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::stdin::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::stdout::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::stderr::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::terminal_input::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::terminal_output::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::terminal_stdin::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::terminal_stdout::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::terminal_stderr::add_to_linker::<State, WasiCli>(l, State::cli)?;

    random::random::add_to_linker::<State, WasiRandom>(l, |s| s.wasi.random())?;
    random::insecure::add_to_linker::<State, WasiRandom>(l, |s| s.wasi.random())?;
    random::insecure_seed::add_to_linker::<State, WasiRandom>(l, |s| s.wasi.random())?;

    filesystem::types::add_to_linker::<State, WasiFilesystem>(l, State::filesystem)?;
    filesystem::preopens::add_to_linker::<State, WasiFilesystem>(l, State::filesystem)?;

    wasi_http::outgoing_handler::add_to_linker::<State, WasiHttp>(l, State::http)?;
    let options = wasmtime_wasi_http::p2::bindings::LinkOptions::default();
    wasi_http::types::add_to_linker::<State, WasiHttp>(l, &(&options).into(), State::http)?;

    credentials::add_to_linker::<State, HasSelf<State>>(l, |s| s)?;
    Ok(linker)
}
