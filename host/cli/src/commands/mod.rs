//! The verbs of the command, one file or folder each, named as they are typed.

mod actions;
mod backup;
mod check;
mod completions;
pub(crate) mod connect;
mod connections;
mod demo;
mod describe;
mod disconnect;
mod doctor;
mod export;
mod key;
mod log;
mod man;
mod mappings;
mod mcp;
mod new_action;
mod retry;
mod review;
mod run;
mod sandbox;
mod serve;
mod setup;
pub(crate) mod sync;
mod vault;

use crate::args::Command;
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::home::Home;

/// Runs what was typed.
pub(crate) async fn run(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Demo(arguments) => demo::command(&arguments).await,
        Command::Sandbox(arguments) => sandbox::command(&arguments).await,
        Command::Actions(arguments) => actions::command(&arguments),
        Command::Describe(arguments) => describe::command(&arguments).await,
        Command::Check(arguments) => check::command(&arguments).await,
        Command::Export(arguments) => export::command(&arguments),
        Command::Run(arguments) => run::command(arguments, None, &Home::from_environment()?).await,
        Command::NewAction(arguments) => new_action::command(&arguments),
        Command::Sync(arguments) if arguments.schema => sync::schema(),
        Command::Sync(arguments) => {
            sync::command(arguments, None, &Home::from_environment()?).await
        }
        Command::Connect(arguments) => connect::command(arguments).await,
        Command::Connections(arguments) => connections::command(arguments).await,
        Command::Doctor(arguments) => doctor::command(arguments).await,
        Command::Mcp(arguments) => mcp::command(arguments, &Home::from_environment()?).await,
        Command::Serve(arguments) => serve::command(arguments).await,
        Command::Key(arguments) => key::command(&arguments),
        Command::Mappings(arguments) => mappings::command(arguments).await,
        Command::Setup(arguments) => setup::command(arguments).await,
        Command::Disconnect(arguments) => disconnect::command(arguments).await,
        Command::Vault(arguments) => vault::command(arguments).await,
        Command::Log(arguments) => log::command(&arguments),
        Command::Review(arguments) => review::command(arguments).await,
        Command::Retry(arguments) => retry::command(arguments).await,
        Command::Backup(arguments) => backup::back_up(arguments).await,
        Command::Restore(arguments) => backup::restore(arguments).await,
        Command::Completions(arguments) => completions::command(&arguments),
        Command::Man(arguments) => man::command(&arguments),
    }
}
