//! `/document_templates.json`, which can be listed, read and downloaded, and
//! `/document_automations.json`. What becomes of an automation stands in
//! `generation`.

use super::Call;
use super::list::SortKey;
use crate::answer::{Answer, ApiError};
use crate::body::Reference;
use crate::world::{DocumentCategory, Generation, Matter, Template, World};

pub(super) fn templates(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let world: &World = call.world;
    let rows: Vec<&Template> = world.templates.values().collect();
    call.list(rows, |template, field| match field {
        "category.name" => SortKey::name(
            world.get(template.category),
            |category: &DocumentCategory| category.name.clone(),
        ),
        "filename" => SortKey::text(&template.filename),
        "last_modified" => SortKey::time(Some(template.stamp.updated)),
        _ => SortKey::Nothing,
    })
}

/// 303 to a presigned URL, which takes no `Authorization`.
pub(super) fn download(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let template: Template = call.find()?;
    let url = call.world.download_url(&template.key, &template.filename);
    Ok(Answer::empty(303).with("Location", &url))
}

pub(super) fn index(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let rows: Vec<&Generation> = call.world.generations.values().collect();
    call.list(rows, |_, _| SortKey::Nothing)
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut reference = |key: &str, what: &str| match call.body.reference(key) {
        Some(Reference::Is(id)) => Ok(id),
        _ => Err(ApiError::invalid(format!("{what} can't be blank"))),
    };
    let matter = reference("matter", "matter")?;
    let template = reference("document_template", "document template")?;
    call.refer::<Matter>(matter)?;
    call.refer::<Template>(template)?;
    let filename = call.body.must("filename")?;
    let formats: Vec<String> = call
        .body
        .take("formats")
        .and_then(|formats| serde_json::from_value(formats).ok())
        .filter(|formats: &Vec<String>| !formats.is_empty())
        .ok_or_else(|| ApiError::invalid("formats can't be blank"))?;
    let generation = call
        .world
        .start_generation(matter, template, filename, formats);
    Ok(call.single(201, &generation))
}
