//! Scenarios: stories that a user would tell, run against the sandbox Clio over
//! real sockets with the built components in the built runner.
#![allow(clippy::unwrap_used, clippy::expect_used)] // what a scenario cannot set up fails it

mod answers;
mod check_connection;
mod connections;
mod contacts;
mod contacts_lost_answers;
mod contacts_markers;
mod custom_fields;
mod detection;
mod detection_property;
mod documents;
mod documents_interrupted;
mod find;
mod folders;
mod generate_document;
mod hook_receiver;
mod journal;
mod journal_marks;
mod large_document;
mod lookup;
mod mappings;
mod markers;
mod matters;
mod parts;
mod policy;
mod pull_many_matters;
mod pull_matters;
mod pull_matters_refused;
mod rate_budget;
mod read_document;
mod read_into_file;
mod refusals;
mod requests_used;
mod secrets;
mod setup;
mod switches;
mod sync;
mod sync_bad_input;
mod sync_killed;
mod terminal;
mod text;
mod traps;
mod update_matter;
mod webhooks;
