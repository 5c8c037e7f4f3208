//! The actions `custom_fields.read` and `custom_fields.write` as a component:
//! types in, types out. All that matters stands in `clio_api::custom_fields`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_guest::generate!("custom-fields-of-record");

use clio_api::custom_fields as api;
use clio_api::{ContactId, CustomFieldId, MatterId};
use clio_guest::WasiTransport;
use exports::clio::actions::custom_fields as wit;
use exports::clio::actions::types;

struct CustomFields;

impl wit::Guest for CustomFields {
    fn read(request: wit::ReadRequest) -> Result<wit::ReadOutcome, types::Error> {
        let mut transport = WasiTransport::connect().map_err(refuse)?;
        let request = api::ReadRequest {
            of: owner(request.of),
        };
        let outcome = api::read(&mut transport, &request).map_err(refuse)?;
        Ok(wit::ReadOutcome {
            values: outcome.values.into_iter().map(value).collect(),
            labels_hidden: outcome.labels_hidden,
        })
    }

    fn write(request: wit::WriteRequest) -> Result<wit::WriteOutcome, types::Error> {
        let mut transport = WasiTransport::connect().map_err(refuse)?;
        let request = api::WriteRequest {
            of: owner(request.of),
            values: request.values.into_iter().map(new_value).collect(),
        };
        let outcome = api::write(&mut transport, &request).map_err(refuse)?;
        Ok(wit::WriteOutcome {
            values: outcome.values.into_iter().map(written).collect(),
        })
    }
}

export!(CustomFields);

clio_guest::contract_error!(types);

fn owner(owner: wit::Owner) -> api::Owner {
    match owner {
        wit::Owner::Contact(id) => api::Owner::Contact(ContactId(id)),
        wit::Owner::Matter(id) => api::Owner::Matter(MatterId(id)),
    }
}

fn value(value: api::FieldValue) -> wit::FieldValue {
    wit::FieldValue {
        field: value.field.0,
        name: value.name,
        kind: value.kind.map(kind),
        value: value.value,
        choice: value.choice,
        deleted: value.deleted,
    }
}

fn kind(kind: api::FieldType) -> wit::FieldType {
    match kind {
        api::FieldType::Checkbox => wit::FieldType::Checkbox,
        api::FieldType::Contact => wit::FieldType::Contact,
        api::FieldType::Currency => wit::FieldType::Currency,
        api::FieldType::Date => wit::FieldType::Date,
        api::FieldType::Email => wit::FieldType::Email,
        api::FieldType::Matter => wit::FieldType::Matter,
        api::FieldType::Numeric => wit::FieldType::Numeric,
        api::FieldType::Picklist => wit::FieldType::Picklist,
        api::FieldType::TextArea => wit::FieldType::TextArea,
        api::FieldType::TextLine => wit::FieldType::TextLine,
        api::FieldType::Time => wit::FieldType::Time,
        api::FieldType::Url => wit::FieldType::Url,
    }
}

fn new_value(new: wit::NewValue) -> api::NewValue {
    api::NewValue {
        field: match new.field {
            wit::FieldRef::Id(id) => api::FieldRef::Id(CustomFieldId(id)),
            wit::FieldRef::Name(name) => api::FieldRef::Name(name),
        },
        value: match new.value {
            wit::Content::Text(text) => api::Content::Text(text),
            wit::Content::Choice(id) => api::Content::Choice(id),
            wit::Content::Clear => api::Content::Clear,
        },
    }
}

fn written(written: api::Written) -> wit::Written {
    wit::Written {
        field: written.field.0,
        change: match written.change {
            api::Change::Created => wit::Change::Created,
            api::Change::Updated => wit::Change::Updated,
            api::Change::Removed => wit::Change::Removed,
            api::Change::Unchanged => wit::Change::Unchanged,
        },
    }
}
