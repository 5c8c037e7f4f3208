//! `/contacts.json` and a contact's rows.

use super::Call;
use super::list::SortKey;
use super::value_filter::ValueFilter;
use crate::answer::{Answer, ApiError};
use crate::body::{Body, Reference};
use crate::switches::PersonNameAlone;
use crate::trace::IgnoredKind;
use crate::world::{
    Contact, ContactKind, Kind, ParentType, RowKind, World, write_rows, write_values,
};

const ROWS: [RowKind; 5] = [
    RowKind::Email,
    RowKind::Phone,
    RowKind::Address,
    RowKind::WebSite,
    RowKind::InstantMessenger,
];

pub(super) fn index(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let filter = ValueFilter::read(call, ParentType::Contact)?;
    let q = &call.query;
    let kind = q.text("type");
    let clients = q.flag("client_only").unwrap_or(false);
    let with_email = q.flag("email_only").unwrap_or(false);
    let initial = q.text("initial").map(str::to_lowercase);
    let without = q.ids("exclude_ids[]").unwrap_or_default();
    let search = q.text("query");
    let world: &World = call.world;
    let (now, lag) = (world.now(), world.switches.search_lag);
    let rows: Vec<&Contact> = world
        .contacts
        .values()
        .filter(|c| kind.is_none_or(|k| k == c.kind.name()))
        .filter(|c| !clients || world.is_client(c.stamp.id))
        .filter(|c| !with_email || c.rows(RowKind::Email).next().is_some())
        .filter(|c| initial.as_ref().is_none_or(|i| sort_name(c).starts_with(i)))
        .filter(|c| !without.contains(&c.stamp.id))
        .filter(|c| search.is_none_or(|s| c.search.finds(s, now, lag)))
        .filter(|c| filter.accepts(&c.values))
        .collect();
    call.list(rows, |c, field| match field {
        "name" => SortKey::text(&c.name()),
        _ => SortKey::Nothing,
    })
}

/// The last name, or a company's name.
fn sort_name(contact: &Contact) -> String {
    match contact.kind {
        ContactKind::Person => contact.cell("last_name").to_lowercase(),
        ContactKind::Company => contact.name().to_lowercase(),
    }
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let kind = match call.body.text("type").flatten().as_deref() {
        Some("Company") => ContactKind::Company,
        _ => ContactKind::Person,
    };
    let mut contact = Contact::new(call.world.stamp(Kind::Contact), kind);
    apply(call, &mut contact)?;
    Ok(call.created(contact))
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut contact: Contact = call.find_to_change()?;
    // The type of a contact stays.
    if call
        .body
        .text("type")
        .flatten()
        .is_some_and(|t| t != contact.kind.name())
    {
        call.ignore(IgnoredKind::DroppedValue, "/data/type");
    }
    apply(call, &mut contact)?;
    Ok(call.changed(contact))
}

/// Applies the body to a contact that is not in the account yet, or a copy.
fn apply(call: &mut Call<'_>, contact: &mut Contact) -> Result<(), ApiError> {
    let name = call.body.text("name").flatten();
    for cell in Contact::CELLS {
        if let Some(value) = call.body.take(cell) {
            contact.cells.insert(cell.to_owned(), value);
        }
    }
    match (contact.kind, name) {
        (ContactKind::Company, Some(name)) => {
            contact.cells.insert("name".to_owned(), name.into());
        }
        (ContactKind::Person, Some(name))
            if call.world.switches.person_name_alone == PersonNameAlone::Split
                && contact.cell("first_name").is_empty()
                && contact.cell("last_name").is_empty() =>
        {
            let (first, last) = name.rsplit_once(' ').unwrap_or(("", &name));
            contact.cells.insert("first_name".to_owned(), first.into());
            contact.cells.insert("last_name".to_owned(), last.into());
        }
        _ => {}
    }
    match contact.kind {
        ContactKind::Person
            if contact.cell("first_name").trim().is_empty()
                && contact.cell("last_name").trim().is_empty() =>
        {
            return Err(ApiError::invalid(
                "At least one of first name or last name must be provided",
            ));
        }
        ContactKind::Company if contact.name().is_empty() => {
            return Err(ApiError::invalid("name can't be blank"));
        }
        _ => {}
    }
    match call.body.reference("company") {
        None | Some(Reference::Nothing) => {}
        Some(Reference::Clear) => contact.company = None,
        Some(Reference::Is(id)) => {
            let company = call.world.get::<Contact>(id);
            if company.is_none_or(|c| c.kind != ContactKind::Company) {
                return Err(ApiError::unknown_reference("Company"));
            }
            contact.company = Some(id);
        }
    }
    for kind in ROWS {
        let rows: Vec<Body> = call.body.rows(kind.key());
        write_rows(call.world, &mut contact.rows, kind, rows)?;
    }
    let values = call.body.rows("custom_field_values");
    write_values(call.world, &mut contact.values, ParentType::Contact, values)
}

/// 422 for the client of a matter; 404 when it is gone already.
pub(super) fn destroy(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let contact: Contact = call.find()?;
    if call.world.is_client(contact.stamp.id) {
        return Err(ApiError::invalid(
            "The contact is the client of a matter and cannot be deleted",
        ));
    }
    call.world.contacts.remove(&contact.stamp.id);
    Ok(Answer::empty(204))
}

pub(super) fn email_addresses(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    rows(call, RowKind::Email)
}

pub(super) fn phone_numbers(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    rows(call, RowKind::Phone)
}

fn rows(call: &mut Call<'_>, kind: RowKind) -> Result<Answer, ApiError> {
    let contact: Contact = call.find()?;
    call.list(contact.rows(kind).collect(), |_, _| SortKey::Nothing)
}
