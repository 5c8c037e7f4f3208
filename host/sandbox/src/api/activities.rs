//! `/activities.json`: time and expense entries. Their rates, bills and timers
//! are not simulated.

use super::Call;
use super::list::SortKey;
use crate::answer::{Answer, ApiError};
use crate::body::Reference;
use crate::trace::IgnoredKind;
use crate::world::{Activity, Kind};

pub(super) fn index(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let q = &call.query;
    let matter = q.id("matter_id");
    let kind = q.text("type");
    let rows: Vec<&Activity> = call
        .world
        .activities
        .values()
        .filter(|a| matter.is_none_or(|f| f.accepts(a.matter)))
        .filter(|a| kind.is_none_or(|k| a.kind == k))
        .collect();
    call.list(rows, |a, field| match field {
        "type" => SortKey::text(&a.kind),
        "date" => SortKey::text(&a.date),
        "note" => SortKey::text(&a.note),
        _ => SortKey::Nothing,
    })
}

fn find(call: &Call<'_>) -> Result<Activity, ApiError> {
    call.world
        .activities
        .get(&call.id())
        .cloned()
        .ok_or_else(|| ApiError::not_found("Activity"))
}

pub(super) fn show(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let activity = find(call)?;
    Ok(call.unless_known(&activity))
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut activity = Activity {
        stamp: call.world.stamp(Kind::Activity),
        kind: call.body.text("type").flatten().unwrap_or_default(),
        matter: None,
        date: String::new(),
        quantity: 0.0,
        note: String::new(),
        billed: false,
        non_billable: false,
    };
    apply(call, &mut activity)?;
    call.world
        .activities
        .insert(activity.stamp.id, activity.clone());
    Ok(call.single(201, &activity))
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut activity = find(call)?;
    call.precondition(&activity.stamp)?;
    if activity.billed && call.body.take("quantity").is_some() {
        // 200 all the same, which is what was reported.
        call.ignore(IgnoredKind::DroppedValue, "/data/quantity");
    }
    if !call.body.left_over().is_empty() {
        apply(call, &mut activity)?;
        call.world.touch(&mut activity.stamp);
    }
    call.world
        .activities
        .insert(activity.stamp.id, activity.clone());
    Ok(call.single(200, &activity))
}

fn apply(call: &mut Call<'_>, activity: &mut Activity) -> Result<(), ApiError> {
    if let Some(date) = call.body.text("date") {
        activity.date = date.ok_or_else(|| ApiError::invalid("date can't be blank"))?;
    }
    if let Some(quantity) = call.body.take("quantity") {
        activity.quantity = quantity.as_f64().unwrap_or_default();
    }
    if let Some(note) = call.body.text("note") {
        activity.note = note.unwrap_or_default();
    }
    if let Some(non_billable) = call.body.flag("non_billable") {
        activity.non_billable = non_billable;
    }
    match call.body.reference("matter") {
        None | Some(Reference::Nothing) => {}
        Some(Reference::Is(id)) if call.world.matters.contains_key(&id) => {
            activity.matter = Some(id);
        }
        Some(Reference::Is(_)) => return Err(ApiError::unknown_reference("Matter")),
        Some(Reference::Clear) => return Err(ApiError::invalid("matter is invalid")),
    }
    Ok(())
}

/// What stands on a bill stays.
pub(super) fn destroy(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let activity = find(call)?;
    if activity.billed {
        return Err(ApiError::invalid("The activity was billed"));
    }
    call.world.activities.remove(&activity.stamp.id);
    Ok(Answer::empty(204))
}
