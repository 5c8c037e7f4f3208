//! `clio doctor`: does a connection work, and if not, what to do.
//!
//! What it knows of the account it has from the action `check-connection`, which
//! reads only. That an application may also write cannot be known without writing,
//! so it is said as what is needed, not as a finding.

mod markers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use clio_host::connections::{Access, Area, AreaAccess, CheckOutcome};
use clio_host::types::ProblemCode;
use clio_host::vault::{Contents, SavedConnection};
use clio_host::{CallError, Connection, Limits, Network, Origin, Policy};
use serde::Serialize;

use crate::account;
use crate::args::DoctorArguments;
use crate::call_failure;
use crate::catalog;
use crate::commands::connect::whoami;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::Home;
use crate::journal::Journal;
use crate::output;
use crate::runner;
use crate::vault;

/// What descriptions call each area that can be looked at.
const AREAS: [(&str, Area); 6] = [
    ("contacts", Area::Contacts),
    ("matters", Area::Matters),
    ("documents", Area::Documents),
    ("custom_fields", Area::CustomFields),
    ("webhooks", Area::Webhooks),
    ("users", Area::Users),
];

/// The areas that a case needs. What lacks another one works with less, and is
/// told so.
const OF_A_CASE: [&str; 3] = ["contacts", "matters", "documents"];

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    what: String,
    ok: bool,
    says: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(skip)]
    exit: Exit,
}

impl Finding {
    fn fine(what: &str, says: impl Into<String>) -> Self {
        Self {
            what: what.to_owned(),
            ok: true,
            says: says.into(),
            next: None,
            exit: Exit::Done,
        }
    }

    fn wrong(what: &str, exit: Exit, says: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            what: what.to_owned(),
            ok: false,
            says: says.into(),
            next: Some(next.into()),
            exit,
        }
    }
}

/// Runs the command.
pub(crate) async fn command(arguments: DoctorArguments) -> Result<Exit, Failure> {
    let home = Home::from_environment()?;
    let vault = vault::open(&home)?;
    let reader = vault.clone();
    let contents = vault::aside(move || reader.read()).await?;
    let place = vault.key_place()?;
    let mut findings = Vec::new();
    if let Some(place) = place {
        findings.push(Finding::fine(
            "vault",
            format!("opens; its key is in {place}"),
        ));
    }
    let network = runner::network(&home)?;
    match connection(&arguments.name, &contents, &vault, &network)? {
        Err(finding) => findings.push(finding),
        Ok((connection, origin)) => {
            examine(
                &arguments.name,
                &contents,
                &connection,
                &origin,
                &network,
                &home,
                &mut findings,
            )
            .await?;
        }
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

fn connection(
    name: &str,
    contents: &Contents,
    vault: &clio_host::vault::Vault,
    network: &Network,
) -> Result<Result<(Connection, Origin), Finding>, Failure> {
    let saved = contents.connections.get(name);
    let Some(saved) = saved.filter(|saved| saved.credentials.is_some()) else {
        let next = account::reconnect(name, contents.connections.get(name));
        return Ok(Err(Finding::wrong(
            "connection",
            Exit::NotAuthorized,
            format!("{name:?} is not connected"),
            format!("run `{next}`"),
        )));
    };
    let origin = account::origin(&saved.origin, Some(&saved.origin))?;
    let connection = account::provided(vault, name, saved, network)?;
    Ok(Ok((connection, origin)))
}

async fn examine(
    name: &str,
    contents: &Contents,
    connection: &Connection,
    origin: &Origin,
    network: &Network,
    home: &Home,
    findings: &mut Vec<Finding>,
) -> Result<(), Failure> {
    let saved = contents.connections.get(name);
    let reconnect = account::reconnect(name, saved);
    let journal = Arc::new(Journal::of(home)?);
    let host = runner::audited(home, Policy::default(), Limits::default(), journal)?;
    let outcome = match host.call(connection).check_connection(Vec::new()).await {
        Ok(outcome) => outcome,
        Err(error) => {
            findings.push(refused(&error, origin, &reconnect));
            return Ok(());
        }
    };
    findings.push(Finding::fine("region", format!("{origin} takes the token")));
    findings.push(Finding::fine("API access", "the firm's plan has it"));
    findings.push(who_am_i(&outcome, saved, &reconnect));
    permissions(&outcome.areas, findings)?;
    findings.push(markers::look(name, home, connection, network).await);
    Ok(())
}

/// Why the connection could not be looked at at all.
fn refused(error: &CallError, origin: &Origin, reconnect: &str) -> Finding {
    let problem = error.problem();
    match problem.map(|problem| (problem.code, problem.status)) {
        Some((ProblemCode::NotConnected, Some(401))) => Finding::wrong(
            "region",
            Exit::NotAuthorized,
            format!("{origin} does not take the access token"),
            format!("run `{reconnect}`; check that the firm's account is in this region"),
        ),
        Some((ProblemCode::NotConnected, _)) => Finding::wrong(
            "token",
            Exit::NotAuthorized,
            error.to_string(),
            format!("run `{reconnect}`"),
        ),
        Some((ProblemCode::Forbidden, _)) => Finding::wrong(
            "API access",
            Exit::NotAuthorized,
            "Clio does not let this user or this firm use its API",
            "check that the firm's plan has API access (EasyStart has none), and that no firewall \
             stands in between",
        ),
        _ => Finding::wrong(
            "who am I",
            call_failure::exit(error),
            call_failure::why(error),
            "run the same again later; check that this machine reaches Clio",
        ),
    }
}

/// Who the connection acts for, and whether it is who it was.
fn who_am_i(outcome: &CheckOutcome, saved: Option<&SavedConnection>, reconnect: &str) -> Finding {
    let user = outcome
        .user
        .name
        .as_deref()
        .unwrap_or("a user without a name");
    let account = whoami::account_of(
        outcome.user.id,
        outcome
            .account
            .as_ref()
            .map(|account| (account.id, account.name.clone())),
    );
    let firm = account.name.as_ref().unwrap_or(&account.id);
    match saved.and_then(|saved| saved.account.as_ref()) {
        Some(known) if known.id != account.id => Finding::wrong(
            "who am I",
            Exit::NotAuthorized,
            format!("{user}, of another firm than was connected: {firm}"),
            format!("run `{reconnect} --relink` if that is meant"),
        ),
        _ => Finding::fine("who am I", format!("{user} of {firm}")),
    }
}

/// What was found of each area that an action needs.
fn permissions(found: &[AreaAccess], findings: &mut Vec<Finding>) -> Result<(), Failure> {
    for (name, needs) in needed()? {
        let area = AREAS.iter().find(|(known, _)| *known == name);
        let access = area.and_then(|(_, area)| found.iter().find(|found| found.area == *area));
        let Some(access) = access else { continue };
        let writes = if needs.writes {
            "; writing is needed as well and shows with the first write"
        } else {
            ""
        };
        let actions: Vec<&str> = needs.actions.iter().map(String::as_str).collect();
        let actions = actions.join(", ");
        let what = format!("permission {name}");
        findings.push(match access.access {
            Access::Granted => Finding::fine(&what, format!("can be read{writes} ({actions})")),
            Access::Refused => Finding::wrong(
                &what,
                if OF_A_CASE.contains(&name.as_str()) {
                    Exit::NotAuthorized
                } else {
                    Exit::Done
                },
                format!("is missing; {actions} cannot work without it"),
                "tick it for the application in Clio's developer portal, then connect again: a \
                 consent keeps the permissions that it was given with",
            ),
        });
    }
    Ok(())
}

/// What is needed of an area.
#[derive(Debug, Default)]
struct Needs {
    writes: bool,
    actions: BTreeSet<String>,
}

/// The permissions that the actions name, by area.
fn needed() -> Result<BTreeMap<String, Needs>, Failure> {
    let mut areas: BTreeMap<String, Needs> = BTreeMap::new();
    for action in clio_catalog::actions() {
        let description = catalog::parsed(action.description)?;
        for permission in &description.permissions {
            let (area, access) = permission.split_once(':').unwrap_or((permission, "read"));
            let needs = areas.entry(area.to_owned()).or_default();
            needs.writes |= access == "write";
            needs.actions.insert(action.name.to_owned());
        }
    }
    Ok(areas)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_area_that_an_action_needs_can_be_looked_at() {
        for area in needed().unwrap().keys() {
            assert!(AREAS.iter().any(|(known, _)| known == area), "{area}");
        }
    }
}
