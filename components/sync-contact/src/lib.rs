//! The action `contacts.sync` as a component: types in, types out. All that
//! matters stands in `clio_api::sync_contact`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_guest::generate!("sync-contact");

use clio_api::sync_contact as api;
use clio_api::{ContactId, CustomFieldId};
use clio_guest::WasiTransport;
use exports::clio::actions::contacts as wit;
use exports::clio::actions::types;

struct SyncContact;

impl wit::Guest for SyncContact {
    fn sync(request: wit::SyncRequest) -> Result<wit::SyncOutcome, types::Error> {
        let mut transport = WasiTransport::connect().map_err(refuse)?;
        api::sync(&mut transport, &asked(request))
            .map(answered)
            .map_err(refuse)
    }
}

export!(SyncContact);

clio_guest::contract_error!(types);
clio_guest::contract_disposition!(types);

fn asked(request: wit::SyncRequest) -> api::SyncRequest {
    api::SyncRequest {
        source_id: request.source_id,
        began: request.began,
        contact: match request.contact {
            wit::Contact::Person(person) => api::Contact::Person(api::Person {
                first_name: person.first_name,
                last_name: person.last_name,
                middle_name: person.middle_name,
                prefix: person.prefix,
                title: person.title,
                company: person.company.map(ContactId),
            }),
            wit::Contact::Company(company) => {
                api::Contact::Company(api::Company { name: company.name })
            }
        },
        emails: request
            .emails
            .into_iter()
            .map(|email| api::Email {
                address: email.address,
                label: email.label.map(|label| match label {
                    wit::EmailLabel::Work => api::EmailLabel::Work,
                    wit::EmailLabel::Home => api::EmailLabel::Home,
                    wit::EmailLabel::Other => api::EmailLabel::Other,
                }),
            })
            .collect(),
        phones: request
            .phones
            .into_iter()
            .map(|phone| api::Phone {
                number: phone.number,
                label: phone.label.map(|label| match label {
                    wit::PhoneLabel::Work => api::PhoneLabel::Work,
                    wit::PhoneLabel::Home => api::PhoneLabel::Home,
                    wit::PhoneLabel::Mobile => api::PhoneLabel::Mobile,
                    wit::PhoneLabel::Fax => api::PhoneLabel::Fax,
                    wit::PhoneLabel::Pager => api::PhoneLabel::Pager,
                    wit::PhoneLabel::Skype => api::PhoneLabel::Skype,
                    wit::PhoneLabel::Other => api::PhoneLabel::Other,
                }),
            })
            .collect(),
        addresses: request
            .addresses
            .into_iter()
            .map(|address| api::Address {
                street: address.street,
                city: address.city,
                province: address.province,
                postal_code: address.postal_code,
                country: address.country,
                label: address.label.map(|label| match label {
                    wit::AddressLabel::Work => api::AddressLabel::Work,
                    wit::AddressLabel::Home => api::AddressLabel::Home,
                    wit::AddressLabel::Billing => api::AddressLabel::Billing,
                    wit::AddressLabel::Other => api::AddressLabel::Other,
                }),
            })
            .collect(),
        known_id: request.known_id.map(ContactId),
        known_others: request.known_others.into_iter().map(ContactId).collect(),
        find_others: request.find_others.unwrap_or(false),
        marker_field: request.marker_field.map(CustomFieldId),
        on_name_conflict: request.on_name_conflict.map(|conflict| match conflict {
            wit::NameConflict::Link => api::NameConflict::Link,
            wit::NameConflict::Create => api::NameConflict::Create,
        }),
    }
}

fn answered(outcome: api::SyncOutcome) -> wit::SyncOutcome {
    wit::SyncOutcome {
        id: outcome.id.0,
        disposition: disposition(outcome.disposition),
        matched_by: outcome.matched_by.map(|by| match by {
            api::ContactMatch::KnownId => wit::ContactMatch::KnownId,
            api::ContactMatch::Marker => wit::ContactMatch::Marker,
            api::ContactMatch::Email => wit::ContactMatch::Email,
            api::ContactMatch::Recent => wit::ContactMatch::Recent,
        }),
        others: outcome.others.into_iter().map(|id| id.0).collect(),
    }
}
