//! `/practice_areas.json`, `/matter_stages.json` (which can only be listed) and
//! `/document_categories.json`.

use super::Call;
use super::list::SortKey;
use crate::answer::{Answer, ApiError};
use crate::world::{DocumentCategory, Kind, PracticeArea, Stage};

pub(super) fn stages(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let practice_area = call.query.id("practice_area_id");
    let rows: Vec<&Stage> = call
        .world
        .stages
        .values()
        .filter(|s| practice_area.is_none_or(|f| f.accepts(Some(s.practice_area))))
        .collect();
    call.list(rows, |_, _| SortKey::Nothing)
}

pub(super) fn index(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let q = &call.query;
    let name = q.text("name");
    let code = q.text("code");
    let of_matter = q.id("matter_id");
    let matters = &call.world.matters;
    let rows: Vec<&PracticeArea> = call
        .world
        .practice_areas
        .values()
        .filter(|p| name.is_none_or(|n| p.name.eq_ignore_ascii_case(n)))
        .filter(|p| code.is_none_or(|c| p.code.as_deref() == Some(c)))
        .filter(|p| {
            of_matter.is_none_or(|f| {
                matters
                    .values()
                    .any(|m| f.accepts(Some(m.stamp.id)) && m.practice_area == Some(p.stamp.id))
            })
        })
        .collect();
    call.list(rows, |p, field| match field {
        "name" => SortKey::text(&p.name),
        "code" => SortKey::text(p.code.as_deref().unwrap_or("")),
        "category" => SortKey::text(p.category.as_deref().unwrap_or("")),
        _ => SortKey::Nothing,
    })
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut area = PracticeArea {
        stamp: call.world.stamp(Kind::PracticeArea),
        name: String::new(),
        code: None,
        category: None,
    };
    apply(call, &mut area)?;
    Ok(call.created(area))
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut area: PracticeArea = call.find_to_change()?;
    apply(call, &mut area)?;
    Ok(call.changed(area))
}

fn apply(call: &mut Call<'_>, area: &mut PracticeArea) -> Result<(), ApiError> {
    call.body.set("name", &mut area.name)?;
    if let Some(code) = call.body.text("code") {
        area.code = code;
    }
    if let Some(category) = call.body.text("category") {
        area.category = category;
    }
    Ok(())
}

pub(super) fn destroy(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let area: PracticeArea = call.find()?;
    let id = area.stamp.id;
    if call
        .world
        .matters
        .values()
        .any(|m| m.practice_area == Some(id))
    {
        return Err(ApiError::invalid("The practice area is in use"));
    }
    call.world.practice_areas.remove(&id);
    call.world.stages.retain(|_, s| s.practice_area != id);
    Ok(Answer::empty(204))
}

pub(super) fn categories(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let search = call.query.text("query").map(str::to_lowercase);
    let rows: Vec<&DocumentCategory> = call
        .world
        .categories
        .values()
        .filter(|c| {
            search
                .as_ref()
                .is_none_or(|s| c.name.to_lowercase().contains(s))
        })
        .collect();
    call.list(rows, |c, _| SortKey::text(&c.name))
}

pub(super) fn create_category(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let name = call.body.must("name")?;
    let category = DocumentCategory {
        stamp: call.world.stamp(Kind::Category),
        name,
    };
    Ok(call.created(category))
}
