//! Whole documents: filled, read again, as large as they get, and opened by
//! another program.
#![allow(clippy::unwrap_used)] // what a test cannot set up fails it

mod language;
mod libreoffice;
mod page;
mod sizes;
mod support;
mod templates;
