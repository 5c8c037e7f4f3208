//! The arguments of `clio mcp`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::{AccountArguments, parse};
use clio_runner::failure::Failure;

pub(super) const MCP_HELP: &str = "\
A client is told to start it, most by a block such as

  {\"mcpServers\": {\"clio\": {\"command\": \"clio\", \"args\": [\"mcp\", \"--connection\", \"firm\"]}}}

A call that would write is first run dry, and the requests are shown to the person at the client, who
confirms that one call. A client that cannot ask gets a refusal that says so. With --writes allow
nobody is asked: then you answer for what is written, and for what is said of documents.";

#[derive(Debug, Args)]
pub(crate) struct McpArguments {
    /// Offer only the tools of actions that change nothing
    #[arg(long)]
    pub(crate) read_only: bool,
    /// Offer only these tools, such as sync_contact,lookup
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) tools: Vec<String>,
    /// What becomes of a call that would write
    #[arg(long, value_enum, default_value_t = Writes::Ask)]
    pub(crate) writes: Writes,
    /// Let tools read files below this folder, and make new ones there; can be
    /// given several times. Without it they reach no file
    #[arg(long = "root", value_name = "DIR")]
    pub(crate) roots: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) account: AccountArguments,
    /// Let content be fetched from this origin, without credentials; can be
    /// given several times
    #[arg(long, value_name = "URL", value_parser = parse::content_origin)]
    pub(crate) content_origin: Vec<String>,
    /// End a call after this time, such as 30s or 5m [default: 5 minutes, and a
    /// second more for each MiB of files]
    #[arg(long, value_name = "TIME", value_parser = parse::duration)]
    pub(crate) deadline: Option<Duration>,
    /// Let a call wait at most this long for the account's request budget
    #[arg(long, value_name = "TIME", value_parser = parse::duration)]
    pub(crate) max_wait: Option<Duration>,
    /// List the whole schemas of inputs and results. They are three times as long
    #[arg(long)]
    pub(crate) full_schemas: bool,
}

/// What becomes of a call that would write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Writes {
    /// The person at the client confirms it, or it is refused
    Ask,
    /// It is sent, and nobody is asked
    Allow,
}

impl McpArguments {
    /// The options of `clio run` that say the same of one call: what runs as a
    /// tool's call is what `clio retry` runs again.
    pub(crate) fn options(&self) -> Result<Vec<String>, Failure> {
        let mut options = Vec::new();
        let mut add = |name: &str, value: &str| {
            options.extend([name.to_owned(), value.to_owned()]);
        };
        if let Some(connection) = &self.account.connection {
            add("--connection", connection);
        }
        if let Some(origin) = &self.account.allow_origin {
            add("--allow-origin", &origin.to_string());
        }
        for root in &self.roots {
            let whole = std::path::absolute(root).ok();
            let whole = whole.as_deref().and_then(std::path::Path::to_str);
            add("--files", whole.ok_or_else(|| no_text(root))?);
        }
        for origin in &self.content_origin {
            add("--content-origin", origin);
        }
        for (name, time) in [("--deadline", self.deadline), ("--max-wait", self.max_wait)] {
            if let Some(time) = time {
                add(name, &format!("{}ms", time.as_millis()));
            }
        }
        Ok(options)
    }
}

fn no_text(root: &std::path::Path) -> Failure {
    Failure::usage(format!("--root {} is no text", root.display()))
        .next("give the folder a name in Unicode")
}
