//! The action `connections.check` as a component: types in, types out. All that
//! matters stands in `clio_api::check_connection`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_guest::generate!("check-connection");

use alloc::vec::Vec;

use clio_api::check_connection as api;
use clio_guest::WasiTransport;
use exports::clio::actions::connections as wit;
use exports::clio::actions::types;

struct CheckConnection;

impl wit::Guest for CheckConnection {
    fn check(request: wit::CheckRequest) -> Result<wit::CheckOutcome, types::Error> {
        let mut transport = WasiTransport::connect().map_err(refuse)?;
        let areas: Vec<api::Area> = request.areas.into_iter().map(asked).collect();
        let outcome = api::check(&mut transport, &areas).map_err(refuse)?;
        Ok(wit::CheckOutcome {
            user: wit::User {
                id: outcome.user.id,
                name: outcome.user.name,
            },
            account: outcome.account.map(|account| wit::Account {
                id: account.id,
                name: account.name,
            }),
            areas: outcome.areas.into_iter().map(told).collect(),
        })
    }
}

export!(CheckConnection);

clio_guest::contract_error!(types);

fn asked(area: wit::Area) -> api::Area {
    match area {
        wit::Area::Contacts => api::Area::Contacts,
        wit::Area::Matters => api::Area::Matters,
        wit::Area::Documents => api::Area::Documents,
        wit::Area::CustomFields => api::Area::CustomFields,
        wit::Area::Webhooks => api::Area::Webhooks,
        wit::Area::Users => api::Area::Users,
    }
}

fn told((area, access): (api::Area, api::Access)) -> wit::AreaAccess {
    wit::AreaAccess {
        area: match area {
            api::Area::Contacts => wit::Area::Contacts,
            api::Area::Matters => wit::Area::Matters,
            api::Area::Documents => wit::Area::Documents,
            api::Area::CustomFields => wit::Area::CustomFields,
            api::Area::Webhooks => wit::Area::Webhooks,
            api::Area::Users => wit::Area::Users,
        },
        access: match access {
            api::Access::Granted => wit::Access::Granted,
            api::Access::Refused => wit::Access::Refused,
        },
    }
}
