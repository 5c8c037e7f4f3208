//! The action `new-action` as a component.
//!
//! - `wit/new-action.wit` says what it takes and gives. `wit/deps` is Clio
//!   actions' contract: leave it as it is.
//! - `action.json` says which requests it makes. The host lets out no other.
//! - [`action`] is what it does, and [`api`] how Clio answers. Both are tested by
//!   `cargo test`.
//! - `http` is its way out.

// Without the component only the tests use what is here.
#![cfg_attr(not(any(test, target_family = "wasm")), allow(dead_code))]

mod action;
mod api;
#[cfg(target_family = "wasm")]
mod http;

wit_bindgen::generate!({ path: "wit", world: "new-action-action", generate_all });

/// The component.
#[cfg(target_family = "wasm")]
mod component {
    use crate::clio::actions::types::Error;
    use crate::exports::example::new_action::new_action::{EnsureOutcome, EnsureRequest, Guest};
    use crate::{action, http};

    struct Component;

    impl Guest for Component {
        fn ensure(request: EnsureRequest) -> Result<EnsureOutcome, Error> {
            action::ensure(&mut http::Account::of_call()?, &request)
        }
    }

    crate::export!(Component with_types_in crate);

    /// The description goes with the component, in a section of this name.
    #[used]
    #[unsafe(link_section = "clio:action")]
    static DESCRIPTION: [u8; include_bytes!("../action.json").len()] =
        *include_bytes!("../action.json");
}
