//! Policy, as tables.
#![allow(clippy::unwrap_used)]

mod operator;
mod rules;
