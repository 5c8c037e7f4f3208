//! `/folders.json`, and `/folders/list.json`, which mixes documents in.

use super::Call;
use super::list::SortKey;
use super::properties::{PropertyFilter, write_properties};
use crate::answer::{Answer, ApiError};
use crate::body::{Body, Reference};
use crate::query::IdFilter;
use crate::world::{
    Document, DocumentCategory, Folder, FolderOwner, Kind, Member, Resource, Stamp, View, World,
    resolve,
};

/// The filters that documents and folders share.
pub(super) struct Placement {
    matter: Option<IdFilter>,
    contact: Option<IdFilter>,
    parent: Option<IdFilter>,
    descendants: bool,
    category: Option<IdFilter>,
    with_deleted: bool,
    search: Option<String>,
    properties: PropertyFilter,
}

impl Placement {
    pub(super) fn read(call: &mut Call<'_>) -> Self {
        let properties = PropertyFilter::read(call);
        let q = &call.query;
        Self {
            matter: q.id("matter_id"),
            contact: q.id("contact_id"),
            parent: q.id("parent_id"),
            // Children only, unless asked otherwise.
            descendants: q.text("scope") == Some("descendants"),
            category: q.id("document_category_id"),
            with_deleted: q.flag("include_deleted").unwrap_or(false),
            search: q.text("query").map(str::to_owned),
            properties,
        }
    }

    /// `folder`: what the record lies in; `None` for a root.
    fn place_accepts(
        &self,
        world: &World,
        folder: Option<u64>,
        owner: Option<FolderOwner>,
    ) -> bool {
        let (matter, contact) = match owner {
            Some(FolderOwner::Matter(id)) => (Some(id), None),
            Some(FolderOwner::Contact(id)) => (None, Some(id)),
            None => (None, None),
        };
        self.matter.is_none_or(|f| f.accepts(matter))
            && self.contact.is_none_or(|f| f.accepts(contact))
            && match (self.parent, folder) {
                (Some(IdFilter::Is(parent)), Some(folder)) if self.descendants => {
                    world.lies_in(folder, parent)
                }
                (Some(filter), folder) => filter.accepts(folder),
                (None, _) => true,
            }
    }

    pub(super) fn accepts_document(&self, world: &World, document: &Document) -> bool {
        let owner = world.folders.get(&document.folder).map(|f| f.owner);
        (self.with_deleted || document.deleted.is_none())
            && self.place_accepts(world, Some(document.folder), owner)
            && self.category.is_none_or(|f| f.accepts(document.category))
            && self.properties.accepts(&document.properties)
            && self.search.as_ref().is_none_or(|s| {
                document
                    .search
                    .finds(s, world.now(), world.switches.search_lag)
            })
    }

    fn accepts_folder(&self, world: &World, folder: &Folder) -> bool {
        (self.with_deleted || folder.deleted.is_none())
            && self.place_accepts(world, folder.parent, Some(folder.owner))
            && self.category.is_none_or(|f| f.accepts(folder.category))
            && self.properties.accepts(&folder.properties)
            && self.search.as_ref().is_none_or(|s| {
                folder
                    .search
                    .finds(s, world.now(), world.switches.search_lag)
            })
    }
}

pub(super) fn index(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let placement = Placement::read(call);
    let world: &World = call.world;
    let rows: Vec<&Folder> = world
        .folders
        .values()
        .filter(|f| placement.accepts_folder(world, f))
        .collect();
    call.list(rows, |f, field| match field {
        "name" => SortKey::text(&f.name),
        _ => SortKey::Nothing,
    })
}

/// A folder or a document.
enum Item<'w> {
    Folder(&'w Folder),
    Document(&'w Document),
}

impl Resource for Item<'_> {
    fn stamp(&self) -> Option<&Stamp> {
        match self {
            Self::Folder(f) => f.stamp(),
            Self::Document(d) => d.stamp(),
        }
    }

    fn member<'v>(&'v self, view: &'v View<'v>, name: &str) -> Member<'v> {
        match self {
            Self::Folder(f) => f.member(view, name),
            Self::Document(d) => d.member(view, name),
        }
    }
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let placement = Placement::read(call);
    let uncompleted = call.query.flag("show_uncompleted").unwrap_or(false);
    let world: &World = call.world;
    let folders = world
        .folders
        .values()
        .filter(|f| placement.accepts_folder(world, f))
        .map(Item::Folder);
    let documents = world
        .documents
        .values()
        .filter(|d| uncompleted || d.complete())
        .filter(|d| placement.accepts_document(world, d))
        .map(Item::Document);
    call.list(folders.chain(documents).collect(), |item, field| {
        match (item, field) {
            (Item::Folder(f), "name") => SortKey::text(&f.name),
            (Item::Document(d), "name") => SortKey::text(&d.name),
            (Item::Document(d), "received_at") => SortKey::time(d.received),
            _ => SortKey::Nothing,
        }
    })
}

/// The folder that a body's `parent` means: itself, or the root of a matter or
/// contact, made if it is missing.
pub(super) fn parent_folder(world: &mut World, parent: &mut Body) -> Result<u64, ApiError> {
    let id = parent
        .number("id")
        .ok_or_else(|| ApiError::invalid("parent is invalid"))?;
    let kind = parent.text("type").flatten();
    let found = match kind.as_deref() {
        Some("Matter") => world.root_folder(FolderOwner::Matter(id)),
        Some("Contact") => world.root_folder(FolderOwner::Contact(id)),
        Some("Folder") => world.folders.get(&id).map(|f| f.stamp.id),
        _ => return Err(ApiError::invalid("parent type is invalid")),
    };
    found.ok_or_else(|| ApiError::not_found("Parent"))
}

/// Two folders of one name in one place are possible.
pub(super) fn create(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut parent = call
        .body
        .child("parent")
        .ok_or_else(|| ApiError::invalid("parent is missing"))?;
    let parent = parent_folder(call.world, &mut parent)?;
    let owner = call
        .world
        .get::<Folder>(parent)
        .map(|f| f.owner)
        .ok_or_else(|| ApiError::not_found("Parent"))?;
    let stamp = call.world.stamp(Kind::Folder);
    let mut folder = Folder::new(stamp, "", Some(parent), owner);
    apply(call, &mut folder)?;
    Ok(call.created(folder))
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut folder: Folder = call.find_to_change()?;
    if let Some(mut parent) = call.body.child("parent") {
        let parent = parent_folder(call.world, &mut parent)?;
        if folder.parent.is_none() || call.world.lies_in(parent, folder.stamp.id) {
            return Err(ApiError::invalid("parent is invalid"));
        }
        folder.parent = Some(parent);
        if let Some(parent) = call.world.folders.get(&parent) {
            folder.owner = parent.owner;
        }
    }
    apply(call, &mut folder)?;
    Ok(call.changed(folder))
}

fn apply(call: &mut Call<'_>, folder: &mut Folder) -> Result<(), ApiError> {
    call.body.set("name", &mut folder.name)?;
    if let Some(category) = category(call)? {
        folder.category = category;
    }
    if call.body.flag("restore") == Some(true) {
        folder.deleted = None;
    }
    write_properties(call, &mut folder.properties)
}

/// The `document_category` of a body.
pub(super) fn category(call: &mut Call<'_>) -> Result<Option<Option<u64>>, ApiError> {
    match call.body.reference("document_category") {
        None | Some(Reference::Nothing) => Ok(None),
        Some(reference) => resolve::<DocumentCategory>(call.world, reference).map(Some),
    }
}

/// The folder goes to the trash with everything in it.
pub(super) fn destroy(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut folder: Folder = call.find()?;
    if folder.parent.is_none() {
        return Err(ApiError::forbidden("A root folder cannot be deleted"));
    }
    let inside: Vec<u64> = call
        .world
        .documents
        .values()
        .filter(|d| call.world.lies_in(d.folder, folder.stamp.id))
        .map(|d| d.stamp.id)
        .collect();
    for document in inside {
        call.world.trash_document(document);
    }
    folder.deleted = Some(call.world.now());
    call.world.touch(&mut folder.stamp);
    call.world.put(folder);
    Ok(Answer::empty(204))
}
