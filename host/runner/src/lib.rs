//! What runs a firm's work on one machine: its home folder, the accounts it is
//! connected to, the journal of what was done and what waits, cases and mappings,
//! and how one call and one case go from checked input to their end.
//!
//! The `clio` command and the service stand on it. It is no interface for others:
//! who embeds actions depends on `clio-host`.
//!
//! What must stay true: no token is printed; nothing is sent before everything
//! that can be checked was checked; standard output holds results alone.

pub mod account;
pub mod aside;
pub mod backup;
pub mod bounded;
pub mod call_failure;
pub mod case;
pub mod catalog;
pub mod choices;
pub mod component_file;
pub mod connect;
pub mod connections;
pub mod content;
pub mod correlation;
pub mod digest;
pub mod doctor;
pub mod dry_run;
pub mod encoding;
pub mod environment;
pub mod exit;
pub mod failure;
pub mod files;
#[cfg(feature = "testing")]
pub mod fuzzing;
pub mod home;
pub mod journal;
pub mod lock;
pub mod mapping;
pub mod operator;
pub mod output;
pub mod pending;
pub mod program;
pub mod review;
pub mod run;
pub mod runner;
pub mod session;
pub mod state;
pub mod sync;
pub mod table;
pub mod terminal;
pub mod traced;
pub mod vault;
pub mod whoami;
