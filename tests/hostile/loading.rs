//! Guests that ask for what is not given. They do not run at all.

use clio_host::{InspectError, LoadError};

use crate::trial::Trial;

fn wants(guest: Trial, import: &str) {
    let error = guest.refused_at_load();
    let LoadError::Inspect(InspectError::Import(name)) = &error else {
        panic!("{error}")
    };
    assert!(name.starts_with(import), "{name}");
    assert!(error.to_string().contains(name.as_str()), "{error}");
}

pub(crate) async fn asks_for_sockets(guest: Trial) {
    wants(guest, "wasi:sockets/");
}

pub(crate) async fn asks_for_files(guest: Trial) {
    wants(guest, "wasi:filesystem/");
}

pub(crate) async fn asks_for_random(guest: Trial) {
    wants(guest, "wasi:random/random@0.2");
}
