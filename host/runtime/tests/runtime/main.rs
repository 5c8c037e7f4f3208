//! The runtime with hand-made components: what a hostile or merely odd guest
//! does to a host, and how JSON calls look from outside.
//!
//! The real actions are tested against the sandbox elsewhere; here each
//! component is a few lines of text, made for its one test.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod audit;
mod cancelling;
mod components;
mod failures;
mod fairness;
mod http_client;
mod in_place;
mod inspecting;
mod json_calls;
mod loading;
mod observer;
mod successor;
