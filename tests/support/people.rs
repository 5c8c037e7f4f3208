//! The people, matters and bytes that scenarios are about.

use std::sync::atomic::{AtomicU64, Ordering};

use clio_host::actions::create_matter::{CreateRequest, RecordRef};
use clio_host::actions::sync_contact::{Contact, Email, Person, SyncRequest};
use clio_host::actions::upload_document::{Content, ContentSource};
use sha2::{Digest, Sha256};

/// Ann Lee of `ann@example.com`, who first wrote at `began`.
pub fn ann(began: jiff::Timestamp) -> SyncRequest {
    person("intake:ann", "Ann", "Lee", Some("ann@example.com"), began)
}

/// A person.
pub fn person(
    source_id: &str,
    first: &str,
    last: &str,
    address: Option<&str>,
    began: jiff::Timestamp,
) -> SyncRequest {
    SyncRequest {
        source_id: source_id.to_owned(),
        began: Some(began.to_string()),
        contact: Contact::Person(Person {
            first_name: Some(first.to_owned()),
            last_name: Some(last.to_owned()),
            middle_name: None,
            prefix: None,
            title: None,
            company: None,
        }),
        emails: address.map(email).into_iter().collect(),
        phones: Vec::new(),
        addresses: Vec::new(),
        known_id: None,
        known_others: Vec::new(),
        find_others: None,
        marker_field: None,
        on_name_conflict: None,
    }
}

/// An e-mail address without a label.
pub fn email(address: &str) -> Email {
    Email {
        address: address.to_owned(),
        label: None,
    }
}

/// A matter of a client, with a practice area by name.
pub fn case_matter(client: u64, practice_area: &str, began: jiff::Timestamp) -> CreateRequest {
    CreateRequest {
        source_id: "intake:case-17".to_owned(),
        began: Some(began.to_string()),
        client,
        client_is_new: None,
        title: "Lee v. Harbor Freight".to_owned(),
        case_number: Some("2026-17".to_owned()),
        numbering: None,
        practice_area: Some(RecordRef::Name(practice_area.to_owned())),
        matter_stage: None,
        status: None,
        known_id: None,
        other_clients: Vec::new(),
        find_others: None,
        marker_field: None,
        on_removed: None,
    }
}

/// Content that is carried in the request.
pub fn inline(bytes: &[u8], media_type: &str) -> Content {
    Content {
        source: ContentSource::Inline(bytes.to_vec()),
        length: None,
        media_type: Some(media_type.to_owned()),
        sha256: Some(sha256_hex(bytes)),
    }
}

/// The SHA-256 of some bytes in lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// The value of an external property of a document in the sandbox.
pub fn property<'a>(document: &'a clio_sandbox::DocumentState, name: &str) -> Option<&'a str> {
    let row = document
        .external_properties
        .iter()
        .find(|(key, _)| key == name)?;
    Some(&row.1)
}

/// A number that no other call of this process returned.
pub fn unique() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
