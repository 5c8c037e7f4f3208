//! The command line as it is typed.
//!
//! These are raw arguments: what they name is looked up and checked by the
//! command that they belong to. Help texts live here alone. No argument takes a
//! token: a process's arguments can be read by every user of the machine.

mod connections;
mod mcp;
mod parse;
mod review;
mod serve;
mod work;

use clap::{Parser, Subcommand};

pub(crate) use self::connections::*;
pub(crate) use self::mcp::*;
pub(crate) use self::review::*;
pub(crate) use self::serve::*;
pub(crate) use self::work::*;
use clio_runner::exit;

const ENVIRONMENT: &str = "\
Environment:
  CLIO_ORIGIN        the account's region: https://app.clio.com, https://eu.app.clio.com,
                     https://ca.app.clio.com or https://au.app.clio.com; or the
                     origin that `clio sandbox` prints
  CLIO_ACCESS_TOKEN  an access token of that region
  CLIO_VAULT_KEY     the key of the vault, for who keeps it themselves: 32 bytes in base64
  CLIO_POLICY        a policy file that holds beside policy.toml in CLIO_HOME
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
    Demo(DemoArguments),
    /// Runs a local Clio until ctrl-c
    ///
    /// Prints one line of JSON: its `origin` for CLIO_ORIGIN and a `token` for
    /// CLIO_ACCESS_TOKEN. What is in it is gone when it ends.
    Sandbox(SandboxArguments),
    /// Lists the actions
    Actions(ActionsArguments),
    /// Describes an action: its functions, their schemas, what it may do
    ///
    /// A summary on a terminal, and the whole description as JSON otherwise. A
    /// component's file that carries no description is described by its types.
    Describe(DescribeArguments),
    /// Checks whether a component's file would run here, and what it would ask for
    ///
    /// Its imports, exports, description and size, and the requests that it asks
    /// for. Nothing of it is run, and no account is needed. Exits with 0 when it
    /// would run and its description agrees with its types, with 1 otherwise.
    Check(CheckArguments),
    /// Writes the actions into a folder, for any host of WebAssembly components
    ///
    /// Each as NAME.wasm, as NAME.portable.wasm, which imports nothing but WASI,
    /// and its description as NAME.json; all descriptions as actions.json with
    /// their schema; the contract in wit/; in oci/ how each is pushed to a
    /// registry; licences; and SHA256SUMS. Needs no account.
    Export(ExportArguments),
    /// Runs one action with a JSON input
    ///
    /// The result is JSON on stdout, also when it is a failure; logs and the
    /// next step go to stderr. With --files, a document's content may be
    /// {"source": {"file": "NAME"}}: its length, media type and SHA-256 are
    /// filled in where absent.
    Run(RunArguments),
    /// Makes a crate to write an action of your own in
    ///
    /// It builds with cargo for wasm32-wasip2, from crates.io alone, and what it
    /// builds is run by `clio run --component`. The sample in it acts on practice
    /// areas; its README says what to change.
    NewAction(NewActionArguments),
    /// Takes one case into Clio: its client, its matter, its documents
    ///
    /// Run again, it takes up what is left and makes nothing twice. A document
    /// is uploaded only when the case file says `"approved": true`. Mistakes in
    /// the case file are all told before anything is sent. What stands in Clio
    /// is linked and never overwritten; a document that stands there with other
    /// content is reported as changed, which is no failure.
    #[command(after_help = SYNC_HELP)]
    Sync(SyncArguments),
    /// Looks after drafts that a machine made, and a person's decisions on them
    #[command(after_help = REVIEW_HELP)]
    Review(ReviewArguments),
    /// Serves the actions as tools to an MCP client, over standard streams
    ///
    /// Each call goes the way of `clio run`, with its journal and its policy. The
    /// account, the tools, the folders and whether a person confirms what is
    /// written are the operator's to say, here; a model decides none of it.
    #[command(after_help = MCP_HELP)]
    Mcp(McpArguments),
    /// Runs the service: the actions over HTTP, webhooks, automatic sync and a page
    /// for administrators
    #[command(after_help = SERVE_HELP)]
    Serve(ServeArguments),
    /// Looks after the keys of the service's API
    Key(KeyArguments),
    /// Maps a platform's case types, fields and kinds of documents to a firm's
    ///
    /// A mapping is one JSON file a firm. `clio sync` uses it, and reports what
    /// it lacks.
    Mappings(MappingsArguments),
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
    /// So is what was done to connections and the vault. Each row names the
    /// account that its connection led to. A table on a terminal, and JSON
    /// otherwise. The journal holds no names, no field values and no tokens.
    Log(LogArguments),
    /// Lists what failed or was interrupted, or runs it again
    ///
    /// What `clio run` and `clio sync` have not finished waits for a week,
    /// sealed, under CLIO_HOME. Run again it takes up what is left. It is for the
    /// account that it was tried for, and is refused where its connection leads
    /// to another by now, or another token is set in the environment.
    Retry(RetryArguments),
    /// Writes all that CLIO_HOME holds into one file, while other processes work on it
    ///
    /// Compiled code and locks are not in it, nor is the vault's key unless it is
    /// asked for. The file holds client data, sealed with that key.
    Backup(BackupArguments),
    /// Puts a backup into CLIO_HOME, where nothing stands yet
    ///
    /// What was done since the backup was made is done again where it was waiting
    /// then: actions look before they write, so nothing is made twice in Clio.
    Restore(RestoreArguments),
    /// Prints what a shell needs to complete the arguments of clio
    Completions(CompletionsArguments),
    /// Prints the man page of clio, or writes that of every verb into a folder
    Man(ManArguments),
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
