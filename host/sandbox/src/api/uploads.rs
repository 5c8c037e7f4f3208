//! Uploads: making a document or a version, and finishing it.
//!
//! The bytes go to the storage in between, past the API. A finished upload is
//! not finished twice: the second time is an error, of which neither the type
//! nor the status is documented.

use super::Call;
use super::folders::{category, parent_folder};
use super::properties::write_properties;
use crate::answer::{Answer, ApiError};
use crate::body::Body;
use crate::clock::parse_instant;
use crate::switches::AlreadyUploaded;
use crate::world::{Document, DocumentVersion, Kind, Object, Part, View, World, content_type_of};

/// Most parts named in one request.
const PARTS_A_REQUEST: usize = 50;

/// The least size of a part that is not the last.
const LEAST_PART: u64 = 5 * 1024 * 1024;

/// Major types that may be named for a file whose extension is not known.
const MAJOR_TYPES: [&str; 9] = [
    "text",
    "image",
    "audio",
    "video",
    "application",
    "font",
    "model",
    "message",
    "multipart",
];

pub(super) fn create(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let name = call.body.must("name")?;
    let filename = call
        .body
        .text("filename")
        .flatten()
        .unwrap_or_else(|| name.clone());
    let content_type = call.body.text("content_type").flatten();
    let content_type = match (content_type, content_type_of(&filename)) {
        (Some(given), _) => {
            let major = given.split('/').next().unwrap_or("");
            if !MAJOR_TYPES.contains(&major) {
                return Err(ApiError::invalid("content_type is invalid"));
            }
            given
        }
        (None, Some(known)) => known.to_owned(),
        (None, None) => {
            return Err(ApiError::invalid(
                "content_type must be given for this file extension",
            ));
        }
    };
    let parts = parts(call.body.rows("multiparts"))?;
    let mut parent = call
        .body
        .child("parent")
        .ok_or_else(|| ApiError::invalid("parent is missing"))?;
    let of_document = parent.text("type").flatten();
    let mut document = if of_document.as_deref() == Some("Document") {
        // A new version of that document: its id stays.
        let id = parent.number("id").unwrap_or(0);
        let found = call.world.documents.get(&id).cloned();
        found.ok_or_else(|| ApiError::not_found("Parent"))?
    } else {
        let mut again = serde_json::Map::new();
        again.insert("id".to_owned(), parent.take("id").unwrap_or_default());
        again.insert("type".to_owned(), of_document.into());
        let folder = parent_folder(call.world, &mut Body::from_map(again))?;
        Document::new(call.world.stamp(Kind::Document), &name, folder)
    };
    let mut version = call
        .world
        .new_version(&document, &filename, Some(content_type));
    version.parts = parts;
    if let Some(received) = call.body.text("received_at") {
        version.received = received.as_deref().and_then(parse_instant);
        document.received = version.received;
    }
    if let Some(category) = category(call)? {
        document.category = category;
    }
    write_properties(call, &mut document.properties)?;
    if !document.versions.is_empty() {
        call.world.touch(&mut document.stamp);
    }
    document.versions.push(version);
    call.world.put(document.clone());
    single_issuing(call, 201, &document)
}

/// Answers a document with the upload URLs as they were issued.
pub(super) fn single_issuing(
    call: &Call<'_>,
    status: u16,
    document: &Document,
) -> Result<Answer, ApiError> {
    let view = View {
        issuing: true,
        ..call.view()
    };
    Ok(call.single_in(status, document, &view))
}

fn parts(rows: Vec<Body>) -> Result<Vec<Part>, ApiError> {
    if rows.len() > PARTS_A_REQUEST {
        return Err(ApiError::invalid(format!(
            "multiparts may hold at most {PARTS_A_REQUEST} entries"
        )));
    }
    rows.into_iter()
        .map(|mut row| {
            let number = row
                .number("part_number")
                .and_then(|n| u32::try_from(n).ok())
                .filter(|n| (1..=10_000).contains(n))
                .ok_or_else(|| ApiError::invalid("part_number must be from 1 to 10000"))?;
            let content_length = row
                .text("content_length")
                .flatten()
                .filter(|l| l.parse::<u64>().is_ok())
                .ok_or_else(|| ApiError::invalid("content_length is invalid"))?;
            Ok(Part {
                number,
                content_length,
                content_md5: row.text("content_md5").flatten(),
            })
        })
        .collect()
}

/// What an update says about an upload: more parts, or that it is finished.
pub(super) fn advance(call: &mut Call<'_>, document: &mut Document) -> Result<(), ApiError> {
    let uuid = call.body.text("uuid").flatten();
    let finished = call.body.flag("fully_uploaded");
    let more = parts(call.body.rows("multiparts"))?;
    if finished.is_none() && more.is_empty() {
        return Ok(());
    }
    let uuid = uuid.ok_or_else(|| ApiError::invalid("uuid is missing"))?;
    let status = call.world.switches.upload_error_status;
    let at = document
        .versions
        .iter()
        .position(|v| *v.uuid == *uuid)
        .ok_or_else(|| upload_not_found(status, &document.name, &uuid))?;
    if document.versions[at].fully_uploaded {
        return already_uploaded(call, &document.name, &uuid, finished);
    }
    for part in more {
        let parts = &mut document.versions[at].parts;
        parts.retain(|p| p.number != part.number);
        parts.push(part);
    }
    if finished != Some(true) {
        return Ok(());
    }
    let timeout = ApiError::new(
        status,
        "UploadTimeoutError",
        "A timeout occurred verifying the remote file. Please try the request again.",
    );
    if call.request.upload_timeout {
        return Err(timeout);
    }
    if document.versions[at].timeouts > 0 {
        // This much of the request stays: the next one finds it less.
        if let Some(stored) = call.world.documents.get_mut(&document.stamp.id) {
            stored.versions[at].timeouts -= 1;
        }
        return Err(timeout);
    }
    let size = assemble(call.world, &document.versions[at])
        .ok_or_else(|| upload_not_found(status, &document.name, &uuid))?;
    let version = &mut document.versions[at];
    version.fully_uploaded = true;
    version.size = Some(size);
    let mut stamp = version.stamp.clone();
    call.world.touch(&mut stamp);
    document.versions[at].stamp = stamp;
    Ok(())
}

/// The bytes of a version, put together from its parts; `None` when any are
/// missing, or a part but the last is too small.
fn assemble(world: &mut World, version: &DocumentVersion) -> Option<u64> {
    if !version.parts.is_empty() {
        let mut numbers: Vec<u32> = version.parts.iter().map(|p| p.number).collect();
        numbers.sort_unstable();
        let objects: Option<Vec<_>> = numbers
            .iter()
            .map(|n| {
                world
                    .objects
                    .get(&*DocumentVersion::part_key(&version.uuid, *n))
                    .cloned()
            })
            .collect();
        let objects = objects?;
        let (_, all_but_last) = objects.split_last()?;
        if all_but_last.iter().any(|o| o.length < LEAST_PART) {
            return None;
        }
        let whole = Object::concatenate(&objects);
        for number in numbers {
            world.drop_object(&DocumentVersion::part_key(&version.uuid, number));
        }
        world.put_object(&version.uuid, whole);
    }
    world.objects.get(&version.uuid).map(|o| o.length)
}

fn upload_not_found(status: u16, name: &str, uuid: &str) -> ApiError {
    ApiError::new(
        status,
        "UploadNotFoundError",
        format!("A matching remote file was not found for the file named {name} with UUID {uuid}"),
    )
}

fn already_uploaded(
    call: &Call<'_>,
    name: &str,
    uuid: &str,
    finished: Option<bool>,
) -> Result<(), ApiError> {
    let message = "The document version is already marked as fully uploaded";
    match call.world.switches.already_uploaded {
        AlreadyUploaded::Accepted if finished == Some(true) => Ok(()),
        AlreadyUploaded::UploadNotFound => Err(upload_not_found(404, name, uuid)),
        AlreadyUploaded::BadRequest => Err(ApiError::bad_request(message)),
        AlreadyUploaded::Conflict => Err(ApiError::new(409, "ConflictError", message)),
        AlreadyUploaded::Unprocessable | AlreadyUploaded::Accepted => {
            Err(ApiError::invalid(message))
        }
    }
}
