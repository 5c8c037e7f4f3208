//! `/activities.json`: time and expense entries. Their rates, bills and timers
//! are not simulated.

use super::Call;
use super::list::SortKey;
use crate::answer::{Answer, ApiError};
use crate::body::Reference;
use crate::trace::IgnoredKind;
use crate::world::{Activity, Kind, Matter};

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
    Ok(call.created(activity))
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut activity: Activity = call.find_to_change()?;
    if activity.billed && call.body.take("quantity").is_some() {
        // 200 all the same, which is what was reported.
        call.ignore(IgnoredKind::DroppedValue, "/data/quantity");
    }
    if !call.body.left_over().is_empty() {
        apply(call, &mut activity)?;
        call.world.touch(&mut activity.stamp);
    }
    call.world.put(activity.clone());
    Ok(call.single(200, &activity))
}

fn apply(call: &mut Call<'_>, activity: &mut Activity) -> Result<(), ApiError> {
    call.body.set("date", &mut activity.date)?;
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
        Some(Reference::Is(id)) => {
            call.refer::<Matter>(id)?;
            activity.matter = Some(id);
        }
        Some(Reference::Clear) => return Err(ApiError::invalid("matter is invalid")),
    }
    Ok(())
}

/// What stands on a bill stays.
pub(super) fn destroy(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let activity: Activity = call.find()?;
    if activity.billed {
        return Err(ApiError::invalid("The activity was billed"));
    }
    call.world.activities.remove(&activity.stamp.id);
    Ok(Answer::empty(204))
}
