//! Does a connection work, and if not, what to do.
//!
//! What it knows of the account it has from the action `check-connection`, which
//! reads only. That an application may also write cannot be known without writing,
//! so it is said as what is needed, not as a finding.

mod markers;
mod plan;

use std::collections::{BTreeMap, BTreeSet};

use clio_host::actions::check_connection::{Access, Area, AreaAccess, CheckOutcome};
use clio_host::vault::SavedConnection;
use serde::Serialize;

use crate::account;
use crate::catalog;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;
use crate::whoami;
pub use plan::{Plan, look};

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
pub struct Finding {
    pub what: String,
    pub ok: bool,
    pub says: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    #[serde(skip)]
    pub exit: Exit,
}

impl Finding {
    pub fn fine(what: &str, says: impl Into<String>) -> Self {
        Self {
            what: what.to_owned(),
            ok: true,
            says: says.into(),
            next: None,
            exit: Exit::Done,
        }
    }

    /// What could not be looked at.
    pub fn failed(what: &str, failure: &Failure) -> Self {
        Self {
            what: what.to_owned(),
            ok: false,
            says: failure.what().to_owned(),
            next: failure.next_step().map(str::to_owned),
            exit: failure.exit(),
        }
    }

    fn wrong(what: &str, exit: Exit, says: impl Into<String>, next: impl Into<String>) -> Self {
        Self::failed(what, &Failure::new(exit, says).next(next))
    }
}

/// Looks at everything that a connection needs.
///
/// # Errors
/// What keeps it from looking at all.
pub async fn examine(
    name: &str,
    saved: Option<&SavedConnection>,
    session: &Session,
    findings: &mut Vec<Finding>,
) -> Result<(), Failure> {
    let reconnect = account::reconnect(name, saved);
    let connection = &session.account.connection;
    let origin = connection.origin();
    let host = session.plain_host()?;
    let outcome = match host
        .call(connection)
        .run(clio_host::actions::check_connection::CheckRequest { areas: Vec::new() })
        .await
    {
        Ok(outcome) => outcome,
        Err(error) => {
            let (what, failure) = whoami::refused(&error, origin, &reconnect);
            findings.push(Finding::failed(what, &failure));
            return Ok(());
        }
    };
    findings.push(Finding::fine("region", format!("{origin} takes the token")));
    findings.push(Finding::fine("API access", "the firm's plan has it"));
    findings.push(who_am_i(&outcome, saved, &reconnect));
    permissions(&outcome.areas, findings)?;
    findings.push(markers::look(name, session, &host).await);
    Ok(())
}

/// Who the connection acts for, and whether it is who it was.
fn who_am_i(outcome: &CheckOutcome, saved: Option<&SavedConnection>, reconnect: &str) -> Finding {
    let user = whoami::user(outcome);
    let account = whoami::account(outcome);
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
