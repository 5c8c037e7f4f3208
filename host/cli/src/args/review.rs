//! The arguments of `clio review`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::{AccountArguments, parse};

pub(super) const REVIEW_HELP: &str = "\
What a machine made goes into Clio only after a person approved exactly its bytes, for one matter.
Then name the draft as the content of an upload, and leave `provenance` out:

  clio run upload-document --connection firm --input '{\"source_id\": \"intake:17/petition\",
    \"parent\": {\"matter\": 17}, \"name\": \"Petition.docx\",
    \"content\": {\"source\": {\"draft\": \"ID\"}}}'

or in a case file as {\"source_id\": \"petition\", \"draft\": \"ID\", \"name\": \"Petition.docx\",
\"approved\": true}. A draft lives for 30 days at most; that a machine made its bytes stays known.";

#[derive(Debug, Args)]
pub(crate) struct ReviewArguments {
    #[command(subcommand)]
    pub(crate) command: ReviewCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReviewCommand {
    /// Adds a file to the drafts that wait for a person, and prints its id
    Add(ReviewAddArguments),
    /// Lists the drafts of an account
    List(ReviewListArguments),
    /// Shows a draft, and how its text differs from its template's
    Show(ReviewShowArguments),
    /// Approves exactly the bytes of a draft, in a person's name
    Approve(ReviewDecideArguments),
    /// Rejects a draft, or takes back an approval that was not used yet
    Reject(ReviewDecideArguments),
    /// Ends the drafts whose time is over, and takes away bytes that nobody needs
    Expire,
}

#[derive(Debug, Args)]
pub(crate) struct ReviewAddArguments {
    /// The file
    pub(crate) file: PathBuf,
    /// The id of the matter in Clio that it is for
    #[arg(long, value_name = "ID", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) matter: u64,
    /// The id of the document in that matter of which it is to become a version
    #[arg(long, value_name = "ID", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) version_of: Option<u64>,
    /// Its file name [default: that of the file]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Its media type [default: by its name]
    #[arg(long, value_name = "TYPE")]
    pub(crate) media_type: Option<String>,
    /// What made it
    #[arg(long, value_name = "NAME", default_value = "a drafter")]
    pub(crate) made_by: String,
    /// The template that it was filled from, to tell how the text differs
    #[arg(long, value_name = "FILE")]
    pub(crate) template: Option<PathBuf>,
    /// How long it waits, such as 72h [default and most: 720h, which is 30 days]
    #[arg(long, value_name = "TIME", value_parser = parse::duration)]
    pub(crate) keep_for: Option<Duration>,
    #[command(flatten)]
    pub(crate) account: AccountArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ReviewListArguments {
    /// Only those that stand so
    #[arg(long, value_enum)]
    pub(crate) status: Option<ReviewStatus>,
    #[command(flatten)]
    pub(crate) account: AccountArguments,
    /// Print JSON on a terminal as well
    #[arg(long)]
    pub(crate) json: bool,
}

/// How a draft stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ReviewStatus {
    /// For a person's review
    Waiting,
    /// It may be uploaded
    Approved,
    /// It may not
    Rejected,
    /// Its time is over
    Expired,
    /// It stands in Clio
    Uploaded,
}

#[derive(Debug, Args)]
pub(crate) struct ReviewShowArguments {
    /// The draft's id, as `clio review list` shows it
    pub(crate) id: String,
    /// Write its bytes into this file, which must not be there
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) account: AccountArguments,
    /// Print JSON, with both texts
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReviewDecideArguments {
    /// The draft's id, as `clio review list` shows it
    pub(crate) id: String,
    /// The person who decides [default: the login name]
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// The SHA-256 of the bytes that the person saw: others are not decided on
    #[arg(long, value_name = "HEX")]
    pub(crate) sha256: Option<String>,
    /// Why, for who made it. It is kept sealed
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    #[command(flatten)]
    pub(crate) account: AccountArguments,
}
