//! `clio doctor`: does a connection work, and if not, what to do.

use clio_runner::account::Named;
use clio_runner::doctor::{self, Finding};
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::home::Home;
use clio_runner::output;
use clio_runner::session::Session;
use clio_runner::vault;

use crate::args::DoctorArguments;

/// Runs the command.
pub(crate) async fn command(arguments: DoctorArguments) -> Result<Exit, Failure> {
    let home = Home::from_environment()?;
    let (vault, contents) = vault::read(&home).await?;
    let place = vault.key_place()?;
    let mut findings = Vec::new();
    if let Some(place) = place {
        findings.push(Finding::fine(
            "vault",
            format!("opens; its key is in {place}"),
        ));
    }
    let saved = contents.connections.get(&arguments.name);
    match Session::open(&home, &Named::connection(&arguments.name)).await {
        Ok(session) => doctor::examine(&arguments.name, saved, &session, &mut findings).await?,
        Err(failure) if failure.exit() == Exit::NotAuthorized => {
            findings.push(Finding::failed("connection", &failure));
        }
        Err(failure) => return Err(failure),
    }
    let worst = findings.iter().map(|finding| finding.exit).max();
    if arguments.json {
        output::json(&serde_json::json!({"connection": arguments.name, "findings": findings}))?;
    } else {
        for finding in &findings {
            let mark = match (finding.ok, finding.exit) {
                (true, _) => "ok   ",
                (false, Exit::Done) => "less ",
                (false, _) => "wrong",
            };
            output::line(&format!("{mark}  {}: {}", finding.what, finding.says))?;
            if let Some(next) = &finding.next {
                output::line(&format!("       next: {next}"))?;
            }
        }
    }
    Ok(worst.unwrap_or(Exit::Done))
}
