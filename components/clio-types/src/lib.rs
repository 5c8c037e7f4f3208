//! The contract's types in Rust: what each action takes and gives.
//!
//! They are made from `wit/` when this crate is built, a module an interface,
//! with the contract's documentation. The components, `clio-api` and the host
//! all use these, so that nothing is converted on the way: a component with the
//! canonical ABI of wit-bindgen, a host with wasmtime's (feature `host`), and a
//! caller that has JSON with serde (feature `serde`).
//!
//! What must stay true: in JSON these types are what the JSON mapping says
//! (`clio_host::json`). Ids are plain numbers here, as in the contract.
#![no_std]

extern crate alloc;

#[cfg(feature = "serde")]
mod json;

#[allow(clippy::all, missing_docs)]
mod made {
    include!(concat!(env!("OUT_DIR"), "/types.rs"));
}
include!(concat!(env!("OUT_DIR"), "/action.rs"));

pub use made::*;

/// What the values of a host need to be.
#[cfg(feature = "host")]
mod bounds {
    use serde::{Serialize, de::DeserializeOwned};
    use wasmtime::component::{ComponentType, Lift, Lower};

    /// A value that goes into a component, comes out of one, and is JSON.
    pub trait Value:
        ComponentType + Lift + Lower + Serialize + DeserializeOwned + Send + Sync + 'static
    {
    }

    impl<T> Value for T where
        T: ComponentType + Lift + Lower + Serialize + DeserializeOwned + Send + Sync + 'static
    {
    }
}
#[cfg(not(feature = "host"))]
mod bounds {
    /// A value of the contract.
    pub trait Value {}

    impl<T> Value for T {}
}
pub use bounds::Value;

/// A request: what one function of an action takes.
pub trait Request: Value {
    /// The action, such as `sync-contact`.
    const ACTION: &'static str;
    /// Its function, such as `sync`.
    const FUNCTION: &'static str;
    /// What the function gives, when it succeeds.
    type Outcome: Value;
}

impl upload_document::Content {
    /// Content at a URL. Its length, media type and digest may be told beside.
    #[must_use]
    pub fn at(url: impl Into<alloc::string::String>) -> Self {
        Self::new(upload_document::ContentSource::Url(url.into()))
    }
}
