//! From a case to what the actions are asked.
//!
//! Pure: what goes to Clio for a given case and memory is decided here and
//! nowhere else.

use clio_host::{contacts, document_states, documents, matters, types};
use jiff::Timestamp;

use crate::args::OnChange;
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
    pub(crate) known: Option<u64>,
    /// Contacts of the same name that are known to be somebody else.
    pub(crate) known_others: Vec<u64>,
    /// Whether others that match are looked for, though one is known.
    pub(crate) find_others: bool,
    /// When the client was first asked for: what was made for them lies after.
    pub(crate) began: Timestamp,
}

/// The contact for the client.
pub(crate) fn contact(
    case: &Case,
    lookup: &Lookup,
    markers: Option<Markers>,
) -> contacts::SyncRequest {
    let client = &case.client;
    contacts::SyncRequest {
        known_id: lookup.known,
        known_others: lookup.known_others.clone(),
        find_others: (lookup.find_others && lookup.known.is_some()).then_some(true),
        source_id: case.client_source_id(),
        began: Some(lookup.began.to_string()),
        contact: person_or_company(client),
        emails: client
            .emails()
            .into_iter()
            .map(|email| contacts::Email {
                address: email.address,
                label: email.label.map(email_label),
            })
            .collect(),
        phones: client
            .phones()
            .into_iter()
            .map(|phone| contacts::Phone {
                number: phone.number,
                label: phone.label.map(phone_label),
            })
            .collect(),
        addresses: client.addresses.iter().flatten().map(address).collect(),
        marker_field: client
            .marker_field
            .or(markers.map(|markers| markers.contact)),
        on_name_conflict: client.on_name_conflict.map(|decision| match decision {
            NameConflict::Link => contacts::NameConflict::Link,
            NameConflict::Create => contacts::NameConflict::Create,
        }),
    }
}

fn person_or_company(client: &Client) -> contacts::Contact {
    match &client.company_name {
        Some(name) => contacts::Contact::Company(contacts::Company { name: name.clone() }),
        None => contacts::Contact::Person(contacts::Person {
            first_name: client.first_name.clone(),
            last_name: client.last_name.clone(),
            middle_name: client.middle_name.clone(),
            prefix: client.prefix.clone(),
            title: client.title.clone(),
            company: client.company_id,
        }),
    }
}

fn email_label(label: EmailLabel) -> contacts::EmailLabel {
    match label {
        EmailLabel::Work => contacts::EmailLabel::Work,
        EmailLabel::Home => contacts::EmailLabel::Home,
        EmailLabel::Other => contacts::EmailLabel::Other,
    }
}

fn phone_label(label: PhoneLabel) -> contacts::PhoneLabel {
    match label {
        PhoneLabel::Work => contacts::PhoneLabel::Work,
        PhoneLabel::Home => contacts::PhoneLabel::Home,
        PhoneLabel::Mobile => contacts::PhoneLabel::Mobile,
        PhoneLabel::Fax => contacts::PhoneLabel::Fax,
        PhoneLabel::Pager => contacts::PhoneLabel::Pager,
        PhoneLabel::Skype => contacts::PhoneLabel::Skype,
        PhoneLabel::Other => contacts::PhoneLabel::Other,
    }
}

fn address(address: &Address) -> contacts::Address {
    contacts::Address {
        street: address.street.clone(),
        city: address.city.clone(),
        province: address.province.clone(),
        postal_code: address.postal_code.clone(),
        country: address.country.clone(),
        label: address.label.map(|label| match label {
            AddressLabel::Work => contacts::AddressLabel::Work,
            AddressLabel::Home => contacts::AddressLabel::Home,
            AddressLabel::Billing => contacts::AddressLabel::Billing,
            AddressLabel::Other => contacts::AddressLabel::Other,
        }),
    }
}

/// The practice area and the stage that the case names, where it names any.
pub(crate) fn resolve(case: &Case) -> Option<matters::ResolveRequest> {
    let matter = &case.matter;
    let by_name = matter.case_type.clone().map(matters::PracticeArea::Name);
    let stage_by_name = matter.stage.clone().map(matters::MatterStage::Name);
    let request = matters::ResolveRequest {
        practice_area: matter
            .practice_area_id
            .map(matters::PracticeArea::Id)
            .or(by_name),
        matter_stage: matter
            .stage_id
            .map(matters::MatterStage::Id)
            .or(stage_by_name),
    };
    (request.practice_area.is_some() || request.matter_stage.is_some()).then_some(request)
}

/// Whose matter it is.
#[derive(Debug, Clone)]
pub(crate) struct MatterClient {
    pub(crate) id: u64,
    /// Other contacts that match the client: a matter of theirs counts as well.
    pub(crate) others: Vec<u64>,
    /// Whether this very run created the client: then no matter of theirs can
    /// stand in Clio.
    pub(crate) is_new: bool,
}

/// The matter of a client. `resolved` is what became of [`resolve`], where it
/// was asked; without it the names are looked up when the matter is created.
pub(crate) fn matter(
    case: &Case,
    record: &CaseRecord,
    client: MatterClient,
    resolved: Option<&matters::ResolveOutcome>,
    markers: Option<Markers>,
) -> matters::CreateRequest {
    let matter = &case.matter;
    let named = resolve(case);
    let area = resolved.and_then(|resolved| resolved.practice_area);
    let stage = resolved.and_then(|resolved| resolved.matter_stage);
    let known = matter.id.or(record.matter);
    matters::CreateRequest {
        source_id: case.source_id.clone(),
        began: Some(began(case, record.began).to_string()),
        client: client.id,
        client_is_new: Some(client.is_new),
        find_others: (record.look_again && matter.id.is_none() && known.is_some()).then_some(true),
        other_clients: client.others,
        title: matter.title.clone(),
        case_number: matter.case_number.clone(),
        numbering: matter.numbering.map(|numbering| match numbering {
            Numbering::Automatic => matters::Numbering::Automatic,
            Numbering::Manual => matters::Numbering::Manual,
        }),
        practice_area: area
            .map(matters::PracticeArea::Id)
            .or_else(|| named.as_ref()?.practice_area.clone()),
        // Resolved together with its practice area, or by its id alone.
        matter_stage: stage
            .map(|stage| match area {
                Some(_) => matters::MatterStage::Resolved(stage),
                None => matters::MatterStage::Id(stage),
            })
            .or_else(|| named.as_ref()?.matter_stage.clone()),
        status: matter.status.map(|status| match status {
            Status::Open => matters::MatterStatus::Open,
            Status::Pending => matters::MatterStatus::Pending,
            Status::Closed => matters::MatterStatus::Closed,
        }),
        known_id: known,
        marker_field: matter
            .marker_field
            .or(markers.map(|markers| markers.matter)),
        on_removed: matter
            .on_removed
            .map(|OnRemoved::Create| matters::OnRemoved::Create),
    }
}

/// What stands of these documents in a matter.
pub(crate) fn find(matter: u64, source_ids: Vec<String>) -> document_states::FindRequest {
    document_states::FindRequest {
        scope: document_states::Scope::Matter(matter),
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

/// A file that was opened, digested and offered to the call under a URL.
#[derive(Debug)]
pub(crate) struct Offered {
    pub(crate) url: String,
    pub(crate) length: u64,
    pub(crate) media_type: Option<String>,
    pub(crate) sha256: String,
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
) -> documents::UploadRequest {
    let parent = document
        .folder
        .map_or(documents::Parent::Matter(matter), documents::Parent::Folder);
    let provenance = match &document.approval {
        None => documents::Provenance::FromPerson,
        Some(approval) => documents::Provenance::Draft(documents::Approval {
            approver: approval.approver.trim().to_owned(),
            at: approval.at.to_string(),
            sha256: approval.sha256.clone(),
        }),
    };
    documents::UploadRequest {
        source_id: case.document_source_id(document),
        began: Some(began(case, record.began).to_string()),
        parent,
        folder_path: (!document.folder_path.is_empty()).then(|| document.folder_path.clone()),
        name: document.name().to_owned(),
        content: documents::Content {
            source: documents::ContentSource::Url(offered.url),
            length: Some(offered.length),
            media_type: offered.media_type,
            sha256: Some(offered.sha256),
        },
        provenance,
        known,
        on_change: Some(match on_change {
            OnChange::Report => documents::OnChange::Report,
            OnChange::NewVersion => documents::OnChange::NewVersion,
        }),
        category: document
            .category
            .map(documents::Category::Id)
            .or_else(|| document.category_target.clone()),
        received_at: document.received_at.map(|at| at.to_string()),
    }
}

#[cfg(test)]
mod tests;
