//! Looks for what a process finds around it: variables, arguments, a folder to
//! stand in, somebody who types, a terminal.
#![cfg(target_family = "wasm")]

use std::io::Read as _;

use hostile_guests::wasip2::cli;
use hostile_guests::{End, guest, refused};

guest!(run);

fn run(_target: &str) -> End {
    let mut found = Vec::new();
    // The account's origin is told, as `credentials` tells it.
    let variables = std::env::vars().filter(|(name, _)| name != "CLIO_ORIGIN");
    found.extend(variables.map(|(name, value)| format!("{name}={value}")));
    found.extend(std::env::args());
    found.extend(cli::environment::initial_cwd());
    let mut typed = String::new();
    let read = std::io::stdin().read_to_string(&mut typed);
    found.extend(read.is_ok_and(|bytes| bytes > 0).then_some(typed));
    let terminals = [
        cli::terminal_stdin::get_terminal_stdin().is_some(),
        cli::terminal_stdout::get_terminal_stdout().is_some(),
        cli::terminal_stderr::get_terminal_stderr().is_some(),
    ];
    if terminals.contains(&true) {
        found.push("a terminal".into());
    }
    match found.is_empty() {
        true => Err(refused("there is nothing")),
        false => Ok(found.join(", ")),
    }
}
