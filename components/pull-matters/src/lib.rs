//! The actions `matter_pages.pull` and `matter_pages.count` as a component:
//! types in, types out. All that matters stands in `clio_api::pull_matters`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_guest::generate!("pull-matters");

use alloc::string::ToString as _;

use clio_api::create_matter::MatterStatus;
use clio_api::custom_fields::{self, FieldType};
use clio_api::pull_matters as api;
use clio_api::{ContactId, CustomFieldId};
use clio_guest::WasiTransport;
use exports::clio::actions::matter_pages as wit;
use exports::clio::actions::types;

struct PullMatters;

impl wit::Guest for PullMatters {
    fn pull(request: wit::PullRequest) -> Result<wit::PullOutcome, types::Error> {
        let mut transport = WasiTransport::connect().map_err(refuse)?;
        let request = api::PullRequest {
            filter: filter(request.filter),
            custom_fields: request
                .custom_fields
                .map(|ids| ids.into_iter().map(CustomFieldId).collect()),
            link: request.link.map(link),
            limit: request.limit,
            cursor: request.cursor,
        };
        let outcome = api::pull(&mut transport, &request).map_err(refuse)?;
        Ok(wit::PullOutcome {
            matters: outcome.matters.into_iter().map(matter).collect(),
            cursor: outcome.cursor,
            read_at: outcome.read_at.map(|at| at.to_string()),
            labels_missing: outcome.labels_missing,
        })
    }

    fn count(request: wit::CountRequest) -> Result<wit::CountOutcome, types::Error> {
        let mut transport = WasiTransport::connect().map_err(refuse)?;
        let request = api::CountRequest {
            filter: filter(request.filter),
            link: request.link.map(link),
            max_pages: request.max_pages,
            cursor: request.cursor,
        };
        let outcome = api::count(&mut transport, &request).map_err(refuse)?;
        Ok(wit::CountOutcome {
            matters: outcome.matters,
            linked: outcome.linked,
            hidden: outcome.hidden,
            cursor: outcome.cursor,
        })
    }
}

export!(PullMatters);

clio_guest::contract_error!(types);

fn filter(filter: Option<wit::Filter>) -> api::Filter {
    let Some(filter) = filter else {
        return api::Filter::default();
    };
    let status = |status| match status {
        wit::MatterStatus::Open => MatterStatus::Open,
        wit::MatterStatus::Pending => MatterStatus::Pending,
        wit::MatterStatus::Closed => MatterStatus::Closed,
    };
    api::Filter {
        statuses: filter.statuses.into_iter().map(status).collect(),
        created_since: filter.created_since,
        updated_since: filter.updated_since,
        practice_area: filter.practice_area,
        client: filter.client.map(ContactId),
    }
}

fn link(link: wit::Link) -> api::Link {
    match link {
        wit::Link::MarkerField(id) => api::Link::MarkerField(CustomFieldId(id)),
        wit::Link::Reference(prefix) => api::Link::Reference(prefix),
    }
}

fn matter(matter: api::Matter) -> wit::Matter {
    wit::Matter {
        id: matter.id.0,
        etag: matter.etag,
        display_number: matter.display_number,
        description: matter.description,
        status: matter.status.map(|status| match status {
            MatterStatus::Open => wit::MatterStatus::Open,
            MatterStatus::Pending => wit::MatterStatus::Pending,
            MatterStatus::Closed => wit::MatterStatus::Closed,
        }),
        open_date: matter.open_date,
        pending_date: matter.pending_date,
        close_date: matter.close_date,
        created_at: matter.created_at.map(|at| at.to_string()),
        updated_at: matter.updated_at.map(|at| at.to_string()),
        client: matter.client.map(client),
        practice_area: matter.practice_area.map(named),
        stage: matter.stage.map(named),
        responsible_attorney: matter.responsible_attorney.map(named),
        originating_attorney: matter.originating_attorney.map(named),
        client_reference: matter.client_reference,
        source_id: matter.source_id,
        custom_fields: matter.custom_fields.into_iter().map(value).collect(),
        hidden: matter.hidden.into_iter().map(part).collect(),
    }
}

fn client(client: api::Client) -> wit::Client {
    wit::Client {
        id: client.id.0,
        name: client.name,
        kind: client.kind.map(|kind| match kind {
            api::ClientKind::Person => wit::ClientKind::Person,
            api::ClientKind::Company => wit::ClientKind::Company,
        }),
    }
}

fn named(named: api::Named) -> wit::Named {
    wit::Named {
        id: named.id,
        name: named.name,
    }
}

fn part(part: api::Part) -> wit::Part {
    match part {
        api::Part::Client => wit::Part::Client,
        api::Part::PracticeArea => wit::Part::PracticeArea,
        api::Part::Stage => wit::Part::Stage,
        api::Part::ResponsibleAttorney => wit::Part::ResponsibleAttorney,
        api::Part::OriginatingAttorney => wit::Part::OriginatingAttorney,
        api::Part::CustomFields => wit::Part::CustomFields,
    }
}

fn value(value: custom_fields::FieldValue) -> wit::FieldValue {
    wit::FieldValue {
        field: value.field.0,
        name: value.name,
        kind: value.kind.map(kind),
        value: value.value,
        choice: value.choice,
        deleted: value.deleted,
    }
}

fn kind(kind: FieldType) -> wit::ValueKind {
    match kind {
        FieldType::Checkbox => wit::ValueKind::Checkbox,
        FieldType::Contact => wit::ValueKind::Contact,
        FieldType::Currency => wit::ValueKind::Currency,
        FieldType::Date => wit::ValueKind::Date,
        FieldType::Email => wit::ValueKind::Email,
        FieldType::Matter => wit::ValueKind::Matter,
        FieldType::Numeric => wit::ValueKind::Numeric,
        FieldType::Picklist => wit::ValueKind::Picklist,
        FieldType::TextArea => wit::ValueKind::TextArea,
        FieldType::TextLine => wit::ValueKind::TextLine,
        FieldType::Time => wit::ValueKind::Time,
        FieldType::Url => wit::ValueKind::Url,
    }
}
