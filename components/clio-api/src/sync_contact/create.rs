//! The creation of a contact, and what becomes of one whose answer is lost.

use crate::prelude::*;

use clio_types::types::{Disposition, ProblemCode};

use super::look::Look;
use super::matching::Decision;
use super::wire::{self, NewContact, Row};
use super::{Contact, SyncOutcome, SyncRequest};
use crate::answer::{About, ApiError, Applied, outcome_unknown};
use crate::association::{Rows, kept};
use crate::ids::{ContactId, plain};
use crate::marker::{self, Marker, marker};
use crate::problem::Failure;
use crate::query::Query;
use crate::transport::Transport;

/// Creates the contact that no look has shown.
pub(super) fn create<T: Transport>(
    look: &mut Look<'_, '_, '_, T>,
    request: &SyncRequest,
) -> Result<SyncOutcome, Failure> {
    const WHAT: &str = "create the contact";
    let fields = if look.wanted.marker_field.is_some() {
        wire::CREATED_MARKED
    } else {
        wire::CREATED
    };
    let sent = look.now;
    let body = NewContact::new(request, look.wanted);
    let query = Query::new("contacts.json").fields(fields);
    match look.client.post::<_, Row>(WHAT, query, &body) {
        Ok(row) => {
            read_back(request, look, &row)?;
            Ok(created(row.id, Vec::new()))
        }
        Err(error) if error.applied == Applied::Unknown => {
            // A contact that was not there before and looks like this one is
            // the one that this call made.
            match look.made_just_now(sent) {
                Ok(Decision::Link { id, others, .. }) => Ok(created(id, others)),
                Ok(Decision::Absent) | Err(_) => Err(outcome_unknown(WHAT, error)),
            }
        }
        Err(error) => Err(refused(error)),
    }
}

fn created(id: ContactId, others: Vec<ContactId>) -> SyncOutcome {
    SyncOutcome {
        id: id.0,
        disposition: Disposition::Created,
        matched_by: None,
        others: plain(others),
    }
}

fn refused(error: ApiError) -> Failure {
    let field = match error.about {
        About::CustomField => return marker::refused(error),
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
fn read_back<T: Transport>(
    request: &SyncRequest,
    look: &Look<'_, '_, '_, T>,
    row: &Row,
) -> Result<(), Failure> {
    let wanted = look.wanted;
    let dropped = |field: &str, what: &str| {
        Err(Failure::permanent(
            ProblemCode::UnexpectedAnswer,
            format!("Clio created the contact, but did not keep {what}. Look at it in Clio."),
        )
        .field(field)
        .candidates([row.id.0]))
    };
    if let Some(field) = wanted.marker_field {
        match marker(&row.custom_field_values, field, wanted.source_id) {
            Marker::Ours => {}
            Marker::Hidden => return Err(marker::hidden().candidates([row.id.0])),
            Marker::None | Marker::Others => return dropped("/marker_field", "its marker"),
        }
    }
    if let (Some((first, _)), Rows::Visible(rows)) = (wanted.emails.first(), &row.email_addresses) {
        let first = clio_text::email_key(first);
        let mut kept = rows.iter().filter_map(|row| row.address.as_deref());
        if !kept.any(|address| clio_text::email_key(address) == first) {
            return dropped("/emails", "its e-mail address");
        }
    }
    if let Contact::Person(person) = &request.contact
        && !kept(&row.company, person.company.map(ContactId))
    {
        return dropped("/contact/person/company", "its company");
    }
    Ok(())
}
