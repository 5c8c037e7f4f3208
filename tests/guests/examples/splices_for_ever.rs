//! Splices a body that never ends into its standard output, past its own
//! memory.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::cli::stdout::get_stdout;
use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{Attempt, Body, End, fields, given, guest, refused};

guest!(run);

fn run(_target: &str) -> End {
    let reply = Attempt::send(
        &Method::Get,
        &given("/api/v4/documents/1.json")?,
        fields(&[])?,
        Body::None,
    )?
    .wait()?;
    let out = get_stdout();
    loop {
        if let Err(error) = out.blocking_splice(reply.stream(), u64::MAX) {
            return Err(refused(format!("{error:?}")));
        }
    }
}
