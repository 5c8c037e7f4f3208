//! The connection itself: `connections.check`.
//!
//! It reads only: who is connected, and the shortest list of each area that an
//! action needs. An area that may not be read is an answer, not a failure, so
//! that one look tells all that is missing.

use crate::prelude::*;

#[cfg(test)]
mod tests;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::answer::ApiError;
use crate::client::Client;
use crate::fields::{Fields, fields};
use crate::problem::{Code, Failure};
use crate::query::Query;
use crate::transport::Transport;

/// An area of Clio's permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// People and companies.
    Contacts,
    /// Matters.
    Matters,
    /// Documents.
    Documents,
    /// Custom fields.
    CustomFields,
    /// Webhooks.
    Webhooks,
    /// Users.
    Users,
}

impl Area {
    const ALL: [Self; 6] = [
        Self::Contacts,
        Self::Matters,
        Self::Documents,
        Self::CustomFields,
        Self::Webhooks,
        Self::Users,
    ];

    /// What the look at it is called in messages.
    fn look(self) -> &'static str {
        match self {
            Self::Contacts => "the look at contacts",
            Self::Matters => "the look at matters",
            Self::Documents => "the look at documents",
            Self::CustomFields => "the look at custom fields",
            Self::Webhooks => "the look at webhooks",
            Self::Users => "the look at users",
        }
    }

    /// Its list.
    fn path(self) -> &'static str {
        match self {
            Self::Contacts => "contacts.json",
            Self::Matters => "matters.json",
            Self::Documents => "documents.json",
            Self::CustomFields => "custom_fields.json",
            Self::Webhooks => "webhooks.json",
            Self::Users => "users.json",
        }
    }
}

/// Whether an area may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It may.
    Granted,
    /// The permission is missing.
    Refused,
}

/// What a connection is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckOutcome {
    /// The user who consented.
    pub user: Named,
    /// The firm's account, where Clio tells it.
    pub account: Option<Named>,
    /// The areas that were looked at.
    pub areas: Vec<(Area, Access)>,
}

/// A user or an account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Named {
    /// The id.
    pub id: u64,
    /// The name, where Clio tells it.
    #[serde(default)]
    pub name: Option<String>,
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
pub fn check<T: Transport>(transport: &mut T, areas: &[Area]) -> Result<CheckOutcome, Failure> {
    let mut client = Client::new(transport);
    let me = match who(&mut client, ME) {
        Err(error) if error.status() == Some(400) => who(&mut client, PLAIN)?,
        answer => answer?,
    };
    let mut found = Vec::new();
    for area in Area::ALL {
        if areas.is_empty() || areas.contains(&area) {
            found.push((area, access(&mut client, area)?));
        }
    }
    Ok(CheckOutcome {
        user: me.user,
        account: me.account,
        areas: found,
    })
}

fn who<T: Transport>(client: &mut Client<'_, T>, fields: Fields) -> Result<Me, ApiError> {
    client.get(WHO, Query::new("users/who_am_i.json").fields(fields))
}

/// Whether the shortest list of an area is answered. That a firewall on the way
/// refused the look says nothing about the area, and is no finding.
fn access<T: Transport>(client: &mut Client<'_, T>, area: Area) -> Result<Access, ApiError> {
    let query = Query::new(area.path()).with("limit", "1").fields(ID);
    match client.get::<Vec<IgnoredAny>>(area.look(), query) {
        Ok(_) => Ok(Access::Granted),
        Err(error) if error.failure.problem.code == Code::Forbidden => Ok(Access::Refused),
        Err(error) => Err(error),
    }
}
