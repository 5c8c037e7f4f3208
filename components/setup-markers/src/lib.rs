//! The action `markers.ensure` as a component: types in, types out. All that
//! matters stands in `clio_api::setup_markers`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_guest::generate!("setup-markers");

use clio_api::CustomFieldId;
use clio_api::setup_markers as api;
use clio_guest::WasiTransport;
use exports::clio::actions::markers as wit;
use exports::clio::actions::types;

struct SetupMarkers;

impl wit::Guest for SetupMarkers {
    fn ensure(request: wit::EnsureRequest) -> Result<wit::EnsureOutcome, types::Error> {
        let mut transport = WasiTransport::connect().map_err(refuse)?;
        let request = api::EnsureRequest {
            name: request.name,
            only: request.only.map(|only| match only {
                wit::MarkedKind::Contact => api::MarkedKind::Contact,
                wit::MarkedKind::Matter => api::MarkedKind::Matter,
            }),
            known_contact: request.known_contact.map(CustomFieldId),
            known_matter: request.known_matter.map(CustomFieldId),
        };
        let outcome = api::ensure(&mut transport, &request).map_err(refuse)?;
        Ok(wit::EnsureOutcome {
            contact: outcome.contact.map(field),
            matter: outcome.matter.map(field),
        })
    }
}

export!(SetupMarkers);

clio_guest::contract_error!(types);
clio_guest::contract_disposition!(types);

fn field(field: api::MarkerField) -> wit::MarkerField {
    wit::MarkerField {
        id: field.id.0,
        disposition: disposition(field.disposition),
        others: field.others.into_iter().map(|id| id.0).collect(),
    }
}
