//! The account's state as plain data, for assertions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::world::{
    Contact, CustomField, CustomValue, Document, DocumentVersion, Folder, Generation, Matter,
    RowKind, World,
};

/// The account at one instant, each list by id.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Snapshot {
    /// Contacts.
    pub contacts: Vec<ContactState>,
    /// Matters.
    pub matters: Vec<MatterState>,
    /// Documents, the incomplete and the trashed too.
    pub documents: Vec<DocumentState>,
    /// Folders.
    pub folders: Vec<FolderState>,
    /// Custom field definitions.
    pub custom_fields: Vec<CustomFieldState>,
    /// Practice areas.
    pub practice_areas: Vec<PracticeAreaState>,
    /// Stages.
    pub stages: Vec<StageState>,
    /// Document categories.
    pub document_categories: Vec<NamedState>,
    /// Users.
    pub users: Vec<NamedState>,
    /// Automations by request.
    pub generations: Vec<GenerationState>,
}

/// An automation by request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GenerationState {
    /// Its id.
    pub id: u64,
    /// The matter.
    pub matter: u64,
    /// The template.
    pub template: u64,
    /// The name that its documents were to have.
    pub filename: String,
    /// `original`, `pdf`.
    pub formats: Vec<String>,
    /// `not_started`, `queued`, `in_progress`, `empty`, `failed`, `completed`.
    pub state: String,
    /// The documents that it made.
    pub documents: Vec<u64>,
}

/// A contact.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ContactState {
    /// Its id.
    pub id: u64,
    /// `Person` or `Company`.
    pub kind: String,
    /// The whole name.
    pub name: String,
    /// A person's first name.
    pub first_name: String,
    /// A person's last name.
    pub last_name: String,
    /// Labels and addresses.
    pub emails: Vec<(String, String)>,
    /// Labels and numbers.
    pub phones: Vec<(String, String)>,
    /// The company's id.
    pub company: Option<u64>,
    /// Custom field values.
    pub values: Vec<ValueState>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// A custom field value row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ValueState {
    /// The row's id, such as `text_line-17`.
    pub id: String,
    /// The definition's id.
    pub field: u64,
    /// The value as text.
    pub value: Option<String>,
}

/// A matter.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MatterState {
    /// Its id.
    pub id: u64,
    /// The client's id.
    pub client: u64,
    /// Its number as shown.
    pub display_number: String,
    /// Description.
    pub description: String,
    /// `Open`, `Pending` or `Closed`.
    pub status: String,
    /// Practice area.
    pub practice_area: Option<u64>,
    /// Stage.
    pub stage: Option<u64>,
    /// Caller's reference.
    pub client_reference: Option<String>,
    /// Responsible attorney.
    pub responsible_attorney: Option<u64>,
    /// Originating attorney.
    pub originating_attorney: Option<u64>,
    /// Custom field values.
    pub values: Vec<ValueState>,
    /// Its root folder.
    pub folder: Option<u64>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DocumentState {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// The folder it lies in.
    pub folder: u64,
    /// The matter it belongs to.
    pub matter: Option<u64>,
    /// The contact it belongs to.
    pub contact: Option<u64>,
    /// Its category.
    pub category: Option<u64>,
    /// Whether a version is fully uploaded.
    pub complete: bool,
    /// Whether it is in the trash.
    pub trashed: bool,
    /// Names and values.
    pub external_properties: Vec<(String, String)>,
    /// Oldest first.
    pub versions: Vec<VersionState>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

impl DocumentState {
    /// The newest version.
    pub fn latest(&self) -> Option<&VersionState> {
        self.versions.last()
    }
}

/// A version of a document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VersionState {
    /// Its id.
    pub id: u64,
    /// Counts from 1.
    pub number: u32,
    /// Its UUID.
    pub uuid: String,
    /// File name.
    pub filename: String,
    /// Content type.
    pub content_type: String,
    /// Whether it is fully uploaded.
    pub fully_uploaded: bool,
    /// Bytes in the storage, whether finished or not.
    pub size: Option<u64>,
    /// SHA-256 of them in lower-case hex; of a multipart upload too large to
    /// keep, that of its parts' digests.
    pub sha256: Option<String>,
}

/// A folder.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FolderState {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// `None`: a root.
    pub parent: Option<u64>,
    /// The matter it belongs to.
    pub matter: Option<u64>,
    /// The contact it belongs to.
    pub contact: Option<u64>,
}

/// A custom field definition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CustomFieldState {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// `Contact` or `Matter`.
    pub parent_type: String,
    /// As Clio names it.
    pub field_type: String,
    /// Options of a picklist: id and text.
    pub options: Vec<(u64, String)>,
    /// Whether it was deleted.
    pub deleted: bool,
}

/// A practice area.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PracticeAreaState {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Its code.
    pub code: Option<String>,
}

/// A stage.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageState {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Its practice area.
    pub practice_area: u64,
}

/// An id and a name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NamedState {
    /// The id.
    pub id: u64,
    /// The name.
    pub name: String,
}

pub(crate) fn take(world: &World) -> Snapshot {
    fn all<R, S>(records: &BTreeMap<u64, R>, state: impl Fn(&R) -> S) -> Vec<S> {
        records.values().map(state).collect()
    }
    Snapshot {
        contacts: all(&world.contacts, contact),
        matters: all(&world.matters, matter),
        documents: all(&world.documents, |d| document(world, d)),
        folders: all(&world.folders, folder),
        custom_fields: all(&world.custom_fields, custom_field),
        practice_areas: all(&world.practice_areas, |p| PracticeAreaState {
            id: p.stamp.id,
            name: p.name.clone(),
            code: p.code.clone(),
        }),
        stages: all(&world.stages, |s| StageState {
            id: s.stamp.id,
            name: s.name.clone(),
            practice_area: s.practice_area,
        }),
        document_categories: all(&world.categories, |c| named(c.stamp.id, &c.name)),
        users: all(&world.users, |u| named(u.stamp.id, &u.name())),
        generations: all(&world.generations, generation),
    }
}

fn folder(folder: &Folder) -> FolderState {
    FolderState {
        id: folder.stamp.id,
        name: folder.name.clone(),
        parent: folder.parent,
        matter: folder.matter(),
        contact: folder.contact(),
    }
}

fn custom_field(field: &CustomField) -> CustomFieldState {
    let options = field.options.iter().filter(|o| o.deleted.is_none());
    CustomFieldState {
        id: field.stamp.id,
        name: field.name.clone(),
        parent_type: format!("{:?}", field.parent),
        field_type: field.field_type.name().to_owned(),
        options: options.map(|o| (o.stamp.id, o.option.clone())).collect(),
        deleted: field.deleted,
    }
}

fn generation(generation: &Generation) -> GenerationState {
    GenerationState {
        id: generation.stamp.id,
        matter: generation.matter,
        template: generation.template,
        filename: generation.filename.clone(),
        formats: generation.formats.clone(),
        state: generation.state.answer().to_owned(),
        documents: generation.documents.clone(),
    }
}

fn named(id: u64, name: &str) -> NamedState {
    NamedState {
        id,
        name: name.to_owned(),
    }
}

fn contact(c: &Contact) -> ContactState {
    let rows = |kind: RowKind| {
        c.rows(kind)
            .map(|r| (r.label().to_owned(), r.text().to_owned()))
            .collect()
    };
    ContactState {
        id: c.stamp.id,
        kind: c.kind.name().to_owned(),
        name: c.name(),
        first_name: c.cell("first_name").to_owned(),
        last_name: c.cell("last_name").to_owned(),
        emails: rows(RowKind::Email),
        phones: rows(RowKind::Phone),
        company: c.company,
        values: values(&c.values),
        created_at: c.stamp.created,
        updated_at: c.stamp.updated,
    }
}

fn values(values: &[CustomValue]) -> Vec<ValueState> {
    values
        .iter()
        .map(|v| ValueState {
            id: v.row_id(),
            field: v.field,
            value: v.value.clone(),
        })
        .collect()
}

fn matter(m: &Matter) -> MatterState {
    MatterState {
        id: m.stamp.id,
        client: m.client,
        display_number: m.display_number.clone(),
        description: m.description.clone(),
        status: m.status.answer().to_owned(),
        practice_area: m.practice_area,
        stage: m.stage,
        client_reference: Some(m.cell("client_reference").to_owned()).filter(|r| !r.is_empty()),
        responsible_attorney: m.responsible_attorney,
        originating_attorney: m.originating_attorney,
        values: values(&m.values),
        folder: m.folder,
        created_at: m.stamp.created,
        updated_at: m.stamp.updated,
    }
}

fn document(world: &World, d: &Document) -> DocumentState {
    let folder = world.folders.get(&d.folder);
    DocumentState {
        id: d.stamp.id,
        name: d.name.clone(),
        folder: d.folder,
        matter: folder.and_then(Folder::matter),
        contact: folder.and_then(Folder::contact),
        category: d.category,
        complete: d.complete(),
        trashed: d.deleted.is_some(),
        external_properties: d
            .properties
            .iter()
            .map(|p| (p.name.clone(), p.value.clone()))
            .collect(),
        versions: d.versions.iter().map(|v| version(world, v)).collect(),
        created_at: d.stamp.created,
        updated_at: d.stamp.updated,
    }
}

fn version(world: &World, v: &DocumentVersion) -> VersionState {
    let object = world.objects.get(&v.uuid);
    VersionState {
        id: v.stamp.id,
        number: v.number,
        uuid: v.uuid.to_string(),
        filename: v.filename.clone(),
        content_type: v.content_type.clone(),
        fully_uploaded: v.fully_uploaded,
        size: object.map(|o| o.length),
        sha256: object.map(|o| o.sha256.to_string()),
    }
}
