//! The `clio` command: runs Clio actions, syncs whole cases, and brings a local
//! Clio to try them on.
//!
//! Each command goes the same way: raw arguments ([`args`]) are checked, what
//! they name is read, and only then something is run. A command ends in an
//! exit code or in a failure that says what and the next step.
//!
//! What must stay true: standard output holds results alone; tokens come from
//! the environment and are never printed; nothing is sent before everything
//! that can be checked was checked.

mod args;
mod commands;
mod logging;

use std::process::ExitCode;

use clap::Parser as _;

use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::output;

use args::{Arguments, Command};

/// Runs the command that the process's arguments name, and returns how it
/// ended.
#[must_use]
pub fn main() -> ExitCode {
    // This process as the compiler of another one: nothing else of it is meant.
    if std::env::args_os()
        .nth(1)
        .is_some_and(|first| first == clio_host::COMPILE)
    {
        return clio_host::compile_for_parent();
    }
    let exit = match Arguments::try_parse() {
        Ok(arguments) => run_to_end(arguments),
        Err(error) => {
            // Help and version are asked for; everything else is a mistake, whose
            // message repeats what was typed.
            if error.use_stderr() {
                output::tell(error.render().to_string().trim_end());
                Exit::Usage
            } else {
                let _ = error.print();
                Exit::Done
            }
        }
    };
    ExitCode::from(exit.code())
}

fn run_to_end(arguments: Arguments) -> Exit {
    let json = matches!(&arguments.command, Command::Serve(serve) if serve.json_logs);
    logging::start(json);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            output::tell(&format!("error: the runtime cannot start: {error}"));
            return Exit::HostFailure;
        }
    };
    let ended = runtime.block_on(until_interrupted(arguments.command));
    // A thread that still reads a file or waits for stdin has nobody to read
    // for any more.
    runtime.shutdown_background();
    ended.unwrap_or_else(|failure| {
        if json {
            let next = failure.next_step().unwrap_or_default();
            tracing::error!(details = ?failure.all_details(), next, "{}", failure.what());
        } else {
            output::tell(&failure.to_string());
        }
        failure.exit()
    })
}

/// Runs the command; ctrl-c drops it, which cancels its calls.
async fn until_interrupted(command: Command) -> Result<Exit, Failure> {
    if matches!(command, Command::Mcp(_) | Command::Serve(_)) {
        // It ends what it runs itself, in whichever way it is ended.
        return commands::run(command).await;
    }
    let serves = matches!(command, Command::Sandbox(_));
    tokio::select! {
        ended = commands::run(command) => ended,
        interrupted = tokio::signal::ctrl_c() => Err(match interrupted {
            // A server ends in no other way: there is nothing to say.
            Ok(()) if serves => return Ok(Exit::Interrupted),
            Ok(()) => Failure::new(Exit::Interrupted, "ended by ctrl-c")
                .next("run the same again: what was begun is taken up"),
            Err(error) => Failure::host(format!("signals cannot be received: {error}")),
        }),
    }
}
