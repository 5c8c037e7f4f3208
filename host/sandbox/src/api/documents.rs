//! `/documents.json`: lists, reads, changes, the trash, downloads, versions.
//! Creating and finishing uploads stands in `uploads`.

use super::Call;
use super::folders::{Placement, category, parent_folder};
use super::list::SortKey;
use super::properties::write_properties;
use super::uploads;
use crate::answer::{Answer, ApiError};
use crate::clock::parse_instant;
use crate::world::{Document, DocumentVersion, World, content_type_of};

pub(super) fn index(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let placement = Placement::read(call);
    let uncompleted = call.query.flag("show_uncompleted").unwrap_or(false);
    let locked = call.query.flag("locked");
    let world: &World = call.world;
    let rows: Vec<&Document> = world
        .documents
        .values()
        .filter(|d| uncompleted || d.complete())
        // Nothing is ever locked here.
        .filter(|_| locked != Some(true))
        .filter(|d| placement.accepts_document(world, d))
        .collect();
    call.list(rows, |d, field| match field {
        "name" => SortKey::text(&d.name),
        "received_at" => SortKey::time(d.received),
        _ => SortKey::Nothing,
    })
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut document: Document = call.find_to_change()?;
    let before = call.body.left_over();
    // What finishes an upload is one thing, what edits the document another;
    // whether the former moves `updated_at` is open.
    let only_upload = before.iter().all(|p| {
        matches!(
            p.as_str(),
            "/data/uuid" | "/data/fully_uploaded" | "/data/multiparts"
        )
    });
    uploads::advance(call, &mut document)?;
    if let Some(name) = call.body.text("name") {
        rename(call, &mut document, name)?;
    }
    if let Some(mut parent) = call.body.child("parent") {
        document.folder = parent_folder(call.world, &mut parent)?;
    }
    if let Some(category) = category(call)? {
        document.category = category;
    }
    if let Some(received) = call.body.text("received_at") {
        document.received = received.as_deref().and_then(parse_instant);
    }
    if call.body.flag("restore") == Some(true) {
        document.deleted = None;
    }
    write_properties(call, &mut document.properties)?;
    if only_upload && !call.world.switches.final_patch_touches_updated_at {
        call.world.renew(&mut document.stamp);
    } else {
        call.world.touch(&mut document.stamp);
    }
    call.world.put(document.clone());
    Ok(call.single(200, &document))
}

/// Renames a document. With `copy_version` a changed extension makes a version
/// with the new file name.
fn rename(
    call: &mut Call<'_>,
    document: &mut Document,
    name: Option<String>,
) -> Result<(), ApiError> {
    let name = name.ok_or_else(|| ApiError::invalid("name can't be blank"))?;
    let extension = |name: &str| name.rsplit_once('.').map(|(_, e)| e.to_lowercase());
    let copy = call.body.flag("copy_version").unwrap_or(false);
    if copy
        && extension(&name) != extension(&document.name)
        && let Some(current) = document.current().cloned()
        && current.fully_uploaded
    {
        let mut version: DocumentVersion = call.world.new_version(document, &name, None);
        version.content_type = content_type_of(&name).map_or(current.content_type, str::to_owned);
        version.fully_uploaded = true;
        version.size = current.size;
        if let Some(object) = call.world.objects.get(&current.uuid).cloned() {
            call.world.put_object(&version.uuid, object);
        }
        document.versions.push(version);
    }
    document.name = name;
    Ok(())
}

/// To the trash: 204. Still read with 200 for thirty days, then gone.
pub(super) fn destroy(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let document: Document = call.find()?;
    if document.deleted.is_some() {
        return Err(ApiError::not_found("Document"));
    }
    call.world.trash_document(document.stamp.id);
    Ok(Answer::empty(204))
}

/// 303 to a presigned URL, which takes no `Authorization`.
pub(super) fn download(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let document: Document = call.find()?;
    let version = match call.query.number("document_version_id") {
        Some(id) => document.versions.iter().find(|v| v.stamp.id == id),
        None => document.current(),
    };
    let version = version
        .filter(|v| v.fully_uploaded)
        .ok_or_else(|| ApiError::not_found("Document version"))?;
    let url = call.world.download_url(&version.uuid, &version.filename);
    Ok(Answer::empty(303).with("Location", &url))
}

pub(super) fn versions(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let document: Document = call.find()?;
    // Declared as a second, required `id` in the query; the path's one counts.
    let _ = call.query.number("id");
    let uploaded = call.query.flag("fully_uploaded");
    let rows: Vec<&DocumentVersion> = document
        .versions
        .iter()
        .filter(|v| uploaded.is_none_or(|u| v.fully_uploaded == u))
        .collect();
    call.list(rows, |_, _| SortKey::Nothing)
}
