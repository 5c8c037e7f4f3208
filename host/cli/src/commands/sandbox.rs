//! `clio sandbox`: a local Clio to build and test workflows on.

use clio_sandbox::{Config, Sandbox};
use serde_json::json;

use crate::args::SandboxArguments;
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::output;

/// Runs the command. It ends by ctrl-c, which is how it is meant to end.
pub(crate) async fn command(arguments: &SandboxArguments) -> Result<Exit, Failure> {
    let config = Config {
        port: arguments.port.unwrap_or(0),
        ..Config::default()
    };
    let sandbox = start(config).await?;
    let app = sandbox.app();
    let where_it_is = json!({"origin": sandbox.origin(), "token": sandbox.token(),
        "client_id": app.client_id, "client_secret": app.client_secret});
    // On one line also on a terminal: programs read it from there as well.
    output::line(&where_it_is.to_string())?;
    std::future::pending::<()>().await;
    Ok(Exit::Done)
}

/// Starts a sandbox.
pub(crate) async fn start(config: Config) -> Result<Sandbox, Failure> {
    Sandbox::start(config).await.map_err(|error| {
        Failure::host(format!("the sandbox cannot start: {error}"))
            .next("if the port is taken, name another with --port, or none")
    })
}
