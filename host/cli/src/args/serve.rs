//! The arguments of the service, and of what looks after it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::parse;

pub(super) const SERVE_HELP: &str = "\
It prints one line of JSON with the address that it listens on. Every request needs a key: `clio
key add` makes one. What belongs to each connection stands in serve.toml in CLIO_HOME.";

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Where to listen [default: 127.0.0.1:7171]
    #[arg(long, value_name = "ADDR:PORT", value_parser = parse::listen)]
    pub(crate) listen: Option<SocketAddr>,
    /// Where Clio and browsers reach it, such as https://clio.firm.example. With it,
    /// webhooks are subscribed to and kept alive
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// The certificate chain (PEM), to serve TLS itself
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_certificate: Option<PathBuf>,
    /// The private key of the certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    pub(crate) tls_key: Option<PathBuf>,
    /// A proxy in front serves TLS, and keeps everybody else away
    #[arg(long, conflicts_with = "tls_certificate")]
    pub(crate) tls_in_front: bool,
    /// Log JSON, a line an event; RUST_LOG says which (clio_server=info: each answer)
    #[arg(long)]
    pub(crate) json_logs: bool,
    /// How many runs are carried out at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) at_once: Option<u16>,
}

#[derive(Debug, Args)]
pub(crate) struct KeyArguments {
    #[command(subcommand)]
    pub(crate) command: KeyCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Makes a key and prints it, once
    Add(KeyAddArguments),
    /// Lists the keys
    List(KeyListArguments),
    /// Ends a key, and the sessions that were signed in with it
    Remove(KeyRemoveArguments),
}

#[derive(Debug, Args)]
pub(crate) struct KeyAddArguments {
    /// What the key is for, for people
    #[arg(value_parser = parse::key_name)]
    pub(crate) name: String,
    /// What it allows
    #[arg(long = "right", value_enum, required = true)]
    pub(crate) rights: Vec<KeyRight>,
    /// A connection that it is bound to; several times for several [default: all]
    #[arg(long = "connection", value_name = "NAME", value_parser = parse::connection_name)]
    pub(crate) connections: Vec<String>,
}

/// What a key allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum KeyRight {
    /// See what there is
    Read,
    /// Make calls that write, and sync cases
    Write,
    /// Approve drafts
    Approve,
    /// Look after connections, mappings and keys
    Admin,
}

#[derive(Debug, Args)]
pub(crate) struct KeyListArguments {
    /// Print JSON on a terminal as well
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct KeyRemoveArguments {
    /// The key's id, as `clio key list` shows it
    pub(crate) id: String,
}

#[derive(Debug, Args)]
pub(crate) struct BackupArguments {
    /// The file to write, which must not be there
    pub(crate) file: PathBuf,
    /// Put the vault's key into it as well, where that lies in a file. Who has both
    /// has every connection's tokens
    #[arg(long)]
    pub(crate) with_key: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RestoreArguments {
    /// A file that `clio backup` wrote
    pub(crate) file: PathBuf,
    /// A copy of the vault's key file, where the backup does not hold the key
    #[arg(long, value_name = "FILE")]
    pub(crate) vault_key: Option<PathBuf>,
}
