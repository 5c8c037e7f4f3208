//! Schemas and their readers agree: what a schema takes is taken, and what it
//! refuses is refused.
//!
//! Values are made from each schema at random, and then spoilt in one place.
//! What a form builder or a validator lets through must not come back from an
//! action, and the other way round. No call here has a way out: an action's own
//! check is all that runs of it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod actions;
mod cases;
mod made;
mod spoilt;
