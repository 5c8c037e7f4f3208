//! Hostile guests, each a real component, against the real runner over real
//! sockets.
//!
//! Every guest of `tests/guests` ends in an error of the right type within its
//! deadline, what it sent is known byte for byte, and the host then serves the
//! next call as if nothing had been. A guest without its test here does not
//! compile.
#![allow(clippy::unwrap_used, clippy::expect_used)] // what a test cannot set up fails it

mod coverage;
#[macro_use]
mod demand;
mod fairness;
mod interrupting;
mod limits;
mod server;
mod trial;

mod account;
mod compute;
mod elsewhere;
mod handles;
mod headers;
mod loading;
mod memory;
mod storage;
mod traffic;
mod waiting;

include!(concat!(env!("OUT_DIR"), "/guests.rs"));

/// What is asserted of each guest, in files by what it attacks.
mod cases {
    pub(crate) use crate::account::*;
    pub(crate) use crate::compute::*;
    pub(crate) use crate::elsewhere::*;
    pub(crate) use crate::handles::*;
    pub(crate) use crate::headers::*;
    pub(crate) use crate::loading::*;
    pub(crate) use crate::memory::*;
    pub(crate) use crate::storage::*;
    pub(crate) use crate::traffic::*;
    pub(crate) use crate::waiting::*;
}

each_guest!(demand);

/// Runs the test of one guest.
fn attempt<F: Future<Output = ()>>(name: &str, case: impl FnOnce(trial::Trial) -> F) {
    let _others_measure = fairness::QUIET.read();
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(case(trial::Trial::of(name)));
}

/// The component of a guest.
fn component(name: &str) -> Vec<u8> {
    wat::parse_bytes(source(name)).unwrap().into_owned()
}

/// Whether a guest is written as text: those take no input.
fn is_text(name: &str) -> bool {
    !source(name).starts_with(b"\0asm")
}

fn source(name: &str) -> &'static [u8] {
    let found = COMPONENTS.iter().find(|(guest, _)| *guest == name);
    found.expect("a guest by that name").1
}
