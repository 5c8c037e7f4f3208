//! The service as its users meet it: real processes of `clio serve`, real sockets,
//! the sandbox behind.
#![allow(clippy::unwrap_used, clippy::expect_used)] // what a test cannot set up fails it

mod api_calls;
mod api_content;
mod api_runs;
mod backup;
mod budget;
mod cases;
mod destinations;
mod drafts;
mod events;
mod firm;
mod firms;
#[cfg(target_os = "linux")]
mod flood;
mod front;
#[cfg(target_os = "linux")]
mod full_disk;
mod hooks;
mod hundred_days;
mod inbox;
mod keys;
mod killed_cases;
mod litigation;
mod made;
mod maintenance;
mod metrics;
mod office;
mod page;
mod proxy;
mod receiver;
mod retention;
mod starts;
#[cfg(unix)]
mod tls;
mod traces;
mod turns;
mod watched;
mod ways_in;
