//! The matter and who belongs to it, read in few requests.
//!
//! What must stay true: nothing of another matter is read; a contact that was not
//! asked for is not taken, though a list that does not know its filter tells all.

use alloc::collections::{BTreeMap, BTreeSet};
use core::ops::ControlFlow;

use clio_template::Value;
use clio_types::types::ProblemCode;

use super::check::Checked;
use super::custom::{self, Names};
use super::told::Told;
use super::values::{self, Members, put};
use super::wire;
use crate::answer::ApiError;
use crate::client::Client;
use crate::fields::Fields;
use crate::prelude::*;
use crate::problem::Failure;
use crate::query::Query;
use crate::transport::Transport;

/// How many contacts are asked for at once.
const AT_ONCE: usize = 100;

/// Contacts by their ids.
type People = BTreeMap<u64, Told>;

/// Reads what belongs to a matter, and puts it under the names of templates.
pub(super) fn values<T: Transport>(
    client: &mut Client<'_, T>,
    matter: u64,
    checked: Checked,
) -> Result<Value, Failure> {
    let query = Query::new(&format!("matters/{matter}.json")).fields(wire::MATTER);
    let row: Told = client
        .get("read the matter", query)
        .map_err(|error| error.at("/matter"))?;
    let related = relationships(client, matter)?;
    let fields = row.at("custom_field_values");

    let mut wanted = BTreeSet::new();
    wanted.extend(custom::contacts(fields));
    let linked = related.rows().iter().map(|it| it.at("contact"));
    wanted.extend(linked.chain([row.at("client")]).filter_map(Told::id));
    let people = contacts(client, &wanted, wire::CONTACT)?;

    let mut names = Names::new();
    let mut further = BTreeSet::new();
    for (id, contact) in &people {
        names.insert(*id, contact.at("name").clone());
        // Those whom a field of a contact names, and nobody else.
        further.extend(custom::contacts(contact.at("custom_field_values")));
    }
    further.retain(|id| !names.contains_key(id));
    for (id, contact) in contacts(client, &further, wire::NAME)? {
        names.insert(id, contact.at("name").clone());
    }

    let code = row.at("currency").at("code").text();
    let currency = code.unwrap_or(checked.currency);
    let person = |of: &Told| match of.id().and_then(|id| people.get(&id)) {
        Some(contact) => values::contact(contact, &names, currency),
        None => values::named_alone(of),
    };
    let related = match &related {
        Told::List(rows) => {
            let mut related = Vec::with_capacity(rows.len());
            for it in rows {
                let mut members = person(it.at("contact"));
                put(&mut members, "role", values::text(it.at("description")));
                related.push(Value::Record(members));
            }
            Value::List(related)
        }
        _ => Value::Hidden,
    };
    let of_matter = custom::record(fields, &names, currency);
    let of_client = match row.at("client") {
        Told::Hidden => Value::Hidden,
        of => Value::Record(person(of)),
    };
    let mut custom = of_matter.clone();
    add(&mut custom, of_client.member("custom"));
    let mut more = Members::new();
    for (name, value) in checked.more {
        more.insert(name, value);
    }
    let more = Value::Record(more);

    let mut all = Members::new();
    put(&mut all, "matter", values::matter(&row, of_matter));
    put(&mut all, "client", of_client);
    for name in [
        "responsible_attorney",
        "originating_attorney",
        "responsible_staff",
    ] {
        put(&mut all, name, values::user(row.at(name)));
    }
    put(&mut all, "related", related);
    put(&mut all, "custom", custom.clone());
    put(&mut all, "more", more.clone());
    // Each by its name alone as well, unless the name is taken.
    let mut all = Value::Record(all);
    add(&mut all, Some(&more));
    add(&mut all, Some(&custom));
    Ok(all)
}

/// Adds those members whose names are not taken.
fn add(to: &mut Value, others: Option<&Value>) {
    let Some(Value::Record(others)) = others else {
        return;
    };
    for (name, value) in others {
        let is_taken = to.member(name).is_some();
        if let (Value::Record(members), false) = (&mut *to, is_taken) {
            members.insert(name.clone(), value.clone());
        }
    }
}

/// The contacts around the matter, oldest first.
fn relationships<T: Transport>(client: &mut Client<'_, T>, matter: u64) -> Result<Told, Failure> {
    let query = Query::new("relationships.json")
        .with_id("matter_id", matter)
        .fields(wire::RELATIONSHIP)
        .with("limit", "200");
    let (mut found, mut hidden) = (BTreeMap::new(), false);
    let listed = client.list("list the related contacts", query, |row: Told| {
        match (row.id(), row.at("matter").id()) {
            (Some(id), Some(of)) if of == matter => {
                found.insert(id, row);
            }
            // A filter that Clio does not know is ignored.
            (_, Some(_)) => {}
            _ => hidden = true,
        }
        ControlFlow::Continue(())
    });
    match listed {
        // Whose it is, nobody may see.
        Ok(()) if hidden => Ok(Told::Hidden),
        Ok(()) => Ok(Told::List(found.into_values().collect())),
        Err(error) if is_forbidden(&error) => Ok(Told::Hidden),
        Err(error) => Err(error.into()),
    }
}

/// The contacts of these ids. One that may not be seen is not among them.
fn contacts<T: Transport>(
    client: &mut Client<'_, T>,
    wanted: &BTreeSet<u64>,
    fields: Fields,
) -> Result<People, Failure> {
    let mut found = People::new();
    let mut left = wanted.iter().copied().peekable();
    while left.peek().is_some() {
        let mut query = Query::new("contacts.json");
        let mut asked = BTreeSet::new();
        for id in left.by_ref().take(AT_ONCE) {
            query = query.with_id("ids[]", id);
            asked.insert(id);
        }
        let listed = client.list(
            "read the contacts",
            query.fields(fields).by_id(),
            |row: Told| {
                if let Some(id) = row.id().filter(|id| asked.remove(id)) {
                    found.insert(id, row);
                }
                match asked.is_empty() {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            },
        );
        match listed {
            Err(error) if !is_forbidden(&error) => return Err(error.into()),
            _ => {}
        }
    }
    Ok(found)
}

/// Whether Clio itself forbids it, and not a firewall on the way.
fn is_forbidden(error: &ApiError) -> bool {
    error.failure.problem.code == ProblemCode::Forbidden
}
