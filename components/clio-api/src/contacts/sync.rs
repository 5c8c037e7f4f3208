//! `contacts.sync`: known id, marker, addresses, those created lately, create.
//!
//! A new contact with one address costs three requests, a found one one.

use crate::prelude::*;
use core::ops::ControlFlow;

use super::check::{Wanted, check};
use super::matching::{Decision, Matches};
use super::wire::{self, NewContact, Row};
use super::{ContactMatch, SyncOutcome, SyncRequest};
use crate::Disposition;
use crate::answer::{About, ApiError, Applied, outcome_unknown};
use crate::association::{Rows, kept};
use crate::client::Client;
use crate::custom_fields::{self, Marker, marker};
use crate::ids::ContactId;
use crate::instant::OVERLAP;
use crate::problem::{Code, Failure};
use crate::query::Query;
use crate::transport::Transport;

/// Makes sure that one contact stands in Clio, once, and returns it.
pub fn sync<T: Transport>(
    transport: &mut T,
    request: &SyncRequest,
) -> Result<SyncOutcome, Failure> {
    let wanted = check(request, transport.now())?;
    let mut client = Client::new(transport);

    if let Some(id) = wanted.known_id {
        return known(&mut client, id);
    }
    let policy = request.on_name_conflict;
    if let Some(outcome) = linked(by_marker(&mut client, &wanted)?.decide(policy)?) {
        return Ok(outcome);
    }
    if let Some(outcome) = linked(by_address(&mut client, &wanted)?.decide(policy)?) {
        return Ok(outcome);
    }
    // The search lags behind writes; a list since an instant does not.
    if let Some(outcome) = linked(created_lately(&mut client, &wanted)?.decide(policy)?) {
        return Ok(outcome);
    }
    create(&mut client, request, &wanted)
}

fn linked(decision: Decision) -> Option<SyncOutcome> {
    match decision {
        Decision::Absent => None,
        Decision::Link { id, by, others } => Some(SyncOutcome {
            id,
            disposition: Disposition::Linked,
            matched_by: Some(by),
            others,
        }),
    }
}

fn known<T: Transport>(client: &mut Client<'_, T>, id: ContactId) -> Result<SyncOutcome, Failure> {
    let query = Query::new(&format!("contacts/{id}.json")).fields(wire::KNOWN);
    match client.get::<Row>("read the contact", query) {
        // A contact that was merged into another answers as that one.
        Ok(row) => Ok(SyncOutcome {
            id: row.id,
            disposition: Disposition::Linked,
            matched_by: Some(ContactMatch::KnownId),
            others: Vec::new(),
        }),
        Err(error) if error.status() == Some(404) => Err(Failure::permanent(
            Code::Removed,
            "The known contact is no longer in Clio, or may not be seen. Leave `known_id` out to \
             look for it, or to make it again.",
        )
        .status(404)
        .field("/known_id")
        .candidates([id.0])),
        Err(error) => Err(error.into()),
    }
}

fn by_marker<T: Transport>(
    client: &mut Client<'_, T>,
    wanted: &Wanted<'_>,
) -> Result<Matches, Failure> {
    let mut matches = Matches::default();
    let Some(field) = wanted.marker_field else {
        return Ok(matches);
    };
    let query = Query::new("contacts.json")
        .with(&format!("custom_field_values[{field}]"), wanted.source_id)
        .with_id("custom_field_ids[]", field.0)
        .with("type", wanted.kind.name())
        .fields(wire::MARKED)
        .by_id();
    let mut strangers = 0;
    client
        .list("find the contact by its marker", query, |row: Row| {
            if !matches.marked(wanted, &row) {
                strangers += 1;
            }
            // An ignored filter answers the whole account.
            if strangers >= 200 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .map_err(custom_fields::refused)?;
    if matches.decide(None)? == Decision::Absent {
        if matches.hidden_marker {
            return Err(custom_fields::hidden());
        }
        if strangers >= 200 {
            return Err(custom_fields::not_filtered());
        }
    }
    Ok(matches)
}

fn by_address<T: Transport>(
    client: &mut Client<'_, T>,
    wanted: &Wanted<'_>,
) -> Result<Matches, Failure> {
    let mut matches = Matches::default();
    for (address, _) in &wanted.emails {
        let query = Query::new("contacts.json")
            .with("query", clio_text::email_query(address))
            .with("type", wanted.kind.name())
            .fields(wire::SEARCHED)
            .by_id();
        client.list(
            "find the contact by its e-mail address",
            query,
            |row: Row| {
                matches.searched(wanted, &row);
                ControlFlow::Continue(())
            },
        )?;
    }
    Ok(matches)
}

fn created_lately<T: Transport>(
    client: &mut Client<'_, T>,
    wanted: &Wanted<'_>,
) -> Result<Matches, Failure> {
    let mut matches = Matches::default();
    let since = wanted.began.before(OVERLAP).to_string();
    let mut query = Query::new("contacts.json")
        .with("created_since", &since)
        .with("type", wanted.kind.name());
    query = match wanted.marker_field {
        Some(field) => query
            .with_id("custom_field_ids[]", field.0)
            .fields(wire::MARKED),
        None => query.fields(wire::RECENT),
    };
    client.list(
        "list the contacts created lately",
        query.by_id(),
        |row: Row| {
            matches.created_lately(wanted, &row);
            ControlFlow::Continue(())
        },
    )?;
    Ok(matches)
}

fn create<T: Transport>(
    client: &mut Client<'_, T>,
    request: &SyncRequest,
    wanted: &Wanted<'_>,
) -> Result<SyncOutcome, Failure> {
    const WHAT: &str = "create the contact";
    let fields = if wanted.marker_field.is_some() {
        wire::CREATED_MARKED
    } else {
        wire::CREATED
    };
    let query = Query::new("contacts.json").fields(fields);
    match client.post::<_, Row>(WHAT, query, &NewContact::new(request, wanted)) {
        Ok(row) => {
            read_back(request, wanted, &row)?;
            Ok(created(row.id, Vec::new()))
        }
        Err(error) if error.applied == Applied::Unknown => {
            // A contact that was not there before and looks like this one is
            // the one that this call made.
            match created_lately(client, wanted).and_then(|found| found.decide(None)) {
                Ok(Decision::Link { id, others, .. }) => Ok(created(id, others)),
                Ok(Decision::Absent) | Err(_) => Err(outcome_unknown(WHAT, error)),
            }
        }
        Err(error) => Err(refused(error)),
    }
}

fn created(id: ContactId, others: Vec<ContactId>) -> SyncOutcome {
    SyncOutcome {
        id,
        disposition: Disposition::Created,
        matched_by: None,
        others,
    }
}

fn refused(error: ApiError) -> Failure {
    let field = match error.about {
        About::CustomField => return custom_fields::refused(error),
        About::Email => Some("/emails"),
        About::Phone => Some("/phones"),
        About::Name => Some("/contact"),
        _ => None,
    };
    match field {
        Some(field) => error.at(field).into(),
        None => error.into(),
    }
}

/// Clio drops what it does not know without a word. What a later run would
/// recognise the contact by is therefore read back.
fn read_back(request: &SyncRequest, wanted: &Wanted<'_>, row: &Row) -> Result<(), Failure> {
    let dropped = |field: &str, what: &str| {
        Err(Failure::permanent(
            Code::UnexpectedAnswer,
            format!("Clio created the contact, but did not keep {what}. Look at it in Clio."),
        )
        .field(field)
        .candidates([row.id.0]))
    };
    if let Some(field) = wanted.marker_field {
        match marker(&row.custom_field_values, field, wanted.source_id) {
            Marker::Ours => {}
            Marker::Hidden => return Err(custom_fields::hidden().candidates([row.id.0])),
            Marker::None | Marker::Others => return dropped("/marker_field", "its marker"),
        }
    }
    if let (Some((_, wanted)), Rows::Visible(rows)) = (wanted.emails.first(), &row.email_addresses)
        && !rows
            .iter()
            .filter_map(|row| row.address.as_deref())
            .any(|address| clio_text::email_key(address) == *wanted)
    {
        return dropped("/emails", "its e-mail address");
    }
    if let super::Contact::Person(person) = &request.contact
        && !kept(&row.company, person.company)
    {
        return dropped("/contact/person/company", "its company");
    }
    Ok(())
}
