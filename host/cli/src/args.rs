//! The command line as it is typed.
//!
//! These are raw arguments: what they name is looked up and checked by the
//! command that they belong to. Help texts live here alone. No argument takes a
//! token: a process's arguments can be read by every user of the machine.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use jiff::SignedDuration;

use crate::exit;
use crate::journal::correlation;

const ENVIRONMENT: &str = "\
Environment:
  CLIO_ORIGIN        the account's region: https://app.clio.com, https://eu.app.clio.com,
                     https://ca.app.clio.com or https://au.app.clio.com; or the
                     origin that `clio sandbox` prints
  CLIO_ACCESS_TOKEN  an access token of that region
  CLIO_VAULT_KEY     the key of the vault, for who keeps it themselves: 32 bytes in base64
  CLIO_HOME          where clio keeps state and its cache [default: the platform's folders]
  CLIO_CACHE         where compiled components are kept [default: in CLIO_HOME]
  RUST_LOG           what is logged to stderr [default: warn]";

fn after_help() -> String {
    format!("{ENVIRONMENT}\n\n{}", exit::HELP)
}

/// Runs Clio actions: small components that reach Clio Manage through this
/// command and never see its access token.
#[derive(Debug, Parser)]
#[command(name = "clio", version, after_help = after_help(), max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Shows a case going into a local Clio, again, and a new document coming out
    ///
    /// Needs no account and no network: a sandbox runs inside the command. Each
    /// step is verified against what stands in the sandbox.
    Demo,
    /// Runs a local Clio until ctrl-c
    ///
    /// Prints one line of JSON: its `origin` for CLIO_ORIGIN and a `token` for
    /// CLIO_ACCESS_TOKEN. What is in it is gone when it ends.
    Sandbox(SandboxArguments),
    /// Lists the actions
    Actions(ActionsArguments),
    /// Describes an action: its functions, their schemas, what it may do
    ///
    /// A summary on a terminal, and the whole description as JSON otherwise.
    Describe(DescribeArguments),
    /// Runs one action with a JSON input
    ///
    /// The result is JSON on stdout, also when it is a failure; logs and the
    /// next step go to stderr. With --files, a document's content may be
    /// {"source": {"file": "NAME"}}: its length, media type and SHA-256 are
    /// filled in where absent.
    Run(RunArguments),
    /// Takes one case into Clio: its client, its matter, its documents
    ///
    /// Run again, it takes up what is left and makes nothing twice. A document
    /// is uploaded only when the case file says `"approved": true`. Mistakes in
    /// the case file are all told before anything is sent. What stands in Clio
    /// is linked and never overwritten; a document that stands there with other
    /// content is reported as changed, which is no failure.
    #[command(after_help = SYNC_HELP)]
    Sync(SyncArguments),
    /// Connects a Clio account under a name, by a person's consent in the browser
    #[command(after_help = CONNECT_HELP)]
    Connect(ConnectArguments),
    /// Lists the connections
    ///
    /// A table on a terminal, and JSON otherwise. It asks Clio nothing.
    Connections(ConnectionsArguments),
    /// Asks Clio whether a connection works: who it acts for, its permissions,
    /// the plan's API access
    ///
    /// Each finding that is not right comes with its next step.
    Doctor(DoctorArguments),
    /// Makes the custom fields that hold markers, and remembers them for the account
    ///
    /// A marker is the identifier that you give a client or a matter, kept with
    /// the record in Clio. It finds again what nothing else finds: a person
    /// without an e-mail address, a changed address, a merged contact. Shows
    /// what it would make, and asks. Run again, it makes nothing twice.
    #[command(after_help = SETUP_HELP)]
    Setup(SetupArguments),
    /// Takes a connection's consent back at Clio, then deletes its tokens
    ///
    /// What is remembered of the account's records stays, so that connecting the
    /// same account again makes nothing twice.
    Disconnect(DisconnectArguments),
    /// Looks after the vault, which holds the connections' tokens
    Vault(VaultArguments),
    /// Shows what was done: each call with its status, its ids in Clio and its writes
    ///
    /// A table on a terminal, and JSON otherwise. The journal holds no names, no
    /// field values and no tokens.
    Log(LogArguments),
    /// Lists what failed or was interrupted, or runs it again
    ///
    /// What `clio run` and `clio sync` have not finished waits for a week,
    /// sealed, under CLIO_HOME. Run again it takes up what is left.
    Retry(RetryArguments),
}

const CONNECT_HELP: &str = "\
Clio knows each program that asks as an application, registered in the developer portal of the
firm's region. Its id and secret come from CLIO_CLIENT_ID and CLIO_CLIENT_SECRET, or from
--client-file; they are kept with the connection. The application's redirect addresses must hold,
character by character, http://127.0.0.1:17177/callback, and for --no-browser the page that the
region shows codes on, such as https://app.clio.com/oauth/approval.

The tokens lie sealed in CLIO_HOME/vault. Its key is kept in the system's keyring on macOS and
Windows, and in the file `key` beside it, readable by you alone, on other systems, unless
CLIO_VAULT_KEY holds it. A backup needs the vault and its key, kept apart.";

const SETUP_HELP: &str = "\
`clio sync` and `clio run` give the fields to sync-contact and create-matter wherever the input
names none. They are remembered for the account, not for the connection's name: `clio disconnect`
keeps them, and a name that is relinked to another account has none until it is set up.

A field that was deleted in Clio is not used again: another is made. One that was renamed there
stays in use.";

const SYNC_HELP: &str = "\
The client is known to clio as SOURCE_ID/client (unless it has a source_id of its own), the matter
as SOURCE_ID, and each document as SOURCE_ID/ITS_SOURCE_ID, where SOURCE_ID is the case's.

What clio remembers of a case (when it began, which records stand for it) lies under CLIO_HOME, in
the journal, sealed. Use one CLIO_HOME for each account.

Exit codes: the worst outcome of the run decides, the first of 77 (not authorized), 70 (the runner's
own failure), 1 (permanent), 75 (transient: run again), 0. 64: mistakes; nothing was sent.";

#[derive(Debug, Args)]
pub(crate) struct SandboxArguments {
    /// The port to listen on [default: any free one]
    #[arg(long)]
    pub(crate) port: Option<u16>,
}

#[derive(Debug, Args)]
pub(crate) struct ConnectArguments {
    /// The connection's name: letters, digits, dots, hyphens and underscores
    #[arg(value_parser = connection_name)]
    pub(crate) name: String,
    /// Where the firm's Clio account is [default: as it was connected before]
    #[arg(long, value_enum)]
    pub(crate) region: Option<Region>,
    /// Connect to this origin instead, such as the one that `clio sandbox` prints
    #[arg(long, value_name = "URL", conflicts_with = "region")]
    pub(crate) origin: Option<String>,
    /// Let --origin be this https origin, which is none of Clio's. The tokens go
    /// there
    #[arg(long, value_name = "URL", requires = "origin")]
    pub(crate) allow_origin: Option<String>,
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
    /// Let the name lead to another account than before
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
    #[arg(value_parser = connection_name)]
    pub(crate) name: String,
    /// Print the findings as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SetupArguments {
    /// The connection's name [default: the account of CLIO_ORIGIN and CLIO_ACCESS_TOKEN]
    #[arg(value_parser = connection_name)]
    pub(crate) name: Option<String>,
    /// Let CLIO_ORIGIN be this https origin, which is none of Clio's. The
    /// access token goes there
    #[arg(long, value_name = "URL")]
    pub(crate) allow_origin: Option<String>,
    /// Name the fields so [default: Source ID (Clio actions)]
    #[arg(long, value_name = "TEXT")]
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
    #[arg(value_parser = connection_name)]
    pub(crate) name: String,
    /// Delete the tokens here even when Clio cannot be told
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
    /// holds it: then it belongs into CLIO_VAULT_KEY from now on. A copy of the
    /// vault from before still opens with the key from before.
    Rotate,
}

#[derive(Debug, Args)]
pub(crate) struct ActionsArguments {
    /// Print their descriptions as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DescribeArguments {
    /// The action's name, as `clio actions` lists it
    pub(crate) action: String,
    /// Print JSON on a terminal as well
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// The action: NAME for its first function, or NAME.FUNCTION; with --component, the function
    #[arg(required_unless_present = "component")]
    pub(crate) action: Option<String>,
    /// The input: JSON, @FILE, or - for stdin
    #[arg(long, value_name = "JSON|@FILE|-")]
    pub(crate) input: String,
    /// Run this component file instead of an action of ours
    #[arg(long, value_name = "FILE")]
    pub(crate) component: Option<PathBuf>,
    /// The folder that {"source": {"file": "NAME"}} takes files from
    #[arg(long, value_name = "DIR")]
    pub(crate) files: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) account: AccountArguments,
    /// Allow only these API requests, such as "GET /api/v4/contacts/{id}.json";
    /// can be given several times. Needed for a component without a description
    #[arg(long, value_name = "RULE")]
    pub(crate) allow: Vec<String>,
    /// Let content be fetched from this origin, without credentials; can be
    /// given several times
    #[arg(long, value_name = "URL")]
    pub(crate) content_origin: Vec<String>,
    /// End the call after this time, such as 30s or 5m
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) deadline: Option<Duration>,
    /// Wait at most this long for the account's request budget
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) max_wait: Option<Duration>,
    /// Let the component compute at most this long
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) max_cpu: Option<Duration>,
    /// Let the component use at most this much memory, in MiB
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) max_memory: Option<u16>,
    /// Let the component send at most this many requests
    #[arg(long, value_name = "N")]
    pub(crate) max_requests: Option<u32>,
    /// An identifier that joins this call's log lines, its error and its
    /// journal entries with the caller's [default: a random one]
    #[arg(long, value_name = "ID", value_parser = correlation::parse)]
    pub(crate) correlation: Option<String>,
    /// Read as ever, and show what would be sent instead of sending it
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LogArguments {
    /// Only from this time on: 2026-03-01, 2026-03-01T09:30:00Z, or 2h (ago)
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Only before this time
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// Only this action
    #[arg(long, value_name = "NAME")]
    pub(crate) action: Option<String>,
    /// Only this status: done, failed, dry_run, cancelled, or begun (and not ended)
    #[arg(long)]
    pub(crate) status: Option<String>,
    /// Only this connection, by its name or its origin
    #[arg(long, value_name = "NAME")]
    pub(crate) connection: Option<String>,
    /// Only the calls with this correlation id
    #[arg(long, value_name = "ID")]
    pub(crate) correlation: Option<String>,
    /// Only the newest so many
    #[arg(long, value_name = "N")]
    pub(crate) last: Option<u32>,
    /// Show the beginnings of calls as well, whose ends stand there, too
    #[arg(long)]
    pub(crate) all: bool,
    /// Print JSON on a terminal as well
    #[arg(long)]
    pub(crate) json: bool,
    /// Print a table even when standard output is no terminal
    #[arg(long, conflicts_with = "json")]
    pub(crate) table: bool,
    /// Check that no row was altered, removed, moved or cut off
    #[arg(long, conflicts_with_all = ["since", "until", "action", "status", "connection",
        "correlation", "last", "all"])]
    pub(crate) verify: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RetryArguments {
    /// What to run again, as `clio retry` lists it
    pub(crate) id: Option<String>,
    /// Run again everything that failed or was interrupted
    #[arg(long, conflicts_with = "id")]
    pub(crate) failed: bool,
    /// Print the list as JSON on a terminal as well
    #[arg(long, conflicts_with_all = ["id", "failed"])]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SyncArguments {
    /// The case file
    #[arg(value_name = "CASE.json", required_unless_present = "schema")]
    pub(crate) case: Option<PathBuf>,
    /// Print the JSON Schema of case files and end
    #[arg(long, exclusive = true)]
    pub(crate) schema: bool,
    /// The folder that the documents' files lie in [default: the case file's]
    #[arg(long, value_name = "DIR")]
    pub(crate) files: Option<PathBuf>,
    /// What to do with a document that stands in Clio with other content
    #[arg(long, value_enum, default_value_t = OnChange::Report)]
    pub(crate) on_change: OnChange,
    /// Forget what earlier runs remembered of this case, and look for its
    /// records in Clio anew
    #[arg(long)]
    pub(crate) forget: bool,
    /// End instead of waiting while another process works on this case
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// How many documents are uploaded at once
    #[arg(long, value_name = "N", default_value_t = 4,
          value_parser = clap::value_parser!(u8).range(1..=16))]
    pub(crate) at_once: u8,
    #[command(flatten)]
    pub(crate) account: AccountArguments,
    /// Print the report as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Read as ever, and show what would be sent instead of sending it. Nothing
    /// is remembered
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// An identifier that joins this run's log lines, its errors and its journal
    /// entries with the caller's [default: a random one]
    #[arg(long, value_name = "ID", value_parser = correlation::parse)]
    pub(crate) correlation: Option<String>,
    /// Show no progress
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct AccountArguments {
    /// The connection to use, as `clio connections` lists it. CLIO_ORIGIN and
    /// CLIO_ACCESS_TOKEN then count for nothing
    #[arg(long, value_name = "NAME", value_parser = connection_name)]
    pub(crate) connection: Option<String>,
    /// Let CLIO_ORIGIN be this https origin, which is none of Clio's. The
    /// access token goes there
    #[arg(long, value_name = "URL")]
    pub(crate) allow_origin: Option<String>,
}

/// What to do with a document that stands in Clio with other content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum OnChange {
    /// Leave it, and report it as changed
    Report,
    /// Add the content as a new version
    NewVersion,
}

/// A connection's name. It stands in the journal and in messages.
fn connection_name(text: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let begins = text
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphanumeric());
    if begins && text.len() <= 64 && text.bytes().all(plain) {
        Ok(text.to_owned())
    } else {
        Err(
            "a name begins with a letter or digit, and has letters, digits, dots, hyphens and \
             underscores, at most 64"
                .to_owned(),
        )
    }
}

/// A time such as `30s`, `1m 30s` or `500ms`, above zero.
fn duration(text: &str) -> Result<Duration, String> {
    let example = "a time looks like 30s, 5m or 500ms";
    let signed: SignedDuration = text.parse().map_err(|_| example.to_owned())?;
    let positive = Duration::try_from(signed)
        .ok()
        .filter(|time| !time.is_zero());
    positive.ok_or_else(|| format!("must be above zero: {example}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        assert_eq!(duration("1m 30s").unwrap(), Duration::from_secs(90));
        assert_eq!(duration("500ms").unwrap(), Duration::from_millis(500));
        for wrong in ["", "5", "0s", "-3s", "soon"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn no_argument_takes_a_token_and_help_names_where_it_comes_from() {
        let mut command = Arguments::command();
        assert!(
            command
                .render_long_help()
                .to_string()
                .contains("CLIO_ACCESS_TOKEN")
        );
        for sub in command.get_subcommands() {
            for argument in sub.get_arguments() {
                assert!(
                    !argument.get_id().as_str().contains("token"),
                    "{argument:?}"
                );
            }
        }
    }
}
