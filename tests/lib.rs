#![allow(clippy::unwrap_used, clippy::expect_used)] // what a scenario cannot set up fails it
//! What the scenarios share: a sandbox Clio, the real runner, and the real
//! command.
//!
//! Nothing stands in between: a scenario runs the built components in the built
//! runner, and every exchange crosses a real socket. [`World::finish`] asserts
//! what holds for every scenario: nothing was sent that Clio would ignore.

#[path = "support/cases.rs"]
mod cases;
#[path = "support/command.rs"]
mod command;
#[path = "support/components.rs"]
pub mod components;
#[path = "support/consent.rs"]
mod consent;
#[path = "support/described.rs"]
mod described;
#[path = "support/host.rs"]
mod host;
#[path = "support/memory.rs"]
pub mod memory;
#[path = "support/people.rs"]
mod people;
#[path = "support/service.rs"]
mod service;
#[path = "support/world.rs"]
mod world;

pub use cases::{case_of, multipart};
pub use command::{CommandOutput, clio_binary};
pub use consent::{Connecting, Page, browse, decide};
pub use described::{described, described_as};
pub use host::{anns_approval, cache_dir, host, reviewing_host};
pub use people::{ann, case_matter, email, inline, person, property, sha256_hex, unique};
pub use service::{Answer, Serving};
#[cfg(target_os = "linux")]
pub use world::held;
pub use world::{World, empty};
