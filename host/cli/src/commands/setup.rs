//! `clio setup`: makes the custom fields that hold markers, once a person said
//! yes, and remembers them for the account.
//!
//! What it would do comes from a dry run of the same action that does it, so
//! that what a person agrees to is what is sent.

use std::io::{self, BufRead, IsTerminal as _, Write};

use clio_host::CallError;
use clio_host::actions::setup_markers::{EnsureOutcome, EnsureRequest, MarkedKind, MarkerField};
use clio_host::actions::types::Disposition;
use serde_json::{Value, json};

use crate::args::SetupArguments;
use clio_runner::account::Named;
use clio_runner::aside::aside;
use clio_runner::call_failure;
use clio_runner::correlation;
use clio_runner::doctor::{Plan, look};
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::home::Home;
use clio_runner::output;
use clio_runner::session::Session;
use clio_runner::state::{Markers, StateError};

/// Runs the command.
pub(crate) async fn command(arguments: SetupArguments) -> Result<Exit, Failure> {
    let named = Named {
        connection: arguments.name.clone(),
        allow_origin: arguments.allow_origin.clone(),
    };
    let session = Session::open(&Home::from_environment()?, &named).await?;
    let (account, journal) = (&session.account, &session.journal);
    let known = match Markers::read(journal, &account.scope) {
        Ok(known) => known,
        // What cannot be read is looked for in Clio, and written anew.
        Err(StateError::Damaged { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let host = session.plain_host()?;
    let run = correlation::new()?;
    let call = |number: u8| {
        host.call(&account.connection)
            .correlation(format!("{run}/{number}"))
    };
    let request = EnsureRequest {
        name: arguments.field_name.clone(),
        only: None,
        known_contact: known.map(|known| known.contact),
        known_matter: known.map(|known| known.matter),
    };
    let told = |error: CallError| failed(&error, arguments.json);
    let contact = look(call(1), &request, MarkedKind::Contact).await;
    let contact = contact.map_err(told)?;
    let matter = look(call(2), &request, MarkedKind::Matter).await;
    let matter = matter.map_err(told)?;

    let (contact, matter) = match (contact, matter) {
        (Plan::Stands(contact), Plan::Stands(matter)) => (contact, matter),
        (contact, matter) => {
            output::tell(&format!(
                "{}\n{}",
                plan("contacts", &contact),
                plan("matters", &matter)
            ));
            agreed(arguments.yes).await?;
            let outcome = call(3).run(request).await;
            let outcome = outcome.map_err(told)?;
            both(outcome)?
        }
    };
    let markers = Markers {
        contact: contact.id,
        matter: matter.id,
    };
    let label = account.connection.label();
    let event = journal.begin("setup", &label, &account.scope)?;
    markers.write(journal, &account.scope)?;
    let event = event.about(&[contact.id, matter.id]);
    event.end(journal, "done", "")?;
    if arguments.json {
        output::json(&json!({
            "connection": label, "contact": shown(&contact), "matter": shown(&matter),
        }))?;
    } else {
        output::line(&line("contacts", &contact))?;
        output::line(&line("matters", &matter))?;
        output::line(&format!(
            "from now on clio sync and clio run write markers into {label}, and look for them"
        ))?;
    }
    Ok(Exit::Done)
}

fn both(outcome: EnsureOutcome) -> Result<(MarkerField, MarkerField), Failure> {
    outcome.contact.zip(outcome.matter).ok_or_else(|| {
        Failure::host("setup-markers did not tell both fields")
            .next("run the same again; nothing is made twice")
    })
}

/// The failure of a call, told as `clio run` tells it.
fn failed(error: &CallError, json: bool) -> Failure {
    if json {
        // The failure itself says more than that it could not be printed.
        let _ = output::json(&error.to_json());
    }
    let failure = call_failure::of_run(error);
    let at_name = error
        .problem()
        .is_some_and(|problem| problem.field.as_deref() == Some("/name"));
    if at_name {
        return failure.next("rename that field in Clio, or give another name with --field-name");
    }
    failure
}

fn plan(records: &str, plan: &Plan) -> String {
    match plan {
        Plan::Stands(field) => format!("{records}: field {} stands in Clio", field.id),
        Plan::Make(name) => format!(
            "{records}: a custom field {name:?} would be made in Clio, one line of text, shown \
             where it is set"
        ),
    }
}

fn line(records: &str, field: &MarkerField) -> String {
    let mut line = format!("{records}: field {}, {}", field.id, word(field.disposition));
    if !field.others.is_empty() {
        let others: Vec<String> = field.others.iter().map(u64::to_string).collect();
        line.push_str(&format!("; others of its name: {}", others.join(", ")));
    }
    line
}

fn shown(field: &MarkerField) -> Value {
    json!({"id": field.id, "status": word(field.disposition), "others": field.others})
}

fn word(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Created => "created",
        Disposition::Linked => "linked",
    }
}

/// Returns once a person agreed, on the command line or on the terminal.
async fn agreed(yes: bool) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(
            Failure::usage("nobody can be asked here; nothing was made in Clio")
                .next("run the same again with --yes, or on a terminal"),
        );
    }
    match aside(|| ask(&mut io::stdin().lock(), &mut io::stderr().lock())).await? {
        Ok(true) => Ok(()),
        Ok(false) => Err(
            Failure::new(Exit::Permanent, "not agreed; nothing was made in Clio")
                .next("run the same again and say yes; without markers clio works as before"),
        ),
        Err(_) => Err(
            Failure::usage("the answer cannot be read; nothing was made in Clio")
                .next("run the same again with --yes"),
        ),
    }
}

/// Asks until the answer is yes or no. The end of the input is a no.
fn ask(from: &mut impl BufRead, to: &mut impl Write) -> io::Result<bool> {
    loop {
        write!(to, "make it so in Clio? yes or no: ")?;
        to.flush()?;
        let mut answer = String::new();
        let end = from.read_line(&mut answer)? == 0;
        match answer.trim().to_lowercase().as_str() {
            "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ if end => return Ok(false),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_a_yes_is_one_and_what_is_neither_is_asked_again() {
        for (typed, agreed, asked) in [
            ("yes\n", true, 1),
            (" Y \n", true, 1),
            ("no\n", false, 1),
            ("", false, 1),
            ("\nwhat?\nyes\n", true, 3),
            ("what?", false, 2),
        ] {
            let mut told = Vec::new();
            assert_eq!(
                ask(&mut typed.as_bytes(), &mut told).unwrap(),
                agreed,
                "{typed:?}"
            );
            let told = String::from_utf8(told).unwrap();
            assert_eq!(told.matches("yes or no").count(), asked, "{typed:?}");
        }
    }
}
