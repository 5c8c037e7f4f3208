//! Folders: one root for each matter and contact that has documents, and those
//! people make.

use jiff::Timestamp;
use serde_json::json;

use super::{
    Contact, DocumentCategory, Kind, Matter, Member, Property, Resource, SearchText, Stamp, View,
    World, record,
};

/// Whose folder tree a folder belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FolderOwner {
    Matter(u64),
    Contact(u64),
}

/// A folder.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    pub(crate) stamp: Stamp,
    pub(crate) name: String,
    /// `None`: a root.
    pub(crate) parent: Option<u64>,
    pub(crate) owner: FolderOwner,
    pub(crate) category: Option<u64>,
    pub(crate) deleted: Option<Timestamp>,
    pub(crate) properties: Vec<Property>,
    pub(crate) search: SearchText,
}

impl Folder {
    pub(crate) fn new(stamp: Stamp, name: &str, parent: Option<u64>, owner: FolderOwner) -> Self {
        Self {
            stamp,
            name: name.to_owned(),
            parent,
            owner,
            category: None,
            deleted: None,
            properties: Vec::new(),
            search: SearchText::default(),
        }
    }

    pub(crate) fn matter(&self) -> Option<u64> {
        match self.owner {
            FolderOwner::Matter(id) => Some(id),
            FolderOwner::Contact(_) => None,
        }
    }

    pub(crate) fn contact(&self) -> Option<u64> {
        match self.owner {
            FolderOwner::Contact(id) => Some(id),
            FolderOwner::Matter(_) => None,
        }
    }
}

impl World {
    /// The root folder of a matter or contact, made if it is missing.
    pub(crate) fn root_folder(&mut self, owner: FolderOwner) -> Option<u64> {
        let (known, name) = match owner {
            FolderOwner::Matter(id) => {
                let matter = self.matters.get(&id)?;
                (matter.folder, matter.display_number.clone())
            }
            FolderOwner::Contact(id) => {
                let contact = self.contacts.get(&id)?;
                (contact.folder, contact.name())
            }
        };
        if known.is_some() {
            return known;
        }
        let stamp = self.stamp(Kind::Folder);
        let id = self.put(Folder::new(stamp, &name, None, owner));
        match owner {
            FolderOwner::Matter(matter) => {
                self.matters.get_mut(&matter)?.folder = Some(id);
            }
            FolderOwner::Contact(contact) => {
                self.contacts.get_mut(&contact)?.folder = Some(id);
            }
        }
        Some(id)
    }

    /// Whether a folder is another one or lies anywhere in it.
    pub(crate) fn lies_in(&self, mut folder: u64, ancestor: u64) -> bool {
        loop {
            if folder == ancestor {
                return true;
            }
            match self.folders.get(&folder).and_then(|f| f.parent) {
                Some(parent) => folder = parent,
                None => return false,
            }
        }
    }
}

record!(Folder in folders, "Folder",
    fn put(mut self, world: &mut World) {
        self.search.set(&self.name, world);
        world.folders.insert(self.stamp.id, self);
    }
);

impl Resource for Folder {
    fn stamp(&self) -> Option<&Stamp> {
        Some(&self.stamp)
    }

    fn member<'v>(&'v self, view: &'v View<'v>, name: &str) -> Member<'v> {
        match name {
            "name" => Member::text(&self.name),
            "type" => Member::text("Folder"),
            "root" => Member::Value(json!(self.parent.is_none())),
            "locked" => Member::Value(json!(false)),
            "deleted_at" => view.instant(self.deleted),
            "parent" => view.record::<Folder>(self.parent),
            "matter" => view.record::<Matter>(self.matter()),
            "contact" => view.record::<Contact>(self.contact()),
            "document_category" => view.record::<DocumentCategory>(self.category),
            "creator" => view.me(),
            "external_properties" => {
                Member::many(self.properties.iter().filter(|p| p.visible_to(view)))
            }
            _ => Member::Absent,
        }
    }
}
