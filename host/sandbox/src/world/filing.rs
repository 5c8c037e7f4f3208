//! What people do with documents and folders in Clio's own pages, and how
//! versions come about. Handlers of the API share the latter.

use std::sync::Arc;

use bytes::Bytes;

use super::{Document, DocumentVersion, Folder, FolderOwner, Kind, Property, World};
use crate::credentials::DEFAULT_APP;
use crate::digest::sha256;
use crate::new::{NewDocument, Place};

impl World {
    /// The folder of a place; `None` when the place is not there.
    fn folder_of(&mut self, place: Place) -> Option<u64> {
        match place {
            Place::Matter(id) => self.root_folder(FolderOwner::Matter(id)),
            Place::Contact(id) => self.root_folder(FolderOwner::Contact(id)),
            Place::Folder(id) => self.folders.get(&id).map(|f| f.stamp.id),
        }
    }

    pub(crate) fn add_folder(&mut self, place: Place, name: &str) -> Option<u64> {
        let parent = self.folder_of(place)?;
        let owner = self.folders.get(&parent)?.owner;
        let stamp = self.stamp(Kind::Folder);
        Some(self.put(Folder::new(stamp, name, Some(parent), owner)))
    }

    pub(crate) fn move_document(&mut self, id: u64, place: Place) {
        let Some(folder) = self.folder_of(place) else {
            return;
        };
        self.change(id, |document: &mut Document| document.folder = folder);
    }

    /// Adds a document; `None` when the place is not there.
    pub(crate) fn add_document(&mut self, place: Place, new: NewDocument) -> Option<u64> {
        let folder = self.folder_of(place)?;
        let outer = self.job_time;
        self.job_time = new.created_at.or(outer);
        let id = self.draft_document(folder, &new.name);
        if let Some(content) = new.content {
            self.fill_document(id, Bytes::from(content));
        }
        if let Some(mut document) = self.documents.get(&id).cloned() {
            document.category = new.category;
            for (name, value) in new.external_properties {
                document.properties.push(Property {
                    stamp: self.stamp(Kind::Property),
                    name,
                    value,
                    app: DEFAULT_APP.to_owned(),
                });
            }
            self.put(document);
        }
        self.job_time = outer;
        Some(id)
    }

    /// An incomplete document in a folder.
    pub(crate) fn draft_document(&mut self, folder: u64, name: &str) -> u64 {
        let mut document = Document::new(self.stamp(Kind::Document), name, folder);
        let version = self.new_version(&document, name, None);
        document.versions.push(version);
        self.put(document)
    }

    /// The next version of a document, without bytes.
    pub(crate) fn new_version(
        &mut self,
        document: &Document,
        filename: &str,
        content_type: Option<String>,
    ) -> DocumentVersion {
        let stamp = self.stamp(Kind::Version);
        let uuid = self.uuid(stamp.id);
        DocumentVersion {
            uuid,
            document: document.stamp.id,
            number: u32::try_from(document.versions.len() + 1).unwrap_or(u32::MAX),
            filename: filename.to_owned(),
            content_type: content_type.unwrap_or_else(|| {
                super::content_type_of(filename)
                    .unwrap_or("application/octet-stream")
                    .to_owned()
            }),
            received: None,
            fully_uploaded: false,
            size: None,
            issued: self.now(),
            timeouts: self.switches.upload_timeouts,
            parts: Vec::new(),
            stamp,
        }
    }

    /// A UUID that cannot be guessed: made from the secret and the id.
    pub(crate) fn uuid(&self, id: u64) -> Arc<str> {
        let hex = sha256(&[&self.secret[..], &id.to_be_bytes()].concat());
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or("");
        format!(
            "{}-{}-4{}-a{}-{}",
            part(0, 8),
            part(8, 12),
            part(13, 16),
            part(17, 20),
            part(20, 32)
        )
        .into()
    }

    /// A person edits a document: its name changes.
    pub(crate) fn edit_document(&mut self, id: u64, name: &str) {
        self.change(id, |document: &mut Document| {
            name.clone_into(&mut document.name)
        });
    }

    /// A person adds a version. Without content it is unfinished.
    pub(crate) fn add_version(&mut self, id: u64, content: Option<Vec<u8>>) {
        if let Some(mut document) = self.documents.get(&id).cloned() {
            let name = document.name.clone();
            let version = self.new_version(&document, &name, None);
            document.versions.push(version);
            self.touch(&mut document.stamp);
            self.put(document);
            if let Some(content) = content {
                self.fill_document(id, Bytes::from(content));
            }
        }
    }

    pub(crate) fn restore_document(&mut self, id: u64) {
        self.change(id, |document: &mut Document| document.deleted = None);
    }
}
