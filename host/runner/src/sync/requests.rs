//! From a case to what the actions are asked.
//!
//! Pure: what goes to Clio for a given case and memory is decided here and
//! nowhere else.

use clio_host::{
    actions::create_matter, actions::find_documents, actions::sync_contact, actions::types,
    actions::upload_document,
};
use jiff::Timestamp;

use super::OnChange;
use crate::case::{
    Address, AddressLabel, Case, Client, Document, EmailLabel, NameConflict, Numbering, OnRemoved,
    PhoneLabel, Status,
};
use crate::state::{CaseRecord, Markers};

/// When the case began: as the file says or as is remembered, whichever is
/// earlier. What an earlier run made must lie after it.
pub(crate) fn began(case: &Case, remembered: Timestamp) -> Timestamp {
    case.began.map_or(remembered, |given| given.min(remembered))
}

/// What the contact is looked for with, beside what the case file says.
#[derive(Debug, Clone)]
pub(crate) struct Lookup {
    /// The contact that is meant, as far as is known.
    pub known: Option<u64>,
    /// Contacts of the same name that are known to be somebody else.
    pub known_others: Vec<u64>,
    /// Whether others that match are looked for, though one is known.
    pub find_others: bool,
    /// When the client was first asked for: what was made for them lies after.
    pub began: Timestamp,
}

/// The contact for the client.
pub(crate) fn contact(
    case: &Case,
    lookup: &Lookup,
    markers: Option<Markers>,
) -> sync_contact::SyncRequest {
    let client = &case.client;
    sync_contact::SyncRequest {
        known_id: lookup.known,
        known_others: lookup.known_others.clone(),
        find_others: (lookup.find_others && lookup.known.is_some()).then_some(true),
        source_id: case.client_source_id(),
        began: Some(lookup.began.to_string()),
        contact: person_or_company(client),
        emails: client
            .emails()
            .into_iter()
            .map(|email| sync_contact::Email {
                address: email.address,
                label: email.label.map(email_label),
            })
            .collect(),
        phones: client
            .phones()
            .into_iter()
            .map(|phone| sync_contact::Phone {
                number: phone.number,
                label: phone.label.map(phone_label),
            })
            .collect(),
        addresses: client.addresses.iter().flatten().map(address).collect(),
        marker_field: client
            .marker_field
            .or(markers.map(|markers| markers.contact)),
        on_name_conflict: client.on_name_conflict.map(|decision| match decision {
            NameConflict::Link => sync_contact::NameConflict::Link,
            NameConflict::Create => sync_contact::NameConflict::Create,
        }),
    }
}

fn person_or_company(client: &Client) -> sync_contact::Contact {
    match &client.company_name {
        Some(name) => sync_contact::Contact::Company(sync_contact::Company { name: name.clone() }),
        None => sync_contact::Contact::Person(sync_contact::Person {
            first_name: client.first_name.clone(),
            last_name: client.last_name.clone(),
            middle_name: client.middle_name.clone(),
            prefix: client.prefix.clone(),
            title: client.title.clone(),
            company: client.company_id,
        }),
    }
}

fn email_label(label: EmailLabel) -> sync_contact::EmailLabel {
    match label {
        EmailLabel::Work => sync_contact::EmailLabel::Work,
        EmailLabel::Home => sync_contact::EmailLabel::Home,
        EmailLabel::Other => sync_contact::EmailLabel::Other,
    }
}

fn phone_label(label: PhoneLabel) -> sync_contact::PhoneLabel {
    match label {
        PhoneLabel::Work => sync_contact::PhoneLabel::Work,
        PhoneLabel::Home => sync_contact::PhoneLabel::Home,
        PhoneLabel::Mobile => sync_contact::PhoneLabel::Mobile,
        PhoneLabel::Fax => sync_contact::PhoneLabel::Fax,
        PhoneLabel::Pager => sync_contact::PhoneLabel::Pager,
        PhoneLabel::Skype => sync_contact::PhoneLabel::Skype,
        PhoneLabel::Other => sync_contact::PhoneLabel::Other,
    }
}

fn address(address: &Address) -> sync_contact::Address {
    sync_contact::Address {
        street: address.street.clone(),
        city: address.city.clone(),
        province: address.province.clone(),
        postal_code: address.postal_code.clone(),
        country: address.country.clone(),
        label: address.label.map(|label| match label {
            AddressLabel::Work => sync_contact::AddressLabel::Work,
            AddressLabel::Home => sync_contact::AddressLabel::Home,
            AddressLabel::Billing => sync_contact::AddressLabel::Billing,
            AddressLabel::Other => sync_contact::AddressLabel::Other,
        }),
    }
}

/// The practice area and the stage that the case names, where it names any.
pub(crate) fn resolve(case: &Case) -> Option<create_matter::ResolveRequest> {
    let matter = &case.matter;
    let by_name = matter.case_type.clone().map(create_matter::RecordRef::Name);
    let stage_by_name = matter.stage.clone().map(create_matter::MatterStage::Name);
    let request = create_matter::ResolveRequest {
        practice_area: matter
            .practice_area_id
            .map(create_matter::RecordRef::Id)
            .or(by_name),
        matter_stage: matter
            .stage_id
            .map(create_matter::MatterStage::Id)
            .or(stage_by_name),
    };
    (request.practice_area.is_some() || request.matter_stage.is_some()).then_some(request)
}

/// Whose matter it is.
#[derive(Debug, Clone)]
pub(crate) struct MatterClient {
    pub id: u64,
    /// Other contacts that match the client: a matter of theirs counts as well.
    pub others: Vec<u64>,
    /// Whether this very run created the client: then no matter of theirs can
    /// stand in Clio.
    pub is_new: bool,
}

/// The matter of a client. `resolved` is what became of [`resolve`], where it
/// was asked; without it the names are looked up when the matter is created.
pub(crate) fn matter(
    case: &Case,
    record: &CaseRecord,
    client: MatterClient,
    resolved: Option<&create_matter::ResolveOutcome>,
    markers: Option<Markers>,
) -> create_matter::CreateRequest {
    let matter = &case.matter;
    let named = resolve(case);
    let area = resolved.and_then(|resolved| resolved.practice_area);
    let stage = resolved.and_then(|resolved| resolved.matter_stage);
    let known = matter.id.or(record.matter);
    create_matter::CreateRequest {
        source_id: case.source_id.clone(),
        began: Some(began(case, record.began).to_string()),
        client: client.id,
        client_is_new: Some(client.is_new),
        find_others: (record.look_again && matter.id.is_none() && known.is_some()).then_some(true),
        other_clients: client.others,
        title: matter.title.clone(),
        case_number: matter.case_number.clone(),
        numbering: matter.numbering.map(|numbering| match numbering {
            Numbering::Automatic => create_matter::Numbering::Automatic,
            Numbering::Manual => create_matter::Numbering::Manual,
        }),
        practice_area: area
            .map(create_matter::RecordRef::Id)
            .or_else(|| named.as_ref()?.practice_area.clone()),
        // Resolved together with its practice area, or by its id alone.
        matter_stage: stage
            .map(|stage| match area {
                Some(_) => create_matter::MatterStage::Resolved(stage),
                None => create_matter::MatterStage::Id(stage),
            })
            .or_else(|| named.as_ref()?.matter_stage.clone()),
        status: matter.status.map(|status| match status {
            Status::Open => create_matter::MatterStatus::Open,
            Status::Pending => create_matter::MatterStatus::Pending,
            Status::Closed => create_matter::MatterStatus::Closed,
        }),
        known_id: known,
        marker_field: matter
            .marker_field
            .or(markers.map(|markers| markers.matter)),
        on_removed: matter
            .on_removed
            .map(|OnRemoved::Create| create_matter::OnRemoved::Create),
    }
}

/// What stands of these documents in a matter.
pub(crate) fn find(matter: u64, source_ids: Vec<String>) -> find_documents::FindRequest {
    find_documents::FindRequest {
        scope: find_documents::Scope::Matter(matter),
        source_ids,
    }
}

/// That nothing stands of a document: so much is known of a matter that was
/// only just created.
pub(crate) fn absent(source_id: &str) -> types::DocumentState {
    types::DocumentState {
        source_id: source_id.to_owned(),
        status: types::DocumentStatus::Absent,
        id: None,
        sha256: None,
        others: Vec::new(),
    }
}

/// Where a document goes.
pub(crate) fn parent(document: &Document, matter: u64) -> upload_document::Parent {
    document.folder.map_or(
        upload_document::Parent::Matter(matter),
        upload_document::Parent::Folder,
    )
}

/// A file that was opened, digested and offered to the call under a URL.
#[derive(Debug)]
pub(crate) struct Offered {
    pub url: String,
    pub length: u64,
    pub media_type: Option<String>,
    pub sha256: String,
    /// Of a draft: who approved it, as the journal says.
    pub approval: Option<upload_document::Approval>,
}

/// The upload of one document.
pub(crate) fn upload(
    case: &Case,
    document: &Document,
    record: &CaseRecord,
    matter: u64,
    offered: Offered,
    known: Option<types::DocumentState>,
    on_change: OnChange,
) -> upload_document::UploadRequest {
    let parent = parent(document, matter);
    // A draft that was approved as a document of its own takes no other's place.
    let on_change = match offered.approval {
        Some(_) => OnChange::Report,
        None => on_change,
    };
    let provenance = match offered.approval {
        None => upload_document::Provenance::FromPerson,
        Some(approval) => upload_document::Provenance::Draft(approval),
    };
    upload_document::UploadRequest {
        source_id: case.document_source_id(document),
        began: Some(began(case, record.began).to_string()),
        parent,
        folder_path: (!document.folder_path.is_empty()).then(|| document.folder_path.clone()),
        name: document.name().to_owned(),
        content: upload_document::Content {
            source: upload_document::ContentSource::Url(offered.url),
            length: Some(offered.length),
            media_type: offered.media_type,
            sha256: Some(offered.sha256),
        },
        provenance,
        known,
        on_change: Some(match on_change {
            OnChange::Report => upload_document::OnChange::Report,
            OnChange::NewVersion => upload_document::OnChange::NewVersion,
        }),
        category: document
            .category
            .map(upload_document::Category::Id)
            .or_else(|| document.category_target.clone()),
        received_at: document.received_at.map(|at| at.to_string()),
    }
}

#[cfg(test)]
mod tests;
