//! Documents, their versions and external properties.
//!
//! A document is made without bytes, filled through a presigned URL, and
//! visible once a version is marked fully uploaded.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Contact, DocumentCategory, Folder, Matter, Member, Resource, SearchText, Stamp, View, World,
    record,
};
use crate::presigned::Presigner;
use crate::switches::{EmptyText, ExternalProperties, PutUrlOnRead};

/// A name and a value that an application attaches to a record.
#[derive(Debug, Clone)]
pub(crate) struct Property {
    pub(crate) stamp: Stamp,
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) app: String,
}

impl Property {
    pub(crate) fn visible_to(&self, view: &View<'_>) -> bool {
        match view.world.switches.external_properties {
            ExternalProperties::Shared => true,
            ExternalProperties::PerApp => self.app == view.token.app,
        }
    }
}

impl Resource for Property {
    fn stamp(&self) -> Option<&Stamp> {
        Some(&self.stamp)
    }

    fn member<'v>(&'v self, _: &'v View<'v>, name: &str) -> Member<'v> {
        match name {
            "name" => Member::text(&self.name),
            "value" => Member::text(&self.value),
            _ => Member::Absent,
        }
    }
}

/// One version of a document.
#[derive(Debug, Clone)]
pub(crate) struct DocumentVersion {
    pub(crate) stamp: Stamp,
    pub(crate) document: u64,
    /// Also the key of the bytes in the storage.
    pub(crate) uuid: Arc<str>,
    pub(crate) number: u32,
    pub(crate) filename: String,
    pub(crate) content_type: String,
    pub(crate) received: Option<Timestamp>,
    pub(crate) fully_uploaded: bool,
    /// Known once the upload is finished.
    pub(crate) size: Option<u64>,
    /// When `put_url` was first given out.
    pub(crate) issued: Timestamp,
    /// Final PATCHes that still time out.
    pub(crate) timeouts: u32,
    /// The parts of a multipart upload by their numbers; empty: single part.
    pub(crate) parts: Vec<Part>,
}

/// One part of a multipart upload.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) number: u32,
    /// As the body gave it; signed.
    pub(crate) content_length: String,
    /// As the body gave it; signed when it was given.
    pub(crate) content_md5: Option<String>,
}

/// A part as an answer shows it.
struct ShownPart<'v> {
    version: &'v DocumentVersion,
    part: &'v Part,
}

/// A header to send with an upload.
struct PutHeader(&'static str, String);

impl Resource for PutHeader {
    fn member<'v>(&'v self, _: &'v View<'v>, name: &str) -> Member<'v> {
        match name {
            "name" => Member::text(self.0),
            "value" => Member::text(&self.1),
            _ => Member::Absent,
        }
    }
}

impl Part {
    /// The headers that are signed for a part: only its own.
    pub(crate) fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![("Content-Length", self.content_length.clone())];
        if let Some(md5) = &self.content_md5 {
            headers.push(("Content-MD5", md5.clone()));
        }
        headers
    }
}

impl Resource for ShownPart<'_> {
    fn member<'v>(&'v self, view: &'v View<'v>, name: &str) -> Member<'v> {
        match name {
            "part_number" => Member::Value(self.part.number.into()),
            // There is nothing to send any more once the version is complete.
            "put_url" if self.version.fully_uploaded => {
                Member::Value(empty(view.world.switches.finished_put_url))
            }
            "put_headers" if self.version.fully_uploaded => {
                Member::many(std::iter::empty::<PutHeader>())
            }
            "put_url" => Member::text(self.version.part_url(view.world, self.part)),
            "put_headers" => Member::many(
                self.part
                    .headers()
                    .into_iter()
                    .map(|(name, value)| PutHeader(name, value)),
            ),
            _ => Member::Absent,
        }
    }
}

/// How a text is written that is empty.
fn empty(form: EmptyText) -> Value {
    match form {
        EmptyText::EmptyString => json!(""),
        EmptyText::Null => Value::Null,
    }
}

impl DocumentVersion {
    /// The headers that are signed for a single-part upload.
    pub(crate) fn headers(&self) -> Vec<(&'static str, String)> {
        vec![
            ("x-amz-server-side-encryption", "AES256".to_owned()),
            ("Content-Type", self.content_type.clone()),
        ]
    }

    /// The URL for the upload, as given out at `issued`.
    fn upload_url(&self, world: &World, issued: Timestamp) -> String {
        let file = (&*self.uuid, self.filename.as_str());
        world
            .presigner()
            .url("PUT", file, &self.headers(), &[], issued)
    }

    /// The URL for one part.
    fn part_url(&self, world: &World, part: &Part) -> String {
        let query = [
            ("partNumber".to_owned(), part.number.to_string()),
            ("uploadId".to_owned(), self.uuid.to_string()),
        ];
        let file = (&*self.uuid, self.filename.as_str());
        world
            .presigner()
            .url("PUT", file, &part.headers(), &query, world.now())
    }

    /// The key of a part's bytes in the storage.
    pub(crate) fn part_key(uuid: &str, number: u32) -> String {
        format!("{uuid}/{number}")
    }

    fn put_url(&self, view: &View<'_>) -> Value {
        let empty = empty(view.world.switches.finished_put_url);
        if self.fully_uploaded || !self.parts.is_empty() {
            return empty;
        }
        let since = match view.world.switches.put_url_on_read {
            _ if view.issuing => self.issued,
            PutUrlOnRead::Fresh => view.world.now(),
            PutUrlOnRead::AsIssued => self.issued,
            PutUrlOnRead::Absent => return empty,
        };
        json!(self.upload_url(view.world, since))
    }
}

impl Resource for DocumentVersion {
    fn stamp(&self) -> Option<&Stamp> {
        Some(&self.stamp)
    }

    fn member<'v>(&'v self, view: &'v View<'v>, name: &str) -> Member<'v> {
        match name {
            "document_id" => Member::Value(self.document.into()),
            "uuid" => Member::text(&*self.uuid),
            "version_number" => Member::Value(self.number.into()),
            "filename" => Member::text(&self.filename),
            "content_type" => Member::text(&self.content_type),
            "received_at" => view.instant(self.received),
            "fully_uploaded" => Member::Value(json!(self.fully_uploaded)),
            "size" => Member::Value(shown_size(self.size)),
            "put_url" => Member::Value(self.put_url(view)),
            "put_headers" => {
                let headers = if self.fully_uploaded {
                    Vec::new()
                } else {
                    self.headers()
                };
                Member::many(headers.into_iter().map(|(n, v)| PutHeader(n, v)))
            }
            "multiparts" => Member::many(self.parts.iter().map(|part| ShownPart {
                version: self,
                part,
            })),
            "creator" => view.me(),
            _ => Member::Absent,
        }
    }
}

/// The description types sizes as 32-bit integers: above 2 GiB they say
/// nothing.
pub(super) fn shown_size(size: Option<u64>) -> Value {
    json!(size.map(|size| i32::try_from(size).unwrap_or(i32::MAX)))
}

/// A document.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) stamp: Stamp,
    pub(crate) name: String,
    pub(crate) folder: u64,
    pub(crate) category: Option<u64>,
    pub(crate) received: Option<Timestamp>,
    pub(crate) deleted: Option<Timestamp>,
    pub(crate) properties: Vec<Property>,
    /// Oldest first; never empty.
    pub(crate) versions: Vec<DocumentVersion>,
    pub(crate) search: SearchText,
}

impl Document {
    /// One without a version, which it has to get.
    pub(crate) fn new(stamp: Stamp, name: &str, folder: u64) -> Self {
        Self {
            stamp,
            name: name.to_owned(),
            folder,
            category: None,
            received: None,
            deleted: None,
            properties: Vec::new(),
            versions: Vec::new(),
            search: SearchText::default(),
        }
    }

    /// Whether any version is fully uploaded. Until then lists hide it.
    pub(crate) fn complete(&self) -> bool {
        self.versions.iter().any(|v| v.fully_uploaded)
    }

    /// The newest version, finished or not.
    pub(crate) fn latest(&self) -> Option<&DocumentVersion> {
        self.versions.last()
    }

    /// The newest finished version, else the newest.
    pub(crate) fn current(&self) -> Option<&DocumentVersion> {
        self.versions
            .iter()
            .rev()
            .find(|v| v.fully_uploaded)
            .or_else(|| self.latest())
    }
}

impl World {
    pub(crate) fn presigner(&self) -> Presigner<'_> {
        Presigner {
            secret: &self.secret,
            origin: &self.storage_origin,
        }
    }

    /// The URL for the download of a version or a template: by the key of its
    /// bytes and its file name.
    pub(crate) fn download_url(&self, key: &str, filename: &str) -> String {
        self.presigner()
            .url("GET", (key, filename), &[], &[], self.now())
    }
}

record!(Document in documents, "Document",
    fn put(mut self, world: &mut World) {
        self.search.set(&self.name, world);
        world.documents.insert(self.stamp.id, self);
    }
);

impl Resource for Document {
    fn stamp(&self) -> Option<&Stamp> {
        Some(&self.stamp)
    }

    fn member<'v>(&'v self, view: &'v View<'v>, name: &str) -> Member<'v> {
        let world = view.world;
        let folder = world.folders.get(&self.folder);
        let current = self.current();
        match name {
            "name" => Member::text(&self.name),
            "type" => Member::text("Document"),
            "locked" => Member::Value(json!(false)),
            "deleted_at" => view.instant(self.deleted),
            "received_at" => view.instant(self.received),
            "filename" => Member::Value(json!(current.map(|v| &v.filename))),
            "content_type" => Member::Value(json!(current.map(|v| &v.content_type))),
            "size" => Member::Value(shown_size(current.and_then(|v| v.size))),
            "parent" => Member::one(folder),
            "matter" => view.record::<Matter>(folder.and_then(Folder::matter)),
            "contact" => view.record::<Contact>(folder.and_then(Folder::contact)),
            "document_category" => view.record::<DocumentCategory>(self.category),
            "creator" => view.me(),
            "latest_document_version" => Member::one(self.latest()),
            "external_properties" => {
                Member::many(self.properties.iter().filter(|p| p.visible_to(view)))
            }
            _ => Member::Absent,
        }
    }
}

/// The content type of a file name, as Clio derives it when none is given;
/// `None` for an extension it does not know.
pub(crate) fn content_type_of(filename: &str) -> Option<&'static str> {
    let (_, extension) = filename.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "pdf" => "application/pdf",
        "doc" => "application/msword",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xls" => "application/vnd.ms-excel",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "rtf" => "application/rtf",
        "zip" => "application/zip",
        "json" => "application/json",
        "xml" => "application/xml",
        "txt" | "log" | "md" => "text/plain",
        "csv" => "text/csv",
        "htm" | "html" => "text/html",
        "eml" => "message/rfc822",
        "msg" => "application/vnd.ms-outlook",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "tif" | "tiff" => "image/tiff",
        "mp3" => "audio/mpeg",
        "mp4" => "video/mp4",
        _ => return None,
    })
}
