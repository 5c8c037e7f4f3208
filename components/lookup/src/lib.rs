//! The action `options.find` as a component: types in, types out. All that
//! matters stands in `clio_api::lookup`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_guest::generate!("lookup");

use clio_api::create_matter::MatterStatus;
use clio_api::lookup as api;
use clio_api::{ContactId, FolderId, MatterId};
use clio_guest::WasiTransport;
use exports::clio::actions::options as wit;
use exports::clio::actions::types;

struct Lookup;

impl wit::Guest for Lookup {
    fn find(request: wit::FindRequest) -> Result<wit::FindOutcome, types::Error> {
        let mut transport = WasiTransport::connect().map_err(refuse)?;
        let request = api::FindRequest {
            kind: kind(request.kind),
            search: request.search,
            limit: request.limit,
            cursor: request.cursor,
        };
        let outcome = api::find(&mut transport, &request).map_err(refuse)?;
        Ok(wit::FindOutcome {
            options: outcome.options.into_iter().map(entry).collect(),
            cursor: outcome.cursor,
            may_lag: outcome.may_lag,
        })
    }
}

export!(Lookup);

clio_guest::contract_error!(types);

fn kind(kind: wit::Kind) -> api::Kind {
    match kind {
        wit::Kind::PracticeAreas => api::Kind::PracticeAreas,
        wit::Kind::Stages(area) => api::Kind::Stages(area),
        wit::Kind::Users(scope) => api::Kind::Users(scope.subscription.map(|it| match it {
            wit::Subscription::Attorney => api::Subscription::Attorney,
            wit::Subscription::NonAttorney => api::Subscription::NonAttorney,
        })),
        wit::Kind::Matters(scope) => api::Kind::Matters {
            statuses: scope.statuses.into_iter().map(status).collect(),
            client: scope.client.map(ContactId),
        },
        wit::Kind::Contacts(scope) => api::Kind::Contacts {
            kind: scope.kind.map(|kind| match kind {
                wit::ContactKind::Person => api::ContactKind::Person,
                wit::ContactKind::Company => api::ContactKind::Company,
            }),
            clients_only: scope.clients_only.unwrap_or(false),
        },
        wit::Kind::Folders(place) => api::Kind::Folders(match place {
            wit::Place::Matter(id) => api::Place::Matter(MatterId(id)),
            wit::Place::Contact(id) => api::Place::Contact(ContactId(id)),
            wit::Place::Folder(id) => api::Place::Folder(FolderId(id)),
        }),
        wit::Kind::DocumentCategories => api::Kind::DocumentCategories,
        wit::Kind::DocumentTemplates => api::Kind::DocumentTemplates,
        wit::Kind::CustomFields(owner) => api::Kind::CustomFields(match owner {
            wit::FieldOwner::Contact => api::FieldOwner::Contact,
            wit::FieldOwner::Matter => api::FieldOwner::Matter,
        }),
    }
}

fn status(status: wit::MatterStatus) -> MatterStatus {
    match status {
        wit::MatterStatus::Open => MatterStatus::Open,
        wit::MatterStatus::Pending => MatterStatus::Pending,
        wit::MatterStatus::Closed => MatterStatus::Closed,
    }
}

fn entry(entry: api::Entry) -> wit::Entry {
    let choice = |(id, label)| wit::Choice { id, label };
    wit::Entry {
        id: entry.id,
        label: entry.label,
        detail: entry.detail,
        choices: entry.choices.into_iter().map(choice).collect(),
    }
}
