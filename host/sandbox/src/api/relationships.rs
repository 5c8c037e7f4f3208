//! `/relationships.json`: the contacts that are related to a matter.

use super::Call;
use super::list::SortKey;
use crate::answer::{Answer, ApiError};
use crate::body::Reference;
use crate::world::{Contact, Kind, Matter, Record, Relationship};

pub(super) fn index(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let (matter, contact) = (call.query.id("matter_id"), call.query.id("contact_id"));
    let rows: Vec<&Relationship> = call
        .world
        .relationships
        .values()
        .filter(|r| matter.is_none_or(|f| f.accepts(Some(r.matter))))
        .filter(|r| contact.is_none_or(|f| f.accepts(Some(r.contact))))
        .collect();
    call.list(rows, |_, _| SortKey::Nothing)
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut relationship = Relationship {
        stamp: call.world.stamp(Kind::Relationship),
        matter: 0,
        contact: 0,
        description: String::new(),
    };
    apply(call, &mut relationship)?;
    for (what, id) in [
        ("matter", relationship.matter),
        ("contact", relationship.contact),
    ] {
        if id == 0 {
            return Err(ApiError::invalid(format!("{what} can't be blank")));
        }
    }
    Ok(call.created(relationship))
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut relationship: Relationship = call.find_to_change()?;
    apply(call, &mut relationship)?;
    Ok(call.changed(relationship))
}

fn apply(call: &mut Call<'_>, relationship: &mut Relationship) -> Result<(), ApiError> {
    if let Some(description) = call.body.text("description") {
        relationship.description = description.unwrap_or_default();
    }
    if let Some(id) = referred::<Matter>(call, "matter")? {
        relationship.matter = id;
    }
    if let Some(id) = referred::<Contact>(call, "contact")? {
        relationship.contact = id;
    }
    Ok(())
}

fn referred<R: Record>(call: &mut Call<'_>, key: &str) -> Result<Option<u64>, ApiError> {
    match call.body.reference(key) {
        None | Some(Reference::Nothing) => Ok(None),
        Some(Reference::Is(id)) => call.refer::<R>(id).map(|()| Some(id)),
        Some(Reference::Clear) => Err(ApiError::invalid(format!("{key} is invalid"))),
    }
}

pub(super) fn destroy(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let relationship: Relationship = call.find()?;
    call.world.relationships.remove(&relationship.stamp.id);
    Ok(Answer::empty(204))
}
