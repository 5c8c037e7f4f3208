//! `clio mcp`: the actions as tools of a language model, over the Model Context
//! Protocol on standard streams.
//!
//! A tool's call goes the way of `clio run`: policy, budget, journal, outbox. What
//! a model must not decide is the operator's, in the arguments of this command:
//! the account, the tools, the folders, and whether a write needs a person.
//!
//! What must stay true: standard output carries the protocol alone.

mod answer;
mod confirm;
mod review;
mod schema;
mod server;
mod tools;

use std::convert::Infallible;
use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use clio_host::{Limits, Policy};
use rmcp::ServiceExt as _;
use rmcp::service::ServerInitializeError;
use tokio::sync::{Semaphore, mpsc};

use self::confirm::Questions;
use self::server::Server;
use self::tools::Tools;
use crate::args::McpArguments;
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::files::Roots;
use clio_runner::home::Home;
use clio_runner::output;
use clio_runner::session::Session;

/// How many calls run at once. The account has 50 requests a minute.
const CALLS: usize = 16;
/// How long calls that were ended take to say so in the journal, at most.
const ENDING: Duration = Duration::from_secs(5);

/// Serves until the client closes standard input, or until ctrl-c.
pub(crate) async fn command(arguments: McpArguments, home: &Home) -> Result<Exit, Failure> {
    let tools = Tools::of(&arguments)?;
    Roots::open(&arguments.roots, false)?;
    let options = arguments.options()?;
    let session = Session::open(home, &arguments.account.named()).await?;
    let mut policy = Policy::default();
    policy.content_origins.clone_from(&arguments.content_origin);
    let host = session.host(policy, Limits::default())?;
    host.prepare(&session.account.connection);
    if std::io::stdin().is_terminal() {
        output::tell("clio mcp waits for an MCP client on standard input; ctrl-c ends it");
    }
    let (alive, gone) = mpsc::channel(1);
    let server = Server {
        session,
        host,
        tools,
        writes: arguments.writes,
        roots: arguments.roots,
        options,
        questions: Questions::default(),
        slots: Arc::new(Semaphore::new(CALLS)),
        _alive: alive,
    };
    let served = async {
        let running = server
            .serve((tokio::io::stdin(), tokio::io::stdout()))
            .await?;
        // How it ended is what closed it: the client.
        let _ = running.waiting().await;
        Ok(())
    };
    let ended = tokio::select! {
        served = served => served.map(|()| Exit::Done),
        _ = tokio::signal::ctrl_c() => Ok(Exit::Interrupted),
    };
    end(gone).await;
    match ended {
        Ok(exit) => Ok(exit),
        Err(ServerInitializeError::ConnectionClosed(_)) => Ok(Exit::Done),
        // Not its own words: they repeat what came.
        Err(_) => Err(Failure::usage("what came first is no opening of MCP")
            .next("let an MCP client start `clio mcp`: it speaks over standard streams")),
    }
}

/// Waits for the calls that were ended: their ends belong in the journal.
async fn end(mut gone: mpsc::Receiver<Infallible>) {
    if tokio::time::timeout(ENDING, gone.recv()).await.is_err() {
        tracing::warn!("calls that were ended did not end in time");
    }
}
