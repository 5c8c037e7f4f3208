//! `clio doctor`: does a connection work, and if not, what to do.
//!
//! It reads only: who am I, and one short list for each area that an action
//! needs. That an application may also write cannot be known without writing,
//! so it is said as what is needed, not as a finding.

mod markers;

use std::collections::{BTreeMap, BTreeSet};

use clio_host::oauth::read_account;
use clio_host::vault::Contents;
use clio_host::{Connection, Network, Origin};
use serde::Serialize;

use crate::account;
use crate::actions;
use crate::args::DoctorArguments;
use crate::connect::whoami;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::Home;
use crate::output;
use crate::runner;
use crate::vault;

/// The shortest list of each area of Clio's permissions.
const LISTS: [(&str, &str); 4] = [
    ("contacts", "/api/v4/contacts.json?limit=1&fields=id"),
    ("matters", "/api/v4/matters.json?limit=1&fields=id"),
    ("documents", "/api/v4/documents.json?limit=1&fields=id"),
    (
        "custom_fields",
        "/api/v4/custom_fields.json?limit=1&fields=id",
    ),
];

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
            let mark = if finding.ok { "ok   " } else { "wrong" };
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
    let connection = account::provided(vault, name, origin.clone(), saved, network);
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
    let answer = match whoami::look(network, connection).await {
        Ok(answer) => answer,
        Err(error) => {
            let failure = whoami::unread(&error);
            let next = match failure.exit() {
                Exit::Transient => "run the same again later; check that this machine reaches Clio",
                _ => "see above",
            };
            let next = match failure.exit() {
                Exit::NotAuthorized => format!("run `{}`", account::reconnect(name, saved)),
                _ => next.to_owned(),
            };
            findings.push(Finding::wrong(
                "token",
                failure.exit(),
                error.to_string(),
                next,
            ));
            return Ok(());
        }
    };
    let Some(me) = whoami::understood(&answer) else {
        let failure = whoami::refused(&answer, connection);
        let what = match answer.status {
            401 => "region",
            403 => "API access",
            _ => "who am I",
        };
        findings.push(Finding {
            what: what.to_owned(),
            ok: false,
            says: failure.what().to_owned(),
            next: failure.next_step().map(str::to_owned),
            exit: failure.exit(),
        });
        return Ok(());
    };
    let account = me.account();
    findings.push(Finding::fine("region", format!("{origin} takes the token")));
    findings.push(Finding::fine("API access", "the firm's plan has it"));
    let firm = account.name.clone().unwrap_or_else(|| account.id.clone());
    findings.push(match saved.and_then(|saved| saved.account.as_ref()) {
        Some(known) if known.id != account.id => Finding::wrong(
            "who am I",
            Exit::NotAuthorized,
            format!("{}, of another firm than was connected: {firm}", me.name),
            format!(
                "run `{} --relink` if that is meant",
                account::reconnect(name, saved)
            ),
        ),
        _ => Finding::fine("who am I", format!("{} of {firm}", me.name)),
    });
    permissions(connection, network, findings).await?;
    if let Some(saved) = saved {
        let scope = account::scope(origin, name, saved);
        findings.push(markers::look(name, &scope, home, connection, network).await);
    }
    Ok(())
}

/// Reads one short list for each area that an action needs.
async fn permissions(
    connection: &Connection,
    network: &Network,
    findings: &mut Vec<Finding>,
) -> Result<(), Failure> {
    for (area, needs) in needed()? {
        let writes = if needs.writes {
            "; writing is needed as well and shows with the first write"
        } else {
            ""
        };
        let actions: Vec<&str> = needs.actions.iter().map(String::as_str).collect();
        let actions = actions.join(", ");
        let Some((_, path)) = LISTS.iter().find(|(known, _)| *known == area) else {
            continue;
        };
        let what = format!("permission {area}");
        findings.push(match read_account(network, connection, path).await {
            Ok(answer) if answer.status == 200 => {
                Finding::fine(&what, format!("can be read{writes} ({actions})"))
            }
            Ok(answer) if answer.status == 403 => Finding::wrong(
                &what,
                Exit::NotAuthorized,
                format!("is missing; {actions} cannot work without it"),
                "tick it for the application in Clio's developer portal, then connect again: a \
                 consent keeps the permissions that it was given with",
            ),
            Ok(answer) => Finding::wrong(
                &what,
                Exit::Transient,
                format!("could not be looked at (HTTP {})", answer.status),
                "run the same again later",
            ),
            Err(error) => Finding::wrong(
                &what,
                whoami::unread(&error).exit(),
                format!("could not be looked at: {error}"),
                "run the same again later",
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
        let description = actions::parsed(action.description)?;
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
    fn every_area_that_an_action_needs_has_a_list_to_look_at() {
        for area in needed().unwrap().keys() {
            assert!(LISTS.iter().any(|(known, _)| known == area), "{area}");
        }
    }
}
