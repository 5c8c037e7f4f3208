//! `/matters.json`.

use super::Call;
use super::list::SortKey;
use super::value_filter::ValueFilter;
use crate::answer::{Answer, ApiError};
use crate::body::Reference;
use crate::switches::{DefaultStatus, Numbering};
use crate::trace::IgnoredKind;
use crate::world::{
    Contact, FolderOwner, Kind, Matter, MatterStatus, ParentType, PracticeArea, Stage, User, World,
    resolve, write_values,
};

pub(super) fn index(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let filter = ValueFilter::read(call, ParentType::Matter)?;
    let q = &call.query;
    let statuses: Option<Vec<MatterStatus>> = q
        .text("status")
        .map(|s| s.split(',').filter_map(MatterStatus::parse).collect());
    let client = q.id("client_id");
    let practice_area = q.id("practice_area_id");
    let responsible = q.id("responsible_attorney_id");
    let originating = q.id("originating_attorney_id");
    let staff = q.id("responsible_staff_id");
    let group = q.id("group_id");
    let billable = q.flag("billable");
    let search = q.text("query");
    let mut dates: Vec<(&str, &str, String)> = Vec::new();
    for cell in ["open_date", "pending_date", "close_date"] {
        for name in [cell.to_owned(), format!("{cell}[]")] {
            for condition in q.texts(&name) {
                let (operator, date) = date_condition(condition)?;
                dates.push((cell, operator, date));
            }
        }
    }
    let world: &World = call.world;
    let (now, lag) = (world.now(), world.switches.search_lag);
    let rows: Vec<&Matter> = world
        .matters
        .values()
        .filter(|m| statuses.as_ref().is_none_or(|s| s.contains(&m.status)))
        .filter(|m| client.is_none_or(|f| f.accepts(Some(m.client))))
        .filter(|m| practice_area.is_none_or(|f| f.accepts(m.practice_area)))
        .filter(|m| responsible.is_none_or(|f| f.accepts(m.responsible_attorney)))
        .filter(|m| originating.is_none_or(|f| f.accepts(m.originating_attorney)))
        .filter(|m| staff.is_none_or(|f| f.accepts(m.responsible_staff)))
        // There are no groups here: every matter is in none.
        .filter(|_| group.is_none_or(|f| f.accepts(None)))
        .filter(|m| billable.is_none_or(|b| m.billable() == b))
        .filter(|m| {
            dates
                .iter()
                .all(|(cell, operator, date)| date_holds(m.cell(cell), operator, date))
        })
        .filter(|m| search.is_none_or(|s| m.search.finds(s, now, lag)))
        .filter(|m| filter.accepts(&m.values))
        .collect();
    let user = |id: Option<u64>| SortKey::name(world.get(id), User::name);
    call.list(rows, |m, field| match field {
        "display_number" => SortKey::text(&m.display_number),
        "open_date" | "close_date" | "pending_date" => SortKey::text(m.cell(field)),
        "matter_stage_updated_at" => SortKey::time(m.stage_changed),
        "client.name" | "clients" => SortKey::name(world.get(m.client), Contact::name),
        "practice_area.name" => SortKey::name(world.get(m.practice_area), |p: &PracticeArea| {
            p.name.clone()
        }),
        "matter_stage.name" => SortKey::name(world.get(m.stage), |s: &Stage| s.name.clone()),
        "responsible_attorney.name" => user(m.responsible_attorney),
        "originating_attorney.name" => user(m.originating_attorney),
        _ => SortKey::Nothing,
    })
}

/// `>=2020-01-01` and the like; no operator means equality.
fn date_condition(text: &str) -> Result<(&'static str, String), ApiError> {
    let (operator, date) = [">=", "<=", ">", "<", "="]
        .into_iter()
        .find_map(|op| Some((op, text.strip_prefix(op)?)))
        .unwrap_or(("=", text));
    if date.parse::<jiff::civil::Date>().is_err() {
        return Err(ApiError::bad_request("the date filter is invalid"));
    }
    Ok((operator, date.to_owned()))
}

fn date_holds(have: &str, operator: &str, want: &str) -> bool {
    // ISO dates order as text; a missing date fits nothing.
    !have.is_empty()
        && match operator {
            ">=" => have >= want,
            "<=" => have <= want,
            ">" => have > want,
            "<" => have < want,
            _ => have == want,
        }
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let status = match call.world.switches.default_status {
        DefaultStatus::Open => MatterStatus::Open,
        DefaultStatus::Pending => MatterStatus::Pending,
    };
    let mut matter = Matter::new(call.world.stamp(Kind::Matter), 0, status);
    apply(call, &mut matter, true)?;
    let client = matter.client;
    matter.number = call.world.next_matter_number();
    if matter.display_number.is_empty() {
        matter.display_number = call.world.display_number(matter.number, client);
    }
    if matter.status == MatterStatus::Open && matter.cell("open_date").is_empty() {
        set_today(call.world, &mut matter, "open_date");
    }
    let stage = matter.stage;
    let id = matter.stamp.id;
    call.world.put(matter);
    call.world.root_folder(FolderOwner::Matter(id));
    finish(call, id, stage, 201)
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut matter: Matter = call.find_to_change()?;
    let (id, stage) = (matter.stamp.id, matter.stage);
    let renumber = call.body.flag("reset_matter_number").unwrap_or(false);
    apply(call, &mut matter, false)?;
    if renumber {
        matter.display_number = call.world.display_number(matter.number, matter.client);
    }
    call.world.touch(&mut matter.stamp);
    let moved = matter.stage.filter(|new| Some(*new) != stage);
    call.world.put(matter);
    finish(call, id, moved, 200)
}

/// Runs the automations of a stage the matter has come to, and answers.
fn finish(
    call: &mut Call<'_>,
    id: u64,
    stage: Option<u64>,
    status: u16,
) -> Result<Answer, ApiError> {
    if let Some(stage) = stage
        && call.world.switches.api_stage_runs_automations
    {
        call.world.stage_reached(id, stage);
    }
    let matter = call
        .world
        .get::<Matter>(id)
        .ok_or_else(|| ApiError::not_found("Matter"))?;
    Ok(call.single(status, matter))
}

fn set_today(world: &World, matter: &mut Matter, cell: &str) {
    let today = world.now().strftime("%Y-%m-%d").to_string();
    matter.cells.insert(cell.to_owned(), today.into());
}

/// Applies the body to a matter that is not in the account yet, or a copy.
fn apply(call: &mut Call<'_>, matter: &mut Matter, new: bool) -> Result<(), ApiError> {
    match call.body.reference("client") {
        Some(Reference::Is(id)) if call.world.holds::<Contact>(id) => matter.client = id,
        Some(Reference::Is(_)) => return Err(ApiError::unknown_reference("Client")),
        Some(_) => return Err(ApiError::invalid("client can't be blank")),
        None => {}
    }
    call.body.set("description", &mut matter.description)?;
    for cell in Matter::CELLS {
        if let Some(value) = call.body.take(cell) {
            matter.cells.insert(cell.to_owned(), value);
        }
    }
    if let Some(status) = call.body.text("status").flatten() {
        let status = MatterStatus::parse(&status).unwrap_or(matter.status);
        if status == MatterStatus::Closed
            && matter.status != MatterStatus::Closed
            && matter.cell("close_date").is_empty()
            && call.world.switches.closing_sets_close_date
        {
            set_today(call.world, matter, "close_date");
        }
        matter.status = status;
    }
    if let Some(number) = call.body.text("display_number") {
        match (call.world.switches.numbering, number) {
            (Numbering::Manual, Some(number)) => matter.display_number = number,
            (Numbering::Manual, None) => {}
            (Numbering::Automatic, _) => {
                call.ignore(IgnoredKind::DroppedValue, "/data/display_number");
            }
        }
    }
    if new {
        call.body.take("reset_matter_number");
    }
    apply_people(call, matter)?;
    apply_stage(call, matter)?;
    if let Some(mut rate) = call.body.child("custom_rate") {
        matter.billing_method = match rate.text("type").flatten().as_deref() {
            Some("FlatRate") => "flat",
            Some("ContingencyFee") => "contingency",
            _ => "hourly",
        };
    }
    // No groups are simulated; taking one away is no change.
    match call.body.reference("group") {
        Some(Reference::Is(_)) => return Err(ApiError::unknown_reference("Group")),
        Some(Reference::Clear | Reference::Nothing) | None => {}
    }
    let values = call.body.rows("custom_field_values");
    write_values(call.world, &mut matter.values, ParentType::Matter, values)
}

/// Attorneys can be set or changed, never cleared: null or `{}` changes nothing
/// and is no error, `{"id": null}` is one.
fn apply_people(call: &mut Call<'_>, matter: &mut Matter) -> Result<(), ApiError> {
    for key in [
        "responsible_attorney",
        "originating_attorney",
        "responsible_staff",
    ] {
        let id = match call.body.reference(key) {
            None => continue,
            Some(Reference::Nothing) => {
                call.ignore(IgnoredKind::DroppedValue, &format!("/data/{key}"));
                continue;
            }
            Some(Reference::Clear) => {
                return Err(ApiError::invalid(format!("{key} is invalid")));
            }
            Some(Reference::Is(id)) if call.world.holds::<User>(id) => Some(id),
            Some(Reference::Is(_)) => return Err(ApiError::unknown_reference(key)),
        };
        match key {
            "responsible_attorney" => matter.responsible_attorney = id,
            "originating_attorney" => matter.originating_attorney = id,
            _ => matter.responsible_staff = id,
        }
    }
    Ok(())
}

/// A stage must belong to the matter's practice area; otherwise nothing of the
/// request is applied.
fn apply_stage(call: &mut Call<'_>, matter: &mut Matter) -> Result<(), ApiError> {
    let world = &*call.world;
    match call.body.reference("practice_area") {
        None | Some(Reference::Nothing) => {}
        Some(reference) => {
            matter.practice_area = resolve::<PracticeArea>(world, reference)?;
        }
    }
    let before = matter.stage;
    match call.body.reference("matter_stage") {
        None | Some(Reference::Nothing) => {
            // A stage of another practice area does not stay.
            if world.get::<Stage>(matter.stage).map(|s| s.practice_area) != matter.practice_area {
                matter.stage = None;
            }
        }
        Some(reference) => {
            matter.stage = resolve::<Stage>(world, reference)?;
            let fits = world
                .get::<Stage>(matter.stage)
                .is_none_or(|s| Some(s.practice_area) == matter.practice_area);
            if !fits {
                return Err(ApiError::invalid(
                    "matter_stage must belong to the practice area of the matter",
                ));
            }
        }
    }
    if matter.stage != before {
        matter.stage_changed = Some(world.now());
    }
    Ok(())
}

pub(super) fn destroy(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let matter: Matter = call.find()?;
    call.world.matters.remove(&matter.stamp.id);
    Ok(Answer::empty(204))
}
