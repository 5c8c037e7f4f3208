//! The arguments of what looks after connections and their account.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use clio_host::Origin;
use clio_runner::account::Named;

use super::parse;

pub(super) const CONNECT_HELP: &str = "\
Clio knows each program that asks as an application, registered in the developer portal of the
firm's region. Its id and secret come from CLIO_CLIENT_ID and CLIO_CLIENT_SECRET, or from
--client-file; they are kept with the connection. The application's redirect addresses must hold,
character by character, http://127.0.0.1:17177/callback, and for --no-browser the page that the
region shows codes on, such as https://app.clio.com/oauth/approval.

The tokens lie sealed in CLIO_HOME/vault. Its key is kept in the system's keyring on macOS and
Windows, and in the file `key` beside it, readable by you alone, on other systems, unless
CLIO_VAULT_KEY holds it. A backup needs the vault and its key, kept apart.";

pub(super) const SETUP_HELP: &str = "\
`clio sync` and `clio run` give the fields to sync-contact and create-matter wherever the input
names none. They are remembered for the account, not for the connection's name: `clio disconnect`
keeps them, and a name that is relinked to another account has none until it is set up.

A field that was deleted in Clio is not used again: another is made. One that was renamed there
stays in use.";

#[derive(Debug, Args)]
pub(crate) struct ConnectArguments {
    /// The connection's name: letters, digits, dots, hyphens and underscores
    #[arg(value_parser = parse::connection_name)]
    pub(crate) name: String,
    /// Where the firm's Clio account is [default: as it was connected before]
    #[arg(long, value_enum)]
    pub(crate) region: Option<Region>,
    /// Connect to this origin instead, such as the one that `clio sandbox` prints
    #[arg(long, value_name = "URL", conflicts_with = "region")]
    pub(crate) origin: Option<String>,
    /// Let --origin be this https origin, which is none of Clio's. The tokens go
    /// there
    #[arg(long, value_name = "URL", requires = "origin", value_parser = parse::origin)]
    pub(crate) allow_origin: Option<Origin>,
    /// Print the address and wait for the code to be pasted, on a machine
    /// without a browser
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// The port of this machine that the browser comes back to
    #[arg(long, default_value_t = 17177, conflicts_with = "no_browser")]
    pub(crate) port: u16,
    /// A JSON file that holds the application's client_id and client_secret
    #[arg(long, value_name = "FILE")]
    pub(crate) client_file: Option<PathBuf>,
    /// Let the name lead to another account than before. What runs for the
    /// former one ends, and what waits for it is not sent
    #[arg(long)]
    pub(crate) relink: bool,
}

/// A region of Clio, in the order of `clio_host::CLIO_ORIGINS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Region {
    /// app.clio.com
    Us,
    /// eu.app.clio.com
    Eu,
    /// ca.app.clio.com
    Ca,
    /// au.app.clio.com
    Au,
}

#[derive(Debug, Args)]
pub(crate) struct ConnectionsArguments {
    /// Print JSON on a terminal as well
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    /// The connection's name
    #[arg(value_parser = parse::connection_name)]
    pub(crate) name: String,
    /// Print the findings as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SetupArguments {
    /// The connection's name [default: the account of CLIO_ORIGIN and CLIO_ACCESS_TOKEN]
    #[arg(value_parser = parse::connection_name)]
    pub(crate) name: Option<String>,
    /// Let CLIO_ORIGIN be this https origin, which is none of Clio's. The
    /// access token goes there
    #[arg(long, value_name = "URL", value_parser = parse::origin)]
    pub(crate) allow_origin: Option<Origin>,
    /// Name the fields so [default: Source ID (Clio actions)]
    #[arg(long, value_name = "TEXT", value_parser = parse::field_name)]
    pub(crate) field_name: Option<String>,
    /// Make what is missing without asking
    #[arg(long)]
    pub(crate) yes: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DisconnectArguments {
    /// The connection's name
    #[arg(value_parser = parse::connection_name)]
    pub(crate) name: String,
    /// Delete the tokens here even when Clio cannot be told. The consent then
    /// stands there, which is told with exit code 1
    #[arg(long)]
    pub(crate) anyway: bool,
}

#[derive(Debug, Args)]
pub(crate) struct VaultArguments {
    #[command(subcommand)]
    pub(crate) command: VaultCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum VaultCommand {
    /// Seals the vault with a new key
    ///
    /// The key is random and kept where keys are kept, unless CLIO_VAULT_NEW_KEY
    /// holds it: then it belongs into CLIO_VAULT_KEY from now on. With CLIO_VAULT_KEY
    /// set it has to: such a key is written to no file.
    ///
    /// A copy of the vault from before still opens with the key from before, and
    /// the tokens in it work on. Where somebody may have had both, disconnect and
    /// connect again.
    Rotate,
}

#[derive(Debug, Args)]
pub(crate) struct AccountArguments {
    /// The connection to use, as `clio connections` lists it. CLIO_ORIGIN and
    /// CLIO_ACCESS_TOKEN then count for nothing
    #[arg(long, value_name = "NAME", value_parser = parse::connection_name)]
    pub(crate) connection: Option<String>,
    /// Let CLIO_ORIGIN be this https origin, which is none of Clio's. The
    /// access token goes there
    #[arg(long, value_name = "URL", value_parser = parse::origin)]
    pub(crate) allow_origin: Option<Origin>,
}

impl AccountArguments {
    /// Which account they name.
    pub(crate) fn named(&self) -> Named {
        Named {
            connection: self.connection.clone(),
            allow_origin: self.allow_origin.clone(),
        }
    }
}
