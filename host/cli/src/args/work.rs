//! The arguments of what runs actions, and of what looks back on them.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use clio_runner::{correlation, sync};

use super::{AccountArguments, parse};

pub(super) const SYNC_HELP: &str = "\
The client is known to clio as SOURCE_ID/client (unless it has a source_id of its own), the matter
as SOURCE_ID, and each document as SOURCE_ID/ITS_SOURCE_ID, where SOURCE_ID is the case's.

What clio remembers of a case (when it began, which records stand for it) lies under CLIO_HOME, in
the journal, sealed, and belongs to the account behind --connection, whatever the name leads to
later. Without --connection it belongs to the origin: use one CLIO_HOME for each account there.

Exit codes: the worst outcome of the run decides, the first of 77 (not authorized), 70 (the runner's
own failure), 1 (permanent), 75 (transient: run again), 0. 64: mistakes; nothing was sent.";

#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Which story
    #[arg(long, value_enum, default_value_t)]
    pub(crate) story: DemoStory,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum DemoStory {
    /// A case goes in, again, and a new document comes out
    #[default]
    Case,
    /// A document that Clio generated blank is filled, approved by a person and put
    /// back, through the service
    Litigation,
}

#[derive(Debug, Args)]
pub(crate) struct SandboxArguments {
    /// The port to listen on [default: any free one]
    #[arg(long)]
    pub(crate) port: Option<u16>,
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
    #[arg(required_unless_present = "component")]
    pub(crate) action: Option<String>,
    /// Describe this component file instead of an action of ours
    #[arg(long, value_name = "FILE", conflicts_with = "action")]
    pub(crate) component: Option<PathBuf>,
    /// Print JSON on a terminal as well
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// The component's file
    pub(crate) file: PathBuf,
    /// Print JSON on a terminal as well
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// The folder, which is made. One whose SHA256SUMS names each file in it, as it
    /// stands, is an earlier export and replaced; any other must be empty
    pub(crate) dir: PathBuf,
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
    /// The folder that {"source": {"file": "NAME"}} takes files from; can be given
    /// several times
    #[arg(long, value_name = "DIR")]
    pub(crate) files: Vec<PathBuf>,
    /// Take files and folders whose names begin with a dot, as those of keys and
    /// settings do
    #[arg(long)]
    pub(crate) hidden_files: bool,
    /// Write the bytes that the result holds, or names by URL, into this file,
    /// however many they are; for read-document and fill-document
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    pub(crate) output: Option<PathBuf>,
    /// Have this program draft in place of fill-document.fill: it reads the matter's
    /// values and the template's text as JSON, and writes {"text": …},
    /// {"docx_base64": …} or the document itself. Its arguments stand behind it,
    /// with spaces between. It is given no token and no variable of ours, and ends
    /// with the time of --deadline
    #[arg(long, value_name = "COMMAND", conflicts_with_all = ["dry_run", "component"])]
    pub(crate) draft_with: Option<String>,
    #[command(flatten)]
    pub(crate) account: AccountArguments,
    /// Allow only these API requests, such as "GET /api/v4/contacts/{id}.json";
    /// can be given several times. Needed for a component without a description
    #[arg(long, value_name = "RULE", value_parser = parse::rule)]
    pub(crate) allow: Vec<String>,
    /// Let content be fetched from this origin, without credentials; can be
    /// given several times
    #[arg(long, value_name = "URL", value_parser = parse::content_origin)]
    pub(crate) content_origin: Vec<String>,
    /// End the call after this time, such as 30s or 5m [default: 5 minutes, and a
    /// second more for each MiB of files]
    #[arg(long, value_name = "TIME", value_parser = parse::duration)]
    pub(crate) deadline: Option<Duration>,
    /// Wait at most this long for the account's request budget
    #[arg(long, value_name = "TIME", value_parser = parse::duration)]
    pub(crate) max_wait: Option<Duration>,
    /// Let the component compute at most this long [default: 10 seconds, and 20
    /// more for each GiB of files]
    #[arg(long, value_name = "TIME", value_parser = parse::duration)]
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
pub(crate) struct NewActionArguments {
    /// The action's name: a verb and what it acts on, such as list-tasks
    #[arg(value_parser = parse::action_name)]
    pub(crate) name: String,
    /// The folder to make the crate's folder in
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct LogArguments {
    /// Only from this time on: 2026-03-01, 2026-03-01T09:30:00Z, or 2h (ago)
    #[arg(long, value_name = "TIME", value_parser = parse::instant)]
    pub(crate) since: Option<i64>,
    /// Only before this time
    #[arg(long, value_name = "TIME", value_parser = parse::instant)]
    pub(crate) until: Option<i64>,
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
    /// Take files and folders whose names begin with a dot, as those of keys and
    /// settings do
    #[arg(long)]
    pub(crate) hidden_files: bool,
    /// The mapping of case types, fields and kinds of documents: its name, or the
    /// path of a .json file [default: the one named "default", if there is one]
    #[arg(long, value_name = "NAME", value_parser = parse::mapping)]
    pub(crate) mapping: Option<String>,
    /// What to do with a document that stands in Clio with other content
    #[arg(long, value_enum, default_value_t = OnChange::Report)]
    pub(crate) on_change: OnChange,
    /// Forget what earlier runs remembered of this case and of its client, and
    /// look for their records in Clio anew
    #[arg(long)]
    pub(crate) forget: bool,
    /// End instead of waiting while another process works on this case. One that
    /// works on the same client for another case is waited for
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
pub(crate) struct MappingsArguments {
    #[command(subcommand)]
    pub(crate) command: MappingsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MappingsCommand {
    /// Lists the mappings that lie in CLIO_HOME
    List,
    /// Begins a mapping: with what stands in the account, or with common terms
    Init(MappingsInitArguments),
    /// Checks that everything a mapping names stands in the account
    Check(MappingsCheckArguments),
    /// Prints the JSON Schema of mappings
    Schema,
}

#[derive(Debug, Args)]
pub(crate) struct MappingsInitArguments {
    /// The name of the mapping, or the path of a .json file
    #[arg(value_parser = parse::mapping)]
    pub(crate) name: String,
    /// Fill it with the account's practice areas, custom fields and document
    /// categories
    #[arg(long)]
    pub(crate) from_account: bool,
    #[command(flatten)]
    pub(crate) account: AccountArguments,
}

#[derive(Debug, Args)]
pub(crate) struct MappingsCheckArguments {
    /// The name of the mapping, or the path of a .json file
    #[arg(value_parser = parse::mapping)]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) account: AccountArguments,
    /// Print the findings as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What to do with a document that stands in Clio with other content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum OnChange {
    /// Leave it, and report it as changed
    Report,
    /// Add the content as a new version
    NewVersion,
}

impl From<OnChange> for sync::OnChange {
    fn from(on_change: OnChange) -> Self {
        match on_change {
            OnChange::Report => Self::Report,
            OnChange::NewVersion => Self::NewVersion,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArguments {
    /// The folder to write a page for each verb into
    pub(crate) dir: Option<PathBuf>,
}
