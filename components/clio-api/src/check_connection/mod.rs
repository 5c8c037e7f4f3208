//! The connection itself: `check-connection.check`.
//!
//! It reads only: who is connected, and the shortest list of each area that an
//! action needs. An area that may not be read is an answer, not a failure, so
//! that one look tells all that is missing.

use crate::prelude::*;

#[cfg(test)]
mod tests;

use clio_types::check_connection::*;
use clio_types::types::ProblemCode;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::answer::ApiError;
use crate::client::Client;
use crate::fields::{Fields, fields};
use crate::problem::Failure;
use crate::query::Query;
use crate::transport::Transport;

/// A user or an account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Named {
    /// The id.
    id: u64,
    /// The name, where Clio tells it.
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize)]
struct Me {
    #[serde(flatten)]
    user: Named,
    #[serde(default)]
    account: Option<Named>,
}

const WHO: &str = "the request who is connected";
const ME: Fields = fields!(id, name, account { id, name });
/// The same for an application that may not see the account: one name that it
/// may not use refuses the whole request.
const PLAIN: Fields = fields!(id, name);
const ID: Fields = fields!(id);

/// Tells who a connection acts for, and which areas it may read. No areas: all.
///
/// # Errors
/// When Clio does not take the credential, or does not answer.
pub fn check<T: Transport>(
    transport: &mut T,
    request: &CheckRequest,
) -> Result<CheckOutcome, Failure> {
    let mut client = Client::new(transport);
    let me = match who(&mut client, ME) {
        Err(error) if error.status() == Some(400) => who(&mut client, PLAIN)?,
        answer => answer?,
    };
    let mut found = Vec::new();
    for area in Area::ALL {
        if request.areas.is_empty() || request.areas.contains(&area) {
            found.push(AreaAccess {
                area,
                access: access(&mut client, area)?,
            });
        }
    }
    Ok(CheckOutcome {
        user: User {
            id: me.user.id,
            name: me.user.name,
        },
        account: me.account.map(|account| Account {
            id: account.id,
            name: account.name,
        }),
        areas: found,
    })
}

fn who<T: Transport>(client: &mut Client<'_, T>, fields: Fields) -> Result<Me, ApiError> {
    client.get(WHO, Query::new("users/who_am_i.json").fields(fields))
}

/// Whether the shortest list of an area is answered. That a firewall on the way
/// refused the look says nothing about the area, and is no finding.
fn access<T: Transport>(client: &mut Client<'_, T>, area: Area) -> Result<Access, ApiError> {
    let look = format!("the look at {}", area.name().replace('_', " "));
    let query = Query::new(&format!("{}.json", area.name()));
    let query = query.with("limit", "1").fields(ID);
    match client.get::<Vec<IgnoredAny>>(&look, query) {
        Ok(_) => Ok(Access::Granted),
        Err(error) if error.failure.problem.code == ProblemCode::Forbidden => Ok(Access::Refused),
        Err(error) => Err(error),
    }
}
