//! Where a firm's events go: to the URLs and commands that `serve.toml` names for
//! its connection, and nowhere else.
//!
//! What must stay true: nothing of an event, of Clio or of a caller decides where
//! something is sent. No redirect is followed. A destination that does not answer
//! holds up neither the others nor the firm's other work.

mod client;
mod command;
pub(crate) mod pauses;
mod signature;

use std::time::Duration;

use clio_runner::failure::Failure;
use clio_runner::home::Home;
use clio_runner::runner;

use crate::settings::{ConnectionSettings, Destination, Settings};
use client::Client;
use pauses::Pauses;
use signature::Secrets;

/// What is sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Message<'a> {
    /// Who gets it drops repeats by this.
    pub(crate) id: &'a str,
    pub(crate) body: &'a str,
}

/// Why a message was not taken. No text of the destination's is in it.
#[derive(Debug)]
pub(crate) struct NotTaken {
    /// A word for programs.
    pub(crate) code: &'static str,
    pub(crate) what: String,
    /// Whether it would not take any other either: it is left alone for a while.
    pub(crate) away: bool,
    /// It asks for this pause.
    pub(crate) after: Option<Duration>,
}

impl NotTaken {
    fn away(code: &'static str, what: impl Into<String>) -> Self {
        Self {
            code,
            what: what.into(),
            away: true,
            after: None,
        }
    }
}

/// The way out to destinations.
#[derive(Debug)]
pub(crate) struct Outgoing {
    client: Client,
    pub(crate) pauses: Pauses,
}

impl Outgoing {
    /// Checks all destinations of the settings, and sends nothing.
    pub(crate) fn open(home: &Home, settings: &Settings) -> Result<Self, Failure> {
        for (name, connection) in &settings.file.connections {
            for destination in &connection.events {
                check(destination).map_err(|what| {
                    Failure::usage(format!(
                        "the destination {} of {name:?}: {what}",
                        label(destination)
                    ))
                    .next("mend it in serve.toml; nothing was started")
                })?;
            }
        }
        Ok(Self {
            client: Client::new(runner::network(home)?),
            pauses: Pauses::default(),
        })
    }

    /// Hands a message to a destination, once.
    pub(crate) async fn send(
        &self,
        destination: &Destination,
        message: Message<'_>,
    ) -> Result<(), NotTaken> {
        match destination {
            Destination::Post { url, secret_file } => {
                // Read each time: a secret may be changed while the service runs.
                let secrets =
                    Secrets::read(secret_file).map_err(|what| NotTaken::away("no_secret", what))?;
                self.client.post(url, &secrets, message).await
            }
            Destination::Command { run } => command::run(run, message).await,
        }
    }
}

fn check(destination: &Destination) -> Result<(), String> {
    match destination {
        Destination::Post { url, secret_file } => {
            client::destination(url)?;
            Secrets::read(secret_file).map(drop)
        }
        Destination::Command { run } if run.iter().all(String::is_empty) => {
            Err("it names no command".to_owned())
        }
        Destination::Command { .. } => Ok(()),
    }
}

/// What names a destination in what waits for it: the same as long as the operator
/// means the same.
pub(crate) fn key(destination: &Destination) -> String {
    match destination {
        Destination::Post { url, .. } => format!("post {url}"),
        Destination::Command { run } => format!("command {}", serde_json::json!(run)),
    }
}

/// A destination for people, without what may be a secret in its URL or its
/// arguments.
pub(crate) fn label(destination: &Destination) -> String {
    match destination {
        Destination::Post { url, .. } => {
            let uri = url.parse::<http::Uri>().ok();
            let host = uri.as_ref().and_then(http::Uri::host);
            format!("post to {}", host.unwrap_or("a URL"))
        }
        Destination::Command { run } => {
            let program = run.first().map(std::path::Path::new);
            let program = program.and_then(std::path::Path::file_name);
            let program = program.map(|name| name.to_string_lossy().into_owned());
            format!("command {}", program.unwrap_or_default())
        }
    }
}

/// The destination of a connection that a key names, if it still has it.
pub(crate) fn find<'a>(of: &'a ConnectionSettings, named: &str) -> Option<&'a Destination> {
    of.events.iter().find(|known| key(known) == named)
}
