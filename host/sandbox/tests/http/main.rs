//! The sandbox over real sockets: each surprise of Clio that is documented or
//! was observed on a live account, one test each.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod access;
mod activities;
mod client;
mod contacts;
mod control;
mod custom_fields;
mod described;
mod detection;
mod documents;
mod faults;
mod generation;
mod lists;
mod matters;
mod oauth;
mod reading;
mod receiver;
mod relationships;
mod upload;
mod upload_ends;
mod uploads;
mod webhooks;
